"""Escalation Policies: read at each step, and edited. `policy_edits` says how they are stored.

What a service has is a policy of its own, or the use of a shared one: then the port gives what that
one is just now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, insert, select

from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.codecs import SERVICE_POLICIES
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.ports.directory import KnownDirectory, check_is_there
from pager.adapters.store.ports.exhausted import go_on_after_policy_edits
from pager.adapters.store.ports.policy_edits import (
    count_services_using,
    current_policies,
    last_edit,
    names_with_policy,
    policy_or_none,
    services_using,
)
from pager.adapters.store.ports.shared_policies import SharedPolicies
from pager.errors import PagerError
from pager.model import EscalationPolicy
from pager.oncall.policies import PolicyUse, ServicePolicy
from pager.oncall.policy_at import PolicyNow


class PolicyChanged(PagerError):
    """The Escalation Policy of {service_id!r} is at version {version}, and this edit was made of \
version {expected}: nothing was changed. Read it as it is now, and edit that."""

    def __init__(self, service_id: str, expected: int, version: int) -> None:
        """`expected` is the version that the refused edit began with, `version` the one now."""
        super().__init__(service_id=service_id, expected=expected, version=version)
        self.service_id = service_id
        self.expected = expected
        self.version = version


class Versioned(NamedTuple):
    """A service's own policy and its version, read in one snapshot."""

    policy: ServicePolicy | None
    version: int


class Edit(NamedTuple):
    """An edit of a service's policy: arrow 1."""

    version: int
    """The version that the edit led to."""
    at: datetime
    """By the database's clock."""
    author: str | None
    """None where the edit was made before there were accounts."""
    policy: ServicePolicy | None
    """None where the policy was removed, and where it cannot be read."""
    unreadable: bool = False
    """Whether this version of Pager cannot read the policy."""
    note: str = ""
    """What the edit was, such as a copy of another policy; empty for an ordinary one."""


class NewPolicy(NamedTuple):
    """A policy for `SqlEscalationPolicies.put_each`."""

    policy: ServicePolicy
    expected: int
    """The version that it replaces."""
    note: str


class ListedPolicy(NamedTuple):
    """The current policy of a service, in a list of many."""

    service_id: str
    policy: ServicePolicy | None
    """None where this version of Pager cannot read it."""


def if_own(policy: ServicePolicy | None) -> EscalationPolicy | None:
    """The policy where it is the service's own; None where the service uses a shared one."""
    return policy if isinstance(policy, EscalationPolicy) else None


