"""Many services that are made to use a shared policy, in one transaction of few statements."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, func, insert, select

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import SERVICE_POLICIES
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.directory import check_is_there
from pager.adapters.store.ports.exhausted import go_on_after_policy_edits
from pager.oncall.policies import PolicyUse

Had = Literal["nothing", "own policy", "shared policy"]
"""What a service had until now."""


class NewUse(NamedTuple):
    """A service that uses a shared policy now."""

    service_id: str
    version: int
    """Of its policy now."""
    had: Had
    used: str | None
    """The shared policy that it used until now."""


class SqlPolicyUses:
    """Which services use a shared policy."""

    lock_key = policy_edits.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Uses live in `transactions`; edits are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def let_use(
        self, shared_policy: str, service_ids: Sequence[str], author: str | None = None
    ) -> list[NewUse]:
        """Let each of these services use the policy, whatever it had: in their order.

        One that uses it already is not edited. Changes nothing and raises NobodyOfThatName where
        there is no such policy.
        """

        def let_use(connection: Connection) -> list[NewUse]:
            check_is_there(connection, "policy", shared_policy)
            before = _before(connection, service_ids)
            others = [one.service_id for one in before if one.used != shared_policy]
            versions = self._edit(connection, shared_policy, others, author) if others else {}
            return [
                one._replace(version=versions.get(one.service_id, one.version)) for one in before
            ]

        return write_alone(self._transactions, policy_edits, let_use)

    def _edit(
        self,
        connection: Connection,
        shared_policy: str,
        service_ids: Sequence[str],
        author: str | None,
    ) -> Mapping[str, int]:
        """The versions of the edits."""
        new = insert(policy_edits).values(edited_at=self._now(), author=author, uses=shared_policy)
        uses = [PolicyUse(service_id=name, uses=shared_policy) for name in service_ids]
        rows = connection.execute(
            new.returning(policy_edits.c.service_id, policy_edits.c.id),
            [
                {"service_id": use.service_id, "policy": SERVICE_POLICIES.encode(use)}
                for use in uses
            ],
        ).all()
        go_on_after_policy_edits(connection, service_ids, self._now)
        return {row.service_id: row.id for row in rows}


def _before(connection: Connection, service_ids: Sequence[str]) -> list[NewUse]:
    """What each of them has had until now, and the version of that."""
    columns = policy_edits.c
    last = (
        select(func.max(columns.id))
        .where(columns.service_id.in_(service_ids))
        .group_by(columns.service_id)
    )
    is_removed = columns.policy.is_(None).label("is_removed")
    query = select(columns.service_id, columns.id, columns.uses, is_removed)
    rows = connection.execute(query.where(columns.id.in_(last)))
    known = {
        row.service_id: NewUse(
            row.service_id, row.id, _what(row.uses, is_removed=row.is_removed), row.uses
        )
        for row in rows
    }
    return [known.get(name, NewUse(name, 0, "nothing", None)) for name in service_ids]


def _what(uses: str | None, *, is_removed: bool) -> Had:
    if is_removed:
        return "nothing"
    return "own policy" if uses is None else "shared policy"
