"""When the rehearsal of a shared policy begins, and whom the policy means then."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from pager.adapters.web.console.rehearsals import Rehearse
from pager.adapters.web.console.text import NOBODY
from pager.adapters.web.console.typed_times import LONGEST_ZONE, WRONG_ZONE, moment_in, zone_of
from pager.adapters.web.parsing import without_nul
from pager.oncall.directory import Directory
from pager.oncall.policies import PolicyUse, ScheduleTarget, SharedPolicy
from pager.oncall.policy_at import policy_at
from pager.simulation.rehearsal import rehearse_shared

LONGEST_TIME = 40
"""Characters."""
WRONG_TIME = "When? Such as 2027-01-17 03:00; empty: now."
SERVICE = "service"
"""Stands for any service that uses the policy."""


class Beginning(NamedTuple):
    """The moment at which the rehearsal begins."""

    moment: datetime
    """In the zone."""
    at: str = ""
    """As typed; "": now."""
    zone: str = "UTC"
    error: str = ""
    """What is wrong with what was typed: then it begins now."""

    def clock(self, after: timedelta) -> str:
        """What the clock shows that long after it, with the day of the week."""
        # Elapsed time: the clock may be changed in between.
        at = self.moment.astimezone(UTC) + after
        return f"{at.astimezone(self.moment.tzinfo):%a %H:%M}"


def beginning(at: str, zone: str, policy: SharedPolicy | None, directory: Directory) -> Beginning:
    """The moment that was typed; without a zone, in that of the policy's first schedule."""
    at, zone = without_nul(at)[:LONGEST_TIME].strip(), without_nul(zone)[:LONGEST_ZONE].strip()
    zone = zone or _zone_of(policy, directory)
    try:
        info = zone_of(zone)
    except (KeyError, OSError):
        return Beginning(datetime.now(UTC), at, zone, WRONG_ZONE)
    now = datetime.now(UTC).astimezone(info)
    if not at:
        return Beginning(now, at, zone)
    try:
        return Beginning(moment_in(at, zone).astimezone(info), at, zone)
    except (ValueError, OverflowError):
        return Beginning(now, at, zone, WRONG_TIME)


class Meaning(NamedTuple):
    """What a shared policy is at one moment."""

    rehearsed: Rehearse | None = None
    """None where it reaches nobody."""
    gaps: Sequence[str] = ()
    """Whom it names and who is nobody, a sentence each."""
    people: Mapping[str, str] = NOBODY
    """Whose addresses those are, by the keys of the Targets."""


def meaning(policy: SharedPolicy, directory: Directory, at: datetime) -> Meaning:
    """What the policy, which need not be stored, is at that moment."""
    use, directory = PolicyUse(service_id=SERVICE, uses=policy.name), directory.having(policy)
    now = policy_at(policy, SERVICE, directory, at)
    rehearsed = partial(rehearse_shared, use, directory, at) if now.policy else None
    return Meaning(rehearsed, now.gaps, people_by_address(directory))


def people_by_address(directory: Directory) -> dict[str, str]:
    """The names of people, by the keys of the Targets that reach them."""
    people: dict[str, str] = {}
    for person in directory.people.values():
        for method in person.contact_methods:
            people.setdefault(method.target.key, person.name)
    return people


def _zone_of(policy: SharedPolicy | None, directory: Directory) -> str:
    levels = policy.levels if policy else ()
    for target in (target for level in levels for target in level.targets):
        if isinstance(target, ScheduleTarget) and target.name in directory.schedules:
            return directory.schedules[target.name].time_zone
    return "UTC"
