"""Who is told of an incident of a service, and why: for any moment, and about any person."""

from datetime import datetime
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, ValidationError

from pager.adapters.store.explaining.explanations import Explanations, Question
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import SERVICE_ID, WRONG_SERVICE_ID, NamePart, without_nul
from pager.explain.asked import NotThere
from pager.explain.moments import BadMoment, as_typed, read_moment, shown
from pager.explain.values import Explanation

AT_MOST = {"people": 200, "steps": 50, "told": 50}
"""What the page shows of each."""

MomentText = Annotated[str, Query(max_length=60), AfterValidator(without_nul)]
PersonText = Annotated[str, Query(max_length=100), AfterValidator(without_nul)]


class _Asked(NamedTuple):
    """What the form has in it; all empty at first."""

    service: NamePart = ""
    at: MomentText = ""
    person: PersonText = ""


Asked = Annotated[_Asked, Depends()]


class _Answered(NamedTuple):
    """What the page answers."""

    time_zone: str
    """Of what is typed, and shown."""
    explanation: Explanation | None = None
    """None where nothing was asked, or it is wrong."""
    wrong: tuple[str, str] | None = None
    """The field that is wrong, and why."""
    at: str | None = None
    """The moment that a link has asked about, on the clock of the zone; None where it was typed."""


class ExplanationPage:
    """The page, which everybody reads."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoint is in the table of `routes`."""
        self._reads = backend.pools.reads
        self._explanations = Explanations(backend.database)
        self._directories = directories

    async def show(self, request: Request, asked: Asked) -> Response:
        """The form; and who is told, where a service is named."""
        answered = await self._reads.run(self._answered, asked)
        directory = (await self._reads.run(self._directories.now)).directory
        return page(
            request,
            "explanation.html",
            asked=asked,
            answered=answered,
            people=sorted(directory.people),
            at_most=AT_MOST,
            shown=shown,
        )

    def _answered(self, asked: _Asked) -> _Answered:
        service_id = asked.service.strip()
        if not service_id:
            return _Answered("UTC")
        try:
            SERVICE_ID.validate_python(service_id)
        except ValidationError:
            return _Answered("UTC", wrong=("service", WRONG_SERVICE_ID))
        time_zone, now = self._explanations.clock_of(service_id)
        at: datetime | None = None
        try:
            if asked.at.strip():
                at = read_moment(asked.at, ZoneInfo(time_zone), now)
        except BadMoment as error:
            return _Answered(time_zone, wrong=("at", str(error)))
        question = Question(service_id, at, asked.person.strip() or None, time_zone)
        linked = as_typed(at, ZoneInfo(time_zone)) if at and asked.at[10:11] == "T" else None
        try:
            return _Answered(time_zone, self._explanations.of(question), at=linked)
        except NotThere as error:
            return _Answered(time_zone, wrong=(error.noun, str(error)), at=linked)
