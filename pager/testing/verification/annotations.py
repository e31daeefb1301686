"""What does not hold as annotations of GitHub: it shows them beside the lines of a pull request."""

import os
from collections.abc import Sequence
from pathlib import Path

from pager.testing.verification.results import Result

LONGEST = 4_000
"""Characters of one annotation: GitHub cuts off what is longer than its own bound."""


def annotations(results: Sequence[Result], top: Path) -> list[str]:
    """A line for each result that does not hold; paths are from `top` on."""
    return [_annotation(result, top) for result in results if not result.holds]


def _annotation(result: Result, top: Path) -> str:
    file, line = result.place
    where = {"title": result.title}
    if file is not None:
        where = {"file": Path(os.path.relpath(file, top)).as_posix(), "line": str(line), **where}
    fields = ",".join(f"{name}={_in_field(value)}" for name, value in where.items())
    return f"::error {fields}::{_in_text(result.failure[:LONGEST])}"


def _in_text(text: str) -> str:
    """GitHub's workflow commands end with the line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_field(text: str) -> str:
    return _in_text(text).replace(":", "%3A").replace(",", "%2C")
