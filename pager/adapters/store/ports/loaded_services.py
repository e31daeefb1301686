"""Many Monitored Services, loaded with one query."""

from collections.abc import Collection

from sqlalchemy import Connection, select
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.codecs import SERVICES
from pager.adapters.store.core.schema import installation, monitored_services
from pager.adapters.store.core.statements import Parts, Statement
from pager.model import Healthy
from pager.ports import Stored
from pager.restoring import renumbered


class LoadedServices:
    """Some services as they were last saved, in one snapshot."""

    def __init__(self, connection: Connection, service_ids: Collection[str]) -> None:
        """Load them; nothing is read where there are none."""
        self._loaded: dict[str, Stored] = {}
        if not service_ids:
            return
        [(self._last_incident,)] = _LAST_INCIDENT.run(connection)
        rows = _STORED.run(connection, [(service_id,) for service_id in set(service_ids)])
        self._stored = {service_id: (version, state) for service_id, version, state in rows}

    def load(self, service_id: str) -> Stored:
        """One of them, as MonitoredServices does. Raises Unreadable."""
        if (known := self._loaded.get(service_id)) is not None:
            return known
        version, state = self._stored.get(service_id, (0, None))
        service = (
            Healthy(service_id=service_id) if state is None else SERVICES.decode(state, service_id)
        )
        loaded = Stored(renumbered(service, self._last_incident), version)
        self._loaded[service_id] = loaded
        return loaded


def _stored(parts: Parts) -> ClauseElement:
    given = parts.rows(monitored_services.c.service_id)
    columns = monitored_services.c
    return select(columns.service_id, columns.version, columns.state).where(
        columns.service_id.in_(select(given.c.service_id))
    )


_LAST_INCIDENT: Statement[tuple[int]] = Statement(lambda _: select(installation.c.last_incident))
_STORED: Statement[tuple[str, int, str]] = Statement(_stored)
