"""The relays of a channel: side by side, fair, and ended soon when Pager stops."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from contract.runtime.at_work import at_work
from pager import (
    Acknowledgement,
    Alert,
    DeliveryFailed,
    EmailTarget,
    EscalationPolicy,
    Level,
    Notification,
    Target,
)
from pager.adapters.channels.senders import LONGEST_WAIT, Ended, OnEnd, Senders, machine_time
from pager.adapters.runtime.arrivals import Claimed
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.patience import PatientTransactions
from pager.adapters.runtime.relays import Relays
from pager.adapters.runtime.wakeups import Wakeup, Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.claims import NodeClaims
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.adapters.store.views.entries import Attempt
from pager.adapters.store.views.journal import Journal
from pager.messages import Channel
from pager.ports import Claim, Outcome
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until

FOUR = WorkerOptions(mail_relays=4, sms_relays=1, finish_within=timedelta(seconds=WAIT_TIMEOUT))
"""They end as soon as nothing hangs: on a busy machine, too, nothing of a test goes on after it."""

HURRIED = FOUR._replace(finish_within=timedelta(milliseconds=100))
"""They wait for nothing that hangs."""


class SlowMail(InMemoryMail):
    """A mail server that takes each page for as long as a test wants."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self.sending: list[str] = []
        """Whom it is asked to page at this moment."""
        self.fail = False
        self._free: set[str] = set()
        self._interrupted = False

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Wait until the Target is let go."""
        key = target.key
        with self._changed:
            self.sending.append(key)
            self._changed.notify_all()
            self._changed.wait_for(lambda: key in self._free or self._interrupted, WAIT_TIMEOUT)
            self.sending.remove(key)
        if self.fail or self._interrupted:
            raise DeliveryFailed("Pager stops" if self._interrupted else "not now")
        return super().send(target, notification, attempt)

    def let_go(self, *names: str) -> None:
        """Answer for these from now on."""
        with self._changed:
            self._free |= {address(name) for name in names}
            self._changed.notify_all()

    def hang_again(self) -> None:
        """Answer nobody from now on."""
        with self._changed:
            self._free.clear()

    def interrupt(self) -> None:
        """Fail all that is under way."""
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def wait_until_sending(self, *names: str) -> None:
        """Wait until exactly these are being sent."""
        expected = {address(name) for name in names}
        with self._changed:
            came = self._changed.wait_for(lambda: set(self.sending) == expected, WAIT_TIMEOUT)
            assert came, f"{self.sending}, and not {expected}"

    @property
    def sent(self) -> list[str]:
        """Whom it has paged."""
        return [page.target.key for page in self.accepted]


def address(name: str) -> str:
    """An e-mail address."""
    return f"{name}@example.com"


def alert(database: Database, wakeups: Wakeups, service_id: str, *names: str) -> None:
    """Raise an Alert that pages these."""
    targets = tuple(EmailTarget(address=address(name)) for name in names)
    policy = EscalationPolicy(service_id=service_id, levels=(Level(targets=targets),))
    SqlPorts(database).policies.put(policy)
    message = Alert(service_id=service_id, message="down")
    Inbox(database, wakeups).submit(message).result(WAIT_TIMEOUT)


@contextmanager
def working(database: Database, mail: SlowMail, options: WorkerOptions = FOUR) -> Iterator[Wakeups]:
    """Workers, whose wakeups these are; at the end the mail server hangs no longer."""
    wakeups = Wakeups()
    workers = Workers(database, wakeups, in_memory_gateways(mail), options)
    with at_work(workers):
        try:
            yield wakeups
        finally:
            mail.interrupt()


def test_the_targets_of_a_step_are_served_side_by_side(database: Database) -> None:
    """As many at a time as there are relays; one that hangs delays nobody else."""
    mail = SlowMail()
    with working(database, mail) as wakeups:
        alert(
            database, wakeups, "checkout-api", "ada", "grace", "alan", "edsger", "barbara", "tony"
        )
        mail.wait_until_sending("ada", "grace", "alan", "edsger")
        mail.let_go("grace", "alan", "edsger", "barbara", "tony")
        mail.wait_until_sending("ada")
        wait_until(lambda: len(mail.sent) == 5)
        mail.let_go("ada")
        wait_until(lambda: len(mail.sent) == 6)
    assert mail.sent[-1] == address("ada")


def test_another_services_only_target_does_not_wait_for_all_of_a_long_step(
    database: Database,
) -> None:
    """It is the next."""
    mail = SlowMail()
    many = [f"engineer-{number}" for number in range(20)]
    with working(database, mail) as wakeups:
        alert(database, wakeups, "everybody", *many)
        mail.wait_until_sending(*many[:4])
        alert(database, wakeups, "checkout-api", "ada")
        mail.let_go(many[0])
        mail.wait_until_sending("ada", *many[1:4])


def test_pages_that_hang_again_take_no_relay_from_new_ones(database: Database) -> None:
    """Their time-outs are long by then, so they have relays of their own."""
    mail = SlowMail()
    mail.fail = True
    hanging = ["ada", "grace", "alan", "edsger"]
    with working(database, mail) as wakeups:
        alert(database, wakeups, "checkout-api", *hanging)
        mail.wait_until_sending(*hanging)
        mail.let_go(*hanging)
        wait_until(lambda: len(attempts(database)) == 4)
        mail.hang_again()
        retry_now(database, wakeups)
        wait_until(lambda: len(mail.sending) == 2)
        new = ["barbara", "tony", "niklaus", "john"]
        alert(database, wakeups, "search-api", *new)
        wait_until(lambda: {address(name) for name in new} <= set(mail.sending))
        assert len(mail.sending) == 6


def test_one_relay_is_enough_where_a_page_hangs(database: Database) -> None:
    """A new page is sent meanwhile."""
    mail = SlowMail()
    mail.fail = True
    with working(database, mail, FOUR._replace(mail_relays=1)) as wakeups:
        alert(database, wakeups, "checkout-api", "ada")
        mail.let_go("ada")
        wait_until(lambda: len(attempts(database)) == 1)
        mail.hang_again()
        retry_now(database, wakeups)
        mail.wait_until_sending("ada")
        mail.fail = False
        mail.let_go("grace")
        alert(database, wakeups, "search-api", "grace")
        wait_until(lambda: mail.sent == [address("grace")])
        assert mail.sending == [address("ada")]


class HandedOver:
    """Senders that only keep what they are handed."""

    def __init__(self) -> None:
        self.is_ready = True
        self.claims: list[Claim] = []
        self.on_end: OnEnd = lambda _: None

    def start(self, on_end: OnEnd, on_ready: Callable[[], object]) -> None:
        """Keep what is to be told; it is ready."""
        del on_ready
        self.on_end = on_end

    def put(self, claims: Sequence[Claim], checked_at: float) -> None:
        """Keep these."""
        assert checked_at <= machine_time()
        self.claims += claims

    def give_back_late(self) -> None:
        """Nothing is late."""

    def stop(self) -> None:
        """Nothing is being sent."""

    def interrupt(self) -> None:
        """Nothing is being sent."""

    def join(self, timeout: timedelta) -> list[str]:
        """Nothing is being sent."""
        assert timeout
        return []


class PoisonedOutbox(SqlOutbox):
    """One in which what became of `poison` cannot be recorded. It begins once it may `go_on`."""

    poison = address("ada")

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def settle_all(self, ended: Iterable[tuple[Claim, Outcome]]) -> None:
        """Fail for all of them if the poison is among them."""
        self.begun.set()
        assert self.go_on.wait(WAIT_TIMEOUT)
        ended = list(ended)
        if any(claim.effect.idempotency_key.endswith(self.poison) for claim, _ in ended):
            raise ValueError(self.poison)
        super().settle_all(ended)


class SlowOutbox(SqlOutbox):
    """One in which something else happens while a claim is made."""

    meanwhile: Callable[[], object] | None = None

    def claim(
        self, channel: Channel, at_most: int, most_retries: int | None = None
    ) -> Sequence[Claim]:
        """Claim, and let it happen."""
        claims = super().claim(channel, at_most, most_retries)
        if self.meanwhile is not None:
            self.meanwhile()
        return claims


@contextmanager
def relays_without_a_worker(
    database: Database,
    senders: Senders,
    settling: SqlOutbox | None = None,
    *,
    count: int = 1,
    wakeup: Wakeup | None = None,
) -> Iterator[Relays]:
    """Relays that do a round when the test says so; at the end all is recorded.

    `wakeup` is told when they can do another round.
    """
    transactions = PatientTransactions(database, 1, threading.Event())
    outbox = settling or SqlOutbox(transactions, claims=NodeClaims(LEASE.duration))
    relays = Relays(
        "email",
        count,
        senders,
        wakeup=wakeup or Wakeups().of("email"),
        transactions=transactions,
        claiming=outbox,
        settling=outbox,
        metrics=Metrics(),
    )
    relays.start()
    yield relays
    relays.stop()
    relays.end()
    relays.thread.join(WAIT_TIMEOUT)


def test_a_page_that_is_wanted_is_handed_to_the_senders(database: Database) -> None:
    """In the next round, once."""
    senders = HandedOver()
    alert(database, Wakeups(), "checkout-api", "ada")
    with relays_without_a_worker(database, senders) as relays:
        relays.work()
        relays.work()
    assert [claim.effect.idempotency_key for claim in senders.claims] == [
        "checkout-api/1/1/ada@example.com"
    ]


def test_a_page_that_is_claimed_with_its_decision_waits_for_no_worker(database: Database) -> None:
    """It is handed over once the transaction is committed, and nobody is woken for it."""
    senders, wakeup = HandedOver(), Wakeups().of("email")
    alert(database, Wakeups(), "checkout-api", "ada")
    with relays_without_a_worker(database, senders, count=2, wakeup=wakeup) as relays:
        relays.take(claimed_with_its_decision(database, relays))
        assert [claim.effect.idempotency_key for claim in senders.claims] == [
            "checkout-api/1/1/ada@example.com"
        ]
        assert wakeup.count == 0


def test_the_worker_is_woken_for_a_page_that_had_no_room(database: Database) -> None:
    """Once one that is being sent has ended."""
    senders, wakeup = HandedOver(), Wakeups().of("email")
    alert(database, Wakeups(), "checkout-api", "ada", "grace")
    with relays_without_a_worker(database, senders, wakeup=wakeup) as relays:
        relays.work()
        [ada] = senders.claims
        senders.on_end([Ended(ada, Outcome("sent"))])
        wait_until(lambda: wakeup.count, "the worker is woken")


def test_the_worker_is_not_woken_where_all_pages_are_claimed(database: Database) -> None:
    """It would look for nothing."""
    senders, wakeup = HandedOver(), Wakeups().of("email")
    alert(database, Wakeups(), "checkout-api", "ada")
    with relays_without_a_worker(database, senders, count=2, wakeup=wakeup) as relays:
        relays.work()
        [ada] = senders.claims
        senders.on_end([Ended(ada, Outcome("sent"))])
    assert (len(attempts(database)), wakeup.count) == (1, 0)


def test_room_that_is_made_while_the_worker_looks_is_not_overlooked(database: Database) -> None:
    """It found none for the second page: it is woken once more, though nothing else ends."""
    senders, wakeup = HandedOver(), Wakeups().of("email")
    alert(database, Wakeups(), "checkout-api", "ada", "grace")
    held = NodeClaims(LEASE.duration)
    outbox = SlowOutbox(database, claims=held)
    with relays_without_a_worker(database, senders, outbox, wakeup=wakeup) as relays:
        relays.work()

        def let_it_end() -> None:
            senders.on_end([Ended(senders.claims[0], Outcome("sent"))])
            wait_until(lambda: not held.held)

        outbox.meanwhile = let_it_end
        relays.work()
        wait_until(lambda: wakeup.count, "the worker is woken")


def test_a_page_that_is_acknowledged_before_it_is_sent_is_withdrawn(database: Database) -> None:
    """It waited, and is claimed with the decision of another service."""
    senders = HandedOver()
    alert(database, Wakeups(), "checkout-api", "ada")
    answer = Acknowledgement(service_id="checkout-api", incident=1, by="Ada")
    Inbox(database, Wakeups()).submit(answer).result(WAIT_TIMEOUT)
    with relays_without_a_worker(database, senders) as relays:
        relays.take(claimed(database, relays))
    assert senders.claims == []
    assert [attempt.status for attempt in attempts(database)] == ["withdrawn"]


def test_a_page_that_was_claimed_with_its_decision_long_ago_is_looked_at_again(
    database: Database,
) -> None:
    """The server was halted since: the page is acknowledged meanwhile."""
    senders = HandedOver()
    alert(database, Wakeups(), "checkout-api", "ada")
    with relays_without_a_worker(database, senders) as relays:
        relays.take(long_ago(claimed_with_its_decision(database, relays)))
        answer = Acknowledgement(service_id="checkout-api", incident=1, by="Ada")
        Inbox(database, Wakeups()).submit(answer).result(WAIT_TIMEOUT)
        relays.work()
    assert senders.claims == []
    assert [attempt.status for attempt in attempts(database)] == ["withdrawn"]


def test_a_transaction_that_claimed_nothing_long_ago_keeps_no_other_waiting(
    database: Database,
) -> None:
    """The worker checks what the next one has claimed in the same round."""
    senders = HandedOver()
    with relays_without_a_worker(database, senders) as relays:
        relays.take(long_ago(claimed(database, relays)))
        alert(database, Wakeups(), "checkout-api", "ada")
        relays.take(long_ago(claimed(database, relays)))
        relays.work()
    assert len(senders.claims) == 1


def test_a_claim_that_cannot_be_checked_is_held_no_longer(database: Database) -> None:
    """The database fails in the transaction of the claim: the page is sent with the next one."""
    senders = HandedOver()
    alert(database, Wakeups(), "checkout-api", "ada")
    with relays_without_a_worker(database, senders) as relays:

        def fail(connection: Connection) -> None:
            connection.exec_driver_sql("ALTER TABLE monitored_services RENAME TO elsewhere")
            relays.claim_in(connection, {})

        with pytest.raises(DBAPIError):
            database.write(fail)
        relays.work()
    assert [claim.effect.idempotency_key for claim in senders.claims] == [
        "checkout-api/1/1/ada@example.com"
    ]


def claimed_with_its_decision(database: Database, relays: Relays) -> Claimed:
    """Claimed in a transaction that has decided about this service."""
    decided = {"checkout-api": SqlPorts(database).services.load("checkout-api").service}
    return database.write(lambda connection: relays.claim_in(connection, decided))


def claimed(database: Database, relays: Relays) -> Claimed:
    """Claimed in a transaction that has decided about other services."""
    return database.write(lambda connection: relays.claim_in(connection, {}))


def long_ago(claimed: Claimed) -> Claimed:
    """The same, claimed before the server was halted."""
    return claimed._replace(at=claimed.at - LONGEST_WAIT.total_seconds())


def test_a_page_that_another_node_has_taken_meanwhile_is_not_sent(database: Database) -> None:
    """This one was halted for longer than its lease; the other's claim stays as it is."""
    senders = HandedOver()
    alert(database, Wakeups(), "checkout-api", "ada")
    taken = "UPDATE outbox SET attempt = 2, claimed_by = 'other' WHERE channel = 'email'"
    with relays_without_a_worker(database, senders) as relays:
        relays.take(long_ago(claimed(database, relays)))
        database.write(lambda connection: connection.exec_driver_sql(taken))
        relays.work()
    assert senders.claims == []
    assert attempts(database) == []
    left = "SELECT attempt, claimed_by FROM outbox WHERE channel = 'email'"
    rows = database.read(lambda connection: connection.exec_driver_sql(left).all())
    assert [tuple(row) for row in rows] == [(2, "other")]


