"""What does not hold as annotations of GitHub: it shows them beside the lines of a pull request.

They are commands in what a job prints. Names and texts are a team's own: none of them may be one.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pager.adapters.text import printable
from pager.testing.verification.results import Result

LONGEST = 4_000
"""Characters of one annotation: GitHub cuts off what is longer than its own bound."""


@contextmanager
def without_commands(print_line: Callable[[str], object]) -> Iterator[None]:
    """Let GitHub understand no command in what is printed meanwhile, until a line nobody can guess.

    Where it ends with an error that line is not printed: what is wrong may be read only later.
    """
    end = secrets.token_hex(16)
    print_line(f"::stop-commands::{end}")
    yield
    print_line(f"::{end}::")


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
    """GitHub's commands end with the line; control characters would be the terminal's."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")


def _in_field(text: str) -> str:
    return _in_text(text).replace(":", "%3A").replace(",", "%2C")
