"""The incidents of all services: a list in pages, and the figures of what is selected."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)

from pager.adapters.store.core.clock import (
    database_clock,
    milliseconds,
    moment,
    optional_moment,
)
from pager.adapters.store.core.schema import decisions, incidents, installation
from pager.adapters.store.core.transactions import Readable
from pager.response_times import ResponseTimes, figure

State = Literal[
    "running", "escalating", "acknowledged", "exhausted", "maintenance", "over", "unanswered"
]
"""What can be asked for. "running" is each that is not over; "unanswered" is over, and nobody had
acknowledged it."""

STATES: tuple[State, ...] = get_args(State)

BEHIND = timedelta(hours=1)
"""If the table lacks what was decided so long ago, the list says so."""

WEEK = timedelta(weeks=1)
MONDAY = datetime(1969, 12, 29, tzinfo=UTC)
"""Before all that is stored: weeks begin on Mondays at 00:00 UTC."""


class IncidentSummary(NamedTuple):
    """One incident, in short."""

    service_id: str
    incident: int
    begun_at: datetime
    acknowledged_at: datetime | None
    """When it was acknowledged first; None where it was not."""
    acknowledged_by: str | None
    """Who acknowledged it last; None where nobody did, or gave no name."""
    ended_at: datetime | None
    """None while it runs."""
    state: str
    """escalating, acknowledged, exhausted, maintenance or over; or "unknown", or one of a newer
    version."""
    level: int
    """The highest Level that was notified; 0 where none was."""
    title: str
    """The first line of the first Alert; "" where that cannot be read."""


class Selection(NamedTuple):
    """Which incidents are wanted."""

    search: str = ""
    """What the service's name or the first line of the Alert contains, in any case."""
    state: State | None = None
    service_id: str | None = None
    person: str = ""
    """What the name or address of who acknowledged contains, in any case."""
    since: datetime | None = None
    """The first moment at which they may have begun."""
    until: datetime | None = None
    """The first moment at which they may not have begun any more."""

    def include(self) -> ColumnElement[bool]:
        """Rows of these incidents."""
        row = incidents.c
        conditions: list[ColumnElement[bool]] = [true()]
        if self.search:
            conditions.append(
                or_(_contains(row.service_id, self.search), _contains(row.title, self.search))
            )
        if self.person:
            conditions.append(_contains(row.acknowledged_by, self.person))
        if self.service_id is not None:
            conditions.append(row.service_id == self.service_id)
        if self.since is not None:
            conditions.append(row.begun_at >= _since_1970(self.since))
        if self.until is not None:
            conditions.append(row.begun_at < _since_1970(self.until))
        match self.state:
            case None:
                pass
            case "running":
                conditions.append(row.ended_at.is_(None))
            case "over":
                conditions.append(row.ended_at.is_not(None))
            case "unanswered":
                conditions.append(row.ended_at.is_not(None) & row.acknowledged_at.is_(None))
            case stage:
                conditions.append(row.ended_at.is_(None) & (row.state == stage))
        return and_(*conditions)


class Place(NamedTuple):
    """A place in the list: that of the last incident on a page."""

    begun_at: int
    """Milliseconds since 1970."""
    service_id: str
    incident: int


class IncidentsPage(NamedTuple):
    """A page of the list."""

    incidents: Sequence[IncidentSummary]
    """The newest first."""
    next: Place | None
    """Behind which the next page begins; None where this is the last one."""
    is_complete: bool
    """Whether nothing is missing that an older version of Pager has decided."""


class Week(NamedTuple):
    """How many incidents began in a week."""

    monday: datetime
    incidents: int


