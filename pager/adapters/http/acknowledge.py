"""The page behind an acknowledge link: one button, and only the button acknowledges.

Mail scanners open every link they see, so opening it must change nothing.
"""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from pager.adapters.http.console.pages import bad_link, page, see_other
from pager.adapters.inbox import Inbox
from pager.adapters.links import AcknowledgeLinks, BadLink
from pager.adapters.sql.database import Database
from pager.adapters.sql.services import SqlMonitoredServices
from pager.messages import Acknowledgement
from pager.model import Acknowledged, Unhealthy


class AcknowledgePages:
    """The endpoints of the page."""

    def __init__(self, database: Database, inbox: Inbox, links: AcknowledgeLinks) -> None:
        """`router` is to be included in an application."""
        self._services = SqlMonitoredServices(database)
        self._inbox = inbox
        self._links = links
        self.router = APIRouter(include_in_schema=False)
        path = "/acknowledge/{token}"
        self.router.add_api_route(path, self.show, methods=["GET", "HEAD"])
        self.router.add_api_route(path, self.acknowledge, methods=["POST"])

    async def show(self, request: Request, token: str) -> Response:
        """What the incident of the link has come to, with a button while one helps."""
        try:
            acknowledgement = self._links.read(token)
        except BadLink as error:
            return _secret(bad_link(request, error))
        stored = await asyncio.to_thread(self._services.load, acknowledgement.service_id)
        return _secret(_incident_page(request, acknowledgement, stored.service))

    async def acknowledge(self, request: Request, token: str) -> Response:
        """Acknowledge in the name of whoever was sent the link; then show what it has come to."""
        try:
            acknowledgement = self._links.read(token)
        except BadLink as error:
            return _secret(bad_link(request, error))
        await self._inbox.receive([acknowledgement], f"link of {acknowledgement.by}")
        return _secret(see_other(token))


def _incident_page(request: Request, acknowledgement: Acknowledgement, service: object) -> Response:
    """Running, acknowledged or over."""
    if not isinstance(service, Unhealthy) or service.incident != acknowledgement.incident:
        return page(request, "over.html", HTTPStatus.GONE, acknowledgement=acknowledgement)
    if isinstance(service.escalation, Acknowledged):
        return page(request, "acknowledged.html", service=service, by=service.escalation.by)
    return page(request, "acknowledge.html", service=service, acknowledgement=acknowledgement)


def _secret(answer: Response) -> Response:
    """The address of these pages acknowledges: it is told to nobody."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
