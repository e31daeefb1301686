"""A world over HTTP: the scenarios as a client of the API sees them."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi.testclient import TestClient
from httpx2 import Response

from acceptance.sql_pager import SqlPager
from acceptance.world import SpecificationWorld
from api import PATHS, monitored_service
from contract.web.application import LINKS
from databases import block_writer
from pager import (
    Alert,
    EscalationPolicy,
    Healthy,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    Notification,
)
from pager.adapters.store.views.status import ServiceStatus
from pager.messages import TimerMessage
from pager.oncall.policies import ServicePolicy
from pager.simulation.simulated import EditablePolicies
from pager.words import effect_in_words, message_in_words
from waiting import wait_until


class HttpWorld(SpecificationWorld):
    """Messages and policies are sent to the API, and the state of services is read from it.

    Time, the relay and the gateways are moved by hand as in every world.
    """

    def __init__(self, pager: SqlPager, client: TestClient) -> None:
        """`client` is one of the application on the database of `pager`."""
        super().__init__(pager)
        self._note_timers = pager.note_timers
        self._database = pager.database
        self._client = client
        self._policies = HttpPolicies(client)

    @property
    def policies(self) -> EditablePolicies:
        return self._policies

    def service(self, service_id: str) -> MonitoredService:
        response = self._client.get(f"/services/{service_id}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return Healthy(service_id=service_id)
        return monitored_service(
            ServiceStatus.model_validate_json(response.raise_for_status().text)
        )

    def commit(self, message: Message) -> None:
        if isinstance(message, TimerMessage):
            super().commit(message)
            return
        self.pager.timeline.add("received", message_in_words(message))
        self._check(message, self._post(message))

    def commit_all(self, messages: Sequence[Message]) -> None:
        """Send them as one array, as a client does that has many Alerts."""
        assert all(isinstance(message, Alert) for message in messages)
        self.pager.timeline.add("received", f"{len(messages)} Alerts")
        alerts = [message.model_dump(mode="json", exclude={"type"}) for message in messages]
        self._check(messages[0], self._client.post("/alerts", json=alerts))

    def follow_link(self, page: Notification) -> None:
        self.pager.timeline.add("followed", f"the link of {effect_in_words(page)}")
        path = urlsplit(LINKS.link(page)).path
        answer = self._client.post(path, follow_redirects=False)
        assert answer.status_code == HTTPStatus.SEE_OTHER

    def receive_together(self, messages: Sequence[Message]) -> None:
        """All requests wait for the database before the first is stored; then in their order."""
        with ThreadPoolExecutor() as clients, ExitStack() as stack:
            go_on = block_writer(self._database)
            stack.callback(go_on.set)
            answers: list[Future[Response]] = []
            for message in messages:
                self.pager.timeline.add("received", message_in_words(message))
                answers.append(clients.submit(self._post, message))
                wait_until(partial(self._waits_for_writer, answers))
            go_on.set()
            for message, answer in zip(messages, answers, strict=True):
                self._check(message, answer.result())

    def _waits_for_writer(self, answers: Sequence[Future[Response]]) -> bool:
        """Whether all these requests wait for the writer, or the last one needs no wait."""
        return self._database.waiting >= len(answers) or answers[-1].done()

    def _post(self, message: Message) -> Response:
        body = message.model_dump_json(exclude={"type"}, exclude_none=True)
        headers = {"Content-Type": "application/json"}
        return self._client.post(PATHS[type(message)], content=body, headers=headers)

    def _check(self, message: Message, response: Response) -> None:
        """Expect that the message was accepted. Raises NoEscalationPolicy for a refused Alert."""
        self.pager.timeline.add("answered", f"{response.status_code} {response.text}")
        self._note_timers()
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

    def gaps(self, service_id: str) -> tuple[str, ...]:
        raise NotImplementedError  # a client reads them in the answer to its Alert

    def put(self, policy: ServicePolicy) -> None:
        assert isinstance(policy, EscalationPolicy)
        self._client.put(
            f"/escalation-policies/{policy.service_id}",
            content=policy.model_dump_json(),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()

    def remove(self, service_id: str) -> None:
        self._client.delete(f"/escalation-policies/{service_id}").raise_for_status()
