"""Monitored Services: state, effects and the decision itself are saved in one transaction."""

from sqlalchemy import Connection, insert, select, update

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import EFFECTS, MESSAGES, SERVICES
from pager.adapters.store.core.schema import decisions, installation, monitored_services, outbox
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import dialect_of, insert_if_new
from pager.adapters.store.ports.policies import edit_of
from pager.decide import Decision
from pager.errors import ConcurrentUpdate
from pager.messages import Effect
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
        """Compare-and-set: one conditional UPDATE (or the first INSERT), then the effects."""
        self._transactions.write(lambda connection: self._save(connection, decision, version))

    def _save(self, connection: Connection, decision: Decision, version: int) -> None:
        after, policy = decision.after, decision.policy
        edit = None if policy is None else edit_of(connection, policy)
        if policy is not None and edit is None:
            raise ConcurrentUpdate(after.service_id, version)
        state = SERVICES.encode(after)
        columns = {"version": version + 1, "incident": after.incident, "state": state}
        change = (
            insert_if_new(connection, monitored_services).values(
                service_id=after.service_id, **columns
            )
            if version == 0
            else update(monitored_services)
            .where(monitored_services.c.service_id == after.service_id)
            .where(monitored_services.c.version == version)
            .values(columns)
        )
        if connection.scalar(change.returning(monitored_services.c.version)) is None:
            raise ConcurrentUpdate(after.service_id, version)
        connection.execute(
            insert(decisions).values(
                service_id=after.service_id,
                version=version + 1,
                incident=after.incident,
                decided_at=self._now(),
                message=MESSAGES.encode(decision.message),
                policy_edit=edit,
                rules=decision.rules,
                after=state,
                author=self._author,
            )
        )
        if decision.effects:
            new = insert(outbox).values(
                version=version + 1, due_at=self._now(), attempt=0, status="waiting", detail=""
            )
            connection.execute(new, [_row(*placed) for placed in enumerate(decision.effects)])
            channels = {effect.channel for effect in decision.effects}
            dialect_of(connection).notify(connection, channels)


def _row(position: int, effect: Effect) -> dict[str, object]:
    return {
        "position": position,
        "channel": effect.channel,
        "service_id": effect.service_id,
        "incident": effect.incident,
        "idempotency_key": effect.idempotency_key,
        "effect": EFFECTS.encode(effect),
    }
