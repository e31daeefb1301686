"""Webhooks: every protocol whose sender is given a URL of its own, with its key in it."""

from fastapi import Request, Response

from pager.access.integrations import Integration
from pager.adapters.web.intake.protocols import PROTOCOLS
from pager.adapters.web.intake.receiving import Intake


class Webhooks:
    """Their endpoint."""

    def __init__(self, intake: Intake) -> None:
        """Pass on to `intake`."""
        self._intake = intake

    async def receive(self, request: Request) -> Response:
        """Take the events of a payload, in the protocol of the integration."""
        integration: Integration = request.state.integration
        protocol = PROTOCOLS[integration.protocol]
        return protocol.accepted(await self._intake.receive(request, integration, protocol))
