"""Monitored Services: state, effects and the decision itself are saved in one transaction."""

from sqlalchemy import Connection, select

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import SERVICES
from pager.adapters.store.core.schema import installation, monitored_services
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import dialect_of
from pager.adapters.store.ports.decisions import Save, write_decisions
from pager.adapters.store.ports.policy_edits import source_of
from pager.decide import Decision
from pager.errors import ConcurrentUpdate
from pager.model import Healthy
from pager.ports import Stored
from pager.restoring import renumbered


class SqlMonitoredServices:
    """MonitoredServices, whose saves put their effects into the outbox table."""

    def __init__(
        self, transactions: Transactions, now: Now = database_clock, author: str | None = None
    ) -> None:
        """Decisions are dated by `now`, and their effects due from then on.

        `author` sent what is decided on; None for Pager's own timers.
        """
        self._transactions = transactions
        self._now = now
        self._author = author

    def load(self, service_id: str) -> Stored:
        """Load state and version, which are one row and so one snapshot. Raises Unreadable."""
        this = monitored_services.c.service_id == service_id
        query = select(
            installation.c.last_incident, monitored_services.c.state, monitored_services.c.version
        ).select_from(installation.outerjoin(monitored_services, this))
        row = self._transactions.read(lambda connection: connection.execute(query).one())
        service = (
            Healthy(service_id=service_id)
            if row.state is None
            else SERVICES.decode(row.state, service_id)
        )
        return Stored(renumbered(service, row.last_incident), row.version or 0)

    def save(self, decision: Decision, version: int) -> None:
        """Compare-and-set: the first INSERT or a conditional UPDATE, then journal and effects."""
        self._transactions.write(lambda connection: self._save(connection, decision, version))

    def _save(self, connection: Connection, decision: Decision, version: int) -> None:
        policy = decision.policy
        source = None if policy is None else source_of(connection, policy)
        after = SERVICES.encode(decision.after)
        save = Save(decision, version + 1, source, self._author, after)
        if policy is not None and source is None:
            raise ConcurrentUpdate(save.service_id, version)
        this = monitored_services.c.service_id == save.service_id
        if version and connection.scalar(select(monitored_services.c.version).where(this)) is None:
            raise ConcurrentUpdate(save.service_id, version)
        if write_decisions(connection, [save], self._now):
            raise ConcurrentUpdate(save.service_id, version)
        dialect_of(connection).notify(connection, {effect.channel for effect in decision.effects})
