"""Which policies notify a Target: all of them, part by part, however many there are.

The database looks for the key of the Target in the text of each current policy, which it does not
parse; only the policies that it finds are decoded.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from pager.adapters.store.core.codecs import POLICIES, Unreadable
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.transactions import Readable
from pager.model import EscalationPolicy

FEWEST_READ = 50
"""Rows that are read at once, at the least."""


class TargetUse(NamedTuple):
    """A policy that notifies the Target."""

    service_id: str
    version: int
    policy: EscalationPolicy | None
    """None where this version of Pager cannot read it: it may notify the Target."""

    def levels(self, key: str) -> list[int]:
        """The numbers of the Levels that notify the Target."""
        levels = self.policy.levels if self.policy else ()
        return [
            number
            for number, level in enumerate(levels, start=1)
            if any(target.key == key for target in level.targets)
        ]


class UseCount(NamedTuple):
    """How many policies there are that notify a Target."""

    policies: int
    version: int
    """The version of the last edit of any policy: a policy that is edited later has a higher one.
    (Edits are committed one after the other, in the order of their versions.)"""


def uses_of(
    database: Readable, key: str, at_most: int, after: str = "", up_to: int | None = None
) -> list[TargetUse]:
    """The first `at_most` policies that notify the Target with that key, by their services.

    Only those `after` that service; and only those whose last edit is none after `up_to`.
    """

    def find(connection: Connection) -> list[TargetUse]:
        uses: list[TargetUse] = []
        for use in _candidates(connection, key, max(at_most, FEWEST_READ), after, up_to):
            if use.policy is None or use.levels(key):
                uses.append(use)
            if len(uses) == at_most:
                break
        return uses

    return database.read(find)


def count_uses(database: Readable, key: str, up_to: int | None = None) -> UseCount:
    """How many policies notify the Target; only those whose last edit is none after `up_to`."""

    def count(connection: Connection) -> UseCount:
        current = select(func.count()).where(_is_current(""), _may_name(key), _is_until(up_to))
        last = select(func.max(policy_edits.c.id))
        return UseCount(connection.scalar(current) or 0, connection.scalar(last) or 0)

    return database.read(count)


def _candidates(
    connection: Connection, key: str, at_once: int, after: str, up_to: int | None
) -> Iterator[TargetUse]:
    columns = (policy_edits.c.service_id, policy_edits.c.id, policy_edits.c.policy)
    while True:
        query = select(*columns).where(_is_current(after), _may_name(key), _is_until(up_to))
        rows = connection.execute(query.order_by(policy_edits.c.service_id).limit(at_once)).all()
        for service_id, version, text in rows:
            yield TargetUse(service_id, version, _decoded(text, service_id))
        if len(rows) < at_once:
            return
        after = rows[-1].service_id


def _is_current(after: str) -> ColumnElement[bool]:
    """The last edit of each service `after` that one, where it has a policy."""
    last = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    if after:
        last = last.where(policy_edits.c.service_id > after)
    return and_(policy_edits.c.id.in_(last), policy_edits.c.policy.is_not(None))


def _is_until(up_to: int | None) -> ColumnElement[bool]:
    return true() if up_to is None else policy_edits.c.id <= up_to


def _may_name(key: str) -> ColumnElement[bool]:
    """Policies whose text has the key as a value, in any case.

    Databases know only the ASCII letters in both cases: any text may stand for the others.
    """
    value = json.dumps(key, ensure_ascii=False)
    pattern = re.sub(r"[^\x00-\x7f]+", "%", re.sub(r"([%_/])", r"/\1", value))
    # The service itself may have the same name.
    text = func.replace(func.lower(policy_edits.c.policy), f'"service_id":{value}', "")
    return text.like(f"%{pattern}%", escape="/")


def _decoded(text: str, service_id: str) -> EscalationPolicy | None:
    try:
        return POLICIES.decode(text, service_id)
    except Unreadable:
        return None
