"""The Unhealthy services: how many there are, and which stand first on *Now*.

They are counted and sorted in an index over the text of their states (`core.stored_text`). A state
is parsed only where its text does not show the stage: a node of another version has written it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, literal, select, union_all

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import monitored_services
from pager.adapters.store.core.stored_text import NOT_HEALTHY, STAGE, UNKNOWN
from pager.adapters.store.views.incidents import latest_periods
from pager.adapters.store.views.states import Services, decoded_states
from pager.model import Unhealthy
from pager.triage import STAGES, Stage, place

_table = monitored_services.c


class UnhealthyServices(NamedTuple):
    """How many services are Unhealthy, and those whose state had to be parsed."""

    counted: dict[Stage, int]
    """How many there are at each stage of the escalation, without those that were parsed."""
    parsed: Services
    """Services whose state had to be parsed; some may be Healthy."""

    def parsed_unhealthy(self) -> Iterator[Unhealthy]:
        """Those that were parsed, and are Unhealthy."""
        return (each for each in self.parsed.readable.values() if isinstance(each, Unhealthy))

    def by_stage(self) -> dict[Stage, int]:
        """How many there are in all."""
        stages = [service.escalation.stage for service in self.parsed_unhealthy()]
        return {stage: number + stages.count(stage) for stage, number in self.counted.items()}


def unhealthy_services(connection: Connection, search: str = "") -> UnhealthyServices:
    """Those with `search` in their name."""
    matching = NOT_HEALTHY, Names(search).include(_table.service_id)
    # By one value of the index each, which costs less than GROUP BY.
    numbers = (
        select(func.count())
        .select_from(monitored_services)
        .where(*matching, literal(stage) == STAGE)
        .scalar_subquery()
        for stage in STAGES
    )
    counted = dict(zip(STAGES, connection.execute(select(*numbers)).one(), strict=True))
    others = select(_table.service_id, _table.state).where(*matching, STAGE == UNKNOWN)
    rows = ((row.service_id, row.state) for row in connection.execute(others))
    return UnhealthyServices(counted, decoded_states(rows))


def names_not_healthy(connection: Connection, wanted: Names, at_most: int) -> Sequence[str]:
    """The first `at_most` names of Unhealthy services, and of those that must be parsed."""
    name = _table.service_id
    stages = STAGE.in_([*STAGES, UNKNOWN])
    query = select(name).where(NOT_HEALTHY, stages, wanted.include(name))
    return connection.scalars(query.order_by(name).limit(at_most)).all()


def names_in_order(
    connection: Connection, services: UnhealthyServices, search: str, skip: int, at_most: int
) -> Sequence[str]:
    """The names of `services` in the order of *Now*, without the first `skip`.

    `services` are those with `search` in their name.
    """
    parsed = list(services.parsed_unhealthy())
    if not parsed:
        query = _in_order(search, skip + at_most).offset(skip)
        return [row.service_id for row in connection.execute(query)]
    periods = latest_periods(connection, [service.service_id for service in parsed])
    rows = [
        (
            place(row.stage, moment(row.begun_at) if row.begun_at else None),
            str(row.service_id),
        )
        for row in connection.execute(_in_order(search, skip + at_most))
    ]
    for service in parsed:
        period = periods.get(service.service_id)
        begun_at = period.begun_at if period else None
        rows.append((place(service.escalation.stage, begun_at), service.service_id))
    return [name for _, name in sorted(rows)[skip : skip + at_most]]


def _in_order(search: str, at_most: int) -> Select[tuple[str, int, str]]:
    """The first of those that need not be parsed, in the order of `triage.place`."""
    first = union_all(*(_first_on(stage, search, at_most) for stage in STAGES)).subquery().c
    return (
        select(first.stage, first.begun_at, first.service_id)
        .order_by(first.stage == literal("acknowledged"), first.begun_at, first.service_id)
        .limit(at_most)
    )


def _first_on(stage: Stage, search: str, at_most: int) -> Select[tuple[str, int, str]]:
    first = (
        select(literal(stage).label("stage"), _table.begun_at, _table.service_id)
        .where(NOT_HEALTHY, literal(stage) == STAGE, Names(search).include(_table.service_id))
        .order_by(_table.begun_at, _table.service_id)
        .limit(at_most)
        .subquery()
        .c
    )
    return select(first.stage, first.begun_at, first.service_id)
