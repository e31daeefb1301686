"""The rows of the table `incidents`: what the decisions of an incident say, in short.

A row is written in the transaction of each decision that changes its incident. Some decisions come
late: an older version, which does not know the table, has made them, and they are added from the
journal. So a row can be told of its decisions in any order, and of one of them twice: it comes out
the same.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select, true
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.schema import incidents, monitored_services
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.text import one_line
from pager.messages import Acknowledgement, Message
from pager.model import Acknowledged, Healthy, MonitoredService, Unhealthy, shortened
from pager.triage import stage_of

OVER = "over"
"""The state of an incident that has ended. The others are the stages of `triage`."""

UNKNOWN = "unknown"
"""The state of an incident whose decisions this version of Pager cannot read."""

LONGEST_TITLE = 200
"""Characters."""

NOW = -1
"""In the place of a time: the time at which the row is written."""


class IncidentRow(NamedTuple):
    """What is written of an incident. A time may be NOW."""

    service_id: str
    incident: int
    version: int
    """Of the last decision in it."""
    begun_at: int | None
    """None where it began earlier: then it stays as it is, or the service tells."""
    acknowledged_at: int | None
    acknowledged_by: str | None
    ended_at: int | None
    state: str
    level: int
    title: str

    def followed_by(self, later: "IncidentRow") -> "IncidentRow":
        """Both as one row, where `later` is of a later decision of the same incident."""
        return later._replace(
            begun_at=later.begun_at if self.begun_at is None else self.begun_at,
            acknowledged_at=(
                later.acknowledged_at if self.acknowledged_at is None else self.acknowledged_at
            ),
            acknowledged_by=later.acknowledged_by or self.acknowledged_by,
            ended_at=self.ended_at if later.ended_at is None else later.ended_at,
            level=max(self.level, later.level),
            title=self.title or later.title,
        )


def title_of(message: str) -> str:
    """The first line of an Alert's message, with "…" where that is not all of it."""
    text = message[: 2 * LONGEST_TITLE].strip()
    first, _, rest = text.partition("\n")
    is_whole = not rest and len(message) <= 2 * LONGEST_TITLE
    return shortened(one_line(first) if is_whole else f"{one_line(first)} …", LONGEST_TITLE)


def row_of(before: MonitoredService, after: MonitoredService, version: int) -> IncidentRow | None:
    """What is written with the decision that leads from `before` to `after`, at this moment.

    None where the row says it already: a later Alert was noted, or no incident was there.
    """
    if isinstance(after, Healthy):
        if isinstance(before, Healthy):
            return None
        return _row(before, version)._replace(state=OVER, ended_at=NOW)
    if isinstance(before, Healthy):
        return _row(after, version)._replace(begun_at=NOW)
    if (before.level, before.escalation) == (after.level, after.escalation):
        return None
    answers = _is_acknowledged(after) and not _is_acknowledged(before)
    return _row(after, version)._replace(acknowledged_at=NOW if answers else None)


def row_in_journal(
    message: Message, after: MonitoredService, version: int, decided_at: int
) -> IncidentRow:
    """What an entry of the journal says of its incident. (The entry before may be missing.)"""
    if isinstance(after, Healthy):
        return unknown_row(after.service_id, after.incident, version, decided_at)._replace(
            state=OVER, ended_at=decided_at
        )
    answers = isinstance(message, Acknowledgement) and _is_acknowledged(after)
    return _row(after, version)._replace(
        begun_at=decided_at, acknowledged_at=decided_at if answers else None
    )


def unknown_row(service_id: str, incident: int, version: int, decided_at: int) -> IncidentRow:
    """What is known of an incident from a decision that cannot be read."""
    return IncidentRow(
        *(service_id, incident, version, decided_at, None, None, None),
        state=UNKNOWN,
        level=0,
        title="",
    )


def _row(service: Unhealthy, version: int) -> IncidentRow:
    by = service.escalation.by if isinstance(service.escalation, Acknowledged) else None
    return IncidentRow(
        *(service.service_id, service.incident, version, None, None, by, None),
        state=stage_of(service),
        level=service.policy_level,
        title=title_of(service.message),
    )


def _is_acknowledged(service: Unhealthy) -> bool:
    return isinstance(service.escalation, Acknowledged)


def write_incidents(
    connection: Connection, rows: Iterable[IncidentRow], now: Now = database_clock
) -> None:
    """Add each row, or what it says to the one that is there.

    Those of one incident are in the order of their decisions.
    """
    together: dict[tuple[str, int], IncidentRow] = {}
    for row in rows:
        key = row.service_id, row.incident
        known = together.get(key)
        together[key] = row if known is None else known.followed_by(row)
    if together:
        # In one order: two nodes never wait for each other in a circle.
        _WRITE.run(connection, [together[key] for key in sorted(together)], now)


def _write(parts: Parts) -> ClauseElement:
    stored = incidents.c
    given = parts.rows(*stored)
    new = parts.dialect.insert(incidents)
    begun_at = case(
        (given.c.begun_at == literal_column("-1"), parts.now),
        (given.c.begun_at.is_not(None), given.c.begun_at),
        # An older version has begun it, and no row is there.
        else_=func.coalesce(
            select(monitored_services.c.begun_at)
            .where(
                monitored_services.c.service_id == given.c.service_id,
                monitored_services.c.begun_incident == given.c.incident,
            )
            .scalar_subquery(),
            parts.now,
        ),
    )
    values: dict[str, ColumnElement[object] | ColumnElement[int]] = {
        **given.c,
        "begun_at": begun_at,
        "acknowledged_at": _time(given.c.acknowledged_at, parts.now),
        "ended_at": _time(given.c.ended_at, parts.now),
    }
    said = new.excluded
    is_later = said.version >= stored.version
    return new.from_select(
        list(values), select(*values.values()).where(true())
    ).on_conflict_do_update(
        index_elements=[stored.service_id, stored.incident],
        set_={
            "version": _larger(stored.version, said.version),
            "begun_at": case(
                (said.begun_at < stored.begun_at, said.begun_at), else_=stored.begun_at
            ),
            "acknowledged_at": case(
                (said.acknowledged_at < stored.acknowledged_at, said.acknowledged_at),
                else_=func.coalesce(stored.acknowledged_at, said.acknowledged_at),
            ),
            "acknowledged_by": case(
                (is_later, func.coalesce(said.acknowledged_by, stored.acknowledged_by)),
                else_=func.coalesce(stored.acknowledged_by, said.acknowledged_by),
            ),
            "ended_at": func.coalesce(stored.ended_at, said.ended_at),
            "state": case((is_later, said.state), else_=stored.state),
            "level": _larger(stored.level, said.level),
            "title": case((stored.title == literal_column("''"), said.title), else_=stored.title),
        },
    )


def _time(given: ColumnElement[int], now: ColumnElement[int]) -> ColumnElement[int]:
    return case((given == literal_column("-1"), now), else_=given)


def _larger(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


_WRITE: Statement[None] = Statement(_write)
