"""How many Escalation Policies use each channel: e-mail, SMS."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from sqlalchemy import Connection, case, func, select

from pager.adapters.store.core.codecs import POLICIES, Unreadable
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.stored_text import HAS_TARGET, UNKNOWN_POLICY
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.directory import stored_entries
from pager.adapters.store.ports.policy_edits import count_services_using
from pager.adapters.store.views.kept import Kept
from pager.adapters.store.views.shared_targets import targets_of

PageChannel = Literal["email", "sms"]
"""A channel by which pages leave: it is the type of a Target."""


class UnsetChannel(NamedTuple):
    """A channel that this server has not set up, and that is used."""

    channel: PageChannel
    policies: int
    """How many current policies have a Target of that type; at least 1."""


class UnsetChannels:
    """Those channels of a server that are not set up."""

    def __init__(self, database: Readable, channels: Sequence[PageChannel]) -> None:
        """`channels` are not set up; `database` has the policies."""
        self._database = database
        self._channels = channels
        self._numbers: Kept[Mapping[str, int]] = Kept()

    def used(self) -> Sequence[UnsetChannel]:
        """Those that a policy uses. The numbers may be a little old (`Kept`)."""
        if not self._channels:
            return []
        numbers = self._numbers.get(lambda: self._database.read(policies_by_channel))
        return [
            UnsetChannel(channel, numbers[channel])
            for channel in self._channels
            if numbers[channel]
        ]


def policies_by_channel(connection: Connection) -> Mapping[str, int]:
    """How many current policies have a Target of each type; that of the fallback is one of them.

    A shared policy counts once for each service that uses it, with all whom it may ever notify. The
    text of each is read, and only what is not recognised is parsed. 50,000 policies take about
    a quarter of a second: keep the answer.
    """
    edits = policy_edits.alias()
    newest = select(func.max(edits.c.id)).group_by(edits.c.service_id)
    is_current = policy_edits.c.id.in_(newest) & policy_edits.c.policy.is_not(None)
    counts = [func.count(case((has_target, 1))) for has_target in HAS_TARGET.values()]
    row = connection.execute(select(*counts).where(is_current)).one()
    numbers: dict[str, int] = dict(zip(HAS_TARGET, row, strict=True))
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
    directory = stored_entries(connection).directory
    for shared in directory.policies.values():
        services = count_services_using(connection, shared.name)
        for channel in {target.type for target in targets_of(shared, directory)}:
            numbers[channel] += services
    return numbers
