"""The maintenance windows as the API and the console show them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.filters import Names, less_if_given
from pager.adapters.store.core.schema import maintenance_windows
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.maintenance import MaintenanceWindow, is_on, window_in

WindowState = Literal["running", "planned", "over", "cancelled"]
"""Where a window is in time; "cancelled": it was ended before it began."""

Phase = Literal["running", "planned", "past"]
"""What can be asked for; "past": over or cancelled."""

PHASES: tuple[Phase, ...] = get_args(Phase)

_table = maintenance_windows.c


class WindowStatus(BaseModel):
    """A maintenance window, as it is now."""

    model_config = ConfigDict(frozen=True)

    id: int
    service_id: str
    state: WindowState
    starts_at: datetime
    ends_at: datetime
    """The first moment that no longer belongs to it."""
    reason: str
    author: str | None
    """Who made it; None where no key was needed."""
    created_at: datetime
    ended_by: str | None
    """Who ended it early, or cancelled it; None where nobody did."""


class WindowCounts(NamedTuple):
    """How many windows there are of each phase."""

    running: int
    planned: int
    past: int


class MaintenanceList:
    """The windows of all services, for as long as they are kept."""

    def __init__(self, database: Readable, now: Now = database_clock) -> None:
        """Read from `database`, by the time of `now`."""
        self._database = database
        self._now = now

    def newest(
        self,
        names: Names,
        at_most: int,
        before: int | None = None,
        phase: Phase | None = None,
    ) -> Sequence[WindowStatus]:
        """The windows of these services that were made last, of those made `before` that one."""
        query = (
            select(maintenance_windows, self._now().label("now"))
            .where(
                names.include(_table.service_id),
                less_if_given(_table.id, before),
                true() if phase is None else _of_phase(phase, self._now()),
            )
            .order_by(_table.id.desc())
            .limit(at_most)
        )
        return self._database.read(
            lambda connection: [
                _status(window_in(row), moment(row.now)) for row in connection.execute(query)
            ]
        )

    def of_phase(
        self, phase: Phase, names: Names, at_most: int, skip: int = 0
    ) -> Sequence[WindowStatus]:
        """The windows of that phase: the running ones by their end, the planned ones by their
        start, the past ones from the newest end on."""
        order = {
            "running": _table.ends_at,
            "planned": _table.starts_at,
            "past": _table.ends_at.desc(),
        }[phase]
        query = (
            select(maintenance_windows, self._now().label("now"))
            .where(names.include(_table.service_id), _of_phase(phase, self._now()))
            .order_by(order, _table.id)
            .limit(at_most)
            .offset(skip)
        )
        return self._database.read(
            lambda connection: [
                _status(window_in(row), moment(row.now)) for row in connection.execute(query)
            ]
        )

    def counts(self, names: Names) -> WindowCounts:
        """How many windows of these services there are."""
        numbers = (
            select(func.count())
            .select_from(maintenance_windows)
            .where(names.include(_table.service_id), _of_phase(phase, self._now()))
            .scalar_subquery()
            for phase in PHASES
        )
        return self._database.read(
            lambda connection: WindowCounts(*connection.execute(select(*numbers)).one())
        )

    def of(self, number: int) -> WindowStatus | None:
        """The window with that number; None where there is none (any more)."""
        query = select(maintenance_windows, self._now().label("now")).where(_table.id == number)

        def read(connection: Connection) -> WindowStatus | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else _status(window_in(row), moment(row.now))

        return self._database.read(read)


def maintenance_ends(
    connection: Connection, service_ids: Collection[str], now: Now = database_clock
) -> dict[str, datetime]:
    """When the maintenance of these services is over, of those that are in one."""
    query = (
        select(_table.service_id, func.max(_table.ends_at))
        .where(_table.service_id.in_(service_ids), is_on(now()))
        .group_by(_table.service_id)
    )
    return {name: moment(ends_at) for name, ends_at in connection.execute(query)}


def _of_phase(phase: Phase, now: ColumnElement[int]) -> ColumnElement[bool]:
    match phase:
        case "running":
            return is_on(now)
        case "planned":
            return and_(_table.starts_at > now, _table.ends_at > now)
        case _:
            return _table.ends_at <= now


def _status(window: MaintenanceWindow, now: datetime) -> WindowStatus:
    state: WindowState = "planned"
    if window.was_cancelled:
        state = "cancelled"
    elif window.period.is_over(now):
        state = "over"
    elif window.period.is_on(now):
        state = "running"
    return WindowStatus(
        id=window.id,
        service_id=window.service_id,
        state=state,
        starts_at=window.period.starts_at,
        ends_at=window.period.ends_at,
        reason=window.reason,
        author=window.author,
        created_at=window.created_at,
        ended_by=window.ended_by,
    )
