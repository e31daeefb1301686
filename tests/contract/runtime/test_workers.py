"""The threads of a server, over a real database and gateways in memory."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from queue import Queue
from typing import TypeVar

import pytest
from sqlalchemy import Connection, literal, text
from sqlalchemy.exc import InternalError, OperationalError

from pager import (
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Notification,
    SmsTarget,
    Target,
)
from pager.adapters.runtime import workers as workers_module
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeup, Wakeups
from pager.adapters.runtime.workers import InsistentOutbox, Pace, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.dialects import notify
from pager.adapters.store.dialects.engines import DatabaseFileGone
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.outbox import LEASE
from pager.adapters.store.views.journal import Attempt, Decided, Journal
from pager.messages import Channel
from pager.ports import Claim, Outcome
from pager.testing import InMemoryMail, InMemorySms, in_memory_gateways

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds after which a test that waits in vain fails."""

ONE_EACH = Pace(mail_relays=1, sms_relays=1)
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
    mail, sms, wakeups = HangingMail(), WaitingSms(), Wakeups()
    gateways = in_memory_gateways(mail, sms)
    workers = Workers(database, wakeups, gateways, ONE_EACH)
    give_policy(
        database,
        Level(targets=emails("ada"), acknowledgement_delay=timedelta(milliseconds=1)),
        Level(targets=(SmsTarget(phone_number="+33612345678"),)),
    )
    workers.start()
    Inbox(database, wakeups).submit(ALERT).result(PATIENCE)
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
    mail, wakeups = HangingMail(), Wakeups()
    gateways = in_memory_gateways(mail)
    workers = Workers(database, wakeups, gateways, ONE_EACH)
    give_policy(database, Level(targets=emails("ada", "grace", "edsger")))
    Inbox(database, wakeups).submit(ALERT).result(PATIENCE)
    workers.start()
    assert mail.asked.wait(PATIENCE)
    with ThreadPoolExecutor(1) as operator:
        wakeup = wakeups.of("timer")  # the last of them
        heard = wakeup.rings
        stopped = operator.submit(workers.stop)
        wakeup.wait(heard, timedelta(seconds=PATIENCE))  # it rings once it has told the relays
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


FULL = OperationalError("COMMIT", None, OSError("No space left on device"))
HALTED = InternalError("COMMIT", None, OSError("idle-in-transaction timeout"))
GONE = DatabaseFileGone("pager.db")


