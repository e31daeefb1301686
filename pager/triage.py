"""The order in which a person looks at Unhealthy services: the page *Now*."""

from datetime import UTC, datetime
from typing import Literal

Stage = Literal["escalating", "acknowledged", "exhausted"]
"""How far the escalation of an incident has come: one for each class of `model.Escalation`."""

STAGES: tuple[Stage, ...] = ("escalating", "acknowledged", "exhausted")

BEFORE_THE_JOURNAL = datetime.min.replace(tzinfo=UTC)


def place(stage: Stage, begun_at: datetime | None) -> tuple[bool, datetime]:
    """The place of an incident, to sort by; services with the same place are sorted by identifier.

    Incidents that nobody has acknowledged come first; of each kind, the one that began first.
    `begun_at` is None where the incident is older than the journal. So a service keeps its place
    until somebody acknowledges: a row that moves is easily clicked by mistake.
    """
    return stage == "acknowledged", begun_at or BEFORE_THE_JOURNAL
