"""The names of people, teams and schedules in addresses."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Path
from pydantic import TypeAdapter, ValidationError

from pager.adapters.web.problems import ProblemError, problem
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.names import Name

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def schedule_path(name: str) -> str:
    """The page of the schedule of that name."""
    return f"/console/schedules/{quote(name, safe='')}"


def no_schedule(name: str) -> ProblemError:
    """404: there is no schedule of that name."""
    return ProblemError(problem(HTTPStatus.NOT_FOUND, str(NobodyOfThatName("schedule", name))))


async def _schedule_name(name: Annotated[str, Path()]) -> str:
    """The name in the address. Raises ProblemError (404) where no schedule can have it."""
    try:
        return _NAME.validate_python(name)
    except ValidationError as error:
        raise no_schedule(name) from error


ScheduleName = Annotated[str, Depends(_schedule_name)]
