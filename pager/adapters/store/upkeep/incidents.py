"""Adds to the table of incidents what the journal has and the table has not.

A decision of this version writes the row of its incident. The decisions of an older version are in
the journal only: those from before an upgrade, and those of a node that still runs it. So the
server reads the journal from where it came to last time, a part at a time, and adds what is
missing. What is there already is not written again, and two nodes may do the same at once.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)

from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.codecs import MESSAGES, SERVICES, Unreadable
from pager.adapters.store.core.schema import decisions, incidents, installation
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.incident_rows import (
    IncidentRow,
    row_in_journal,
    unknown_row,
    write_incidents,
)
from pager.adapters.store.views.incidents import IS_ABOUT_TROUBLES

AT_ONCE = 500
"""Decisions in a transaction."""

OVERLAP = timedelta(minutes=10)
"""A decision may be committed so long after the time that it has: it is looked for again."""

LONGEST_PAUSE = 1.0
"""Seconds."""

_IS_ACKNOWLEDGEMENT = decisions.c.message.contains('"type":"acknowledgement"')
_AFTER = (decisions.c.decided_at >= bindparam("at", type_=BigInteger)) & (
    tuple_(decisions.c.decided_at, decisions.c.service_id, decisions.c.version)
    > tuple_(
        bindparam("at", type_=BigInteger),
        bindparam("name"),
        bindparam("number", type_=BigInteger),
    )
)
_MISSING = (
    select(decisions)
    .outerjoin(
        incidents,
        and_(
            incidents.c.service_id == decisions.c.service_id,
            incidents.c.incident == decisions.c.incident,
        ),
    )
    .where(
        _AFTER,
        or_(
            incidents.c.version.is_(None),
            # That a later Alert was noted, or one trouble of several resolved, changes no row.
            (incidents.c.version < decisions.c.version) & ~IS_ABOUT_TROUBLES,
            incidents.c.acknowledged_at.is_(None) & _IS_ACKNOWLEDGEMENT,
        ),
    )
    .order_by(decisions.c.decided_at, decisions.c.service_id, decisions.c.version)
)


def add_missing_incidents(
    transactions: Transactions,
    wait: Callable[[float], bool] = lambda _seconds: False,
    now: Now = database_clock,
    at_once: int = AT_ONCE,
) -> int:
    """Add what is missing, `at_once` decisions a transaction; the number of these decisions.

    Between two transactions it `wait`s as long as one took, so that Alerts do not wait; where that
    returns True it ends, and goes on from there the next time.
    """
    known, newest = transactions.read(partial(_progress, now=now))
    last: tuple[int, str, int] = (known - milliseconds(OVERLAP), "", 0)
    if newest <= last[0]:
        return 0
    added = 0
    while rows := transactions.read(partial(_missing, last=last, at_once=at_once)):
        began = time.monotonic()
        last = (rows[-1].decided_at, rows[-1].service_id, rows[-1].version)
        _add(transactions, rows, min(last[0], newest), now)
        added += len(rows)
        if len(rows) == at_once and wait(min(time.monotonic() - began, LONGEST_PAUSE)):
            return added
    if newest > known:
        _add(transactions, [], newest, now)
    return added


def _progress(connection: Connection, now: Now) -> tuple[int, int]:
    """Up to when the journal is in the table, and up to when there is a journal by now."""
    newest = select(func.max(decisions.c.decided_at)).scalar_subquery()
    row = connection.execute(select(installation.c.incidents_until, newest, now())).one()
    return row[0], 0 if row[1] is None else min(row[1], row[2])


def _missing(  # type: ignore[explicit-any]  # what columns a row has is known where it is selected
    connection: Connection, last: tuple[int, str, int], at_once: int
) -> Sequence[Row[Any]]:
    parameters = dict(zip(("at", "name", "number"), last, strict=True))
    return connection.execute(_MISSING.limit(at_once), parameters).all()


def _add(  # type: ignore[explicit-any]  # as above
    transactions: Transactions, rows: Sequence[Row[Any]], until: int, now: Now
) -> None:
    """Write these, and that the journal is in the table up to then."""
    to_write = sorted(map(_incident_row, rows), key=lambda row: row.version)

    def write(connection: Connection) -> None:
        write_incidents(connection, to_write, now)
        connection.execute(
            update(installation)
            .where(installation.c.incidents_until < until)
            .values(incidents_until=until)
        )

    transactions.write(write, incidents.name)


def _incident_row(row: Row[Any]) -> IncidentRow:  # type: ignore[explicit-any]  # as above
    try:
        message = MESSAGES.decode_known(row.message, row.service_id)
        after = SERVICES.decode_known(row.after, row.service_id)
    except Unreadable:
        return unknown_row(row.service_id, row.incident, row.version, row.decided_at)
    return row_in_journal(message, after, row.version, row.decided_at)
