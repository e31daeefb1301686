"""Services in a database, in any state that a test needs, and browsers that look at them."""

from datetime import timedelta

from sqlalchemy import ColumnElement

from contract.web.application import shared_application
from contract.web.people import Browser, signed_in
from pager import AcknowledgementTimeout, Alert, EmailTarget, EscalationPolicy, Level, Message
from pager.access.roles import Role
from pager.adapters.store.core.clock import database_clock, milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.ports import Outcome
from pager.service import PagerService

LARGEST_PAGE = 50_000
"""Bytes."""
SENT = Outcome("sent", "250 accepted")


def alert(service_id: str = "checkout-api", message: str = "p99 latency above 3 s") -> Alert:
    """An Alert, by default of checkout-api."""
    return Alert(service_id=service_id, message=message)


def timeout(service_id: str = "checkout-api", level: int = 1) -> AcknowledgementTimeout:
    """The Acknowledgement Timeout of a Level of the first incident."""
    return AcknowledgementTimeout(service_id=service_id, incident=1, level=level)


class Installation:
    """A database with services in it, and a browser's view of it."""

    def __init__(self, database: Database) -> None:
        """Nothing is changed in the database."""
        self.database = database
        self._passed = timedelta(0)
        self.ports = SqlPorts(database, self._now)
        self._service = PagerService(
            self.ports.policies, self.ports.services, maintenance=self.ports.maintenance
        )

    def policy(self, service_id: str, *levels: tuple[str, ...]) -> None:
        """Store a policy whose Levels notify these people by e-mail."""
        self.ports.policies.put(
            EscalationPolicy(
                service_id=service_id,
                levels=tuple(
                    Level(
                        targets=tuple(EmailTarget(address=f"{name}@example.com") for name in names),
                        acknowledgement_delay=timedelta(minutes=15),
                    )
                    for names in levels
                ),
            )
        )

    def receive(self, *messages: Message) -> None:
        """Receive the messages, one after the other."""
        for message in messages:
            self._service.receive(message)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, for what is received from now on."""
        self._passed += by

    def _now(self) -> ColumnElement[int]:
        now = database_clock()  # as it is: statements of any other time are compiled each time
        return now + milliseconds(self._passed) if self._passed else now

    def carry_out(self, outcome: Outcome = SENT) -> None:
        """Settle every e-mail that is due with this outcome, and set every timer."""
        for claim in self.ports.outbox.claim("email", 1_000):
            self.ports.outbox.settle(claim, outcome)
        for claim in self.ports.outbox.claim("timer", 1_000):
            if claim.effect.type != "notification":
                self.ports.timer.set(claim.effect.timeout, claim.effect.delay)
            self.ports.outbox.settle(claim, Outcome("sent"))

    def client(self, role: Role = "engineer") -> Browser:
        """The browser of Ada, who is signed in, with this role from now on."""
        return signed_in(shared_application(self.database), self.database, role)

    def stranger(self) -> Browser:
        """A browser in which nobody is signed in."""
        return Browser(shared_application(self.database))
