"""The order of *Now*: `triage.place`, as the database reads it.

The stages are read one after the other, as far as the page needs them. Within a stage, the database
has the services in order in an index; only those whose state had to be parsed are merged here.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, literal, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import monitored_services, timers
from pager.adapters.store.core.stored_text import NOT_HEALTHY, STAGE
from pager.adapters.store.views.escalating_services import EscalatingServices
from pager.adapters.store.views.incidents import latest_periods
from pager.adapters.store.views.states import in_parts
from pager.adapters.store.views.status import DueTimes, due_times
from pager.adapters.store.views.unhealthy_services import UnhealthyServices
from pager.model import Unhealthy
from pager.triage import STAGES, Stage, place, stage_of

_table = monitored_services.c


def names_in_order(
    connection: Connection,
    services: UnhealthyServices,
    escalating: EscalatingServices,
    search: str,
    places: range,
) -> Sequence[str]:
    """The names of `services` at these places of the order, counted from 0.

    `services` are those with `search` in their name.
    """
    names: list[str] = []
    numbers = services.by_stage()
    before = 0
    """How many services there are at the stages before."""
    for stage in STAGES:
        first, end = max(0, places.start - before), places.stop - before
        if first < min(numbers[stage], end):
            counted = services.counted[stage]
            stored = (
                escalating.first(connection, search, counted, end)
                if stage == "escalating"
                else _by_begin(connection, stage, search, end)
            )
            parsed = [one for one in services.parsed_unhealthy() if stage_of(one) == stage]
            names += _merged(connection, stage, stored, parsed)[first:end]
        before += numbers[stage]
    return names


def _merged(
    connection: Connection,
    stage: Stage,
    stored: Sequence[tuple[int, str]],
    parsed: Sequence[Unhealthy],
) -> list[str]:
    """The names in the order of `triage.place`: `stored`, which are in it, and `parsed`."""
    if not parsed:
        return [name for _, name in stored]
    names = [service.service_id for service in parsed]
    periods = latest_periods(connection, names)
    due: DueTimes = {}
    for some in in_parts(names):
        due |= due_times(connection, timers.c.service_id.in_(some))
    rows = []
    for time, name in stored:
        at = moment(time) if time else None
        rows.append((place(stage, at, at), name))
    for service in parsed:
        name = service.service_id
        begun_at = periods[name].begun_at if name in periods else None
        due_at = due.get((name, service.incident, service.level, False))
        rows.append((place(stage, begun_at, due_at), name))
    return [name for _, name in sorted(rows)]


def _by_begin(
    connection: Connection, stage: Stage, search: str, at_most: int
) -> Sequence[tuple[int, str]]:
    """The first `at_most` at that stage that need not be parsed, and when their incident began."""
    query = (
        select(_table.begun_at, _table.service_id)
        .where(NOT_HEALTHY, literal(stage) == STAGE, Names(search).include(_table.service_id))
        .order_by(_table.begun_at, _table.service_id)
        .limit(at_most)
    )
    return [(begun_at, name) for begun_at, name in connection.execute(query)]