def test_a_page_that_cannot_be_recorded_keeps_no_other_from_being_recorded(
    database: Database,
) -> None:
    """They ended at the same moment, while what ended before them was being recorded."""
    alert(database, Wakeups(), "checkout-api", "tony", "ada", "grace")
    senders, outbox = HandedOver(), PoisonedOutbox(database)
    with relays_without_a_worker(database, senders, outbox):
        tony, ada, grace = SqlPorts(database).outbox.claim("email", 3)
        senders.on_end([Ended(tony, Outcome("sent"))])
        assert outbox.begun.wait(WAIT_TIMEOUT)
        senders.on_end([Ended(ada, Outcome("sent")), Ended(grace, Outcome("sent"))])
        outbox.go_on.set()
    recorded = [attempt.effect.idempotency_key for attempt in attempts(database)]
    assert recorded == [
        "checkout-api/1/1/tony@example.com",
        "checkout-api/1/1/grace@example.com",
    ]


def test_what_was_claimed_for_senders_that_are_gone_is_given_back(database: Database) -> None:
    """Another node may send it, while they cannot be started here."""
    senders = HandedOver()
    alert(database, Wakeups(), "checkout-api", "ada")
    with relays_without_a_worker(database, senders) as relays:
        relays.take(long_ago(claimed(database, relays)))
        senders.is_ready = False
        relays.work()
        other_node = SqlPorts(database).outbox
        wait_until(lambda: other_node.claim("email", 8))


