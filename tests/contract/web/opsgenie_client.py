"""A client of Opsgenie's Alert API, and what becomes of its alerts in Pager."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi.testclient import TestClient
from httpx2 import Response

from contract.web.application import shared_application
from contract.web.installation import Installation
from pager import Acknowledged, Healthy, Message, Unhealthy
from pager.access.integrations import Routing
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts

RECORDED = Path(__file__).parents[2] / "clients/recorded"
RECORDED_KEY = "00000000-0000-4000-8000-000000000001"
WHEN_RECORDED = "2026-11-28T13:00:00Z"
"""The end of the snooze in the recording."""

Json = dict[str, Any]  # type: ignore[explicit-any]  # what the server answers


CHECKOUT_API = Routing(service_id="checkout-api")


class OpsgenieClient:
    """An integration of protocol opsgenie, and a client with its key."""

    def __init__(
        self,
        database: Database,
        routing: Routing = CHECKOUT_API,
        name: str = "Opsgenie",
    ) -> None:
        """The integration is made now; services have no policy yet."""
        self.database = database
        self.new = SqlIntegrations(database).make("a test", name, "opsgenie", routing)
        self.key = self.new.key
        self.http = TestClient(shared_application(database), raise_server_exceptions=False)
        self.http.headers["authorization"] = f"GenieKey {self.key}"

    def policy(self, service_id: str = "checkout-api", *levels: tuple[str, ...]) -> None:
        """Give a service a policy: two levels, unless there are others."""
        Installation(self.database).policy(service_id, *(levels or (("ada",), ("grace",))))

    def receive(self, *messages: Message) -> None:
        """What somebody else tells Pager."""
        Installation(self.database).receive(*messages)

    def create(self, **fields: object) -> Response:
        """Create an alert."""
        body = {"message": "p99 latency above 3 s", "alias": "checkout-api/latency", **fields}
        return self.http.post("/v2/alerts", json=body)

    def act(self, action: str, alias: str = "checkout-api/latency", **fields: object) -> Response:
        """Do something with an alert by its alias."""
        return self.http.post(
            f"/v2/alerts/{quote(alias, safe='')}/{action}?identifierType=alias", json=fields
        )

    def get(self, alias: str = "checkout-api/latency") -> Json:
        """The alert of that alias."""
        path = f"/v2/alerts/{quote(alias, safe='')}"
        alert: Json = data_of(self.http.get(path, params={"identifierType": "alias"}))
        return alert

    def search(self, query: str = "", **parameters: str) -> list[Json]:
        """The alerts that a search finds."""
        found: list[Json] = data_of(
            self.http.get("/v2/alerts", params={"query": query, **parameters})
        )
        return found

    def status_of(self, accepted: Response) -> Json:
        """What became of a request."""
        assert accepted.status_code == 202, accepted.text
        path = f"/v2/alerts/requests/{accepted.json()['requestId']}"
        status: Json = data_of(self.http.get(path))
        return status

    def service(self, service_id: str = "checkout-api") -> Healthy | Unhealthy:
        """The state of a service."""
        return SqlPorts(self.database).services.load(service_id).service

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody has the incident of checkout-api."""
        service = self.service()
        return isinstance(service, Unhealthy) and isinstance(service.escalation, Acknowledged)

    def pages(self, service_id: str = "checkout-api") -> list[str]:
        """Who was notified in the running incident, in order."""
        service = self.service(service_id)
        assert isinstance(service, Unhealthy)
        return list(service.notified or ())


def data_of(response: Response) -> Any:  # type: ignore[explicit-any]  # as above
    """The data of an answer, which has the shape of all of them."""
    assert response.status_code == 200, response.text
    check_shape(response)
    return response.json()["data"]


def check_shape(response: Response) -> None:
    """Check that it is JSON with `requestId` and `took`, and that its headers say the same."""
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert isinstance(body["took"], float | int)
    assert body["requestId"] == response.headers["x-request-id"]
    assert (response.status_code < 400) == ("message" not in body), body


class Recorded(NamedTuple):
    """A request of a real client, and the status that satisfied it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str
    status: int


def recorded(client: str) -> Iterator[Recorded]:
    """What a real client sent, in order, apart from heartbeats."""
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for exchange in json.loads((RECORDED / f"{client}.json").read_text())["satisfied"]:
        request = exchange["request"]
        if "/v2/alerts" not in request["target"]:
            continue
        left_out = {"content-length", "host", "authorization", "connection"}
        headers = {name: text for name, text in request["headers"] if name.lower() not in left_out}
        yield Recorded(
            request["method"],
            request["target"].removeprefix("/opsgenie"),
            headers,
            request["body"].replace(WHEN_RECORDED, end),
            exchange["response"]["status"],
        )
