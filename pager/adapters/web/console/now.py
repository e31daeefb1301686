"""*Now*: every Monitored Service, Unhealthy ones first. It is what people open at 3 a.m."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Response

from pager.adapters.channels.test_page_sender import SENT
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.refused_alerts import RefusedAlerts, refused_lately
from pager.adapters.store.views.channels_of_policies import UnsetChannel, UnsetChannels
from pager.adapters.store.views.overdue_pages import OverduePages, overdue_pages
from pager.adapters.store.views.overview import (
    MOST_HEALTHY,
    MOST_UNHEALTHY,
    Overview,
    ServicesOverview,
)
from pager.adapters.store.views.violated_properties import violated_properties
from pager.adapters.urls import is_loopback_url
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.incident_actions import Done
from pager.adapters.web.console.on_call.on_duty import OnDutyReads, SomeOnDuty
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.shared_reads import SharedReads
from pager.adapters.web.parsing import NamePart, Skip

MOST_ON_DUTY = 6
"""Schedules of which the page says who is on call."""


class _View(NamedTuple):
    """What the page shows to everybody."""

    overview: Overview
    refused: Sequence[RefusedAlerts]
    overdue: Sequence[OverduePages]
    unset_channels: Sequence[UnsetChannel]
    on_duty: SomeOnDuty
    broken_checks: int
    """How many checks did not hold when they were verified last."""


class _Part(NamedTuple):
    """Of the services: those with `search` in their name, without the first ones of each kind."""

    search: NamePart = ""
    unhealthy: Skip = 0
    healthy: Skip = 0


Part = Annotated[_Part, Depends()]


class NowPage:
    """The first page."""

    def __init__(self, backend: Backend, on_duty: OnDutyReads) -> None:
        """Its endpoints are in the table of `routes`; `on_duty` says who is on call."""
        self._on_duty = on_duty
        self._public_url = backend.public_url
        self._opens_here_only = is_loopback_url(backend.public_url)
        self._reads = backend.pools.reads
        self._database = backend.database
        self._overview = ServicesOverview(backend.database, known=backend.directory)
        self._unset = UnsetChannels(backend.database, backend.unset_channels)
        self._shared: SharedReads[_View] = SharedReads(backend.database)
        self._audit_log = SqlAuditLog(backend.database)

    async def show(
        self,
        request: Request,
        part: Part,
        done: Done | None = None,
        service: NamePart = "",
    ) -> Response:
        """That `part` of the services. `done` is what a button has just done to `service`."""

        async def read() -> _View:
            return await self._reads.run(self._read, part)

        view = await self._shared.read(part, read)
        overview = view.overview
        is_new = overview.is_untouched and part == _Part()
        return page(
            request,
            "now.html",
            overview=overview,
            refused=view.refused,
            overdue=view.overdue,
            unset_channels=view.unset_channels,
            on_duty=view.on_duty,
            broken_checks=view.broken_checks,
            is_new=is_new,
            test_page_sent=is_new and await self._reads.run(self._audit_log.was_done, SENT),
            public_url=self._public_url,
            opens_here_only=self._opens_here_only,
            search=part.search,
            done=done,
            service=service,
            skip={"unhealthy": part.unhealthy, "healthy": part.healthy},
            at_most={"unhealthy": MOST_UNHEALTHY, "healthy": MOST_HEALTHY},
        )

    def _read(self, part: _Part) -> _View:
        return _View(
            self._overview.read(*part),
            refused_lately(self._database),
            overdue_pages(self._database),
            self._unset.used(),
            self._on_duty.some(MOST_ON_DUTY),
            self._database.read(violated_properties).number,
        )
