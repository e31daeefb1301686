"""What a configuration would change, or has changed: as the API answers, and the command reads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pager.configuration.configuration import Configuration
from pager.configuration.managed import KINDS, Kind
from pager.model import Target

Action = Literal["added", "changed", "removed"]


class PlanDocument(BaseModel):
    """A part of a plan."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ChangeDocument(PlanDocument):
    """One entry that is another one."""

    kind: Kind
    name: str
    action: Action


class ToldDocument(PlanDocument):
    """A step of an incident that runs, if nobody acknowledges before."""

    at: datetime
    level: int
    """The Level of the policy."""
    targets: tuple[Target, ...]


class IncidentDocument(PlanDocument):
    """An incident that goes on otherwise, and the first step that is another one."""

    service_id: str
    incident: int
    before: ToldDocument | None
    """Null where nobody else would be told any more."""
    after: ToldDocument | None


class Plan(PlanDocument):
    """What would be changed, and what that means for the incidents that run."""

    changes: tuple[ChangeDocument, ...]
    incidents: tuple[IncidentDocument, ...] = ()


class Applied(PlanDocument):
    """What was changed."""

    changes: tuple[ChangeDocument, ...]


def changes_between(before: Configuration, after: Configuration) -> tuple[ChangeDocument, ...]:
    """Each entry that is another one, in the order of KINDS and by name."""
    old, new = _entries(before), _entries(after)
    order = sorted(old.keys() | new.keys(), key=lambda key: (KINDS.index(key[0]), key[1]))
    return tuple(
        ChangeDocument(kind=kind, name=name, action=_action(old.get(key), new.get(key)))
        for key in order
        for kind, name in [key]
        if old.get(key) != new.get(key)
    )


def _action(before: object, after: object) -> Action:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _entries(configuration: Configuration) -> Mapping[tuple[Kind, str], object]:
    directory = configuration.directory
    kinds: Mapping[Kind, Mapping[str, object]] = {
        "people": directory.people,
        "teams": directory.teams,
        "schedules": directory.schedules,
        "policies": directory.policies,
        "services": {name: configuration.policies[name] for name in configuration.services},
        "fallback": {"fallback": configuration.fallback} if configuration.fallback else {},
        "heartbeats": configuration.heartbeats,
        "integrations": configuration.integrations,
        "properties": dict.fromkeys(configuration.properties, True),
    }
    return {(kind, name): one for kind, entries in kinds.items() for name, one in entries.items()}
