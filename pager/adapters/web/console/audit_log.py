"""Who did what to accounts and keys, and who sent test pages: back to the beginning."""

import asyncio

from fastapi import Request, Response

from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Before

ON_A_PAGE = 50


class AuditLogPage:
    """The entries of the audit log, a page at a time."""

    def __init__(self, database: Database) -> None:
        """Its endpoints are in the table of `routes`."""
        self._audit_log = SqlAuditLog(database)

    async def show(self, request: Request, before: Before = None) -> Response:
        """The newest first; those `before` one of them."""
        entries = await asyncio.to_thread(self._audit_log.last, ON_A_PAGE + 1, before)
        return page(request, "audit_log.html", entries=entries, at_most=ON_A_PAGE)
