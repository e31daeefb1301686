"""The states of some Monitored Services, decoded: those on a page, and no others."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.schema import monitored_services
from pager.model import Healthy, MonitoredService

MOST_NAMES = 500
"""Identifiers of services in one query."""


def in_parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """The names, as many at a time as one query takes."""
    return (names[first : first + MOST_NAMES] for first in range(0, len(names), MOST_NAMES))


class Services(NamedTuple):
    """Monitored Services as they are stored, by identifier."""

    readable: dict[str, MonitoredService]
    unreadable: dict[str, Unreadable]
    """Those whose state this version of Pager cannot read."""


def states_of(connection: Connection, names: Sequence[str]) -> Services:
    """These services; one that never had an incident is Healthy."""
    services = stored_states(connection, names)
    for name in names:
        if name not in services.unreadable:
            services.readable.setdefault(name, Healthy(service_id=name))
    return services


def stored_states(connection: Connection, names: Sequence[str]) -> Services:
    """Those of these services that ever had an incident."""
    table = monitored_services.c
    services = Services({}, {})
    for some in in_parts(names):
        query = select(table.service_id, table.state).where(table.service_id.in_(some))
        decoded = decoded_states((row.service_id, row.state) for row in connection.execute(query))
        services.readable.update(decoded.readable)
        services.unreadable.update(decoded.unreadable)
    return services


def decoded_states(rows: Iterable[tuple[str, str]]) -> Services:
    """The services in rows of an identifier and a state."""
    services = Services({}, {})
    for name, state in rows:
        try:
            services.readable[name] = SERVICES.decode_known(state, name)
        except Unreadable as error:
            services.unreadable[name] = error
    return services
