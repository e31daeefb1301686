"""Escalation Policies: every edit is kept, and the last edit of a service is its current policy.

A policy's version is the id of that edit; 0 where there never was one. Removing a policy is an edit
too.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Subquery,
    func,
    insert,
    select,
    true,
)

from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.codecs import POLICIES, SERVICES, Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import monitored_services, policy_edits
from pager.adapters.store.core.stored_text import NOT_HEALTHY, STAGE, UNKNOWN, UNKNOWN_POLICY
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.ports.timer import give_at_once
from pager.decide import timeout_after_edit
from pager.errors import PagerError
from pager.model import FALLBACK, EscalationPolicy, Exhausted

ALL: ColumnElement[bool] = true()

EDITS_AT_ONCE = 20
"""Read at once where a policy is not the last one of its service."""


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
    """A service's policy and its version, read in one snapshot."""

    policy: EscalationPolicy | None
    version: int


class Edit(NamedTuple):
    """An edit of a service's policy: arrow 1."""

    version: int
    """The version that the edit led to."""
    at: datetime
    """By the database's clock."""
    author: str | None
    """None where the edit was made before there were accounts."""
    policy: EscalationPolicy | None
    """None where the policy was removed, and where it cannot be read."""
    unreadable: bool = False
    """Whether this version of Pager cannot read the policy."""
    note: str = ""
    """What the edit was, such as a copy of another policy; empty for an ordinary one."""


class NewPolicy(NamedTuple):
    """A policy for `SqlEscalationPolicies.put_each`."""

    policy: EscalationPolicy
    expected: int
    """The version that it replaces."""
    note: str


class ListedPolicy(NamedTuple):
    """The current policy of a service, in a list of many."""

    service_id: str
    policy: EscalationPolicy | None
    """None where this version of Pager cannot read it."""


def current_policies(  # type: ignore[explicit-any]  # its default parameter is
    service_ids: Collection[str] | Select[tuple[str]] | None = None,
) -> Subquery:
    """The current policy of each service that has one, or of these: service_id and policy.

    The last edits are found in the index `policy_edits_service`: no policy is read but those.
    """
    last = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    if service_ids is not None:
        last = last.where(policy_edits.c.service_id.in_(service_ids))
    return (
        select(policy_edits.c.service_id, policy_edits.c.policy)
        .where(policy_edits.c.id.in_(last), policy_edits.c.policy.is_not(None))
        .subquery()
    )


def edit_of(connection: Connection, policy: EscalationPolicy) -> int | None:
    """The id of the last edit to this policy; None where retention has deleted it.

    That is nearly always the last edit of the service, and stored as it is encoded now: one look
    into the index. Otherwise the edits are read a few at a time, the newest first.
    """
    text = POLICIES.encode(policy)
    last = _last(connection, policy.service_id)
    if last.policy == text:
        return last.version
    edits = (
        select(policy_edits.c.id, policy_edits.c.policy)
        .where(policy_edits.c.service_id == policy.service_id)
        .order_by(policy_edits.c.id.desc())
        .limit(EDITS_AT_ONCE)
    )
    before = last.version + 1
    while rows := connection.execute(edits.where(policy_edits.c.id < before)).all():
        for id_, stored in rows:
            # An older Pager may have encoded the same policy in another way.
            if stored is not None and (
                stored == text or _policy_or_none(stored, policy.service_id) == policy
            ):
                return int(id_)
        before = rows[-1].id
    return None


def _policy_or_none(text: str, service_id: str) -> EscalationPolicy | None:
    """The policy; None where it cannot be read."""
    try:
        return POLICIES.decode(text, service_id)
    except Unreadable:
        return None


def names_with_policy(
    connection: Connection, names: Names, at_most: int, which: ColumnElement[bool] = ALL
) -> list[str]:
    """The first `at_most` of these services that have a policy.

    `which` are the edits that are looked at. The names are read in the index
    `policy_edits_service`, in its order.
    """
    found: list[str] = []
    service_id = policy_edits.c.service_id
    while True:
        edited = select(service_id).where(names.include(service_id), which).group_by(service_id)
        some = connection.scalars(edited.order_by(service_id).limit(at_most)).all()
        # Of some the policy was removed.
        with_policy = set(connection.scalars(select(current_policies(some).c.service_id)))
        found += [name for name in some if name in with_policy]
        if len(some) < at_most or len(found) >= at_most:
            return found[:at_most]
        names = names._replace(after=some[-1])


def unreadable_policies(connection: Connection) -> set[str]:
    """The services whose current policy this version of Pager cannot read.

    Only policies whose text is not recognised (`core.stored_text`) are parsed.
    """
    later = policy_edits.alias()
    last = select(func.max(later.c.id)).where(later.c.service_id == policy_edits.c.service_id)
    rows = connection.execute(
        select(policy_edits.c.service_id, policy_edits.c.policy).where(
            UNKNOWN_POLICY, policy_edits.c.id == last.scalar_subquery()
        )
    )
    return {name for name, text in rows if _policy_or_none(text, name) is None}


