"""A Pager over a real database, for the same scenarios.

The clock is a literal that scenarios move by hand, and the gateways stay in memory. Everything
else is what the server runs: PagerService and OutboxRelay over SqlPorts.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import BigInteger, ColumnElement, Connection, func, literal, select

from databases import SharedDatabase
from pager import (
    AcknowledgementExpired,
    AcknowledgementTimeout,
    ConcurrentUpdate,
    Decision,
    Message,
    PagerService,
)
from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.codecs import EFFECTS
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.page_texts import WHOLE_EFFECT
from pager.adapters.store.core.schema import outbox, timers
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.maintenance import SqlMaintenanceWindows
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.ports.reports import SqlDeliveryReports
from pager.adapters.store.ports.services import SqlMonitoredServices
from pager.adapters.store.ports.timer import SqlTimer
from pager.adapters.store.ports.unit_of_work import KnownPolicies, UnitOfWork
from pager.durations import in_words
from pager.messages import Effect, Timed
from pager.ports import Claim, Outcome, Stored
from pager.simulation.clock import Clock
from pager.simulation.simulated import SimulatedPager, SimulatedStore
from pager.simulation.timeline import Timeline
from pager.testing import Crash
from pager.words import decision_in_words, effect_in_words, effects_in_words, message_in_words

MILLISECOND = timedelta(milliseconds=1)


class SqlPager(SimulatedPager):
    """The real PagerService and OutboxRelay over a database, which is emptied first."""

    def __init__(self, opened: SharedDatabase) -> None:
        self._opened = opened
        opened.empty()
        clock = Clock()
        # Later than any real clock: what the HTTP application dates by the database's own clock is
        # in the past.
        clock.start = datetime(2090, 1, 1, tzinfo=UTC)
        timeline = Timeline(clock)
        super().__init__(clock, timeline, _store(opened.database, clock, timeline))

    @property
    def database(self) -> Database:
        """The database; another object after a restart."""
        return self._opened.database

    def now(self) -> ColumnElement[int]:
        """The time of the scenario, as SQL."""
        return _now(self.clock)

    def note_timers(self) -> None:
        """Remember the delays that the server has set itself."""
        assert isinstance(self.timer, _Timer)
        self.timer.note_those_set()

    def commit_all(self, messages: Sequence[Message]) -> None:
        """Commit what they lead to in one unit of work, as the server does."""

        def commit(connection: Connection) -> None:
            names = {message.service_id for message in messages}
            unit = UnitOfWork(connection, names, KnownPolicies(), self.now)
            service = PagerService(unit, unit.services(author=None))
            for message in messages:
                service.receive(message)
            assert not unit.write()

        self.timeline.add("received", f"{len(messages)} messages")
        self.database.write(commit)
        self.note_timers()

    def restart(self) -> None:
        """Open the database again, as another process would, and carry out what is due."""
        self._opened.reopen()
        self.wire(_store(self.database, self.clock, self.timeline))
        self.timeline.add("restarted", "with what had been saved")
        if self.database.serves_alone:
            self.outbox.recover()
        else:
            # What the dead process had claimed might be another node's: its lease is waited for.
            self.clock.advance(LEASE.duration)
        self.run_relay()


def _store(database: Database, clock: Clock, timeline: Timeline) -> SimulatedStore:
    def now() -> ColumnElement[int]:
        return _now(clock)

    return SimulatedStore(
        SqlEscalationPolicies(database, now),
        _Services(database, now, timeline),
        _Outbox(database, now, clock, timeline),
        _Timer(database, now, clock, timeline),
        SqlDeliveryReports(database, now, random=lambda: 0.0),
        SqlMaintenanceWindows(database, now),
        SqlOnCall(database, now),
    )


class _Services(SqlMonitoredServices):
    """Services with the faults that a scenario asks for."""

    def __init__(self, transactions: Transactions, now: Now, timeline: Timeline) -> None:
        super().__init__(transactions, now)
        self._timeline = timeline
        self._after_next_load: Callable[[], object] | None = None
        self._crash_at_next_save: Literal["before", "after"] | None = None

    def after_next_load(self, meanwhile: Callable[[], object]) -> None:
        self._after_next_load = meanwhile

    def crash_at_next_save(self, when: Literal["before", "after"]) -> None:
        self._crash_at_next_save = when

    def load(self, service_id: str) -> Stored:
        stored = super().load(service_id)
        meanwhile, self._after_next_load = self._after_next_load, None
        if meanwhile is not None:
            meanwhile()
        return stored

    def save(self, decision: Decision, version: int) -> None:
        crash, self._crash_at_next_save = self._crash_at_next_save, None
        self._timeline.add("decided", decision_in_words(decision))
        if crash == "before":
            raise Crash
        try:
            super().save(decision, version)
        except ConcurrentUpdate:
            self._timeline.add("outrun", "somebody was faster: that is not saved")
            raise
        effects = effects_in_words(decision.effects)
        self._timeline.add("saved", f"that, and to carry out: {effects}")
        if crash == "after":
            raise Crash


class _Outbox(SqlOutbox):
    """An outbox that shows its effects, without jitter: scenarios count in whole minutes."""

    def __init__(
        self, transactions: Transactions, now: Now, clock: Clock, timeline: Timeline
    ) -> None:
        super().__init__(transactions, now, random=lambda: 0.0)
        self._clock = clock
        self._timeline = timeline

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        super().settle(claim, outcome)
        if outcome.status != "sent":
            self._timeline.add(
                outcome.status, f"{effect_in_words(claim.effect)}; {outcome.detail}".rstrip("; ")
            )

    @property
    def outcomes(self) -> list[tuple[Effect, Outcome | None]]:
        """Every effect, with its outcome if that is final."""
        query = select(
            WHOLE_EFFECT, outbox.c.service_id, outbox.c.due_at, outbox.c.status, outbox.c.detail
        ).order_by(outbox.c.id)
        rows = self._transactions.read(lambda connection: connection.execute(query).all())
        return [
            (
                EFFECTS.decode(row.effect, row.service_id),
                None if row.due_at else Outcome(row.status, row.detail),
            )
            for row in rows
        ]

    @property
    def next_due(self) -> timedelta | None:
        query = select(func.min(outbox.c.due_at))
        return _after_start(
            self._transactions.read(lambda connection: connection.scalar(query)), self._clock
        )


class _Timer(SqlTimer):
    """A timer that remembers the delays that were set."""

    def __init__(
        self, transactions: Transactions, now: Now, clock: Clock, timeline: Timeline
    ) -> None:
        super().__init__(transactions, now)
        self._clock = clock
        self._timeline = timeline
        self.delays: list[tuple[Timed, timedelta]] = []
        self._noted: set[Timed] = set()

    def set(self, message: Timed, delay: timedelta) -> None:
        super().set(message, delay)
        self._note(message, delay)

    def note_those_set(self) -> None:
        """Remember what somebody else has set at this moment."""
        query = select(timers)
        for row in self._transactions.read(lambda connection: connection.execute(query).all()):
            message = (AcknowledgementExpired if row.is_expiry else AcknowledgementTimeout)(
                service_id=row.service_id, incident=row.incident, level=row.level
            )
            if message not in self._noted:
                due_at = _after_start(row.due_at, self._clock)
                assert due_at is not None
                self._note(message, due_at - self._clock.now)

    def _note(self, message: Timed, delay: timedelta) -> None:
        self._noted.add(message)
        self.delays.append((message, delay))
        self._timeline.add("set", f"{message_in_words(message)}, due in {in_words(delay)}")

    @property
    def next_due(self) -> timedelta | None:
        query = select(func.min(timers.c.due_at))
        return _after_start(
            self._transactions.read(lambda connection: connection.scalar(query)), self._clock
        )


def _now(clock: Clock) -> ColumnElement[int]:
    return literal(_since_1970(clock.moment) // MILLISECOND, BigInteger)


def _since_1970(moment: datetime) -> timedelta:
    return moment - datetime.fromtimestamp(0, UTC)


def _after_start(due_at: int | None, clock: Clock) -> timedelta | None:
    """From milliseconds since 1970 to the time since the start of `clock`."""
    return None if due_at is None else due_at * MILLISECOND - _since_1970(clock.start)
