"""An Escalation Policy in a file: JSON, as the API takes it."""

import sys
from pathlib import Path

from pydantic import ValidationError

from pager.adapters.json_keys import STANDS_TWICE, key_given_twice
from pager.adapters.text import printable
from pager.adapters.validation import field_errors
from pager.errors import PagerError
from pager.model import EscalationPolicy

LARGEST_FILE = 1024 * 1024
"""Bytes: as large as a policy may be that the API takes."""


class WrongPolicyFile(PagerError):
    """{name} is not an Escalation Policy:
    {problems}"""

    def __init__(self, name: str, *problems: str) -> None:
        """One sentence for each thing that is wrong with it."""
        super().__init__(name=name, problems="\n".join(f"  {problem}" for problem in problems))


def read_policy(file: str) -> EscalationPolicy:
    """The policy in `file`, where - is the standard input.

    Raises WrongPolicyFile, which names each wrong field, or the key that stands twice.
    """
    name = "The standard input" if file == "-" else file
    try:
        content = _read(file)
    except OSError as error:
        raise WrongPolicyFile(name, f"it cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_FILE:
        raise WrongPolicyFile(name, f"it has more than {LARGEST_FILE:,} bytes")
    if (key := key_given_twice(content)) is not None:
        raise WrongPolicyFile(name, printable(f"{key}: {STANDS_TWICE}"))
    try:
        return EscalationPolicy.model_validate_json(content)
    except ValidationError as error:
        wrong = field_errors(error, whole="the file")
        sentences = (printable(f"{field.field}: {field.message}") for field in wrong)
        raise WrongPolicyFile(name, *sentences) from error


def _read(file: str) -> bytes:
    """At most one byte more than is allowed: the input may be endless."""
    if file == "-":
        return sys.stdin.buffer.read(LARGEST_FILE + 1)
    with Path(file).open("rb") as opened:
        return opened.read(LARGEST_FILE + 1)
