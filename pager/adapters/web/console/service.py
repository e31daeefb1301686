"""One Monitored Service: how it is, its policy, and its incidents; each has a page of its own."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.views.incident_list import IncidentList, IncidentSummary
from pager.adapters.store.views.incidents import IncidentPeriod, incident_of
from pager.adapters.store.views.running_incident import running_incident
from pager.adapters.store.views.status import ServiceStatus, ServiceStatuses
from pager.adapters.urls import incident_path
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.beginnings import people_by_address
from pager.adapters.web.console.incident_actions import Done
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.on_duty import OnDutyReads
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Number, ServiceName
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.decide import next_level_number
from pager.model import EscalationPolicy
from pager.oncall.policies import PolicyUse

MOST_INCIDENTS = 20


class _View(NamedTuple):
    """What the page shows of the service."""

    status: ServiceStatus
    policy: EscalationPolicy | None
    """As it is just now: its own, the shared one that it uses, or the fallback."""
    uses: str
    """The name of the shared policy; "" where it uses none."""
    people: Mapping[str, str]
    """Whose addresses the policy has, where it is a shared one."""
    next_level: int | None
    """The number of the Level that is told next; None where nobody is left."""
    period: IncidentPeriod | None
    """Of the last incident."""
    incidents: Sequence[IncidentSummary]
    """The newest first: one more than is listed, if there is."""


class ServicePage:
    """The page of each service."""

    def __init__(self, backend: Backend, on_duty: OnDutyReads, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`; `on_duty` says who is on call."""
        self._on_duty = on_duty
        self._reads = backend.pools.reads
        self._database = backend.database
        self._board = ServiceStatuses(backend.database)
        self._list = IncidentList(backend.database)
        self._policies = backend.policies
        self._directories = directories

    async def show(
        self,
        request: Request,
        service_id: ServiceName,
        incident: Number = None,
        result: Done | None = None,
    ) -> Response:
        """The service. An old link to one of its incidents leads to the page of that."""
        if incident is not None:
            return see_other(incident_path(service_id, incident))
        view = await self._reads.run(self._read, service_id)
        return page(
            request,
            "service.html",
            view=view,
            on_duty=await self._reads.run(self._on_duty.of_service, service_id),
            at_most_incidents=MOST_INCIDENTS,
            result=result,
        )

    def _read(self, service_id: str) -> _View:
        few = self._board.with_few_pages(service_id, 0)
        if few is None:
            detail = f"There is no Monitored Service {service_id!r}: it has neither an \
Escalation Policy nor an incident."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        policy, own = self._policies.of(service_id), self._policies.versioned(service_id).policy
        running = running_incident(self._database, service_id)
        return _View(
            status=few.status,
            policy=policy,
            uses=own.uses if isinstance(own, PolicyUse) else "",
            people=people_by_address(self._directories.now().directory) if policy else {},
            next_level=next_level_number(running.service, policy) if running else None,
            period=incident_of(self._database, service_id, few.status.incident),
            incidents=self._list.of_service(service_id, MOST_INCIDENTS + 1),
        )
