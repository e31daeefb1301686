"""A world over HTTP: the scenarios as a client of the API sees them."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Connection

from acceptance.sql_pager import SqlPager
from acceptance.world import World
from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    EscalationPolicy,
    Healthy,
    HealthyEvent,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    Unhealthy,
)
from pager.adapters.store.views.status import ServiceStatus
from pager.model import Acknowledged, Escalating, Escalation, Exhausted
from pager.simulation.simulated import SimulatedPolicies
from pager.words import message_in_words

PATHS: dict[type[Message], str] = {
    Alert: "/alerts",
    Acknowledgement: "/acknowledgements",
    HealthyEvent: "/healthy-events",
}
"""The path of each message. A timeout has none: it comes from the Pager's own timer."""


class HttpWorld(World):
    """Messages and policies are sent to the API, and the state of services is read from it.

    Time, the relay and the gateways are moved by hand as in every world.
    """

    def __init__(self, pager: SqlPager, client: TestClient) -> None:
        """`client` is one of the application on the database of `pager`."""
        super().__init__(pager)
        self._database = pager.database
        self._client = client
        self._policies = HttpPolicies(client)

    @property
    def policies(self) -> SimulatedPolicies:
        return self._policies

    def service(self, service_id: str) -> MonitoredService:
        response = self._client.get(f"/services/{service_id}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return Healthy(service_id=service_id)
        return _service(ServiceStatus.model_validate_json(response.raise_for_status().text))

    def commit(self, message: Message) -> None:
        if isinstance(message, AcknowledgementTimeout):
            super().commit(message)
            return
        self.pager.timeline.add("received", message_in_words(message))
        self._check(message, self._post(message))

    def receive_together(self, messages: Sequence[Message]) -> None:
        """All requests wait for the database before the first is stored; then in their order."""
        with self._busy_writer() as writer_is_free, ThreadPoolExecutor() as clients:
            answers: list[Future[Response]] = []
            for message in messages:
                self.pager.timeline.add("received", message_in_words(message))
                answers.append(clients.submit(self._post, message))
                while self._database.waiting < len(answers) and not answers[-1].done():
                    time.sleep(0.001)
            writer_is_free.set()
            for message, answer in zip(messages, answers, strict=True):
                self._check(message, answer.result())

    @contextmanager
    def _busy_writer(self) -> Iterator[threading.Event]:
        """Keep the database's writer busy until the yielded event is set."""
        is_busy, is_free = threading.Event(), threading.Event()

        def wait(_connection: Connection) -> None:
            is_busy.set()
            is_free.wait()

        waiting = self._database.submit(wait)
        is_busy.wait()
        try:
            yield is_free
        finally:
            is_free.set()
            waiting.result()

    def _post(self, message: Message) -> Response:
        body = message.model_dump_json(exclude={"type"}, exclude_none=True)
        headers = {"Content-Type": "application/json"}
        return self._client.post(PATHS[type(message)], content=body, headers=headers)

    def _check(self, message: Message, response: Response) -> None:
        """Expect that the message was accepted. Raises NoEscalationPolicy for a refused Alert."""
        self.pager.timeline.add("answered", f"{response.status_code} {response.text}")
        if isinstance(message, Alert) and response.status_code == HTTPStatus.NOT_FOUND:
            refusal = NoEscalationPolicy(message.service_id)
            assert response.json()["detail"] == str(refusal)
            raise refusal
        assert response.status_code == HTTPStatus.ACCEPTED


class HttpPolicies:
    """The Escalation Policies as a client of the API edits them: arrow 1."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def of(self, service_id: str) -> EscalationPolicy | None:
        response = self._client.get(f"/escalation-policies/{service_id}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return EscalationPolicy.model_validate_json(response.raise_for_status().text)

    def put(self, policy: EscalationPolicy) -> None:
        self._client.put(
            f"/escalation-policies/{policy.service_id}",
            content=policy.model_dump_json(),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()

    def remove(self, service_id: str) -> None:
        self._client.delete(f"/escalation-policies/{service_id}").raise_for_status()


def _service(status: ServiceStatus) -> MonitoredService:
    if status.state == "healthy":
        return Healthy(service_id=status.service_id, incident=status.incident)
    assert status.level is not None
    assert status.message is not None
    escalation: Escalation = Escalating()
    if status.acknowledged:
        escalation = Acknowledged(by=status.acknowledged_by)
    if status.exhausted:
        escalation = Exhausted()
    return Unhealthy(
        service_id=status.service_id,
        incident=status.incident,
        level=status.level,
        message=status.message,
        escalation=escalation,
    )
