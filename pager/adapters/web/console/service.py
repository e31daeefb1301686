"""One Monitored Service: how it is, and what happened."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.views.entries import Entry
from pager.adapters.store.views.incidents import IncidentPeriod, incident_of, incidents_of
from pager.adapters.store.views.journal import Journal, Position
from pager.adapters.store.views.running_incident import running_incident
from pager.adapters.store.views.status import ServiceStatus, ServiceStatuses
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.incident_actions import Done
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.timeline_place import TimelinePlace, place_in_url
from pager.adapters.web.parsing import Number, ServiceName
from pager.adapters.web.problems import ProblemError, problem
from pager.decide import next_level
from pager.model import EscalationPolicy

MOST_ENTRIES = 50
MOST_PAGES = 40
MOST_INCIDENTS = 20


class _View(NamedTuple):
    """What the page shows of the service."""

    status: ServiceStatus
    policy: EscalationPolicy | None
    is_last: bool
    """Whether nobody is left to notify in the incident that runs."""
    period: IncidentPeriod | None
    """Of the last incident."""
    incident: int
    """The incident whose timeline is shown; 0 where there was none yet."""
    incidents: Sequence[IncidentPeriod]
    """That incident and earlier ones, the newest first: one more than is listed, if there is."""
    entries: list[Entry]
    """Of the timeline, the newest first: one more than a page shows, where there are more."""
    places: list[str]
    """For each entry, where the page goes on that ends with it."""
    pages: int
    """How many pages the last incident has: `status` has a few of them."""


class ServicePage:
    """The page of each service."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._database = backend.database
        self._board = ServiceStatuses(backend.database)
        self._journal = Journal(backend.database)
        self._policies = SqlEscalationPolicies(backend.database)

    async def show(
        self,
        request: Request,
        service_id: ServiceName,
        incident: Number = None,
        before: TimelinePlace = None,
        result: Done | None = None,
    ) -> Response:
        """The service, and the timeline of an `incident`, or what is in it `before` a place."""
        view = await self._reads.run(self._read, service_id, incident, before)
        return page(
            request,
            "service.html",
            view=view,
            is_first_page=before is None,
            at_most=MOST_ENTRIES,
            at_most_pages=MOST_PAGES,
            at_most_incidents=MOST_INCIDENTS,
            result=result,
        )

    def _read(self, service_id: str, incident: int | None, before: Position | None) -> _View:
        few = self._board.with_few_pages(service_id, MOST_PAGES)
        if few is None:
            detail = f"There is no Monitored Service {service_id!r}: it has neither an \
Escalation Policy nor an incident."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        status, pages = few
        shown_incident = incident or status.incident
        entries = []
        if shown_incident:
            entries = self._journal.newest(service_id, shown_incident, MOST_ENTRIES + 1, before)
        policy = self._policies.of(service_id)
        running = running_incident(self._database, service_id)
        return _View(
            status=status,
            policy=policy,
            is_last=running is None or next_level(running.service, policy) is None,
            period=incident_of(self._database, service_id, status.incident),
            incident=shown_incident,
            incidents=incidents_of(self._database, service_id, MOST_INCIDENTS + 1, shown_incident),
            entries=[entry for entry, _ in entries],
            places=[place_in_url(place) for _, place in entries],
            pages=pages,
        )
