"""What a policy that names people is at one moment: a plain Escalation Policy of the brief.

Each Target that names somebody becomes the addresses of those people, as they want to be reached. A
person who waits before the next contact method makes two Levels out of one: the first has what is
tried at once, the second `continues` it, and both together last as long as the one. So `decide`
knows neither people nor moments.

A Level that reaches nobody is left out, and the next one is notified in its place, at once: it says
its `number`, so that people read the one that they know. The `gaps` of the policy say who is not
reached: they are journalled with the decision.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from pager.model import (
    LONGEST_GAP,
    MOST_NOTIFIED,
    EscalationPolicy,
    Level,
    Target,
    shortened,
)
from pager.oncall.directory import Directory
from pager.oncall.on_call import on_call
from pager.oncall.people import ContactMethod
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyLevel,
    PolicyUse,
    ScheduleTarget,
    ServicePolicy,
    SharedPolicy,
    TeamTarget,
)

MOST_LEVELS = 100
"""Of a plain policy: where waits would make more, all contact methods are used at once."""
MOST_TARGETS = 1_000
"""Of a Level of a plain policy: whoever comes after them is left out, and `gaps` says so."""


class PolicyNow(NamedTuple):
    """What the policy of a service is at one moment."""

    policy: EscalationPolicy | None
    """None where it reaches nobody."""
    gaps: tuple[str, ...] = ()
    """Whom it names and who cannot be reached, a sentence for each Level; those of `policy`, where
    there is one."""


def policy_now(
    own: ServicePolicy | None, fallback: ServicePolicy | None, directory: Directory, at: datetime
) -> PolicyNow:
    """What the policy of a service is at that moment: its own, or else the fallback.

    The fallback counts where the service has no policy of its own, and where that reaches nobody.
    """
    first = resolved(own, directory, at)
    return first if first.policy else or_fallback(first, resolved(fallback, directory, at))


def or_fallback(own: PolicyNow, fallback: PolicyNow) -> PolicyNow:
    """The fallback in the place of a policy that reaches nobody, whose gaps it tells, too."""
    gaps = (*own.gaps, *fallback.gaps)
    if fallback.policy is None or not gaps:
        return PolicyNow(fallback.policy, gaps)
    return PolicyNow(fallback.policy.model_copy(update={"gaps": gaps}), gaps)


def resolved(policy: ServicePolicy | None, directory: Directory, at: datetime) -> PolicyNow:
    """What this policy is at that moment: the same where it is no shared one."""
    if not isinstance(policy, PolicyUse):
        return PolicyNow(policy)
    shared = directory.policies.get(policy.uses)
    if shared is None:
        return PolicyNow(None, (f"There is no policy {policy.uses}",))
    return policy_at(shared, policy.service_id, directory, at)


def policy_at(
    policy: SharedPolicy, service_id: str, directory: Directory, at: datetime
) -> PolicyNow:
    """What the shared policy is at that moment, for a service that uses it."""
    reached = [_reached(level, directory, at) for level in policy.levels]
    levels = _plain_levels(reached)
    if len(levels) > MOST_LEVELS:
        levels = _plain_levels([level.at_once() for level in reached])
    gaps = tuple(
        shortened(level.gap(f"{policy.name}, Level {number}"), LONGEST_GAP)
        for number, level in enumerate(reached, 1)
        if level.unreached
    )
    if not levels:
        return PolicyNow(None, gaps)
    # Of thousands of addresses: nobody is told more often than an incident can notify.
    most_repeats = MOST_NOTIFIED // sum(len(level.targets) for level in levels) - 1
    if policy.repeat > most_repeats:
        gaps = (*gaps, f"{policy.name} has many addresses: it begins again {most_repeats} times")
    plain_policy = EscalationPolicy(
        service_id=service_id,
        levels=tuple(levels),
        repeat=min(policy.repeat, most_repeats),
        acknowledgement_expiry=policy.acknowledgement_expiry,
        gaps=gaps,
    )
    return PolicyNow(plain_policy, gaps)


def why_nobody(level: PolicyLevel, directory: Directory, at: datetime) -> tuple[str, ...]:
    """Why the Level reaches nobody at that moment, in words; nothing where it reaches somebody."""
    reached = _reached(level, directory, at)
    return () if reached.methods else tuple(reached.unreached)


class _Reached(NamedTuple):
    """Whom a Level reaches at one moment."""

    methods: Sequence[ContactMethod]
    """How, each Target once."""
    unreached: Sequence[str]
    """Who is named and is not reached, and why, in words."""
    delay: timedelta
    """Of the Level."""

    def gap(self, level: str) -> str:
        """What is said of those whom `level` does not reach."""
        return f"{level}{'' if self.methods else ' reaches nobody'}: {'; '.join(self.unreached)}"

    def at_once(self) -> "_Reached":
        """The same without any wait."""
        return self._replace(methods=[_after(method, timedelta(0)) for method in self.methods])

    def steps(self, number: int | None) -> list[Level]:
        """The plain Levels that it is: one for each wait, and together as long as the Level."""
        by_wait: dict[timedelta, list[Target]] = {}
        for method in self.methods:
            by_wait.setdefault(method.after, []).append(method.target)
        ends = [*by_wait, self.delay][1:]
        return [
            Level(
                targets=tuple(targets),
                acknowledgement_delay=end - wait,
                continues=wait > timedelta(0),
                number=number,
            )
            for (wait, targets), end in zip(by_wait.items(), ends, strict=True)
        ]


def _plain_levels(reached: Sequence[_Reached]) -> list[Level]:
    """Of all Levels; those after one that is left out say their number."""
    levels: list[Level] = []
    is_one_left_out = False
    for number, level in enumerate(reached, 1):
        levels += level.steps(number if is_one_left_out else None)
        is_one_left_out = is_one_left_out or not level.methods
    return levels


def _reached(level: PolicyLevel, directory: Directory, at: datetime) -> _Reached:
    """Whom the Level reaches: those who want to be reached first come first.

    A wait that is not shorter than the delay of the Level never comes to its end: the next Level is
    notified by then.
    """
    methods: list[ContactMethod] = []
    unreached: list[str] = []
    for target in level.targets:
        if not isinstance(target, OnCallTarget):
            methods.append(ContactMethod(target=target))
            continue
        names = people_named(target, directory, at)
        if not names:
            unreached.append(_nobody(target, directory))
        for name in names:
            found = methods_of(name, directory)
            methods += found
            if not found:
                unreached.append(_unreachable(name, directory))
    return _within(level, methods, unreached)


def _within(
    level: PolicyLevel, methods: Sequence[ContactMethod], unreached: Sequence[str]
) -> _Reached:
    """Those that the Level has time for, each Target once: the shortest wait counts."""
    first: dict[str, ContactMethod] = {}
    for method in sorted(methods, key=lambda method: method.after):
        if method.after < level.acknowledgement_delay:
            first.setdefault(method.target.key, method)
    told = [*first.values()][:MOST_TARGETS]
    reasons = [*dict.fromkeys(unreached)]
    if len(told) < len(first):
        reasons.append(f"of {len(first):,} addresses, only the first {MOST_TARGETS:,} are told")
    return _Reached(told, reasons, level.acknowledgement_delay)


def people_named(target: OnCallTarget, directory: Directory, at: datetime) -> Sequence[str]:
    """The names of the people whom that Target is at that moment."""
    match target:
        case PersonTarget():
            return (target.name,)
        case TeamTarget():
            team = directory.teams.get(target.name)
            return () if team is None else team.members
        case ScheduleTarget():
            schedule = directory.schedules.get(target.name)
            return () if schedule is None else on_call(schedule, at)
        case _:
            assert_never(target)


def methods_of(name: str, directory: Directory) -> list[ContactMethod]:
    """How that person is reached: at once by the method that waits least."""
    person = directory.people.get(name)
    methods = () if person is None else person.relied_on
    shortest = min((method.after for method in methods), default=timedelta(0))
    return [_after(method, method.after - shortest) for method in methods]


def _after(method: ContactMethod, wait: timedelta) -> ContactMethod:
    return method.model_copy(update={"after": wait})


def _nobody(target: OnCallTarget, directory: Directory) -> str:
    """Why the team or schedule is nobody, in words."""
    match target:
        case TeamTarget() if target.name in directory.teams:
            return f"nobody is in the team {target.name}"
        case ScheduleTarget() if target.name in directory.schedules:
            return f"nobody is on call in {target.name}"
        case _:
            return f"there is no {target.type} {target.name}"


def _unreachable(name: str, directory: Directory) -> str:
    """Why that person cannot be reached, in words."""
    return f"{name} has no contact method" if name in directory.people else f"there is no {name}"
