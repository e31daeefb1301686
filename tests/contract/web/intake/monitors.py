"""Monitors that send to an application in front of a real database."""

import json
from collections.abc import Mapping

from fastapi.testclient import TestClient
from httpx2 import Response

from contract.web.application import shared_application
from contract.web.installation import Installation
from contract.web.intake.server import senders_keys
from pager import Unhealthy
from pager.access.integrations import ProtocolName, Routing
from pager.adapters.store.access.integrations import SqlIntegrations, StoredIntegration
from pager.adapters.web.limits import Limits

JSON = {"Content-Type": "application/json"}


class Monitor:
    """A monitor with an integration of its own. Each of the services has a policy."""

    def __init__(
        self,
        installation: Installation,
        protocol: ProtocolName,
        services: tuple[str, ...] = ("checkout-api",),
        *,
        field: str | None = None,
        names: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        name: str = "a monitor",
    ) -> None:
        """The first of the services is the integration's own."""
        self._installation = installation
        for service in services:
            installation.policy(service, ("ada",))
        routing = Routing(service_id=services[0], field=field, names=names or {})
        self._integrations = SqlIntegrations(installation.database)
        new = self._integrations.make("a test", f"{name} {protocol}", protocol, routing)
        self.id, self.key = new.id, new.key
        self._protocol = protocol
        # Without limits of its own it is the application that the tests' browsers look at.
        app = shared_application(installation.database, **({"limits": limits} if limits else {}))
        self._client = TestClient(app, raise_server_exceptions=False)

    def send(
        self,
        body: object,
        headers: Mapping[str, str] = JSON,
        kind: str | None = None,
        ending: str = "/",
        method: str = "POST",
    ) -> Response:
        """Send a body: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = f"/integrations/v1/{kind or self._protocol}/{self.key}{ending}"
        return self._client.request(method, path, content=content, headers=dict(headers))

    def open_keys(self, service: str = "checkout-api") -> tuple[str | None, ...] | None:
        """The troubles of the service as senders call them; None where it is Healthy."""
        found = self._installation.ports.services.load(service).service
        return senders_keys(found.open_keys) if isinstance(found, Unhealthy) else None

    def message(self, service: str = "checkout-api") -> str:
        """What the page of the service says."""
        found = self._installation.ports.services.load(service).service
        assert isinstance(found, Unhealthy)
        return found.message

    def pages(self) -> int:
        """How many pages have been sent, those of this call included."""
        return len(self._installation.ports.outbox.claim("email", 1_000))

    @property
    def stored(self) -> StoredIntegration:
        """The integration as people see it."""
        stored = self._integrations.numbered(self.id)
        assert stored is not None
        return stored
