"""The threads of a server, over a real database and gateways in memory."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from queue import Queue
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import Connection, delete, literal, text
from sqlalchemy.exc import InternalError, OperationalError

from contract.runtime.at_work import at_work
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
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.patience import PatientTransactions
from pager.adapters.runtime.wakeups import Wakeup, Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import incidents
from pager.adapters.store.core.transactions import Write
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.outbox import SqlOutbox
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.entries import Attempt, Decided
from pager.adapters.store.views.incident_list import IncidentList
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.timeline import lines
from pager.messages import Channel
from pager.ports import Claim, Outcome
from pager.relay import OutboxRelay
from pager.testing import InMemoryMail, InMemorySms, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until

T = TypeVar("T")

ONE_EACH = WorkerOptions(mail_relays=1, sms_relays=1)
ALERT = Alert(service_id="checkout-api", message="p99 latency above 3 s")


class HangingMail(InMemoryMail):
    """A mail server that does not answer until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.go_on = threading.Event()

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Hang, then accept."""
        self.asked.set()
        assert self.go_on.wait(WAIT_TIMEOUT)
        return super().send(target, notification, attempt)


class WaitingSms(InMemorySms):
    """An SMS gateway that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = threading.Event()

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Accept, and say so."""
        receipt = super().send(target, notification, attempt)
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
    with at_work(workers):
        Inbox(database, wakeups).submit(ALERT).result(WAIT_TIMEOUT)
        assert mail.asked.wait(WAIT_TIMEOUT)
        assert sms.sent.wait(WAIT_TIMEOUT)
        assert mail.accepted == []
        ever = SqlPorts(database, now=lambda: literal(2**53)).timer
        # The first has gone off.
        wait_until(lambda: [timeout.level for timeout in ever.due()] == [2])
        mail.go_on.set()
    assert [page.target for page in mail.accepted] == [*emails("ada")]
    assert [page.level for page in sms.accepted] == [2]


def test_a_step_that_reached_nobody_escalates_at_once(database: Database) -> None:
    """Though its Targets have a quarter of an hour: the mail server knows neither of them."""
    mail, sms, wakeups = InMemoryMail(), WaitingSms(), Wakeups()
    mail.refused = {target.key for target in emails("ada", "grace")}
    workers = Workers(database, wakeups, in_memory_gateways(mail, sms), ONE_EACH)
    give_policy(
        database,
        Level(targets=emails("ada", "grace")),
        Level(targets=(SmsTarget(phone_number="+33612345678"),)),
    )
    with at_work(workers):
        Inbox(database, wakeups).submit(ALERT).result(WAIT_TIMEOUT)
        assert sms.sent.wait(WAIT_TIMEOUT)
    assert [page.level for page in sms.accepted] == [2]
    entries = Journal(database).of(ALERT.service_id)
    journal = [entry for entry in entries if isinstance(entry, Decided)]
    assert [entry.message.type for entry in journal] == ["alert", "unreachable"]
    assert next(lines(journal[1])) == (
        "received",
        "the report that nobody was reached in incident 1, Level 1 for checkout-api",
    )
    assert audit(database).differences == []


def test_stopped_workers_finish_the_page_in_hand_and_release_the_others(
    database: Database,
) -> None:
    """The next start need not wait for a lease to end."""
    mail, wakeups = HangingMail(), Wakeups()
    gateways = in_memory_gateways(mail)
    workers = Workers(database, wakeups, gateways, ONE_EACH)
    give_policy(database, Level(targets=emails("ada", "grace", "edsger")))
    Inbox(database, wakeups).submit(ALERT).result(WAIT_TIMEOUT)
    workers.start()
    assert mail.asked.wait(WAIT_TIMEOUT)
    with ThreadPoolExecutor(1) as operator:
        wakeup = wakeups.of("timer")  # the last of them
        count = wakeup.count
        stopped = operator.submit(workers.stop)
        wakeup.wait(
            count, timedelta(seconds=WAIT_TIMEOUT)
        )  # woken once the relays are told to stop
        mail.go_on.set()
        stopped.result(WAIT_TIMEOUT)
    sent = {page.target for page in mail.accepted}
    left = {
        claim.effect.target
        for claim in SqlPorts(database).outbox.claim("email", 10)
        if isinstance(claim.effect, Notification)
    }
    assert (len(sent), len(left)) == (1, 2)
    assert sent | left == set(emails("ada", "grace", "edsger"))


class MailThatHangsAfter(HangingMail):
    """A mail server that accepts so many pages at once, and then hangs."""

    def __init__(self, accepts: int) -> None:
        super().__init__()
        self._accepts = accepts

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Accept, or hang and accept."""
        if len(self.accepted) >= self._accepts:
            return super().send(target, notification, attempt)
        return InMemoryMail.send(self, target, notification, attempt)


