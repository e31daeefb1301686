"""What an entry says, in facts of one line each, so that two of its versions can be compared.

Nothing that counts is left out, besides the marks of verified contact methods, which nobody writes.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from pager.configuration.configuration import IntegrationSetup
from pager.durations import in_iso, in_words, whole_seconds
from pager.heartbeats import Heartbeat
from pager.model import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.oncall.directory import Entry
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PolicyLevel, PolicyTarget, PolicyUse, SharedPolicy
from pager.oncall.schedules import Hours, Override, Restriction, Rotation, Schedule
from pager.oncall.teams import Team
from pager.words import times_in_words

Facts = Mapping[str, tuple[str, ...]]
"""What an entry says: lists of texts in their order, by what they are about."""

AnyEntry = Entry | EscalationPolicy | PolicyUse | Heartbeat | IntegrationSetup


def facts_of(entry: AnyEntry) -> Facts:
    """What the entry says, besides its name."""
    return {about: texts for about, texts in _facts_of(entry) if texts}


def _facts_of(entry: AnyEntry) -> Iterator[tuple[str, tuple[str, ...]]]:
    match entry:
        case Person():
            yield "contact methods", tuple(map(_method, entry.contact_methods))
            yield "account", _said(entry.account)
        case Team():
            yield "members", entry.members
        case Schedule():
            yield from _of_schedule(entry)
        case SharedPolicy() | EscalationPolicy():
            yield from _of_policy(entry)
        case PolicyUse():
            yield "uses", (entry.uses,)
        case Heartbeat():
            yield "service", (entry.service_id,)
            yield "interval", (_duration(entry.interval),)
            yield "grace", (_duration(entry.grace),)
            yield "dedup key", _said(entry.dedup_key)
        case IntegrationSetup():
            yield from _of_integration(entry)
        case _:
            assert_never(entry)


def _said(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def _duration(duration: timedelta) -> str:
    whole = duration == whole_seconds(duration)
    return in_words(duration) if whole else in_iso(duration)


def _method(method: ContactMethod) -> str:
    return _target(method.target) + (f" after {_duration(method.after)}" if method.after else "")


def _target(target: PolicyTarget) -> str:
    match target:
        case EmailTarget():
            return target.address
        case SmsTarget():
            return target.phone_number
        case _:
            return f"{target.type} {target.name}"


def _of_policy(policy: SharedPolicy | EscalationPolicy) -> Iterator[tuple[str, tuple[str, ...]]]:
    levels: tuple[PolicyLevel | Level, ...] = policy.levels
    for number, level in enumerate(levels, start=1):
        yield f"Level {number}", tuple(map(_target, level.targets))
        yield f"Level {number}, time to acknowledge", (_duration(level.acknowledgement_delay),)
    if policy.repeat:
        yield "begins again", (times_in_words(policy.repeat),)
    if policy.acknowledgement_expiry:
        yield "an Acknowledgement expires", (f"after {_duration(policy.acknowledgement_expiry)}",)


def _of_schedule(schedule: Schedule) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "time zone", (schedule.time_zone,)
    for number, layer in enumerate(schedule.layers, start=1):
        yield f"layer {number}", tuple(rotation.name for rotation in layer.rotations)
    for rotation in schedule.rotations:
        for about, texts in _of_rotation(rotation):
            yield f"rotation {rotation.name}, {about}", texts
    yield "overrides", tuple(map(_override, schedule.overrides))


def _of_rotation(rotation: Rotation) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "in turn", rotation.participants
    yield "starts", (f"{rotation.starts:%Y-%m-%d %H:%M}",)
    yield "shift length", (_duration(rotation.shift_length),)
    yield "ends", (f"{rotation.ends:%Y-%m-%d %H:%M}",) if rotation.ends else ()
    yield "hours", tuple(map(_hours, rotation.restrictions))


def _hours(restriction: Restriction) -> str:
    starts, ends = f"{restriction.starts:%H:%M}", f"{restriction.ends:%H:%M}"
    if isinstance(restriction, Hours):
        return f"on {', '.join(restriction.weekdays)} {starts} to {ends}"
    return f"{restriction.from_weekday} {starts} to {restriction.until_weekday} {ends}"


def _override(override: Override) -> str:
    starts, ends = _moment(override.starts_at), _moment(override.ends_at)
    where = f"{override.rotation}: " if override.rotation else ""
    return f"{where}{override.person} from {starts} to {ends} UTC"


def _moment(at: datetime) -> str:
    # A program may have taken it to the microsecond.
    precision = "auto" if at.second or at.microsecond else "minutes"
    return at.replace(tzinfo=None).isoformat(" ", precision)


def _of_integration(setup: IntegrationSetup) -> Iterator[tuple[str, tuple[str, ...]]]:
    routing, paths = setup.routing, setup.routing.paths
    yield "protocol", (setup.protocol,)
    yield "service", (routing.service_id,)
    yield "field", _said(routing.field)
    yield "names", tuple(f"{name} is {id_}" for name, id_ in sorted(routing.names.items()))
    if paths:
        for part in ("title", "text", "dedup_key", "state"):
            yield f"path of {part.replace('_', ' ')}", _said(getattr(paths, part))
        yield "resolved where state is", paths.resolved