def retry_now(database: Database, wakeups: Wakeups) -> None:
    """Try again what has failed."""
    due_now = "UPDATE outbox SET due_at = 0 WHERE channel = 'email'"
    database.write(lambda connection: connection.exec_driver_sql(due_now))
    wakeups.of("email").wake()


def attempts(database: Database) -> list[Attempt]:
    """How each attempt to page ended."""
    return [
        entry
        for entry in Journal(database).of("checkout-api")
        if isinstance(entry, Attempt) and entry.effect.channel == "email"
    ]


def test_a_mail_server_that_hangs_does_not_hold_up_the_end(database: Database) -> None:
    """What is being sent is interrupted, and tried again after the next start."""
    mail, wakeups = SlowMail(), Wakeups()
    gateways = in_memory_gateways(mail)
    workers = Workers(database, wakeups, gateways, HURRIED, interrupt=mail.interrupt)
    workers.start()
    alert(database, wakeups, "checkout-api", "ada")
    mail.wait_until_sending("ada")
    workers.stop()
    wait_until(lambda: attempts(database))  # a busy machine may need longer than it waits for
    [attempt] = attempts(database)
    assert (attempt.status, attempt.detail) == ("failed", "Pager stops")
    assert attempt.retry_at is not None


def test_a_send_that_cannot_be_interrupted_is_left_behind(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Its page stays claimed, and is sent after the next start or by another node."""
    mail = SlowMail()
    wakeups = Wakeups()
    workers = Workers(database, wakeups, in_memory_gateways(mail), HURRIED)
    workers.start()
    alert(database, wakeups, "checkout-api", "ada")
    mail.wait_until_sending("ada")
    with ThreadPoolExecutor(1) as operator:
        operator.submit(workers.stop).result(WAIT_TIMEOUT)
    assert "stopped without waiting for: email-" in caplog.text
    outbox = SqlPorts(database).outbox
    assert outbox.claim("email", 8) == []
    outbox.recover()
    assert len(outbox.claim("email", 8)) == 1
    mail.interrupt()


def test_a_lease_is_renewed_while_a_page_is_being_sent(database: Database) -> None:
    """However long that takes, nobody else sends it."""
    mail = SlowMail()
    short = FOUR._replace(lease=FOUR.lease._replace(duration=timedelta(milliseconds=200)))
    with working(database, mail, short) as wakeups:
        alert(database, wakeups, "checkout-api", "ada")
        mail.wait_until_sending("ada")
        begun = due_at(database)
        wait_until(lambda: due_at(database) > begun + 400)
        assert mail.sending == [address("ada")]
        mail.let_go("ada")
        wait_until(lambda: mail.sent == [address("ada")])


def due_at(database: Database) -> int:
    """When the lease of the only e-mail ends."""
    query = "SELECT due_at FROM outbox WHERE channel = 'email'"
    end: int = database.read(lambda connection: connection.exec_driver_sql(query).scalar_one())
    return end
