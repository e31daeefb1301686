"""The Unhealthy services: how many there are, and their names.

They are counted in an index over the text of their states (`core.stored_text`). A state
is parsed only where its text does not show the stage: a node of another version has written it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, literal, select

from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import monitored_services
from pager.adapters.store.core.stored_text import NOT_HEALTHY, STAGE, UNKNOWN
from pager.adapters.store.views.states import Services, decoded_states
from pager.model import Unhealthy
from pager.triage import STAGES, Stage, stage_of

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
        stages = [stage_of(service) for service in self.parsed_unhealthy()]
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
