"""Who did what to accounts and keys, and who sent test pages: back to the beginning."""

import asyncio

from fastapi import APIRouter, Request, Response

from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.web.api.conditions import Before
from pager.adapters.web.auth.visitor import Administrator
from pager.adapters.web.console.rendering import page

ON_A_PAGE = 50


class AuditLogPage:
    """The changes that are neither a policy's nor an incident's, some at a time."""

    def __init__(self, database: Database) -> None:
        """`router` is to be included in an application."""
        self._changes = SqlAuditLog(database)
        self.router = APIRouter()
        self.router.add_api_route("/console/changes", self.show, methods=["GET", "HEAD"])

    async def show(
        self, request: Request, _visitor: Administrator, before: Before = None
    ) -> Response:
        """The newest first; those `before` one of them."""
        changes = await asyncio.to_thread(self._changes.last, ON_A_PAGE + 1, before)
        return page(request, "audit_log.html", changes=changes, at_most=ON_A_PAGE)
