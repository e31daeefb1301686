"""The order in which a person looks at Unhealthy services: the page *Now*."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pager.model import Acknowledged, Unhealthy

BEFORE_THE_JOURNAL = datetime.min.replace(tzinfo=UTC)


def is_answered(service: Unhealthy) -> bool:
    """Whether somebody has acknowledged the incident."""
    return isinstance(service.escalation, Acknowledged)


def triage(services: Iterable[Unhealthy], begun_at: Mapping[str, datetime]) -> list[Unhealthy]:
    """Incidents that nobody has acknowledged first; of each kind, the one that began first.

    `begun_at` has the start of each incident by its service's identifier; one that is missing is
    older than the journal. So a service keeps its place until somebody acknowledges: a row that
    moves is easily clicked by mistake.
    """
    return sorted(
        services,
        key=lambda service: (
            is_answered(service),
            begun_at.get(service.service_id, BEFORE_THE_JOURNAL),
        ),
    )
