"""Monitored Services whose loads are batched: for many relays, which ask at the same moment."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from pager.adapters.store.core.batched import Batched
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.schema import installation, monitored_services
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.services import SqlMonitoredServices
from pager.model import Healthy
from pager.ports import Stored
from pager.restoring import renumbered

_LAST_INCIDENT = select(installation.c.last_incident)
_STATES = select(
    monitored_services.c.service_id, monitored_services.c.state, monitored_services.c.version
).where(monitored_services.c.service_id.in_(bindparam("service_ids", expanding=True)))


class BatchedServices(SqlMonitoredServices):
    """MonitoredServices: one query loads the services of all threads that wait for one."""

    def __init__(self, transactions: Transactions) -> None:
        """As SqlMonitoredServices."""
        super().__init__(transactions)
        self._load = Batched(self.load_all)

    def load(self, service_id: str) -> Stored:
        """The service as it was last saved. Raises Unreadable."""
        stored = self._load(service_id)
        if isinstance(stored, Unreadable):
            raise stored
        return stored

    def load_all(self, service_ids: Sequence[str]) -> Sequence[Stored | Unreadable]:
        """Each of them as it was last saved, or why it cannot be read, in one snapshot."""
        last_incident, rows = self._transactions.read(
            lambda connection: (
                connection.execute(_LAST_INCIDENT).scalar_one(),
                connection.execute(_STATES, {"service_ids": [*set(service_ids)]}).all(),
            )
        )
        stored = {
            row.service_id: _stored(row.service_id, row.state, row.version, last_incident)
            for row in rows
        }
        return [
            stored.get(service_id)
            or Stored(renumbered(Healthy(service_id=service_id), last_incident), 0)
            for service_id in service_ids
        ]


def _stored(service_id: str, state: str, version: int, last_incident: int) -> Stored | Unreadable:
    """One that cannot be read spoils no other."""
    try:
        return Stored(renumbered(SERVICES.decode(state, service_id), last_incident), version)
    except Unreadable as error:
        return error
