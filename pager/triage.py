"""The order in which a person looks at Unhealthy services: the page *Now*."""

from datetime import UTC, datetime
from typing import Literal

Stage = Literal["exhausted", "escalating", "acknowledged"]
"""How far the escalation of an incident has come: one for each class of `model.Escalation`."""

STAGES: tuple[Stage, ...] = ("exhausted", "escalating", "acknowledged")
"""In the order of *Now*: nobody else is notified; somebody will be; somebody has it in hand."""

FIRST = datetime.min.replace(tzinfo=UTC)


def place(stage: Stage, begun_at: datetime | None, due_at: datetime | None) -> tuple[int, datetime]:
    """The place of an incident, to sort by; services with the same place are sorted by identifier.

    First the exhausted incidents, by their begin. Then the escalating ones, by what escalates next:
    `due_at` is when the timer of the step goes off, and None where none is set, which counts as
    due now. Then the acknowledged ones, by their begin. `begun_at` is None where the incident is
    older than the journal.
    """
    time = due_at if stage == "escalating" else begun_at
    return STAGES.index(stage), time or FIRST
