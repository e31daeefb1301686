"""The page behind an acknowledge link: one button, and only the button acknowledges.

Mail scanners open every link they see, so opening it must change nothing. The link is enough, no
account is needed: the page shows what its reader was paged about, and who else was notified.
"""

from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.access.roles import includes
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.views.incidents import IncidentPeriod, incident_of
from pager.adapters.store.views.running_incident import running_incident
from pager.adapters.store.views.status import ServiceStatus, ServiceStatuses
from pager.adapters.web.auth.principals import Linked
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.rendering import page, without_referrer
from pager.adapters.web.responses import see_other
from pager.decide import next_level_number
from pager.messages import Acknowledgement

MOST_PAGES = 20
"""Notifications that are shown: those of the last Level first."""


class _View(NamedTuple):
    """What is known of the incident of a link."""

    status: ServiceStatus | None
    """Of the service; None where the incident is over."""
    period: IncidentPeriod | None
    levels: int
    """How many Levels the policy has now."""
    next_level: int | None
    """The number of the Level that is told next; None where nobody is left."""
    pages: int
    """How many pages the incident has: `status` has MOST_PAGES of them."""
    may_close: bool
    """Whether whom the link was sent to has an account that may close the incident."""


class AcknowledgePage:
    """The endpoints of the page."""

    def __init__(self, backend: Backend) -> None:
        """The guard has read the links."""
        self._reads = backend.pools.links
        self._inbox = backend.inbox
        self._database = backend.database
        self._board = ServiceStatuses(backend.database)
        self._policies = backend.policies
        self._accounts = SqlAccounts(backend.database)

    async def show(self, request: Request, acknowledgement: Linked) -> Response:
        """The state of the incident, with a button as long as it can be acknowledged."""
        view = await self._reads.run(self._read, acknowledgement)
        return without_referrer(_incident_page(request, acknowledgement, view))

    async def acknowledge(self, acknowledgement: Linked, token: str) -> Response:
        """Acknowledge in the name of the Target that was sent the link; then show the page."""
        await self._inbox.receive([acknowledgement], f"link of {acknowledgement.by}")
        return without_referrer(see_other(token))

    def _read(self, acknowledgement: Acknowledgement) -> _View:
        service_id, incident = acknowledgement.service_id, acknowledgement.incident
        few = self._board.with_few_pages(service_id, MOST_PAGES)
        policy = self._policies.of(service_id)
        status, pages = few or (None, 0)
        is_running = status and status.state == "unhealthy" and status.incident == incident
        running = running_incident(self._database, service_id)
        return _View(
            status=status if is_running else None,
            period=incident_of(self._database, service_id, incident),
            levels=policy.level_count if policy else 0,
            next_level=next_level_number(running.service, policy) if running else None,
            pages=pages,
            may_close=self._may_close(acknowledgement.by),
        )

    def _may_close(self, name: str | None) -> bool:
        account = self._accounts.named(name) if name else None
        return account is not None and includes(account.role, "engineer")


def _incident_page(request: Request, acknowledgement: Acknowledgement, view: _View) -> Response:
    """The page of an incident that is escalating, acknowledged or over."""
    if view.status is None:
        template, answer = "over.html", HTTPStatus.GONE
    else:
        template = "acknowledged.html" if view.status.acknowledged else "acknowledge.html"
        answer = HTTPStatus.OK
    return page(
        request,
        template,
        answer,
        acknowledgement=acknowledgement,
        view=view,
        at_most=MOST_PAGES,
    )
