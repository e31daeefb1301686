"""The audit log: who did what to accounts and API keys, and who sent test pages."""

from fastapi import Request, Response

from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Before

ON_A_PAGE = 50


class AuditLogPage:
    """The entries of the audit log, a page at a time."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._audit_log = SqlAuditLog(backend.database)

    async def show(self, request: Request, before: Before = None) -> Response:
        """The entries, the newest first; with `before`, only older ones."""
        entries = await self._reads.run(self._audit_log.last, ON_A_PAGE + 1, before)
        return page(request, "audit_log.html", entries=entries, at_most=ON_A_PAGE)