@pytest.mark.proof
def test_what_was_claimed_ahead_of_a_page_that_hangs_is_given_back(
    postgresql_database: str,
) -> None:
    """Another node has an idle relay: it gets all but the page that hangs."""
    names = [f"target{n}" for n in range(60)]
    mail = MailThatHangsAfter(20)
    database, other = Database(postgresql_database), Database(postgresql_database)
    give_policy(database, Level(targets=emails(*names)))
    Inbox(database, Wakeups()).submit(ALERT).result(WAIT_TIMEOUT)
    workers = Workers(database, Wakeups(), in_memory_gateways(mail), ONE_EACH)
    with at_work(workers):
        assert mail.asked.wait(WAIT_TIMEOUT)
        elsewhere: list[Claim] = []
        outbox = SqlPorts(other).outbox

        def rest_is_elsewhere() -> bool:
            elsewhere.extend(outbox.claim("email", 100))
            return len(mail.accepted) + len(elsewhere) >= len(names) - 1

        wait_until(rest_is_elsewhere)
        mail.go_on.set()
    other.close()
    database.close()
    targets = {claim.effect.target for claim in elsewhere if isinstance(claim.effect, Notification)}
    accepted = [page.target for page in mail.accepted]
    assert len(accepted) == len(set(accepted)) == len(names) - len(elsewhere)
    assert targets.isdisjoint(accepted)
    assert {claim.attempt for claim in elsewhere} == {1}


FULL = OperationalError("COMMIT", None, OSError("No space left on device"))
HALTED = InternalError("COMMIT", None, OSError("idle-in-transaction timeout"))
GONE = DatabaseFileGone("pager.db")


class Away:
    """A database that does not take the next calls."""

    def __init__(self, database: Database, refused: int, error: Exception = FULL) -> None:
        self._database = database
        self.refused = refused
        self._error = error

    def read(self, work: Callable[[Connection], T]) -> T:
        """Refuse, or do it."""
        self._refuse()
        return self._database.read(work)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Refuse, or do it."""
        self._refuse()
        return self._database.write(work, lock_key)

    def write_all(self, writes: Sequence[Write[T]]) -> list[T]:
        """Refuse, or do them."""
        self._refuse()
        return self._database.write_all(writes)

    def _refuse(self) -> None:
        if self.refused:
            self.refused -= 1
            raise self._error


def claimed(database: Database) -> Claim:
    """A claim of Ada's page."""
    give_policy(database, Level(targets=emails("ada")))
    Inbox(database, Wakeups()).submit(ALERT).result(WAIT_TIMEOUT)
    [claim] = SqlPorts(database).outbox.claim("email", 1)
    return claim


@pytest.mark.parametrize("error", [FULL, HALTED, GONE], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "outcome",
    [Outcome("sent", "a receipt"), Outcome("failed", "no answer", timedelta(minutes=1))],
    ids=lambda outcome: outcome.status,
)
def test_what_became_of_a_page_is_noted_as_soon_as_the_database_takes_it(
    database: Database, error: Exception, outcome: Outcome
) -> None:
    """Otherwise it would be sent again, or only after its lease."""
    claim = claimed(database)
    away = Away(database, 3, error)
    SqlOutbox(PatientTransactions(away, 0, threading.Event())).settle(claim, outcome)
    assert away.refused == 0
    attempts = [e for e in Journal(database).of("checkout-api") if isinstance(e, Attempt)]
    [attempt] = [each for each in attempts if each.effect.channel == "email"]
    assert (attempt.status, attempt.detail) == (outcome.status, outcome.detail)


