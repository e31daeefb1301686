"""What a configuration would change, or has changed: as the API answers, and the command reads."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from pager.configuration.difference import Change, Difference, What
from pager.configuration.managed import Kind
from pager.model import Target


class PlanDocument(BaseModel):
    """A part of a plan."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ChangeDocument(PlanDocument):
    """One entry that is another one."""

    kind: Kind
    name: str
    """Of a property its sentence; "" for the fallback policy, which has no name."""
    what: What
    lines: tuple[str, ...] = ()
    """What is changed; of an entry that is added, what it says."""


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


class ViolationDocument(PlanDocument):
    """Where a property of the server would not hold any more."""

    sentence: str
    subject: str
    """The Monitored Service or the schedule."""
    at: datetime
    what: str
    """Who and why, in a sentence."""


class Plan(PlanDocument):
    """What would be changed, and what that means for the incidents that run."""

    changes: tuple[ChangeDocument, ...]
    incidents: tuple[IncidentDocument, ...] = ()
    """Those that run and go on otherwise; of very many, some."""
    more_incidents: bool = False
    """Whether there are others."""
    violations: tuple[ViolationDocument, ...] = ()
    """Of the properties that the server has: those that are new; of very many, some."""
    unverified: tuple[str, ...] = ()
    """The properties that could not be verified in time."""
    warnings: tuple[str, ...] = ()
    """Whose Alerts would be refused from then on; of very many, some."""


class Applied(PlanDocument):
    """What was changed."""

    changes: tuple[ChangeDocument, ...]


def changes_of(difference: Difference) -> tuple[ChangeDocument, ...]:
    """What differs, to be sent."""
    return tuple(ChangeDocument.model_validate(change._asdict()) for change in difference.changes)


def difference_of(changes: Iterable[ChangeDocument]) -> Difference:
    """What differs, as it was sent."""
    return Difference(tuple(Change(*dict(change).values()) for change in changes))
