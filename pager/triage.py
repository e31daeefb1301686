"""The order in which a person looks at Unhealthy services: the page *Now*."""

from datetime import UTC, datetime
from typing import Literal

from pager.model import Unhealthy

Stage = Literal["exhausted", "escalating", "acknowledged", "maintenance"]
"""How far the escalation of an incident has come: one for each class of `model.Escalation`, and
"maintenance" while the incident waits for the end of a maintenance window."""

STAGES: tuple[Stage, ...] = ("exhausted", "escalating", "acknowledged", "maintenance")
"""In the order of *Now*: nobody else is notified; somebody will be; somebody has it in hand; nobody
is to be notified before the maintenance is over."""

FIRST = datetime.min.replace(tzinfo=UTC)


def stage_of(service: Unhealthy) -> Stage:
    """The stage of its incident."""
    return "maintenance" if service.waits_for_maintenance else service.escalation.stage


def place(stage: Stage, begun_at: datetime | None, due_at: datetime | None) -> tuple[int, datetime]:
    """The place of an incident, to sort by; services with the same place are sorted by identifier.

    First the exhausted incidents, by their begin. Then the escalating ones, by what escalates next:
    `due_at` is when the timer of the step goes off, and None where none is set, which counts as
    due now. Then the acknowledged ones, by their begin, and last those that wait for the end of a
    maintenance window. `begun_at` is None where the incident is older than the journal.
    """
    time = due_at if stage == "escalating" else begun_at
    return STAGES.index(stage), time or FIRST
