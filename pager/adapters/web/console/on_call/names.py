"""The names of people, teams and schedules, as they are typed and as they stand in addresses."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path

from pager.adapters.web.problems import ProblemError, problem
from pager.oncall.names import LONGEST_NAME, InvisibleName, check_new_name, is_name

WRONG_NAME = (
    f"A name has 1 to {LONGEST_NAME} characters and no slash (such as Ada Lovelace, or Payments)."
)


def wrong_name(typed: str) -> str:
    """What people read who have typed that name; "" where somebody new can have it."""
    if not is_name(typed):
        return WRONG_NAME
    try:
        check_new_name(typed)
    except InvisibleName as error:
        return str(error)
    return ""


def read_name(typed: str) -> str | None:
    """The name that was typed; None where nobody new can have it."""
    name = " ".join(typed.split())
    return None if wrong_name(name) else name


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
