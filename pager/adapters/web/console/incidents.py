"""The incidents of all services: filters, figures, a plot of the weeks, and a list in pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, BeforeValidator

from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.views.incident_list import (
    STATES,
    IncidentList,
    IncidentsPage,
    Place,
    Selection,
    State,
    Week,
)
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.shared_reads import SharedReads
from pager.adapters.web.parsing import LONGEST_NAME, none_where_empty, number_in, without_nul
from pager.adapters.web.problems import ProblemError, problem
from pager.response_times import ResponseTimes

ON_A_PAGE = 50
MOST_WEEKS = 26
AT_FIRST = timedelta(days=30)
"""How far back the list goes where nobody has said it."""


Text = Annotated[str, Query(max_length=LONGEST_NAME), AfterValidator(without_nul)]
Day = Annotated[date | None, Query(), BeforeValidator(none_where_empty)]
OneState = Annotated[State | None, Query(), BeforeValidator(none_where_empty)]


class _Filters(NamedTuple):
    """The fields of the form. Days are in UTC."""

    search: Text = ""
    state: OneState = None
    service: Text = ""
    person: Text = ""
    since: Day = None
    until: Day = None
    """The last day."""

    @property
    def selection(self) -> Selection:
        """What the list is to have."""
        end = self.until
        return Selection(
            search=self.search.strip(),
            state=self.state,
            service_id=self.service.strip() or None,
            person=self.person.strip(),
            since=_midnight(self.since) if self.since else None,
            until=_midnight(end) + timedelta(days=1) if end and end < date.max else None,
        )

    def query(self, place: Place | None = None) -> str:
        """The query of a URL with these filters, and of the page behind that place."""
        fields = {
            name: "" if value is None else str(value) for name, value in self._asdict().items()
        }
        # An empty first day is said, too: without one, the page would begin a while ago.
        kept = {name: value for name, value in fields.items() if value or name == "since"}
        if place is not None:
            kept["before"] = f"{place.begun_at}.{place.incident}.{place.service_id}"
        return urlencode(kept)


Filters = Annotated[_Filters, Depends()]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def _place(
    before: Annotated[str, Query(max_length=2 * LONGEST_NAME), AfterValidator(without_nul)] = "",
) -> Place | None:
    """The place in the URL, if any. Raises ProblemError (422) for what is none."""
    if not before:
        return None
    begun_at, _, rest = before.partition(".")
    incident, _, service_id = rest.partition(".")
    numbers = number_in(begun_at), number_in(incident)
    if numbers[0] is None or numbers[1] is None or not service_id:
        detail = "before: Take the link to the earlier incidents from the list."
        raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail))
    return Place(numbers[0], service_id, numbers[1])


class _Figures(NamedTuple):
    """What is said of all that is selected."""

    times: ResponseTimes
    weeks: Sequence[Week]


class IncidentsListPage:
    """The list, and the figures of what is selected."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoint is in the table of `routes`."""
        self._reads = backend.pools.reads
        self._list = IncidentList(backend.database)
        self._shared: SharedReads[_Figures] = SharedReads(backend.database)

    async def show(
        self,
        request: Request,
        filters: Filters,
        place: Annotated[Place | None, Depends(_place)] = None,
    ) -> Response:
        """The incidents that the filters leave, behind that place."""
        if "since" not in request.query_params:
            filters = filters._replace(since=(datetime.now(UTC) - AT_FIRST).date())
        selection = filters.selection
        shown: IncidentsPage = await self._reads.run(self._list.page, selection, ON_A_PAGE, place)
        figures = None
        if place is None:

            async def read() -> _Figures:
                return await self._reads.run(self._figures, selection)

            figures = await self._shared.read(selection, read)
        return page(
            request,
            "incidents.html",
            filters=filters,
            states=STATES,
            shown=shown,
            at_most=ON_A_PAGE,
            is_first_page=place is None,
            place_of=lambda row: filters.query(
                Place(_since_1970(row.begun_at), row.service_id, row.incident)
            ),
            here=f"/incidents?{filters.query()}",
            figures=figures,
        )

    def _figures(self, selection: Selection) -> _Figures:
        return _Figures(self._list.figures(selection), self._list.weeks(selection, MOST_WEEKS))


def _since_1970(at: datetime) -> int:
    return milliseconds(at - datetime.fromtimestamp(0, UTC))
