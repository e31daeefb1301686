"""How many Escalation Policies use each channel: e-mail, SMS."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Literal

from sqlalchemy import Connection, case, func, select

from pager.adapters.store.core.codecs import POLICIES, Unreadable
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.stored_text import HAS_TARGET, UNKNOWN_POLICY

PageChannel = Literal["email", "sms"]
"""A channel by which pages leave: it is the type of a Target."""


def policies_by_channel(connection: Connection) -> Mapping[str, int]:
    """How many current policies have a Target of each type; that of the fallback is one of them.

    The text of each is read, and only what is not recognised is parsed. 50,000 policies take about
    a quarter of a second: keep the answer.
    """
    edits = policy_edits.alias()
    newest = select(func.max(edits.c.id)).group_by(edits.c.service_id)
    is_current = policy_edits.c.id.in_(newest) & policy_edits.c.policy.is_not(None)
    counts = [func.count(case((has_target, 1))) for has_target in HAS_TARGET.values()]
    row = connection.execute(select(*counts).where(is_current)).one()
    numbers = dict(zip(HAS_TARGET, row, strict=True))
    last = select(func.max(edits.c.id)).where(edits.c.service_id == policy_edits.c.service_id)
    others = select(policy_edits.c.service_id, policy_edits.c.policy, *HAS_TARGET.values())
    for name, text, *by_text in connection.execute(
        others.where(UNKNOWN_POLICY, policy_edits.c.id == last.scalar_subquery())
    ):
        with suppress(Unreadable):
            policy = POLICIES.decode_known(text, name)
            types = {target.type for level in policy.levels for target in level.targets}
            for channel, is_counted in zip(HAS_TARGET, by_text, strict=True):
                numbers[channel] += (channel in types) - bool(is_counted)
    return numbers
