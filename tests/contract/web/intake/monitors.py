"""Monitors that send in their own protocols, and what becomes of their services."""

import json
from collections.abc import Mapping, Sequence

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select

from clients.recordings import Recorded
from contract.web.application import WRITING_AT_ONCE, shared_application
from contract.web.installation import Installation
from pager import (
    Acknowledged,
    EmailTarget,
    EscalationPolicy,
    Level,
    MonitoredService,
    Unhealthy,
)
from pager.access.integrations import ProtocolName, Routing
from pager.adapters.store.access.integrations import SqlIntegrations, StoredIntegration
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import outbox
from pager.adapters.store.ports import SqlPorts
from pager.adapters.web.limits import Limits

JSON = {"content-type": "application/json"}
WRONG_KEY = "f" * 32


def senders_keys(open_keys: Sequence[str | None]) -> tuple[str | None, ...]:
    """Without the integration in which each counts; a digest has none."""
    return tuple(key and (key.partition(": ")[2] or key) for key in open_keys)


class Monitors:
    """A server without workers, and monitors that use it."""

    def __init__(
        self,
        database: Database,
        limits: Limits | None = WRITING_AT_ONCE,
        services: Sequence[str] = ("checkout-api",),
    ) -> None:
        """Serve that database; each of the services has a policy.

        Without limits of its own it is the application that the tests' browsers look at.
        """
        self.database = database
        app = shared_application(database, **({"limits": limits} if limits else {}))
        self.client = TestClient(app, raise_server_exceptions=False)
        for service_id in services:
            self.policy(service_id)

    def policy(self, service_id: str) -> None:
        """Let that service have a policy."""
        ada = EmailTarget(address="ada@example.com")
        policy = EscalationPolicy(service_id=service_id, levels=(Level(targets=(ada,)),))
        SqlPorts(self.database).policies.put(policy)

    def key(
        self,
        protocol: ProtocolName,
        service_id: str = "checkout-api",
        field: str | None = None,
        names: Mapping[str, str] = {},
    ) -> str:
        """The key of a new integration."""
        routing = Routing(service_id=service_id, field=field, names=names)
        integrations = SqlIntegrations(self.database)
        name = f"monitor {len(integrations.all()) + 1}"
        return integrations.make("a test", name, protocol, routing).key

    def post(
        self,
        target: str,
        body: object = b"",
        headers: Mapping[str, str] = JSON,
        method: str = "POST",
    ) -> Response:
        """What the server answers to that body: bytes, or a value that is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.request(method, target, content=content, headers=dict(headers))

    def replay(self, request: Recorded, key: str) -> Response:
        """What the server answers to a recorded request with that key."""
        sent = request.with_key(key)
        return self.client.request(
            sent.method, sent.target, headers=sent.headers, content=sent.body
        )

    def service(self, service_id: str = "checkout-api") -> MonitoredService:
        """The service as it is now."""
        return SqlPorts(self.database).services.load(service_id).service

    def state(self, service_id: str = "checkout-api") -> str:
        """Whether it is healthy, unhealthy or acknowledged."""
        service = self.service(service_id)
        if isinstance(service, Unhealthy) and isinstance(service.escalation, Acknowledged):
            return "acknowledged"
        return service.state

    def open_keys(self, service_id: str = "checkout-api") -> Sequence[str | None]:
        """The dedup keys of its troubles as senders call them."""
        service = self.service(service_id)
        return senders_keys(service.open_keys) if isinstance(service, Unhealthy) else ()

    def text(self, service_id: str = "checkout-api") -> str:
        """What its page says; empty where it is Healthy."""
        service = self.service(service_id)
        return service.message if isinstance(service, Unhealthy) else ""

    @property
    def pages(self) -> int:
        """How many pages there are, of all services."""
        query = select(func.count()).select_from(outbox).where(outbox.c.channel == "email")
        return self.database.read(lambda connection: connection.execute(query).scalar_one())

    @property
    def last_request(self) -> tuple[str, str]:
        """The last request of the only integration, and what became of it."""
        [integration] = SqlIntegrations(self.database).all()
        return integration.last_request, integration.last_outcome


class Monitor(Monitors):
    """A monitor with an integration of its own."""

    def __init__(
        self,
        installation: Installation,
        protocol: ProtocolName,
        services: Sequence[str] = ("checkout-api",),
        *,
        field: str | None = None,
        names: Mapping[str, str] = {},
        limits: Limits | None = None,
        name: str = "a monitor",
    ) -> None:
        """The first of the services is the integration's own."""
        super().__init__(installation.database, limits, services)
        routing = Routing(service_id=services[0], field=field, names=names)
        integrations = SqlIntegrations(self.database)
        new = integrations.make("a test", f"{name} {protocol}", protocol, routing)
        self.id, self.own_key = new.id, new.key
        self._protocol = protocol

    def send(
        self,
        body: object,
        headers: Mapping[str, str] = JSON,
        kind: str | None = None,
        ending: str = "/",
        method: str = "POST",
    ) -> Response:
        """What the server answers to that body, as `post` has it."""
        path = f"/integrations/v1/{kind or self._protocol}/{self.own_key}{ending}"
        return self.post(path, body, headers, method)

    @property
    def stored(self) -> StoredIntegration:
        """The integration as people see it."""
        stored = SqlIntegrations(self.database).numbered(self.id)
        assert stored is not None
        return stored
