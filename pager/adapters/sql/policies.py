"""Escalation Policies: every edit is kept, and the last one of a service counts."""

from sqlalchemy import Connection, Subquery, func, insert, select

from pager.adapters.sql.clock import Now, database_clock
from pager.adapters.sql.database import Transactions
from pager.adapters.sql.schema import policy_edits
from pager.model import EscalationPolicy


def current_policies() -> Subquery:  # type: ignore[explicit-any]  # its default parameter is
    """The policies that count now: service_id and policy."""
    last = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    return (
        select(policy_edits.c.service_id, policy_edits.c.policy)
        .where(policy_edits.c.id.in_(last), policy_edits.c.policy.is_not(None))
        .subquery()
    )


def edit_of(connection: Connection, policy: EscalationPolicy) -> int | None:
    """The last edit that gave the service this policy; None where it has been forgotten."""
    text = policy.model_dump_json()
    edits = (
        select(policy_edits.c.id, policy_edits.c.policy)
        .where(policy_edits.c.service_id == policy.service_id, policy_edits.c.policy.is_not(None))
        .order_by(policy_edits.c.id.desc())
    )
    for id_, stored in connection.execute(edits):
        # An older Pager may have written the same policy down in other words.
        if stored == text or EscalationPolicy.model_validate_json(stored) == policy:
            found: int = id_
            return found
    return None


class SqlEscalationPolicies:
    """EscalationPolicies, edited with `put` and `remove`: arrows 1 and 4."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Policies live in `transactions`; edits are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy as it was last put, or None."""
        text = self._transactions.read(lambda connection: _last(connection, service_id))
        return None if text is None else EscalationPolicy.model_validate_json(text)

    def all(self) -> list[EscalationPolicy]:
        """Every policy, by its service's identifier."""
        current = current_policies()
        wanted = select(current.c.policy).order_by(current.c.service_id)
        texts = self._transactions.read(lambda connection: connection.scalars(wanted).all())
        return [EscalationPolicy.model_validate_json(text) for text in texts]

    def put(self, policy: EscalationPolicy) -> None:
        """Give the policy's service this policy, instead of the one that it had."""
        self._edit(policy.service_id, policy.model_dump_json())

    def remove(self, service_id: str) -> bool:
        """Leave the service without a policy; False where it had none."""
        return self._edit(service_id, None)

    def _edit(self, service_id: str, policy: str | None) -> bool:
        """Add an edit where it changes something."""

        def edit(connection: Connection) -> bool:
            if _last(connection, service_id) == policy:
                return False
            values = {"service_id": service_id, "edited_at": self._now(), "policy": policy}
            connection.execute(insert(policy_edits).values(values))
            return True

        return self._transactions.write(edit)


def _last(connection: Connection, service_id: str) -> str | None:
    wanted = (
        select(policy_edits.c.policy)
        .where(policy_edits.c.service_id == service_id)
        .order_by(policy_edits.c.id.desc())
        .limit(1)
    )
    text: str | None = connection.scalar(wanted)
    return text
