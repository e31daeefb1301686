"""The names of people, teams and schedules, as they are typed and as they stand in addresses."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path

from pager.adapters.web.problems import ProblemError, problem
from pager.oncall.names import LONGEST_NAME, is_name

WRONG_NAME = f"A name has 1 to {LONGEST_NAME} characters and no slash (such as Ada Lovelace)."
"""What people read who have typed a name that nobody can have."""


def read_name(typed: str) -> str | None:
    """The name that was typed; None where nobody can have it."""
    name = " ".join(typed.split())
    return name if is_name(name) else None


def nobody(kind: str, name: str) -> ProblemError:
    """404: there is nobody of that name."""
    detail = f"There is no {kind} called {name!r}. Somebody may have removed it."
    return ProblemError(problem(HTTPStatus.NOT_FOUND, detail))


async def _entry_name(name: Annotated[str, Path(max_length=400)]) -> str:
    """The name in the address. Raises ProblemError (404) where nobody can have it."""
    if not is_name(name):
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{name!r} is not known."))
    return name


EntryName = Annotated[str, Depends(_entry_name)]
