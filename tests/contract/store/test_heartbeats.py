"""Heartbeats on both databases, by a clock that is moved by hand."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    literal,
    text,
    update,
)

from databases import sqlite_statements
from pager import Alert, EmailTarget, EscalationPolicy, Healthy, Level, Unhealthy
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import monitored_services
from pager.adapters.store.heartbeats.reading import HeartbeatList, StoredHeartbeat
from pager.adapters.store.heartbeats.writing import (
    ForeignHeartbeat,
    HeartbeatWrites,
    UnknownHeartbeat,
)
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.refused_alerts import refused_lately
from pager.adapters.store.views.journal import Journal
from pager.heartbeats import Heartbeat, Listening, Watch
from pager.service import PagerService

T = TypeVar("T")

START = datetime(2027, 1, 15, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LEVEL = Level(targets=(EmailTarget(address="ada@example.com"),))
BACKUP = Heartbeat(name="backup", service_id="backup-api", interval=10 * MINUTE)


def anybody(_service_id: str) -> bool:
    """Whoever asks may do it."""
    return True


class Node:
    """One node of a Pager, whose clock is moved by hand; nodes of a database share it."""

    def __init__(self, database: Database, clock: list[datetime]) -> None:
        """`clock` has one element: now."""
        self.database = database
        self.clock = clock
        self.heartbeats = Heartbeats(database, Wakeups(), Metrics(), self._now)
        self.list = HeartbeatList(database, self._now)
        self.ports = SqlPorts(database)

    def _now(self) -> ColumnElement[int]:
        return literal(milliseconds(self.clock[0] - datetime.fromtimestamp(0, UTC)), BigInteger)

    def policy(self, service_id: str = "backup-api") -> None:
        """Ada is paged for the service."""
        self.ports.policies.put(EscalationPolicy(service_id=service_id, levels=(LEVEL,)))

    def put(self, heartbeat: Heartbeat = BACKUP) -> StoredHeartbeat:
        """Make or edit it."""
        return self.write(lambda writes: writes.put("ada", heartbeat, anybody)).stored

    def ping(self, name: str = "backup") -> None:
        """It is alive."""
        self.write(lambda writes: writes.ping(name, anybody))

    def remove(self, name: str = "backup") -> None:
        """Nobody waits for it any more."""
        self.write(lambda writes: writes.remove("ada", name, anybody))

    def write(self, work: Callable[[HeartbeatWrites], T]) -> T:
        """Do `work` in a transaction."""
        return asyncio.run(self.heartbeats.write(work))

    def listen_for(self, duration: timedelta) -> None:
        """Let `duration` pass, in which the node listens; at once where that is long."""
        step = duration / 2
        end = self.clock[0] + duration
        while self.clock[0] < end:
            self.pass_listening(min(step, end - self.clock[0]))
            self.heartbeats.beat()

    def pass_listening(self, duration: timedelta) -> None:
        """Let `duration` pass, and say that Pager has listened all the while."""
        self.clock[0] += duration
        until = milliseconds(self.clock[0] - datetime.fromtimestamp(0, UTC)) - 1
        change = text("UPDATE listening SET until = :until")
        self.database.write(lambda connection: connection.execute(change, {"until": until}))

    def state(self, service_id: str = "backup-api") -> Healthy | Unhealthy:
        """The service as it is."""
        return self.ports.services.load(service_id).service

    @property
    def incident(self) -> tuple[str, int]:
        """Of backup-api: its state, and how many incidents there were."""
        state = self.state()
        return state.state, state.incident

    @property
    def stored(self) -> StoredHeartbeat:
        """The heartbeat of backup-api."""
        stored = self.list.named("backup")
        assert stored is not None
        return stored


@pytest.fixture
def node(either_database: Database) -> Node:
    """A node with a heartbeat of backup-api that was just pinged."""
    node = Node(either_database, [START])
    node.policy()
    node.put()
    node.ping()
    return node


def test_what_stays_away_raises_one_alert_and_its_return_resolves_it(node: Node) -> None:
    """However often a worker looks, and whichever node."""
    other = Node(node.database, node.clock)
    node.listen_for(11 * MINUTE - SECOND)
    assert node.incident == ("healthy", 0)
    node.listen_for(SECOND)
    for each in (other, node, other):
        each.heartbeats.beat()
    service = node.state()
    assert isinstance(service, Unhealthy)
    assert service.message.splitlines() == [
        "backup has been silent since 2027-01-15 00:00:00 UTC.",
        "It is expected every 10 min, and 1 min later at the most.",
    ]
    assert service.open_keys == ("heartbeat:backup",)
    assert node.stored.overdue_since == START + 11 * MINUTE
    assert node.stored.is_told
    other.ping()
    assert node.incident == ("healthy", 1)
    assert node.list.counts() == (1, 0)
    entries = Journal(node.database).of("backup-api")
    assert [entry.author for entry in entries if entry.type == "decision"] == [
        "heartbeat backup"
    ] * 2
    node.listen_for(11 * MINUTE)
    assert node.incident == ("unhealthy", 2)


def test_what_was_never_pinged_is_waited_for(either_database: Database) -> None:
    """And costs nothing: nobody has to say that it listens."""
    node = Node(either_database, [START])
    node.put()
    node.clock[0] += 365 * 24 * HOUR
    assert not node.list.is_anything_to_do()
    assert node.stored.watch.state(node.clock[0]) == "waiting"


def test_nobody_is_paged_because_pager_was_down(node: Node) -> None:
    """It waits anew from then on, and the page says what Pager could not hear."""
    node.listen_for(9 * MINUTE)
    node.clock[0] += HOUR
    node.heartbeats.beat()
    assert node.stored.watch.deadline == START + HOUR + 20 * MINUTE
    node.listen_for(11 * MINUTE - SECOND)
    assert node.incident == ("healthy", 0)
    node.listen_for(SECOND)
    service = node.state()
    assert isinstance(service, Unhealthy)
    assert "could not hear from 2027-01-15 00:08:59 UTC to 2027-01-15 01:09:00" in service.message


def test_a_ping_right_after_a_gap_is_counted_before_any_worker_looks(node: Node) -> None:
    """The first thing that a node does may be to hear a ping."""
    node.put(BACKUP.model_copy(update={"name": "import"}))
    node.ping("import")
    node.listen_for(MINUTE)
    node.clock[0] += HOUR
    node.ping()
    listening = node.list.listening()
    assert listening is not None
    assert listening.since == node.clock[0]
    node.heartbeats.beat()
    deadlines = [one.watch.deadline for one in node.list.page(Names(), 9)]
    assert deadlines == [node.clock[0] + 11 * MINUTE] * 2


def test_what_stayed_away_before_pager_was_killed_is_paged_at_its_start(node: Node) -> None:
    """A ping in the gap would have been too late."""
    node.pass_listening(11 * MINUTE + SECOND)
    node.clock[0] += HOUR
    node.heartbeats.beat()
    assert node.incident == ("unhealthy", 1)
    assert node.stored.overdue_since == START + 11 * MINUTE


def test_a_clock_that_is_set_forwards_pages_nobody(node: Node) -> None:
    """It looks like a gap."""
    node.listen_for(MINUTE)
    node.clock[0] += HOUR
    node.heartbeats.beat()
    node.listen_for(10 * MINUTE)
    assert node.incident == ("healthy", 0)
    node.listen_for(MINUTE)
    assert node.incident == ("unhealthy", 1)


@pytest.mark.parametrize("first", ["worker", "ping"])
def test_a_clock_that_is_set_back_delays_no_page(node: Node, first: str) -> None:
    """By more than a second, whoever notices it first; and a ping after it counts from then."""
    node.put(BACKUP.model_copy(update={"name": "import"}))
    node.ping("import")
    node.listen_for(9 * MINUTE)
    node.clock[0] -= HOUR
    if first == "ping":
        node.ping("import")
    node.heartbeats.beat()
    node.listen_for(2 * MINUTE - SECOND)
    assert node.incident == ("healthy", 0)
    node.listen_for(2 * SECOND)
    assert node.incident == ("unhealthy", 1)
    missing = [one.heartbeat.name for one in node.list.page(Names(), 9, only_missing=True)]
    assert missing == (["backup"] if first == "ping" else ["backup", "import"])


def test_an_alert_that_nobody_could_be_paged_for_is_tried_again(either_database: Database) -> None:
    """It is shown as refused meanwhile; once there is a policy, somebody is paged."""
    node = Node(either_database, [datetime.now(UTC)])
    node.put()
    node.ping()
    node.listen_for(11 * MINUTE)
    assert (node.stored.overdue_since is not None, node.stored.is_told) == (True, False)
    assert node.incident == ("healthy", 0)
    [refused] = refused_lately(node.database)
    assert (refused.service_id, refused.status, refused.sender) == (
        *("backup-api", 404),
        "heartbeat backup",
    )
    node.policy()
    node.listen_for(SECOND)
    assert node.incident == ("healthy", 0)
    node.listen_for(MINUTE)
    assert node.incident == ("unhealthy", 1)
    assert node.stored.is_told


def test_what_cannot_be_read_keeps_no_other_from_paging(node: Node) -> None:
    """A newer version has stored the service; it is tried again, and a ping is refused."""
    node.policy("import-api")
    node.put(Heartbeat(name="import", service_id="import-api", interval=10 * MINUTE))
    node.ping("import")
    PagerService(node.ports.policies, node.ports.services).receive(
        Alert(service_id="backup-api", message="down")
    )
    unreadable = update(monitored_services).where(monitored_services.c.service_id == "backup-api")
    node.database.write(lambda one: one.execute(unreadable.values(state='{"state":"newer"}')))
    node.listen_for(11 * MINUTE)
    assert node.state("import-api").state == "unhealthy"
    assert not node.stored.is_told


def test_what_is_removed_is_resolved(node: Node) -> None:
    """And is unknown then."""
    node.listen_for(11 * MINUTE)
    node.remove()
    assert node.incident == ("healthy", 1)
    assert node.list.named("backup") is None
    for again in (node.remove, node.ping):
        with pytest.raises(UnknownHeartbeat):
            again()


def test_an_edit_counts_from_then_on(node: Node) -> None:
    """Another interval; what is missing is resolved, and the same again changes nothing."""
    node.listen_for(5 * MINUTE)
    node.put(BACKUP.model_copy(update={"interval": MINUTE}))
    assert node.stored.watch.deadline == START + 7 * MINUTE
    node.put(BACKUP.model_copy(update={"interval": MINUTE}))
    node.listen_for(2 * MINUTE)
    assert node.incident == ("unhealthy", 1)
    node.put(BACKUP.model_copy(update={"interval": HOUR}))
    assert node.incident == ("healthy", 1)
    assert node.stored.watch.deadline == START + 7 * MINUTE + HOUR + MINUTE


def test_what_is_missing_moves_with_its_service(node: Node) -> None:
    """Its Alert is resolved there, and raised here."""
    node.policy("import-api")
    node.listen_for(11 * MINUTE)
    node.put(BACKUP.model_copy(update={"service_id": "import-api", "dedup_key": "import/late"}))
    assert node.incident == ("healthy", 1)
    node.listen_for(SECOND)
    service = node.state("import-api")
    assert isinstance(service, Unhealthy)
    assert service.open_keys == ("import/late",)


def test_nobody_touches_the_heartbeat_of_another_service(node: Node) -> None:
    """Whoever may not is refused, and nothing is written."""
    before = node.stored

    def write(writes: HeartbeatWrites, what: str) -> None:
        if what == "ping":
            writes.ping("backup", lambda _: False)
        elif what == "put":
            edited = BACKUP.model_copy(update={"service_id": "import-api"})
            writes.put("eve", edited, lambda name: name == "import-api")
        else:
            writes.remove("eve", "backup", lambda _: False)

    for what in ("ping", "put", "remove"):
        with pytest.raises(ForeignHeartbeat):
            node.write(partial(write, what=what))
    assert node.stored == before


class Model:
    """What `pager.heartbeats` says of the same events."""

    def __init__(self, at: datetime, names: Sequence[str]) -> None:
        self.listening = Listening(at, at)
        self.watches = {name: Watch(10 * MINUTE, MINUTE).pinged(at) for name in names}
        self.missing: set[str] = set()

    def listen(self, now: datetime) -> None:
        before, self.listening = self.listening, self.listening.at(now)
        for name, watch in self.watches.items():
            if self.listening.until < before.until:
                self.watches[name] = watch.set_back(before.until - now)
            elif self.listening.since > before.since and name not in self.missing:
                self.watches[name] = watch.after_gap(self.listening)

    def beat(self, now: datetime) -> None:
        self.listen(now)
        self.missing |= {
            name for name, watch in self.watches.items() if watch.overdue_since(now) is not None
        }

    def ping(self, name: str, now: datetime) -> None:
        self.missing.discard(name)
        self.watches[name] = self.watches[name].pinged(now)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_the_rows_say_what_the_rules_say(either_database: Database, seed: int) -> None:
    """Whatever happens in whatever order: pings, gaps, short pauses, a clock that is set back."""
    names = ["backup", "import", "report"]
    node = Node(either_database, [START])
    node.policy()
    for name in names:
        node.put(BACKUP.model_copy(update={"name": name}))
        node.ping(name)
    node.heartbeats.beat()
    model, chance = Model(START, names), random.Random(seed)
    for _ in range(50):
        by = chance.choice([SECOND, SECOND * 4, MINUTE, 3 * MINUTE, HOUR, -HOUR, -MINUTE])
        node.clock[0] += by
        node.heartbeats.beat()
        model.beat(node.clock[0])
        if chance.random() < 0.4:
            name = chance.choice(names)
            node.ping(name)
            model.ping(name, node.clock[0])
        stored = node.list.page(Names(), 9)
        assert {one.heartbeat.name: one.watch for one in stored} == model.watches
        assert {one.heartbeat.name for one in stored if one.overdue_since} == model.missing
        assert node.list.listening() == model.listening
        assert (node.state().state == "unhealthy") == bool(model.missing)


def explain(connection: Connection, statement: str) -> Sequence[Row[*tuple[object, ...]]]:
    """How SQLite does it."""
    return connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()


def test_nothing_that_happens_each_second_reads_every_heartbeat(database: Database) -> None:
    """Ten thousand of them that are alive cost a look into an index."""
    node = Node(database, [START])
    node.put()
    node.ping()
    with sqlite_statements() as told:
        node.clock[0] += SECOND
        node.heartbeats.beat()
    statements = [statement for statement in told if "heartbeats" in statement]
    assert len(statements) == 2
    for statement in statements:
        plan = database.read(partial(explain, statement=statement))
        looks = [str(row[3]) for row in plan if "heartbeats" in str(row[3])]
        assert looks
        assert all("INDEX heartbeats_check_at" in look for look in looks), looks
