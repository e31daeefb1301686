"""Changes heartbeats, each with the Alert or the resolve that follows from it.

An Alert is decided in the transaction that marks its heartbeat as missing, and a resolve in that of
the ping: so each happens once, whichever node dies when.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    delete,
    insert,
    select,
    update,
)

from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment, read_clock
from pager.adapters.store.core.schema import heartbeats
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.heartbeats.listening import (
    NOTED_EVERY,
    listening_period,
    note_listening,
)
from pager.adapters.store.heartbeats.ping_statements import MARK, PING, PINGED
from pager.adapters.store.heartbeats.reading import StoredHeartbeat, stored_in
from pager.adapters.store.refused_alerts import Refused, add_refused
from pager.durations import in_words
from pager.errors import NoEscalationPolicy, PagerError
from pager.heartbeats import Heartbeat, Listening, alert
from pager.messages import Message, Resolve

AT_ONCE = 500
"""Heartbeats whose Alerts are raised in one transaction."""

TRY_AGAIN_AFTER = timedelta(minutes=1)
"""When an Alert is raised again that was not taken: its service has no policy, for one."""

NOT_FOUND = 404


class UnknownHeartbeat(PagerError):
    """There is no heartbeat {name!r}. Make it first, in the console or by PUT /heartbeats/…"""

    def __init__(self, name: str) -> None:
        """`name` is what the request named."""
        super().__init__(name=name)


class ForeignHeartbeat(PagerError):
    """This key is not good for the heartbeat {name!r}: that is of another service."""

    def __init__(self, name: str) -> None:
        """`name` is the heartbeat's."""
        super().__init__(name=name)


class HeartbeatExists(PagerError):
    """There is already a heartbeat {name!r}. Choose another name, or edit that one."""

    def __init__(self, name: str) -> None:
        """`name` is the heartbeat's."""
        super().__init__(name=name)


class HeartbeatChanged(PagerError):
    """Nothing is saved: somebody else has edited or removed this heartbeat meanwhile."""


class Sent(NamedTuple):
    """A message of Pager's own, and who is its author in the journal."""

    message: Message
    author: str


Receive = Callable[[Connection, Sequence[Sent]], Sequence[Exception | None]]
"""Decides messages in a transaction: for each None, or why it was not taken."""

Expected = Heartbeat | Literal["new"] | None
"""What a heartbeat must be for an edit: this; "new": there is none; None: anything."""

May = Callable[[str], bool]
"""Whether whoever asks may do it to a heartbeat of that service."""


class Edited(NamedTuple):
    """What `put` has made of a heartbeat."""

    stored: StoredHeartbeat
    is_new: bool