class IncidentList:
    """The incidents of all services, for as long as their journal is kept."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def page(self, selection: Selection, at_most: int, after: Place | None = None) -> IncidentsPage:
        """The newest of them; behind the place `after`, if it is given."""
        row = incidents.c
        key = row.begun_at, row.service_id, row.incident
        query = (
            select(incidents)
            .where(selection.include())
            .order_by(*(column.desc() for column in key))
            .limit(at_most + 1)
        )
        if after is not None:
            # The first condition is one that the index on begun_at can answer.
            query = query.where(row.begun_at <= after.begun_at, tuple_(*key) < tuple_(*after))

        def read(connection: Connection) -> IncidentsPage:
            rows = connection.execute(query).all()
            last = rows[at_most - 1] if len(rows) > at_most else None
            return IncidentsPage(
                [_summary(each) for each in rows[:at_most]],
                None if last is None else Place(last.begun_at, last.service_id, last.incident),
                _is_complete(connection),
            )

        return self._database.read(read)

    def of(self, service_id: str, incident: int) -> IncidentSummary | None:
        """One incident; None where the table does not have it."""
        query = select(incidents).filter_by(service_id=service_id, incident=incident)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _summary(row)

    def of_service(
        self, service_id: str, at_most: int, before: int | None = None
    ) -> Sequence[IncidentSummary]:
        """The newest incidents of a service, of those with a smaller number than `before`."""
        query = (
            select(incidents)
            .where(
                incidents.c.service_id == service_id,
                true() if before is None else incidents.c.incident < before,
            )
            .order_by(incidents.c.incident.desc())
            .limit(at_most)
        )
        return self._database.read(
            lambda connection: [_summary(row) for row in connection.execute(query)]
        )

    def neighbours(self, service_id: str, incident: int) -> tuple[int | None, int | None]:
        """The number of the incident of the service before this one, and of the one after it.

        After a restore the numbers have gaps.
        """
        of_service, number = incidents.c.service_id == service_id, incidents.c.incident
        before = select(func.max(number)).where(of_service, number < incident)
        after = select(func.min(number)).where(of_service, number > incident)
        return self._database.read(
            lambda connection: (connection.scalar(before), connection.scalar(after))
        )

    def figures(self, selection: Selection) -> ResponseTimes:
        """The figures of all that is selected, by the rules of `pager.response_times`."""
        return self._database.read(lambda connection: _figures(connection, selection))

    def weeks(self, selection: Selection, at_most: int) -> Sequence[Week]:
        """How many of them began in each week, from the first one to the last one, in order.

        Only the last `at_most` weeks in which any began.
        """
        since_monday = incidents.c.begun_at - _since_1970(MONDAY)
        began = select((since_monday // milliseconds(WEEK)).label("week"))
        week = began.where(selection.include()).subquery().c.week
        query = (
            select(week, func.count().label("incidents"))
            .group_by(week)
            .order_by(week.desc())
            .limit(at_most)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        counts = {row.week: row.incidents for row in rows}
        if not counts:
            return []
        last = max(counts)
        first = max(min(counts), last - at_most + 1)
        return [Week(MONDAY + each * WEEK, counts.get(each, 0)) for each in range(first, last + 1)]


def _contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    return func.lower(column).contains(text.lower(), autoescape=True)


def _since_1970(at: datetime) -> int:
    return milliseconds(at - datetime.fromtimestamp(0, UTC))


def _summary(row: Row[Any]) -> IncidentSummary:  # type: ignore[explicit-any]  # what columns a row has is known where it is selected
    return IncidentSummary(
        service_id=row.service_id,
        incident=row.incident,
        begun_at=moment(row.begun_at),
        acknowledged_at=optional_moment(row.acknowledged_at),
        acknowledged_by=row.acknowledged_by,
        ended_at=optional_moment(row.ended_at),
        state=row.state,
        level=row.level,
        title=row.title,
    )


def _is_complete(connection: Connection) -> bool:
    until = connection.execute(select(installation.c.incidents_until)).scalar_one()
    has_row = exists().where(
        incidents.c.service_id == decisions.c.service_id,
        incidents.c.incident == decisions.c.incident,
    )
    missing = (
        select(decisions.c.version)
        .where(
            decisions.c.decided_at > until,
            decisions.c.decided_at < database_clock() - milliseconds(BEHIND),
            ~has_row,
        )
        .limit(1)
    )
    return connection.scalar(missing) is None


def _figures(connection: Connection, selection: Selection) -> ResponseTimes:
    acknowledged = select(_seconds_until(incidents.c.acknowledged_at), _IS_OVER)
    acknowledged = acknowledged.where(selection.include())
    to_acknowledge: Counter[int] = Counter()
    number = never_acknowledged = 0
    for seconds, is_over, count in _counted(connection, acknowledged):
        number += count
        if seconds is not None:
            to_acknowledge[seconds] += count
        elif is_over:
            never_acknowledged += count
    resolved = select(_seconds_until(incidents.c.ended_at)).where(selection.include(), _IS_OVER)
    to_resolve = dict(_counted(connection, resolved))
    return ResponseTimes(
        incidents=number,
        to_acknowledge=figure(to_acknowledge),
        to_resolve=figure(to_resolve),
        never_acknowledged=never_acknowledged,
        running=number - sum(to_resolve.values()),
    )


_IS_OVER = incidents.c.ended_at.is_not(None).label("is_over")


def _counted(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:  # type: ignore[explicit-any]  # as above
    """Each row of the query once, and how often it is there."""
    rows = query.subquery()
    yield from map(tuple, connection.execute(select(*rows.c, func.count()).group_by(*rows.c)))


def _seconds_until(end: ColumnElement[int]) -> ColumnElement[int]:
    """From the beginning until then, as the rules count it; null where that is null."""
    begin = incidents.c.begun_at
    return case((end < begin, 0), else_=(end - begin) // 1_000).label("seconds")