def test_a_page_that_was_claimed_is_kept_while_the_database_is_away(database: Database) -> None:
    """It is neither sent unchecked nor left to its lease."""
    claim = claimed(database)
    away = Away(database, 3)
    ports = SqlPorts(PatientTransactions(away, 0, threading.Event()))
    mail = InMemoryMail()
    gateways = in_memory_gateways(mail)
    assert OutboxRelay(ports.outbox, ports.services, gateways, ports.timer).carry_out(claim)
    assert (away.refused, mail.accepted) == (0, [claim.effect])


def test_a_worker_that_is_told_to_stop_does_not_retry(database: Database) -> None:
    """The page comes again after the next start, recognisably."""
    stopping = threading.Event()
    stopping.set()
    outbox = SqlOutbox(PatientTransactions(Away(database, refused=1), 0, stopping))
    with pytest.raises(OperationalError):
        outbox.settle(claimed(database), Outcome("sent"))


def test_the_server_forgets_what_is_older_than_the_retention(database: Database) -> None:
    """From time to time, by itself; the last incident stays."""
    give_policy(database, Level(targets=emails("ada")))
    inbox = Inbox(database, Wakeups())
    for message in (ALERT, HealthyEvent(service_id=ALERT.service_id), ALERT):
        inbox.submit(message).result(WAIT_TIMEOUT)
    long_ago = text("UPDATE decisions SET decided_at = 0 WHERE incident = 1")
    database.write(lambda connection: connection.execute(long_ago))
    often = ONE_EACH._replace(prune_every=timedelta(milliseconds=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(), often)
    with at_work(workers):
        wait_until(lambda: not Journal(database).of(ALERT.service_id, incident=1))
    kept = Journal(database).of(ALERT.service_id, incident=2)
    assert [entry.type for entry in kept if isinstance(entry, Decided)] == ["decision"]


def test_the_server_adds_what_an_older_version_has_decided_to_the_list_of_incidents(
    database: Database,
) -> None:
    """At once after the start, and from time to time while an older node runs."""
    give_policy(database, Level(targets=emails("ada")))
    inbox = Inbox(database, Wakeups())
    often = ONE_EACH._replace(add_incidents_every=timedelta(milliseconds=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(), often)
    rows = IncidentList(database)
    for message in (ALERT, HealthyEvent(service_id=ALERT.service_id)):
        inbox.submit(message).result(WAIT_TIMEOUT)
    database.write(lambda connection: connection.execute(delete(incidents)))
    with at_work(workers):
        wait_until(lambda: rows.of(ALERT.service_id, 1))
        inbox.submit(ALERT).result(WAIT_TIMEOUT)
        database.write(lambda connection: connection.execute(delete(incidents)))
        wait_until(lambda: rows.of(ALERT.service_id, 2))


def test_an_escalation_whose_policy_cannot_be_read_is_not_over(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A node of a newer version may read it: its timer goes off again."""
    give_policy(database, Level(targets=emails("ada")), Level(targets=emails("grace")))
    Inbox(database, Wakeups()).submit(ALERT).result(WAIT_TIMEOUT)
    for change in (
        """UPDATE policy_edits SET policy = replace(policy, '"targets"', '"rotation"')""",
        "UPDATE timers SET due_at = 0",
    ):
        database.write(partial(Connection.exec_driver_sql, statement=change))
    soon = ONE_EACH._replace(retry_unreadable_after=timedelta(milliseconds=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(), soon)
    with at_work(workers):
        wait_until(lambda: caplog.text.count("cannot be read") >= 2)
        mended = """UPDATE policy_edits SET policy = replace(policy, '"rotation"', '"targets"')"""
        database.write(partial(Connection.exec_driver_sql, statement=mended))
        services = SqlPorts(database).services
        wait_until(lambda: services.load(ALERT.service_id).version >= 2)


def commit_by_another_node(url: str) -> None:
    """Raise an Alert on a node that carries nothing out itself."""
    other = Database(url)
    give_policy(other, Level(targets=(SmsTarget(phone_number="+33612345678"),)))
    Inbox(other, Wakeups()).submit(ALERT).result(WAIT_TIMEOUT)
    other.close()


@contextmanager
def node(url: str, sms: WaitingSms, options: WorkerOptions) -> Iterator[Database]:
    """A node that sends SMS."""
    database = Database(url)
    workers = Workers(database, Wakeups(), in_memory_gateways(sms=sms), options)
    with at_work(workers):
        yield database
    database.close()


def test_what_one_node_commits_wakes_the_others(postgresql_database: str) -> None:
    """They need not look for it."""
    sms = WaitingSms()
    with node(postgresql_database, sms, ONE_EACH._replace(poll_every=timedelta(days=1))):
        commit_by_another_node(postgresql_database)
        assert sms.sent.wait(WAIT_TIMEOUT)


def cut_off_the_listener(database: Database) -> None:
    """As soon as it listens; its connection is gone when this returns."""
    listening = text(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
        "AND datname = current_database()"
    )

    def pids() -> list[int]:
        return database.read(lambda connection: list(connection.scalars(listening)))

    wait_until(pids)
    [pid] = pids()
    terminate = text(f"SELECT pg_terminate_backend({pid})")
    database.write(lambda connection: connection.scalar(terminate))
    wait_until(lambda: pid not in pids())


def test_a_worker_that_was_not_woken_looks_for_work_by_itself(postgresql_database: str) -> None:
    """A notification that is lost costs no page."""
    sms = WaitingSms()
    not_woken = ONE_EACH._replace(
        poll_every=timedelta(milliseconds=10), pause_after_failure=timedelta(days=1)
    )
    with node(postgresql_database, sms, not_woken) as database:
        cut_off_the_listener(database)
        commit_by_another_node(postgresql_database)
        assert sms.sent.wait(WAIT_TIMEOUT)


@contextmanager
def listening(database: Database, on_work: Callable[[Channel], object]) -> Iterator[None]:
    """A listener at work, which soon connects again."""
    listener = database.listener(on_work, reconnect_after=timedelta(milliseconds=10))
    assert listener is not None
    thread = threading.Thread(target=listener.run)
    thread.start()
    try:
        yield
    finally:
        listener.stop()
        thread.join(WAIT_TIMEOUT)
        database.close()


def test_a_listener_that_lost_its_connection_listens_again(postgresql_database: str) -> None:
    """And looks for what it may have missed."""
    woken: Queue[Channel] = Queue()
    database = Database(postgresql_database)
    with listening(database, woken.put):
        assert [woken.get(timeout=WAIT_TIMEOUT) for _ in range(3)] == ["email", "sms", "timer"]
        cut_off_the_listener(database)
        assert [woken.get(timeout=WAIT_TIMEOUT) for _ in range(3)] == ["email", "sms", "timer"]


def test_a_listener_goes_on_after_an_error_of_the_driver_itself(postgresql_database: str) -> None:
    """SQLAlchemy does not see them all."""
    woken: Queue[Channel] = Queue()
    errors = [psycopg.OperationalError("the connection is closed")]

    def wake(channel: Channel) -> None:
        if errors:
            raise errors.pop()
        woken.put(channel)

    with listening(Database(postgresql_database), wake):
        assert [woken.get(timeout=WAIT_TIMEOUT) for _ in range(3)] == ["email", "sms", "timer"]


def test_a_wakeup_before_anybody_waits_is_not_lost() -> None:
    """A worker does not sleep through what is committed between its last look and its wait."""
    wakeup = Wakeup()
    count = wakeup.count
    wakeup.wake()
    wakeup.wait(count, longest=timedelta(days=1))
