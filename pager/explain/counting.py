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
    if isinstance(own, PolicyUse):
        what = f"{service_id} uses {_shared(situation, own)}"
    else:
        what = f"{service_id} has a policy of its own"
    why = [what + _in_brackets(situation.sources.of_policy(service_id))]
    now = resolved(own, situation.directory, at)
    if now.policy is not None:
        return Counting(_written(situation, own), tuple(why))
    return _or_fallback(situation, at, [*why, *_reaches_nobody(now.gaps)])


def _or_fallback(situation: Situation, at: datetime, why: Sequence[str]) -> Counting:
    fallback = situation.fallback
    if fallback is None:
        return Counting(None, (*why, "There is no fallback policy: an Alert is refused"))
    what = "So the fallback policy counts" + _in_brackets(situation.sources.of_policy(FALLBACK))
    if isinstance(fallback, PolicyUse):
        what += f": {_shared(situation, fallback)}"
    now = resolved(fallback, situation.directory, at)
    if now.policy is not None:
        return Counting(_written(situation, fallback), (*why, what))
    return Counting(None, (*why, what, *_reaches_nobody(now.gaps), "So an Alert is refused"))


def _reaches_nobody(gaps: Sequence[str]) -> list[str]:
    return ["It reaches nobody then", *gaps]


def _shared(situation: Situation, use: PolicyUse) -> str:
    policy = situation.directory.policies.get(use.uses)
    source = "" if policy is None else situation.sources.of_entry(policy)
    return f"the shared policy {use.uses}{_in_brackets(source)}"


def _in_brackets(source: str) -> str:
    return f" ({source})" if source else ""


def _written(situation: Situation, policy: ServicePolicy) -> EscalationPolicy | SharedPolicy | None:
    if isinstance(policy, PolicyUse):
        return situation.directory.policies.get(policy.uses)
    return policy
