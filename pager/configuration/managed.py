"""What of a configuration is somebody's to say, and what the server has once they have said it.

Whoever names a kind says all of it: what the server has besides is removed. What nobody names is
left as it is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from pager.configuration.configuration import Configuration
from pager.model import FALLBACK
from pager.oncall.directory import Directory
from pager.oncall.people import Person
from pager.oncall.policies import ServicePolicy
from pager.oncall.schedules import Schedule
from pager.oncall.verification import with_marks_of

Kind = Literal[
    "people",
    "teams",
    "schedules",
    "policies",
    "services",
    "fallback",
    "heartbeats",
    "integrations",
    "properties",
]
"""The parts of a configuration. `policies` are those that services share; `services` are the
policies of single services; `fallback` is the one of all others."""

KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which people read them: what is named comes before what names it."""


KIND_OF: Mapping[str, Kind] = {
    "person": "people",
    "team": "teams",
    "schedule": "schedules",
    "policy": "policies",
}
"""The kind of an entry of the directory, and of a Target that names one, by its type."""


class Managed(NamedTuple):
    """What a configuration says; all else is left as it is."""

    kinds: frozenset[Kind] = frozenset(KINDS)
    overrides: frozenset[str] = frozenset()
    """The schedules, by name, of which it says the overrides, too. People take those day by day."""


def everything(configuration: Configuration) -> Managed:
    """All kinds, and the overrides of all schedules."""
    return Managed(overrides=frozenset(configuration.directory.schedules))


def applied(
    before: Configuration, wanted: Configuration, managed: Managed, now: datetime | None = None
) -> Configuration:
    """What there is once `wanted` was applied to `before`.

    It may name what is not there: `checks` says so. The marks of verified contact methods are those
    from before, because nobody can write that they are verified. Overrides that are not said stay,
    besides those of rotations that are gone, where they ended before `now`.
    """
    kinds = managed.kinds
    old, new = before.directory, wanted.directory
    return Configuration(
        directory=Directory(
            people=_with_marks(old, new) if "people" in kinds else old.people,
            teams=new.teams if "teams" in kinds else old.teams,
            schedules=_with_overrides(old, new, managed, now)
            if "schedules" in kinds
            else old.schedules,
            policies=new.policies if "policies" in kinds else old.policies,
        ),
        policies=_policies(before, wanted, managed),
        heartbeats=wanted.heartbeats if "heartbeats" in kinds else before.heartbeats,
        integrations=wanted.integrations if "integrations" in kinds else before.integrations,
        properties=wanted.properties if "properties" in kinds else before.properties,
    )


def _with_marks(old: Directory, new: Directory) -> dict[str, Person]:
    return {name: with_marks_of(old.people.get(name), one) for name, one in new.people.items()}


def _with_overrides(
    old: Directory, new: Directory, managed: Managed, now: datetime | None
) -> dict[str, Schedule]:
    """The new schedules, with the overrides from before where they are not said."""
    return {
        name: _keeping_overrides(old.schedules[name], one, now)
        if name in old.schedules and name not in managed.overrides
        else one
        for name, one in new.schedules.items()
    }


def _keeping_overrides(old: Schedule, new: Schedule, now: datetime | None) -> Schedule:
    rotations = {None, *(rotation.name for rotation in new.rotations)}
    kept = tuple(
        override
        for override in old.overrides
        if override.rotation in rotations or now is None or override.ends_at > now
    )
    return new.model_copy(update={"overrides": kept})


def _policies(
    before: Configuration, wanted: Configuration, managed: Managed
) -> Mapping[str, ServicePolicy]:
    services = wanted if "services" in managed.kinds else before
    policies = {service_id: services.policies[service_id] for service_id in services.services}
    fallback = (wanted if "fallback" in managed.kinds else before).fallback
    return {**policies, FALLBACK: fallback} if fallback else policies
