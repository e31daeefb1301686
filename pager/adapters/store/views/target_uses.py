"""Which policies of services notify a Target: all of them, part by part, however many there are.

The database looks for the key of the Target in the text of each current policy, which it does not
parse; only the policies that it finds are decoded.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from pager.adapters.store.core.codecs import POLICIES, Unreadable
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.transactions import Readable
from pager.model import EscalationPolicy

T = TypeVar("T")

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


class Part(NamedTuple):
    """Which of the policies that notify a Target are wanted."""

    at_most: int
    after: str = ""
    """The service after which they come: where the part before ended."""
    up_to: int | None = None
    """Only those whose last edit is none after this version."""


def uses_of(database: Readable, key: str, part: Part) -> list[TargetUse]:
    """The policies that notify the Target with that key, by their services."""
    return map_uses(database, key, part, lambda use: use)


def map_uses(database: Readable, key: str, part: Part, work: Callable[[TargetUse], T]) -> list[T]:
    """The results of `work` on each of them: of the policies only one is in memory at a time."""

    def find(connection: Connection) -> list[T]:
        results: list[T] = []
        for use in _candidates(connection, key, part):
            if use.policy is None or use.levels(key):
                results.append(work(use))
            if len(results) == part.at_most:
                break
        return results

    return database.read(find)


def count_uses(database: Readable, key: str, up_to: int | None = None) -> UseCount:
    """How many policies notify the Target; only those whose last edit is none after `up_to`."""

    def count(connection: Connection) -> UseCount:
        current = select(func.count()).where(_is_current(""), _may_name(key), _is_until(up_to))
        last = select(func.max(policy_edits.c.id))
        return UseCount(connection.scalar(current) or 0, connection.scalar(last) or 0)

    return database.read(count)


def _candidates(connection: Connection, key: str, part: Part) -> Iterator[TargetUse]:
    columns = (policy_edits.c.service_id, policy_edits.c.id, policy_edits.c.policy)
    at_once, after = max(part.at_most, FEWEST_READ), part.after
    while True:
        query = select(*columns).where(_is_current(after), _may_name(key), _is_until(part.up_to))
        query = query.order_by(policy_edits.c.service_id).limit(at_once)
        number = 0
        with connection.execute(query, execution_options={"yield_per": FEWEST_READ}) as rows:
            for after, version, text in rows:
                number += 1
                yield TargetUse(after, version, _decoded(text, after))
        if number < at_once:
            return


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
    # The service itself may have the same name; and so may a shared policy, which is not meant.
    text = func.replace(func.lower(policy_edits.c.policy), f'"service_id":{value}', "")
    return and_(policy_edits.c.uses.is_(None), text.like(f"%{pattern}%", escape="/"))


def _decoded(text: str, service_id: str) -> EscalationPolicy | None:
    try:
        return POLICIES.decode(text, service_id)
    except Unreadable:
        return None
