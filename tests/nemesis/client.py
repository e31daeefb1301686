"""One request of a client to one node, and what is written down of it."""

import time
from collections import defaultdict
from math import inf
from typing import Self

import httpx2

from api import PATHS, monitored_service
from nemesis.history import Operation, Receipt
from nemesis.node import Node
from pager.adapters.store.views.status import ServiceStatus
from pager.messages import Acknowledgement, Alert, HealthyEvent, Resolve
from pager.model import EscalationPolicy, MonitoredService

REQUEST_TIMEOUT = httpx2.Timeout(3, connect=1)
"""A request that is not answered by then may have been carried out all the same."""

NO_ANSWER = {"unreachable", "unanswered", "HTTP 503"}


Request = Alert | Acknowledgement | HealthyEvent | Resolve


class Client:
    """Any number of threads may use it at once, with `with`."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.histories: dict[str, list[Operation]] = defaultdict(list)
        """What was asked and answered, by service."""
        self.edits: dict[str, list[EscalationPolicy]] = defaultdict(list)
        """The policies that were accepted, by service."""
        self.wrong: list[str] = []
        """Answers that no node should give, whatever goes wrong."""
        self._incidents: dict[str, int] = defaultdict(int)
        self._http = httpx2.Client(timeout=REQUEST_TIMEOUT)

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def last_incident(self, service_id: str) -> int:
        """The last incident that was in an answer."""
        return self._incidents[service_id]

    def ask(self, node: Node, service_id: str, request: Request | None) -> str:
        """Send `request`, or read the service if it is None; return the outcome in a word."""
        invoked, answer = time.monotonic(), None
        try:
            response = self._send(node, service_id, request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return "unreachable"
        except httpx2.TransportError:
            outcome = "unanswered"
        else:
            answer = self._read(response)
            outcome = f"HTTP {response.status_code}" if answer is None else in_a_word(answer)
        returned = inf if answer is None else time.monotonic()
        operation = Operation(invoked, returned, node.name, request, answer)
        self.histories[service_id].append(operation)
        if answer is not None:
            self._incidents[service_id] = max(self._incidents[service_id], answer.incident)
        return outcome

    def edit(self, node: Node, policy: EscalationPolicy) -> str:
        """Give a service this policy, and return the outcome in a word."""
        url = f"{node.url}/escalation-policies/{policy.service_id}"
        try:
            response = self._http.put(url, json=policy.model_dump(mode="json"))
        except httpx2.TransportError:
            return "unanswered"
        if response.is_success:
            self.edits[policy.service_id].append(policy)
            return "changed"
        if response.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
            self.wrong.append(f"{url}: {response.status_code} {response.text}")
        return f"HTTP {response.status_code}"

    def _send(self, node: Node, service_id: str, request: Request | None) -> httpx2.Response:
        if request is None:
            return self._http.get(f"{node.url}/services/{service_id}")
        body = request.model_dump(mode="json", exclude={"type"})
        return self._http.post(node.url + PATHS[type(request)], json=body)

    def _read(self, response: httpx2.Response) -> Receipt | MonitoredService | None:
        match response.status_code:
            case httpx2.codes.OK:
                return monitored_service(ServiceStatus.model_validate_json(response.content))
            case httpx2.codes.ACCEPTED:
                receipt = response.json()
                return Receipt(receipt["state"], receipt["incident"], receipt["changed"])
            case httpx2.codes.SERVICE_UNAVAILABLE:
                return None
            case _:
                self.wrong.append(f"{response.request.url}: {response.status_code} {response.text}")
                return None


def in_a_word(answer: Receipt | MonitoredService) -> str:
    """What an answer says, for counting."""
    if isinstance(answer, Receipt):
        return "changed" if answer.changed else "unchanged"
    return "seen"