class Away:
    """A database that does not take the next writes."""

    def __init__(self, database: Database, refused: int, error: Exception = FULL) -> None:
        self._database = database
        self.refused = refused
        self._error = error

    def read(self, work: Callable[[Connection], T]) -> T:
        """As the database does."""
        return self._database.read(work)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Refuse, or do it."""
        if self.refused:
            self.refused -= 1
            raise self._error
        return self._database.write(work, lock_key)


def claimed(database: Database) -> Claim:
    """A claim of Ada's page."""
    give_policy(database, Level(targets=emails("ada")))
    Inbox(database, Wakeups()).submit(ALERT).result(PATIENCE)
    [claim] = SqlPorts(database).outbox.claim("email", 1)
    return claim


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between attempts."""
    monkeypatch.setattr(workers_module, "PAUSE", timedelta(0))


@pytest.mark.parametrize("error", [FULL, HALTED, GONE], ids=lambda error: type(error).__name__)
def test_that_a_page_was_sent_is_noted_as_soon_as_the_database_takes_it(
    database: Database, at_once: None, error: Exception
) -> None:
    """Otherwise it would be sent again after its lease."""
    claim = claimed(database)
    away = Away(database, 3, error)
    outbox = InsistentOutbox(away, LEASE, threading.Event())
    outbox.settle(claim, Outcome("sent", "a receipt"))
    assert away.refused == 0
    [attempt] = [e for e in Journal(database).of("checkout-api") if isinstance(e, Attempt)]
    assert (attempt.status, attempt.detail) == ("sent", "a receipt")


def test_who_is_told_to_stop_insists_no_longer(database: Database, at_once: None) -> None:
    """The page comes again after the next start, recognisably."""
    stopping = threading.Event()
    stopping.set()
    outbox = InsistentOutbox(Away(database, refused=1), LEASE, stopping)
    with pytest.raises(OperationalError):
        outbox.settle(claimed(database), Outcome("sent"))


def test_what_failed_is_not_insisted_on(database: Database, at_once: None) -> None:
    """Its lease ends, and it is tried again."""
    outbox = InsistentOutbox(Away(database, refused=1), LEASE, threading.Event())
    with pytest.raises(OperationalError):
        outbox.settle(claimed(database), Outcome("failed", "no answer", timedelta(seconds=1)))


def test_the_server_forgets_what_is_older_than_the_retention(
    database: Database, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From time to time, by itself; the last incident stays."""
    give_policy(database, Level(targets=emails("ada")))
    inbox = Inbox(database, Wakeups())
    for message in (ALERT, HealthyEvent(service_id=ALERT.service_id), ALERT):
        inbox.submit(message).result(PATIENCE)
    long_ago = text("UPDATE decisions SET decided_at = 0 WHERE incident = 1")
    database.write(lambda connection: connection.execute(long_ago))
    monkeypatch.setattr(workers_module, "FORGET_EVERY", timedelta(milliseconds=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(), ONE_EACH)
    workers.start()
    while Journal(database).of(ALERT.service_id, incident=1):
        threading.Event().wait(0.001)
    workers.stop()
    kept = Journal(database).of(ALERT.service_id, incident=2)
    assert [entry.type for entry in kept if isinstance(entry, Decided)] == ["decision"]


def test_an_escalation_whose_policy_cannot_be_read_is_not_over(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A node of a newer version may read it: its timer goes off again."""
    monkeypatch.setattr(workers_module, "AGAIN", timedelta(milliseconds=1))
    give_policy(database, Level(targets=emails("ada")), Level(targets=emails("grace")))
    Inbox(database, Wakeups()).submit(ALERT).result(PATIENCE)
    for change in (
        """UPDATE policy_edits SET policy = replace(policy, '{"', '{"new": 1, "')""",
        f"INSERT INTO timers VALUES ('{ALERT.service_id}', 1, 1, 0)",  # noqa: S608 - ours
    ):
        database.write(partial(Connection.exec_driver_sql, statement=change))
    workers = Workers(database, Wakeups(), in_memory_gateways(), ONE_EACH)
    workers.start()
    while caplog.text.count("cannot be read") < 2:
        threading.Event().wait(0.001)
    mended = """UPDATE policy_edits SET policy = replace(policy, '"new": 1, ', '')"""
    database.write(partial(Connection.exec_driver_sql, statement=mended))
    services = SqlPorts(database).services
    while services.load(ALERT.service_id).version < 2:
        threading.Event().wait(0.001)
    workers.stop()


def commit_by_another_node(url: str) -> None:
    """Raise an Alert on a node that carries nothing out itself."""
    other = Database(url)
    give_policy(other, Level(targets=(SmsTarget(phone_number="+33612345678"),)))
    Inbox(other, Wakeups()).submit(ALERT).result(PATIENCE)
    other.close()


@contextmanager
def node(url: str, sms: WaitingSms, poll: timedelta) -> Iterator[Database]:
    """A node that sends SMS, and looks by itself once every `poll`."""
    database = Database(url)
    pace = Pace(mail_relays=1, sms_relays=1, poll=poll)
    workers = Workers(database, Wakeups(), in_memory_gateways(sms=sms), pace)
    workers.start()
    yield database
    workers.stop()
    database.close()


def test_what_one_node_commits_wakes_the_others(postgresql_database: str) -> None:
    """They need not look for it."""
    sms = WaitingSms()
    with node(postgresql_database, sms, poll=timedelta(days=1)):
        commit_by_another_node(postgresql_database)
        assert sms.sent.wait(PATIENCE)


def test_who_was_not_woken_looks_by_itself(
    postgresql_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification that is lost costs no page."""
    monkeypatch.setattr(notify, "NAME", "nobody_listens_to_this")
    sms = WaitingSms()
    with node(postgresql_database, sms, poll=timedelta(milliseconds=10)):
        monkeypatch.setattr(notify, "NAME", "pager")
        commit_by_another_node(postgresql_database)
        assert sms.sent.wait(PATIENCE)


def test_a_listener_that_lost_its_connection_listens_again(
    postgresql_database: str, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And looks for what it may have missed."""
    monkeypatch.setattr(notify, "PAUSE", timedelta(milliseconds=10))
    heard: Queue[Channel] = Queue()
    listener = notify.Listener(postgresql_database, heard.put)
    listening = threading.Thread(target=listener.run)
    listening.start()
    assert [heard.get(timeout=PATIENCE) for _ in range(3)] == ["email", "sms", "timer"]
    database = Database(postgresql_database)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    assert database.write(lambda connection: connection.scalar(cut)) is True
    assert [heard.get(timeout=PATIENCE) for _ in range(3)] == ["email", "sms", "timer"]
    listener.stop()
    listening.join(PATIENCE)
    database.close()


def test_a_bell_that_rang_before_anybody_waited_is_heard() -> None:
    """Nothing that is committed between a look and a wait is slept through."""
    wakeup = Wakeup()
    heard = wakeup.rings
    wakeup.ring(1)
    wakeup.wait(heard, longest=timedelta(days=1))
