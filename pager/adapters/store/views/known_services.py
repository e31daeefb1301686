"""The names of all services: those that have a policy, and those that ever had an incident.

Names are read in the order of the database, a page at a time, and no policy and no state is parsed.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, false, func, not_, or_, select

from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import monitored_services, policy_edits
from pager.adapters.store.core.stored_text import HEALTHY
from pager.adapters.store.ports.policy_edits import ALL, current_policies, names_with_policy
from pager.adapters.store.views.states import Services
from pager.model import Healthy

_name = monitored_services.c.service_id
# NOT IN would be quadratic on PostgreSQL where it does not know yet how large the tables are.
_NEVER_UNHEALTHY = not_(exists().where(_name == policy_edits.c.service_id))
"""Edits of policies of services that never had an incident."""


def first_names(connection: Connection, wanted: Names, at_most: int) -> Sequence[str]:
    """The first `at_most` names of those that are wanted."""
    return _first(connection, wanted, at_most, ALL, ALL)


class Number(NamedTuple):
    """How many services there are."""

    with_state: int
    """Those that ever had an incident."""
    only_with_policy: int

    @property
    def in_all(self) -> int:
        """All of them."""
        return self.with_state + self.only_with_policy


def healthy_names(
    connection: Connection, wanted: Names, parsed: Services, number: Number, at_once: int
) -> Iterator[str]:
    """The names of those that are Healthy. They are read as they are needed, `at_once` at a time.

    `parsed` are the services whose state had to be parsed; `number` is that of all services.
    """
    # Where there are none, the database would look through all names for the first one.
    edits = _NEVER_UNHEALTHY if number.only_with_policy else false()
    names = [name for name, each in parsed.readable.items() if isinstance(each, Healthy)]
    is_healthy = or_(HEALTHY, _name.in_(names)) if names else HEALTHY
    while found := _first(connection, wanted, at_once, is_healthy, edits):
        yield from found
        wanted = wanted._replace(after=found[-1])


def _first(
    connection: Connection,
    wanted: Names,
    at_most: int,
    rows: ColumnElement[bool],
    edits: ColumnElement[bool],
) -> Sequence[str]:
    """The names in these rows of services, and of these edits of policies."""
    query = select(_name).where(wanted.include(_name), rows).order_by(_name).limit(at_most)
    with_state = query.subquery()
    with_policy = current_policies(names_with_policy(connection, wanted, at_most, edits))
    # The database merges them: it may sort in another way than Python does.
    both = select(with_state.c.service_id).union(select(with_policy.c.service_id)).subquery()
    merged = select(both.c.service_id).order_by(both.c.service_id).limit(at_most)
    return connection.scalars(merged).all()


class _Counted(NamedTuple):
    """How many services have a policy only, and what that depends on."""

    last_edit: tuple[int, int] | None
    number: Number


class NumberOfServices:
    """Counts the services. Those with a policy only are counted again where there may be others."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._last: _Counted | None = None

    def count(self, connection: Connection, search: str = "") -> Number:
        """How many services there are with `search` in their name."""
        wanted = Names(search)
        query = select(func.count()).select_from(monitored_services).where(wanted.include(_name))
        with_state: int = connection.execute(query).scalar_one()
        if search:
            return Number(with_state, _only_with_policy(connection, wanted))
        edit = policy_edits.alias().c
        newest = select(func.max(edit.id)).scalar_subquery()
        query = select(policy_edits.c.id, policy_edits.c.edited_at)
        row = connection.execute(query.where(policy_edits.c.id == newest)).one_or_none()
        last_edit = None if row is None else (int(row.id), int(row.edited_at))
        last = self._last
        # No row of a service is ever deleted, and a policy is removed by an edit.
        if last is None or (last.last_edit, last.number.with_state) != (last_edit, with_state):
            number = Number(with_state, _only_with_policy(connection, wanted))
            self._last = last = _Counted(last_edit, number)
        return last.number


def _only_with_policy(connection: Connection, wanted: Names) -> int:
    name = policy_edits.c.service_id
    last = select(func.max(policy_edits.c.id)).where(wanted.include(name), _NEVER_UNHEALTHY)
    query = select(func.count()).where(
        policy_edits.c.id.in_(last.group_by(name)), policy_edits.c.policy.is_not(None)
    )
    number: int = connection.execute(query).scalar_one()
    return number
