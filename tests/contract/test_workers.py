"""The threads of a server, over a real database and gateways in memory."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import literal

from pager import Alert, EmailTarget, EscalationPolicy, Level, Notification, SmsTarget, Target
from pager.adapters.bell import Bell, Bells
from pager.adapters.inbox import Inbox
from pager.adapters.sql.database import Database
from pager.adapters.sql.ports import SqlPorts
from pager.adapters.workers import Workers
from pager.testing import InMemoryMail, InMemorySms, in_memory_gateways

PATIENCE = 10.0
"""Seconds after which a test that waits in vain fails."""

ALERT = Alert(service_id="checkout-api", message="p99 latency above 3 s")


class HangingMail(InMemoryMail):
    """A mail server that says nothing until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.go_on = threading.Event()

    def send(self, target: Target, notification: Notification) -> str:
        """Hang, then accept."""
        self.asked.set()
        assert self.go_on.wait(PATIENCE)
        return super().send(target, notification)


class WaitingSms(InMemorySms):
    """An SMS gateway that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = threading.Event()

    def send(self, target: Target, notification: Notification) -> str:
        """Accept, and say so."""
        receipt = super().send(target, notification)
        self.sent.set()
        return receipt


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    database = Database(f"sqlite:///{tmp_path / 'pager.db'}")
    yield database
    database.close()


def give_policy(database: Database, *levels: Level) -> None:
    """Give checkout-api a policy of these Levels."""
    policy = EscalationPolicy(service_id="checkout-api", levels=levels)
    SqlPorts(database).policies.put(policy)


def emails(*names: str) -> tuple[EmailTarget, ...]:
    """E-mail Targets at example.com."""
    return tuple(EmailTarget(address=f"{name}@example.com") for name in names)


def test_a_mail_server_that_hangs_holds_up_neither_the_sms_nor_the_escalation(
    database: Database,
) -> None:
    """Each channel has threads of its own; the second Level is reached while mail hangs."""
    mail, sms, bells = HangingMail(), WaitingSms(), Bells()
    gateways = in_memory_gateways(mail, sms)
    workers = Workers(database, bells, gateways, mail_relays=1, sms_relays=1)
    give_policy(
        database,
        Level(targets=emails("ada"), acknowledgement_delay=timedelta(milliseconds=1)),
        Level(targets=(SmsTarget(phone_number="+33612345678"),)),
    )
    workers.start()
    Inbox(database, bells).receive([ALERT]).result(PATIENCE)
    assert mail.asked.wait(PATIENCE)
    assert sms.sent.wait(PATIENCE)
    assert mail.accepted == []
    mail.go_on.set()
    workers.stop()
    assert [page.target for page in mail.accepted] == [*emails("ada")]
    assert [page.level for page in sms.accepted] == [2]
    ever = SqlPorts(database, now=lambda: literal(2**53)).timer
    assert [timeout.level for timeout in ever.due()] == [2]  # the first has gone off, once


def test_who_is_stopped_finishes_the_page_in_hand_and_gives_back_the_others(
    database: Database,
) -> None:
    """The next start need not wait for a lease to end."""
    mail, bells = HangingMail(), Bells()
    gateways = in_memory_gateways(mail)
    workers = Workers(database, bells, gateways, mail_relays=1, sms_relays=1)
    give_policy(database, Level(targets=emails("ada", "grace", "edsger")))
    Inbox(database, bells).receive([ALERT]).result(PATIENCE)
    workers.start()
    assert mail.asked.wait(PATIENCE)
    with ThreadPoolExecutor(1) as operator:
        bell = bells.of("timer")  # the last of them
        heard = bell.rings
        stopped = operator.submit(workers.stop)
        bell.wait(heard, timedelta(seconds=PATIENCE))  # it rings once it has told the relays
        mail.go_on.set()
        stopped.result(PATIENCE)
    sent = {page.target for page in mail.accepted}
    left = {
        claim.effect.target
        for claim in SqlPorts(database).outbox.claim("email", 10)
        if isinstance(claim.effect, Notification)
    }
    assert (len(sent), len(left)) == (1, 2)
    assert sent | left == set(emails("ada", "grace", "edsger"))


def test_a_bell_that_rang_before_anybody_waited_is_heard() -> None:
    """Nothing that is committed between a look and a wait is slept through."""
    bell = Bell()
    heard = bell.rings
    bell.ring(1)
    bell.wait(heard, longest=timedelta(days=1))
