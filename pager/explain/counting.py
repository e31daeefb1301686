"""Which policy counts for a service: its own, a shared one, or the fallback."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pager.explain.situation import Situation
from pager.model import FALLBACK, EscalationPolicy, Level
from pager.oncall.policies import PolicyLevel, PolicyUse, ServicePolicy, SharedPolicy
from pager.oncall.policy_at import resolved

WrittenLevel = Level | PolicyLevel


class Counting(NamedTuple):
    """The policy that counts at one moment."""

    policy: EscalationPolicy | SharedPolicy | None
    """As it is written; None where no policy reaches anybody, and an Alert is refused."""
    why: tuple[str, ...]
    """In sentences."""

    @property
    def levels(self) -> Sequence[WrittenLevel]:
        """The Levels of the policy."""
        return () if self.policy is None else self.policy.levels

    def title(self, level: int) -> str:
        """How sentences call one of them."""
        name = f" of {self.policy.name}" if isinstance(self.policy, SharedPolicy) else ""
        return f"Level {level}{name}"


def counting(situation: Situation, at: datetime) -> Counting:
    """The one of the service at that moment."""
    service_id, own = situation.service_id, situation.own
    if own is None:
        return _or_fallback(situation, at, [f"{service_id} has no policy of its own"])
    what = (
        f"uses the shared policy {own.uses}" if isinstance(own, PolicyUse) else "has its own policy"
    )
    edited = _in_brackets(situation.sources.of_policy(service_id))
    why = [f"{service_id} {what}{edited}", *_edit_of_shared(situation, own)]
    now = resolved(own, situation.directory, at)
    if now.policy is not None:
        return Counting(_written(situation, own), tuple(why))
    return _or_fallback(situation, at, [*why, *_reaches_nobody(now.gaps)])


def _or_fallback(situation: Situation, at: datetime, why: Sequence[str]) -> Counting:
    fallback = situation.fallback
    if fallback is None:
        return Counting(None, (*why, "There is no fallback policy: an Alert is refused"))
    what = f": the shared policy {fallback.uses}" if isinstance(fallback, PolicyUse) else ""
    edited = _in_brackets(situation.sources.of_policy(FALLBACK))
    why = [
        *why,
        f"So the fallback policy counts{what}{edited}",
        *_edit_of_shared(situation, fallback),
    ]
    now = resolved(fallback, situation.directory, at)
    if now.policy is not None:
        return Counting(_written(situation, fallback), tuple(why))
    return Counting(None, (*why, *_reaches_nobody(now.gaps), "So an Alert is refused"))


def _reaches_nobody(gaps: Sequence[str]) -> list[str]:
    return ["It reaches nobody then", *gaps]


def _edit_of_shared(situation: Situation, policy: ServicePolicy) -> list[str]:
    """Where a shared policy comes from, where that is known."""
    written = _written(situation, policy)
    if not isinstance(written, SharedPolicy):
        return []
    source = situation.sources.of_entry(written)
    return [f"The policy {written.name} is the one of {source}"] if source else []


def _in_brackets(source: str) -> str:
    return f" ({source})" if source else ""


def _written(situation: Situation, policy: ServicePolicy) -> EscalationPolicy | SharedPolicy | None:
    if isinstance(policy, PolicyUse):
        return situation.directory.policies.get(policy.uses)
    return policy
