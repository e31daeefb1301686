"""The audit log: who did what to accounts and API keys, and who sent test pages."""

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Response
from pydantic import BeforeValidator

from pager.adapters.store.access.audit_log import ACTIONS, Action, AuditLogFilter, SqlAuditLog
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Before, NamePart, none_where_empty

ON_A_PAGE = 50

Day = Annotated[date | None, BeforeValidator(none_where_empty)]


class _Part(NamedTuple):
    """Of the entries: those of a person, an action and some days, that are older than one."""

    who: NamePart = ""
    what: Annotated[Action | None, BeforeValidator(none_where_empty)] = None
    first: Day = None
    last: Day = None
    before: Before = None

    @property
    def which(self) -> AuditLogFilter:
        """The entries that are listed."""
        return AuditLogFilter(self.who.strip(), self.what, self.first, self.last)


Part = Annotated[_Part, Depends()]


class AuditLogPage:
    """The entries of the audit log, a page at a time."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._audit_log = SqlAuditLog(backend.database)

    async def show(self, request: Request, part: Part) -> Response:
        """That `part` of the entries, the newest first."""
        entries = await self._reads.run(
            self._audit_log.last, ON_A_PAGE + 1, part.before, part.which
        )
        return page(
            request,
            "audit_log.html",
            entries=entries,
            at_most=ON_A_PAGE,
            actions=ACTIONS,
            part=part,
        )
