"""Many Monitored Services, loaded with one query."""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from pager.adapters.store.core.codecs import SERVICES
from pager.adapters.store.core.schema import installation, monitored_services
from pager.model import Healthy
from pager.ports import Stored
from pager.restoring import renumbered

_LAST_INCIDENT = select(installation.c.last_incident)
_STATES = select(
    monitored_services.c.service_id, monitored_services.c.state, monitored_services.c.version
).where(monitored_services.c.service_id.in_(bindparam("service_ids", expanding=True)))


class LoadedServices:
    """Some services as they were last saved, in one snapshot."""

    def __init__(self, connection: Connection, service_ids: Collection[str]) -> None:
        """Load them."""
        self._last_incident = connection.execute(_LAST_INCIDENT).scalar_one()
        rows = connection.execute(_STATES, {"service_ids": [*set(service_ids)]})
        self._stored = {row.service_id: row for row in rows}

    def load(self, service_id: str) -> Stored:
        """One of them, as MonitoredServices does. Raises Unreadable."""
        row = self._stored.get(service_id)
        service = (
            Healthy(service_id=service_id)
            if row is None
            else SERVICES.decode(row.state, service_id)
        )
        return Stored(renumbered(service, self._last_incident), row.version if row else 0)