class SqlEscalationPolicies:
    """EscalationPolicies, edited with `put` and `remove`: arrows 1 and 4."""

    lock_key = policy_edits.name

    def __init__(
        self,
        transactions: Transactions,
        now: Now = database_clock,
        known: KnownDirectory | None = None,
    ) -> None:
        """Policies live in `transactions`; edits are dated by `now`.

        `known` is the directory as others have read it before.
        """
        self._transactions = transactions
        self._now = now
        self._directory = known or KnownDirectory()

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy as it is now, or the fallback, or None. Raises Unreadable."""
        return self.now(service_id).policy

    def gaps(self, service_id: str) -> Sequence[str]:
        """Whom the policy names and does not reach just now. Raises Unreadable."""
        return self.now(service_id).gaps

    def now(self, service_id: str) -> PolicyNow:
        """Both, at one moment. Raises Unreadable."""

        def read(connection: Connection) -> PolicyNow:
            shared = SharedPolicies(connection, self._now, self._directory)

            def own(name: str) -> ServicePolicy | None:
                text = last_edit(connection, name).policy
                return None if text is None else SERVICE_POLICIES.decode(text, name)

            return shared.policy_now(service_id, own)

        return self._transactions.read(read)

    def versioned(self, service_id: str) -> Versioned:
        """The service's own policy, or None, and the version to expect when it is edited.

        Raises Unreadable.
        """
        last = self._transactions.read(lambda connection: last_edit(connection, service_id))
        policy = None if last.policy is None else SERVICE_POLICIES.decode(last.policy, service_id)
        return Versioned(policy, last.version)

    def find(self, names: Names, at_most: int) -> list[ListedPolicy]:
        """The first `at_most` policies of the services with these identifiers, sorted by them."""

        def find(connection: Connection) -> list[ListedPolicy]:
            current = current_policies(names_with_policy(connection, names, at_most))
            columns = (current.c.service_id, current.c.policy)
            rows = connection.execute(select(*columns).order_by(current.c.service_id))
            return [ListedPolicy(name, policy_or_none(text, name)) for name, text in rows]

        return self._transactions.read(find)

    def services_using(self, shared_policy: str, names: Names, at_most: int) -> Sequence[str]:
        """The first `at_most` of these services that use the shared policy, sorted.

        The fallback is among them where it uses it.
        """
        return self._transactions.read(
            lambda connection: services_using(connection, shared_policy, names, at_most)
        )

    def count_services_using(self, shared_policy: str) -> int:
        """How many services use the shared policy; the fallback counts as one."""
        return self._transactions.read(
            lambda connection: count_services_using(connection, shared_policy)
        )

    def history(self, service_id: str, at_most: int, before: int | None = None) -> Sequence[Edit]:
        """The last `at_most` edits, the newest first; only those `before` that version.

        Edits that are older than the retention may have been deleted.
        """
        query = (
            select(policy_edits)
            .where(policy_edits.c.service_id == service_id)
            .order_by(policy_edits.c.id.desc())
            .limit(at_most)
        )
        if before is not None:
            query = query.where(policy_edits.c.id < before)

        def find(connection: Connection) -> list[Edit]:
            return [_edit(row) for row in connection.execute(query).mappings()]

        return self._transactions.read(find)

    def edit(self, service_id: str, version: int) -> Edit | None:
        """The edit that led to `version`; None where the service has no such edit."""
        found = self.history(service_id, 1, before=version + 1)
        return found[0] if found and found[0].version == version else None

    def put(
        self,
        policy: ServicePolicy,
        author: str | None = None,
        expected: int | None = None,
        note: str = "",
    ) -> int:
        """Replace the policy of its service, and return the new version.

        `note` says in the history what the edit was, where that is not plain from the policy.

        Raises PolicyChanged, and changes nothing, where the version is not the `expected` one, and
        NobodyOfThatName where there is no such shared policy.
        """
        return self._edit(policy.service_id, policy, author, expected, note).version

    def put_each(self, edits: Sequence["NewPolicy"], author: str | None = None) -> list[bool]:
        """Replace each of these policies that is at its expected version: which of them were.

        All in one transaction, in which nobody else edits a policy: give it some tens at a time.

        Raises NobodyOfThatName, and changes nothing, where there is no such shared policy.
        """

        def put(connection: Connection) -> list[bool]:
            for edit in edits:
                _check_use(connection, edit.policy)
            alone = SqlEscalationPolicies(InTransaction(connection), self._now)
            return [alone._put_if_unchanged(edit, author) for edit in edits]

        return write_alone(self._transactions, policy_edits, put)

    def _put_if_unchanged(self, edit: "NewPolicy", author: str | None) -> bool:
        try:
            self.put(edit.policy, author, edit.expected, edit.note)
        except PolicyChanged:
            return False
        return True

    def remove(
        self,
        service_id: str,
        author: str | None = None,
        expected: int | None = None,
        note: str = "",
    ) -> bool:
        """Remove the policy of the service; False where it had none. For `note` see `put`.

        Raises PolicyChanged, and changes nothing, where the version is not the `expected` one.
        """
        return self._edit(service_id, None, author, expected, note).is_new

    def _edit(
        self,
        service_id: str,
        policy: ServicePolicy | None,
        author: str | None,
        expected: int | None,
        note: str = "",
    ) -> "_Edited":
        """Add an edit, if it changes something."""
        text = None if policy is None else SERVICE_POLICIES.encode(policy)

        def edit(connection: Connection) -> _Edited:
            last = last_edit(connection, service_id)
            if expected is not None and expected != last.version:
                raise PolicyChanged(service_id, expected, last.version)
            if text == last.policy:
                return _Edited(last.version, is_new=False)
            _check_use(connection, policy)
            new = insert(policy_edits).values(
                service_id=service_id,
                edited_at=self._now(),
                policy=text,
                author=author,
                note=note or None,
                uses=policy.uses if isinstance(policy, PolicyUse) else None,
            )
            ids = connection.scalars(new.returning(policy_edits.c.id))
            go_on_after_policy_edits(connection, [service_id], self._now)
            return _Edited(ids.one(), is_new=True)

        return write_alone(self._transactions, policy_edits, edit)


class _Edited(NamedTuple):
    version: int
    is_new: bool


def _check_use(connection: Connection, policy: ServicePolicy | None) -> None:
    """Raise NobodyOfThatName where the policy uses a shared one that is not there."""
    if isinstance(policy, PolicyUse):
        check_is_there(connection, "policy", policy.uses)


def _edit(row: RowMapping) -> Edit:
    text, service_id = row["policy"], row["service_id"]
    policy = None if text is None else policy_or_none(text, service_id)
    return Edit(
        version=row["id"],
        at=moment(row["edited_at"]),
        author=row["author"],
        policy=policy,
        unreadable=text is not None and policy is None,
        note=row["note"] or "",
    )
