"""The process that verifies: a question comes in, and the answers go out one by one."""

import os
import pickle
import sys

from pager.adapters.runtime.verification.process import NICE
from pager.adapters.runtime.verification.questions import Question, answers


def main() -> None:
    """Answer the question that is pickled on standard input."""
    question: Question = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own server has written it
    if question.gives_way:
        os.nice(NICE)
    for answer in answers(question):
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


main()
