"""Asks a process of its own: verifying takes a core, and pages must not wait for it.

It can be ended where it takes too long; what it has found by then is known.
"""

import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

from pager.adapters.runtime.verification.questions import (
    Answer,
    Question,
    Unclear,
    not_verified,
)

LOOKS_EVERY = 0.5
"""Seconds: so soon it is seen that the server is to stop."""

OUT_OF_TIME = "It could not be verified in time."

NICE = 10
"""How much it gives way, where nobody waits."""

logger = logging.getLogger(__name__)


def is_out_of_time(answer: Answer) -> bool:
    """Whether there was no time for it."""
    return isinstance(answer, Unclear) and answer.why == OUT_OF_TIME


def ask(
    question: Question, within: timedelta, stopping: threading.Event | None = None
) -> list[Answer]:
    """What is found of each property `within` that time; the others are Unclear, and say why.

    It ends at once where `stopping` is set. Raises nothing: no fault of verifying keeps anybody
    from what they do.
    """
    try:
        output, status = _asked(question, within, stopping or threading.Event())
    except Exception as error:
        logger.exception("properties could not be verified")
        reason = f"its process could not be asked: {type(error).__name__}: {error}"
        return [not_verified(sentence, reason) for sentence in question.sentences]
    found = list(_read(output))
    answered = {answer.sentence for answer in found}
    missing = [sentence for sentence in question.sentences if sentence not in answered]
    if status is None:
        return [*found, *(_out_of_time(sentence) for sentence in missing)]
    reason = f"the process that verifies has ended too early, with status {status}"
    return [*found, *(not_verified(sentence, reason) for sentence in missing)]


def _asked(
    question: Question, within: timedelta, stopping: threading.Event
) -> tuple[bytes, int | None]:
    """What the process has answered, and its exit status; None where there was no time left."""
    command = [sys.executable, "-P", "-m", __package__]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(  # noqa: S603 - it is our own package
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        process_group=0,  # Ctrl-C is for the server alone
    ) as process:
        try:
            end = time.monotonic() + within.total_seconds()
            rest: bytes | None = pickle.dumps(question)
            while (left := end - time.monotonic()) > 0 and not stopping.is_set():
                with suppress(subprocess.TimeoutExpired):
                    return process.communicate(rest, min(left, LOOKS_EVERY))[0], process.returncode
                rest = None  # it goes on with what it was given
        finally:
            process.kill()
        return process.communicate()[0], None


def _out_of_time(sentence: str) -> Unclear:
    return Unclear(sentence, OUT_OF_TIME, was_verified=False)


def _read(output: bytes) -> Iterator[Answer]:
    """The answers that were written to their end."""
    stream = BytesIO(output)
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(stream)  # noqa: S301 - our own process has written it