class SqlEscalationPolicies:
    """EscalationPolicies, edited with `put` and `remove`: arrows 1 and 4."""

    lock_key = policy_edits.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Policies live in `transactions`; edits are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy as it was last put, or the fallback, or None. Raises Unreadable."""
        return self.versioned(service_id).policy or self.versioned(FALLBACK).policy

    def versioned(self, service_id: str) -> Versioned:
        """The service's own policy, or None, and the version to expect when it is edited.

        Raises Unreadable.
        """
        last = self._transactions.read(lambda connection: _last(connection, service_id))
        policy = None if last.policy is None else POLICIES.decode(last.policy, service_id)
        return Versioned(policy, last.version)

    def find(self, names: Names, at_most: int) -> list[ListedPolicy]:
        """The first `at_most` policies of the services with these identifiers, sorted by them."""

        def find(connection: Connection) -> list[ListedPolicy]:
            current = current_policies(names_with_policy(connection, names, at_most))
            rows = connection.execute(select(current).order_by(current.c.service_id))
            return [ListedPolicy(name, _policy_or_none(text, name)) for name, text in rows]

        return self._transactions.read(find)

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
        policy: EscalationPolicy,
        author: str | None = None,
        expected: int | None = None,
        note: str = "",
    ) -> int:
        """Replace the policy of its service, and return the new version.

        `note` says in the history what the edit was, where that is not plain from the policy.

        Raises PolicyChanged, and changes nothing, where the version is not the `expected` one.
        """
        return self._edit(
            policy.service_id, POLICIES.encode(policy), author, expected, note
        ).version

    def put_each(self, edits: Sequence["NewPolicy"], author: str | None = None) -> list[bool]:
        """Replace each of these policies that is at its expected version: which of them were.

        All in one transaction, in which nobody else edits a policy: give it some tens at a time.
        """

        def put(connection: Connection) -> list[bool]:
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
        self, service_id: str, author: str | None = None, expected: int | None = None
    ) -> bool:
        """Remove the policy of the service; False where it had none.

        Raises PolicyChanged, and changes nothing, where the version is not the `expected` one.
        """
        return self._edit(service_id, None, author, expected).is_new

    def _edit(
        self,
        service_id: str,
        policy: str | None,
        author: str | None,
        expected: int | None,
        note: str = "",
    ) -> "_Edited":
        """Add an edit, if it changes something."""

        def edit(connection: Connection) -> _Edited:
            last = _last(connection, service_id)
            if expected is not None and expected != last.version:
                raise PolicyChanged(service_id, expected, last.version)
            if policy == last.policy:
                return _Edited(last.version, is_new=False)
            new = insert(policy_edits).values(
                service_id=service_id,
                edited_at=self._now(),
                policy=policy,
                author=author,
                note=note or None,
            )
            ids = connection.scalars(new.returning(policy_edits.c.id))
            _go_on_where_exhausted(connection, service_id, self._now)
            return _Edited(ids.one(), is_new=True)

        return write_alone(self._transactions, policy_edits, edit)


class _Edited(NamedTuple):
    version: int
    is_new: bool


class _Last(NamedTuple):
    policy: str | None
    version: int


def _go_on_where_exhausted(connection: Connection, edited: str, now: Now) -> None:
    """Let the Pager receive the last timeout of an exhausted incident again.

    Of the service whose policy was edited; of each without a policy where that is the fallback.
    They are not locked: an edit waits for nobody's decision. So one that is saved in the moment in
    which another node exhausts the incident may come too late for it.
    """
    service_id = monitored_services.c.service_id
    has_edited = service_id == edited
    if edited == FALLBACK:
        has_edited = service_id.not_in(select(current_policies().c.service_id))
    exhausted = STAGE.in_([Exhausted().stage, UNKNOWN])  # the unknown ones may be
    states = select(service_id, monitored_services.c.state).where(
        has_edited, NOT_HEALTHY, exhausted
    )
    for name, state in connection.execute(states.order_by(service_id)).all():
        # A service that cannot be read must not stop the edit of a policy.
        with suppress(Unreadable):
            if (timeout := timeout_after_edit(SERVICES.decode(state, name))) is not None:
                give_at_once(connection, timeout, now)


def _last(connection: Connection, service_id: str) -> _Last:
    query = (
        select(policy_edits.c.policy, policy_edits.c.id)
        .where(policy_edits.c.service_id == service_id)
        .order_by(policy_edits.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _Last(None, 0) if row is None else _Last(row.policy, row.id)


def _edit(row: RowMapping) -> Edit:
    text, service_id = row["policy"], row["service_id"]
    policy = None if text is None else _policy_or_none(text, service_id)
    return Edit(
        version=row["id"],
        at=moment(row["edited_at"]),
        author=row["author"],
        policy=policy,
        unreadable=text is not None and policy is None,
        note=row["note"] or "",
    )
