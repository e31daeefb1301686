"""The page behind an acknowledge link: one button, and only the button acknowledges.

Mail scanners open every link they see, so opening it must change nothing.
"""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from pager.adapters.inbox import Inbox
from pager.adapters.links import AcknowledgeLinks, BadLink
from pager.adapters.sql.database import Database
from pager.adapters.sql.services import SqlMonitoredServices
from pager.messages import Acknowledgement
from pager.model import Acknowledged, Unhealthy

HEADERS = {
    # The address of this page acknowledges: it is kept nowhere and told to nobody.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}

templates = Environment(
    loader=PackageLoader("pager.adapters.http"), autoescape=True, undefined=StrictUndefined
)


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

    async def show(self, token: str) -> Response:
        """What the incident of the link has come to, with a button while one helps."""
        try:
            acknowledgement = self._links.read(token)
        except BadLink as error:
            return _page("bad_link.html", HTTPStatus.NOT_FOUND, problem=str(error))
        stored = await asyncio.to_thread(self._services.load, acknowledgement.service_id)
        return _incident_page(acknowledgement, stored.service)

    async def acknowledge(self, token: str) -> Response:
        """Acknowledge in the name of whoever was sent the link; then show what it has come to."""
        try:
            acknowledgement = self._links.read(token)
        except BadLink as error:
            return _page("bad_link.html", HTTPStatus.NOT_FOUND, problem=str(error))
        await self._inbox.receive([acknowledgement], f"link of {acknowledgement.by}")
        return RedirectResponse(token, HTTPStatus.SEE_OTHER, HEADERS)


def _incident_page(acknowledgement: Acknowledgement, service: object) -> Response:
    """Running, acknowledged or over."""
    if not isinstance(service, Unhealthy) or service.incident != acknowledgement.incident:
        return _page("over.html", HTTPStatus.GONE, acknowledgement=acknowledgement)
    if isinstance(service.escalation, Acknowledged):
        return _page("acknowledged.html", service=service, by=service.escalation.by)
    return _page("acknowledge.html", service=service, acknowledgement=acknowledgement)


def _page(name: str, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
    return HTMLResponse(templates.get_template(name).render(context), status, HEADERS)
