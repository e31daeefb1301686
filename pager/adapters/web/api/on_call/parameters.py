"""Values in the URLs of this room: names, and moments."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import Depends, Path, Query

from pager.adapters.validation import FieldError
from pager.adapters.web.problems import ProblemError, problem, unprocessable
from pager.oncall.horizon import horizon
from pager.oncall.names import NAME, is_name
from pager.oncall.schedules import Moment, Schedule

LONGEST_INTERVAL = timedelta(days=400)
USUAL_INTERVAL = timedelta(days=30)

_HOW = " In ISO 8601 with its zone: 2027-03-28T01:00:00Z. (A + is written %2B in a URL.)"


async def _name(
    name: Annotated[
        str,
        Path(
            description="The name, percent-encoded.",
            openapi_examples={"Payments": {"value": "Payments"}},
            # Described, and not checked by FastAPI: a name that nobody can have is not found (404).
            json_schema_extra=NAME.json_schema(),
        ),
    ],
) -> str:
    """The name in the URL. Raises ProblemError (404) where nobody can have it."""
    if not is_name(name):
        detail = "Nobody has such a name: it has up to 100 characters, and no slash."
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
    return name


EntryName = Annotated[str, Depends(_name)]
"""Of a person, a team, a schedule or a shared policy."""

At = Annotated[Moment | None, Query(description=f"The moment; left out: now.{_HOW}")]


class Interval(NamedTuple):
    """From when until when something is asked for; None: as it is usual."""

    start: datetime | None
    end: datetime | None

    def at(self, now: datetime, schedule: Schedule) -> tuple[datetime, datetime]:
        """Its beginning and its end, seen from `now`.

        Raises ProblemError (422) where the end is not after the beginning, or too far away for that
        schedule.
        """
        start = self.start or now
        longest = horizon(schedule, LONGEST_INTERVAL)
        end = self.end or start + min(USUAL_INTERVAL, longest)
        if start < end <= start + longest:
            return start, end
        message = f"It is after `from`, by at most {longest.days} days."
        if longest < LONGEST_INTERVAL:
            message = f"{message} (The schedule has many turns.)"
        raise ProblemError(unprocessable([FieldError(field="until", message=message)]))


async def _interval(
    start: Annotated[
        Moment | None, Query(alias="from", description=f"The beginning; left out: now.{_HOW}")
    ] = None,
    until: Annotated[
        Moment | None,
        Query(
            description=f"The end, at most {LONGEST_INTERVAL.days} days later; left out: "
            f"{USUAL_INTERVAL.days} days later. Less where a schedule has many short turns.{_HOW}"
        ),
    ] = None,
) -> Interval:
    return Interval(start, until)


Asked = Annotated[Interval, Depends(_interval)]
