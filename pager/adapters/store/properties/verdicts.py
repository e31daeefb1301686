"""What was found when properties were verified last: one row each, for everybody to see."""

import operator
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, Row, delete, func, null, select, update

from pager.adapters.store.core.clock import Now, database_clock, moment, optional_moment, read_clock
from pager.adapters.store.core.codecs import Codec, Unreadable
from pager.adapters.store.core.schema import property_verdicts
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import insert_if_new
from pager.adapters.store.properties.set_up import set_up_version
from pager.model import Value
from pager.oncall.schedules import Moment

MOST_KEPT = 20
"""Violations of a property that are kept; the others are counted."""
LONGEST_TIMELINE = 4_000
"""Characters of one that are kept."""


class Counterexample(Value):
    """Where a property does not hold."""

    subject: str
    """The service, or the schedule."""
    others: int = 0
    """How many more have the same policy."""
    at: Moment
    what: str
    """A sentence: who, and why."""
    timeline: str = ""
    """What would happen then, as failed scenarios print it, `LONGEST_TIMELINE` at the most."""


class Found(Value):
    """What was found of a property."""

    outcome: Literal["holds", "violated", "unknown"]
    until: Moment
    """How far was looked."""
    violations: tuple[Counterexample, ...] = ()
    """The first ones, `MOST_KEPT` at the most."""
    number: int = 0
    """How many there are."""
    why: str = ""
    """Why it is not known whether it holds."""
    version: Annotated[str, Field(exclude_if=operator.not_)] = ""
    """Of what it was found: its `set_up_version`; "" where that is not known."""

    @property
    def is_violated(self) -> bool:
        """Whether there is a moment at which it does not hold."""
        return self.outcome == "violated"


FOUND: Codec[Found] = Codec(TypeAdapter(Found))


class StoredVerdict(NamedTuple):
    """What was found of a property last, and when."""

    sentence: str
    verified_at: datetime
    """By the database's clock."""
    found: Found | None
    """None where this version of Pager cannot read it."""
    violated_since: datetime | None
    """Since when it was found violated each time; None where it was not, or holds again."""
    told: str | None
    """The service for which an Alert says that it is violated; None where none does."""
    is_outdated: bool
    """Whether people have changed since what it is about."""


class SqlVerdicts:
    """What was found of properties."""

    lock_key = property_verdicts.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """They live in `transactions`, and are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def all(self) -> Mapping[str, StoredVerdict]:
        """The last verdict of each property, also of those that were taken back."""
        query = select(property_verdicts).order_by(property_verdicts.c.sentence)

        def read(connection: Connection) -> Mapping[str, StoredVerdict]:
            version = set_up_version(connection)
            return {row.sentence: _verdict(row, version) for row in connection.execute(query)}

        return self._transactions.read(read)

    def record(self, found: Mapping[str, Found]) -> None:
        """Keep these in the place of what was found before."""

        def record(connection: Connection) -> None:
            now = read_clock(connection, self._now)
            for sentence, one in found.items():
                _record(connection, sentence, one, now)

        self._transactions.write(record, self.lock_key)

    def told(self, sentences: Collection[str], service_id: str | None) -> None:
        """Note that an Alert of that service says so; None: that it is resolved."""
        columns = property_verdicts.c
        change = update(property_verdicts).where(columns.sentence.in_(sentences))
        self._transactions.write(
            lambda connection: connection.execute(change.values(told=service_id)), self.lock_key
        )

    def forget(self, sentences: Sequence[str]) -> None:
        """Keep nothing of these: nobody asks for them any more."""
        gone = delete(property_verdicts).where(property_verdicts.c.sentence.in_(sentences))
        self._transactions.write(lambda connection: connection.execute(gone), self.lock_key)


def _record(connection: Connection, sentence: str, found: Found, now: int) -> None:
    columns = property_verdicts.c
    since = {
        "holds": null(),
        "violated": func.coalesce(columns.violated_since, now),
        "unknown": columns.violated_since,
    }[found.outcome]
    values = {"verified_at": now, "verdict": FOUND.encode(found)}
    known = update(property_verdicts).where(columns.sentence == sentence)
    if connection.execute(known.values(**values, violated_since=since)).rowcount:
        return
    first = insert_if_new(connection, property_verdicts).values(
        sentence=sentence, **values, violated_since=now if found.is_violated else None
    )
    connection.execute(first)


def _verdict(row: Row[tuple[object, ...]], version: str) -> StoredVerdict:
    try:
        found = FOUND.decode_known(row.verdict, row.sentence)
    except Unreadable:
        found = None
    return StoredVerdict(
        row.sentence,
        moment(row.verified_at),
        found,
        optional_moment(row.violated_since),
        row.told,
        is_outdated=found is not None and found.version != version,
    )
