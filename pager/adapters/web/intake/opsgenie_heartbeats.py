"""Heartbeats as Opsgenie's clients ping them, with the key of an integration.

`GET /v2/heartbeats/NAME` asks for a heartbeat. Opsgenie's npm client sends the same to ping one: it
is known by its User-Agent.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from fastapi import Request, Response
from pydantic import JsonValue

from pager.access.integrations import Integration
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.store.heartbeats.reading import HeartbeatList, StoredHeartbeat
from pager.adapters.store.heartbeats.writing import ForeignHeartbeat, UnknownHeartbeat
from pager.adapters.web.backend import Backend
from pager.adapters.web.intake.opsgenie.answers import Reply
from pager.adapters.web.intake.protocol import Use

PINGS = tuple(
    f"{method} /v2/heartbeats/{{name}}/ping" for method in ("GET", "POST", "PUT", "PATCH")
)
CHANGES = (
    "GET /v2/heartbeats",
    "POST /v2/heartbeats",
    "PATCH /v2/heartbeats/{name}",
    "DELETE /v2/heartbeats/{name}",
    "POST /v2/heartbeats/{name}/enable",
    "POST /v2/heartbeats/{name}/disable",
)

ENDPOINTS: Mapping[str, Use] = {
    **dict.fromkeys(PINGS, "served"),
    "GET /v2/heartbeats/{name}": "served",
    **dict.fromkeys(CHANGES, "refused"),
}

NOTES: Mapping[str, str] = {
    "GET /v2/heartbeats/{name}": "The heartbeat; of the npm client it is a ping.",
    "POST /v2/heartbeats": "Make it in the console, or by PUT /heartbeats/{name}.",
}

NPM_CLIENT = "opsgenie-node-sdk"

UNITS = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)))
"""Those of Opsgenie, besides minutes."""


class OpsgenieHeartbeats:
    """The endpoints."""

    def __init__(self, backend: Backend, heartbeats: Heartbeats) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._heartbeats = heartbeats
        self._list = HeartbeatList(backend.database)

    async def ping(self, request: Request, name: str) -> Response:
        """The heartbeat is alive."""
        reply = Reply()
        integration: Integration = request.state.integration
        await self._heartbeats.ping(name, partial(may_ping, integration))
        return reply.accepted("PONG - Heartbeat received")

    async def show(self, request: Request, name: str) -> Response:
        """Show the heartbeat as Opsgenie does. From Opsgenie's npm client it is a ping."""
        if request.headers.get("user-agent", "").startswith(NPM_CLIENT):
            return await self.ping(request, name)
        reply = Reply()
        integration: Integration = request.state.integration
        stored = await self._reads.run(self._list.named, name)
        if stored is None:
            raise UnknownHeartbeat(name)
        if not may_ping(integration, stored.heartbeat.service_id):
            raise ForeignHeartbeat(name)
        return reply.answer(data=_data(stored))


def may_ping(integration: Integration, service_id: str) -> bool:
    """Whether its key is good for heartbeats of that service.

    A key whose events are all about one service is good for that one.
    """
    routing = integration.routing
    return routing.field is not None or routing.service_id == service_id


def _data(stored: StoredHeartbeat) -> dict[str, JsonValue]:
    heartbeat, pinged_at = stored.heartbeat, stored.watch.pinged_at
    length = heartbeat.interval + heartbeat.grace
    number, unit = -(-length // timedelta(minutes=1)), "minutes"
    for name, of in UNITS:
        if length % of == timedelta(0):
            number, unit = length // of, name
            break
    data: dict[str, JsonValue] = {
        "name": heartbeat.name,
        "description": f"Of {heartbeat.service_id}",
        "interval": number,
        "intervalUnit": unit,
        "enabled": True,
        "expired": stored.overdue_since is not None,
    }
    if pinged_at is not None:
        data["lastPingTime"] = pinged_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return data
