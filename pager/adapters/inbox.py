"""Where messages come in: whatever has arrived meanwhile is decided and committed together."""

from collections.abc import Sequence
from concurrent.futures import Future

from sqlalchemy import Connection

from pager.adapters.bell import Bells
from pager.adapters.sql.database import Database, Within
from pager.adapters.sql.ports import SqlPorts
from pager.decide import Decision
from pager.errors import NoEscalationPolicy, PagerError
from pager.messages import Message
from pager.model import Healthy
from pager.service import PagerService


class UnknownService(PagerError):
    """Monitored Service {service_id!r} is not known: it has no Escalation Policy, \
and has never raised an Alert."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is what the message named."""
        super().__init__(service_id=service_id)
        self.service_id = service_id


Answer = Decision | NoEscalationPolicy | UnknownService
"""What became of a message: what was decided, or why nothing was."""


class Inbox:
    """Lets messages in, each batch in the writer's next transaction."""

    def __init__(self, database: Database, bells: Bells) -> None:
        """Commit to `database`, and ring for what is to be carried out."""
        self._database = database
        self._bells = bells

    def receive(self, messages: Sequence[Message]) -> Future[list[Answer]]:
        """Decide `messages` in one transaction; the future is done once that is committed."""
        received = self._database.submit(lambda connection: _receive(connection, messages))
        received.add_done_callback(self._wake)
        return received

    def _wake(self, received: Future[list[Answer]]) -> None:
        if received.cancelled() or received.exception() is not None:
            return
        decisions = (answer for answer in received.result() if isinstance(answer, Decision))
        self._bells.ring_for(effect for decision in decisions for effect in decision.effects)


def _receive(connection: Connection, messages: Sequence[Message]) -> list[Answer]:
    ports = SqlPorts(Within(connection))
    pager = PagerService(ports.policies, ports.services)
    return [_answer(pager, ports, message) for message in messages]


def _answer(pager: PagerService, ports: SqlPorts, message: Message) -> Answer:
    try:
        decision = pager.receive(message)
    except NoEscalationPolicy as refusal:
        return refusal
    never_seen = decision.before == Healthy(service_id=message.service_id) and not decision.changed
    if never_seen and ports.policies.of(message.service_id) is None:
        return UnknownService(message.service_id)
    return decision
