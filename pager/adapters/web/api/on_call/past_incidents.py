"""Incidents as they really were, for programs that replay them on another configuration."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response
from pydantic import TypeAdapter

from pager.adapters.store.core.filters import Names
from pager.adapters.store.explaining.past_incidents import PastIncidents, PastPlace
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.explain.replay import PastIncident
from pager.oncall.schedules import Moment

PAST_INCIDENTS = TypeAdapter(list[PastIncident])
LONGEST_PAGE = 200
"""Incidents of a page, where the request does not say how many."""

USUAL_PERIOD = timedelta(days=90)

Since = Annotated[
    Moment | None,
    Query(
        description="The first moment at which they may have begun, such as 2027-01-01T00:00:00Z; "
        f"left out: {USUAL_PERIOD.days} days ago."
    ),
]
AfterPlace = Annotated[
    str,
    Query(
        pattern=r"^([0-9]{1,15}/[A-Za-z0-9._:@+-]{1,200}/[0-9]{1,15})?$",
        description="Where the page before ended: take the link to the next page from the header "
        "Link.",
    ),
]
PageLength = Annotated[
    int, Query(alias="limit", ge=1, le=LONGEST_PAGE, description="How many are listed at most.")
]


class PastIncidentsApi:
    """The endpoint."""

    def __init__(self, backend: Backend) -> None:
        """It is in the table of `on_call_api_routes`."""
        self._reads = backend.pools.reads
        self._incidents = PastIncidents(backend.database)

    async def past_incidents(
        self,
        program: Calling,
        since: Since = None,
        after: AfterPlace = "",
        at_most: PageLength = LONGEST_PAGE,
    ) -> Response:
        """The incidents of services that the key may read, the newest first."""
        names, place = Names(among=program.scope.services), _place(after)
        since = since or datetime.now(UTC) - USUAL_PERIOD
        found, last = await self._reads.run(self._incidents.page, names, since, at_most, place)
        return json_answer(
            PAST_INCIDENTS.dump_json(list(found)), headers=_next(last, since, at_most)
        )


def _place(text: str) -> PastPlace | None:
    """The place that the link to a page has; None for the first page."""
    if not text:
        return None
    begun_at, service_id, incident = text.split("/")
    return PastPlace(int(begun_at), service_id, int(incident))


def _next(place: PastPlace | None, since: datetime, at_most: int) -> dict[str, str]:
    """The header with the link to the next page, if there is one."""
    if place is None:
        return {}
    after = "/".join(map(str, place))
    query = urlencode({"since": since.isoformat(), "after": after, "limit": at_most})
    return {"Link": f'<?{query}>; rel="next"'}
