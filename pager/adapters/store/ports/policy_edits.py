"""The edits of Escalation Policies: every one is kept, and the last one of a service counts.

The version of a policy is the id of that edit; 0 where there never was one. Removing a policy is an
edit too.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    func,
    select,
    true,
)

from pager.adapters.store.core.codecs import SERVICE_POLICIES, Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.stored_text import UNKNOWN_POLICY
from pager.model import EscalationPolicy
from pager.oncall.policies import ServicePolicy

T = TypeVar("T")

ALL: ColumnElement[bool] = true()

EDITS_AT_ONCE = 20
"""Read at once where a policy is not the last one of its service."""


class LastEdit(NamedTuple):
    """The last edit of the policy of a service."""

    policy: str | None
    """None where the policy was removed, or there never was one."""
    version: int


def last_edit(connection: Connection, service_id: str) -> LastEdit:
    """That of one service."""
    query = (
        select(policy_edits.c.policy, policy_edits.c.id)
        .where(policy_edits.c.service_id == service_id)
        .order_by(policy_edits.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return LastEdit(None, 0) if row is None else LastEdit(row.policy, row.id)


def current_policies(  # type: ignore[explicit-any]  # its default parameter is
    service_ids: Collection[str] | Select[tuple[str]] | None = None,
) -> Subquery:
    """The current policy of each service that has one, or of these: service_id, policy and uses.

    The last edits are found in the index `policy_edits_service`: no policy is read but those.
    """
    last = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    if service_ids is not None:
        last = last.where(policy_edits.c.service_id.in_(service_ids))
    return (
        select(policy_edits.c.service_id, policy_edits.c.policy, policy_edits.c.uses)
        .where(policy_edits.c.id.in_(last), policy_edits.c.policy.is_not(None))
        .subquery()
    )


class Source(NamedTuple):
    """The edit that a policy comes from."""

    edit: int
    is_resolved: bool
    """Whether the policy is not the one of the edit, but what that meant at one moment."""


def source_of(connection: Connection, policy: EscalationPolicy) -> Source | None:
    """The last edit that the policy can come from; None where retention has deleted it.

    That is nearly always the last edit of the service, and stored as it is encoded now: one look
    into the index. Otherwise the edits are read a few at a time, the newest first.
    """
    text = SERVICE_POLICIES.encode(policy)
    last = last_edit(connection, policy.service_id)
    if last.policy == text:
        return Source(last.version, is_resolved=False)
    without_gaps = policy.model_copy(update={"gaps": ()})
    edits = (
        select(policy_edits.c.id, policy_edits.c.policy, policy_edits.c.uses)
        .where(policy_edits.c.service_id == policy.service_id)
        .order_by(policy_edits.c.id.desc())
        .limit(EDITS_AT_ONCE)
    )
    before = last.version + 1
    while rows := connection.execute(edits.where(policy_edits.c.id < before)).all():
        for id_, stored, uses in rows:
            if uses is not None:
                return Source(id_, is_resolved=True)
            # An older Pager may have encoded the same policy in another way.
            if stored is not None and (
                stored == text or policy_or_none(stored, policy.service_id) == without_gaps
            ):
                return Source(id_, is_resolved=bool(policy.gaps))
        before = rows[-1].id
    return None


def policy_or_none(text: str, service_id: str) -> ServicePolicy | None:
    """The policy; None where it cannot be read."""
    try:
        return SERVICE_POLICIES.decode(text, service_id)
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
    return {name for name, text in rows if policy_or_none(text, name) is None}


def last_value(column: Column[T], service_id: ColumnElement[str]) -> ScalarSelect[T]:
    """What the last edit of the policy of a service has in that column; null without an edit."""
    edit = policy_edits.alias()
    last = select(edit.c[column.name]).where(edit.c.service_id == service_id)
    return last.order_by(edit.c.id.desc()).limit(1).scalar_subquery()


def services_using(
    connection: Connection, shared_policy: str, names: Names, at_most: int
) -> Sequence[str]:
    """The first `at_most` of these services that use the shared policy."""
    service_id = policy_edits.c.service_id
    query = select(service_id).where(_uses_now(shared_policy), names.include(service_id))
    return connection.scalars(query.order_by(service_id).limit(at_most)).all()


def count_services_using(connection: Connection, shared_policy: str) -> int:
    """How many services use the shared policy; the fallback counts as one."""
    query = select(func.count()).select_from(policy_edits).where(_uses_now(shared_policy))
    number: int = connection.execute(query).scalar_one()
    return number


def _uses_now(shared_policy: str) -> ColumnElement[bool]:
    """Last edits that say that this shared policy is used: in the index `policy_edits_uses`."""
    last = last_value(policy_edits.c.id, policy_edits.c.service_id)
    return and_(policy_edits.c.uses == shared_policy, policy_edits.c.id == last)