class HeartbeatWrites:
    """Changes heartbeats, in an open transaction."""

    def __init__(self, connection: Connection, receive: Receive, now: Now = database_clock) -> None:
        """`receive` takes the Alerts and resolves; everything is dated by `now`."""
        self.connection = connection
        """The transaction."""
        self._receive = receive
        self._now = now

    def ping(self, name: str, may: May) -> None:
        """The heartbeat is alive.

        Raises UnknownHeartbeat, ForeignHeartbeat, and what kept its resolve from being taken.
        """
        rows = PINGED.run(self.connection, now=self._now, name=name)
        if not rows:
            raise UnknownHeartbeat(name)
        [(service_id, dedup_key, overdue_since, now, until)] = rows
        if not may(service_id):
            raise ForeignHeartbeat(name)
        if overdue_since is not None:
            self._resolve(name, service_id, dedup_key)
        if until is None or not 0 <= now - until <= milliseconds(NOTED_EVERY):
            self.listen(is_node=False)
        PING.run(self.connection, name=name, at=now)

    def put(self, author: str, heartbeat: Heartbeat, may: May, expected: Expected = None) -> Edited:
        """Make or edit a heartbeat.

        Another interval or grace counts from now on. One that stays away is resolved; if that is
        only of another service now, or under another key, its Alert is raised there.

        Raises HeartbeatExists and HeartbeatChanged where it is not as `expected`, ForeignHeartbeat,
        and what kept a resolve from being taken.
        """
        row = self._row(heartbeat.name)
        if expected == "new" and row is not None:
            raise HeartbeatExists(heartbeat.name)
        if isinstance(expected, Heartbeat) and (
            row is None or stored_in(row).heartbeat != expected
        ):
            raise HeartbeatChanged
        values = _values(heartbeat)
        now = self._at()
        if row is None:
            self._make(author, [heartbeat], now)
        else:
            if not may(row.service_id):
                raise ForeignHeartbeat(heartbeat.name)
            before = {name: getattr(row, name) for name in values}
            if before != values:
                self._edit(row, values, now)
                self._log(author, "heartbeat edited", heartbeat)
        edited = self._row(heartbeat.name)
        assert edited is not None
        return Edited(stored_in(edited), row is None)

    def make_each(self, author: str, new: Sequence[Heartbeat]) -> None:
        """Make all of these, with few statements. Raises HeartbeatExists where one is there."""
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            there = heartbeats.c.name.in_([heartbeat.name for heartbeat in some])
            for name in self.connection.scalars(select(heartbeats.c.name).where(there)):
                raise HeartbeatExists(name)
            self._make(author, some, self._at())

    def _make(self, author: str, new: Sequence[Heartbeat], now: int) -> None:
        made = {"created_by": author, "created_at": now}
        rows = [_values(heartbeat) | made | {"name": heartbeat.name} for heartbeat in new]
        self.connection.execute(insert(heartbeats), rows)
        details = {heartbeat.name: _detail(heartbeat) for heartbeat in new}
        log = SqlAuditLog(InTransaction(self.connection), self._now)
        log.add_each(author, "heartbeat made", details)

    def _edit(self, row: "Row[tuple[object, ...]]", values: dict[str, object], now: int) -> None:
        counts_anew = (row.interval, row.grace) != (values["interval"], values["grace"])
        if row.overdue_since is not None:
            self._resolve(row.name, row.service_id, row.dedup_key)
            values = values | {"overdue_since": None, "check_at": now}
        if counts_anew and row.counts_from is not None:
            deadline = now + int(str(values["interval"])) + int(str(values["grace"]))
            values = values | {"counts_from": now, "check_at": deadline}
        change = update(heartbeats).where(heartbeats.c.name == row.name).values(values)
        self.connection.execute(change)

    def remove(self, author: str, name: str, may: May) -> None:
        """Remove a heartbeat; what it has open is resolved.

        Raises UnknownHeartbeat, ForeignHeartbeat, and what kept its resolve from being taken.
        """
        row = self._row(name)
        if row is None:
            raise UnknownHeartbeat(name)
        if not may(row.service_id):
            raise ForeignHeartbeat(name)
        if row.overdue_since is not None:
            self._resolve(name, row.service_id, row.dedup_key)
        self.connection.execute(delete(heartbeats).where(heartbeats.c.name == name))
        self._log(author, "heartbeat removed", stored_in(row).heartbeat)

    def raise_overdue(self, at_most: int = AT_ONCE) -> int:
        """Raise the Alerts of those that stay away: of how many.

        What is not taken is tried again later.
        """
        now = self._at()
        query = (
            select(heartbeats, self._now().label("now"))
            .where(heartbeats.c.check_at <= now)
            .order_by(heartbeats.c.check_at)
            .limit(at_most)
            .with_for_update(skip_locked=True)  # another node raises it, or it is just pinged
        )
        rows = self.connection.execute(query).all()
        if not rows:
            return 0
        period = listening_period(self.connection) or Listening(moment(now), moment(now))
        stored = [stored_in(row) for row in rows]
        errors = self._receive(
            self.connection,
            [
                Sent(alert(one.heartbeat, one.watch, period), _author(one.heartbeat.name))
                for one in stored
            ],
        )
        refused = {}
        marks = []
        for row, error in zip(rows, errors, strict=True):
            again = None if error is None else now + milliseconds(TRY_AGAIN_AFTER)
            deadline = row.counts_from + row.interval + row.grace
            marks.append((row.name, row.overdue_since or deadline, again))
            if isinstance(error, NoEscalationPolicy):
                refused[row.service_id, NOT_FOUND] = Refused(1, _author(row.name))
        for name, overdue_since, again in marks:
            MARK.run(self.connection, name=name, overdue_since=overdue_since, again=again)
        if refused:
            add_refused(self.connection, refused, self._now)
        return len(rows)

    def listen(self, *, is_node: bool = True) -> None:
        """As `note_listening`."""
        note_listening(self.connection, self._at(), is_node=is_node)

    def _resolve(self, name: str, service_id: str, dedup_key: str) -> None:
        """Resolve its Alert. Raises what kept that from being taken."""
        resolve = Resolve(service_id=service_id, dedup_key=dedup_key)
        [error] = self._receive(self.connection, [Sent(resolve, _author(name))])
        if error is not None:
            raise error

    def _row(self, name: str) -> "Row[tuple[object, ...]] | None":
        query = (
            select(heartbeats, self._now().label("now"))
            .where(heartbeats.c.name == name)
            .with_for_update()
        )
        return self.connection.execute(query).one_or_none()

    def _at(self) -> int:
        return read_clock(self.connection, self._now)

    def _log(self, author: str, action: Action, heartbeat: Heartbeat) -> None:
        log = SqlAuditLog(InTransaction(self.connection), self._now)
        log.add(author, action, heartbeat.name, _detail(heartbeat))


def _values(heartbeat: Heartbeat) -> dict[str, object]:
    """How it is set up, by the columns."""
    return {
        "service_id": heartbeat.service_id,
        "dedup_key": heartbeat.key,
        "interval": milliseconds(heartbeat.interval),
        "grace": milliseconds(heartbeat.grace),
    }


def _detail(heartbeat: Heartbeat) -> str:
    """What the audit log says of it."""
    return (
        f"of {heartbeat.service_id}, every {in_words(heartbeat.interval)}, "
        f"grace {in_words(heartbeat.grace)}"
    )


def _author(name: str) -> str:
    """Who has sent its messages, as the journal says it."""
    return f"heartbeat {name}"
