"""What an edit of a policy means for the incident that runs: who is told next, and when."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.running_incident import RunningIncident, running_incident
from pager.adapters.store.views.unhealthy_services import names_not_healthy
from pager.model import EscalationPolicy
from pager.simulation.rehearsal import Step, rehearse_rest


def with_incident(database: Readable, services: Sequence[str]) -> set[str]:
    """Those of these services that have an incident that runs, or may have one."""
    if not services:
        return set()
    names = Names(among=services)
    return set(database.read(lambda found: names_not_healthy(found, names, len(services))))


class EditedIncident(NamedTuple):
    """The incident that runs, as it goes on under a policy."""

    running: RunningIncident
    steps: Sequence[Step]
    """If nobody acknowledges: `after` counts from its Acknowledgement Timeout."""
    policy: EscalationPolicy

    @property
    def key(self) -> str:
        """Names what the page says: another policy or another step has another key."""
        service = self.running.service
        step = f"{service.incident}/{service.level}/{service.escalation.stage}/"
        return hashlib.sha256((step + self.policy.model_dump_json()).encode()).hexdigest()[:16]

    @property
    def changes_with_policy(self) -> bool:
        """Whether it matters to the incident what the policy says."""
        return self.running.service.escalation.stage != "acknowledged"


def edited_incident(
    database: Readable, service_id: str, policy: EscalationPolicy | None
) -> EditedIncident | None:
    """The incident that runs, under `policy`; None where none runs or there is no policy."""
    if policy is None or (running := running_incident(database, service_id)) is None:
        return None
    return EditedIncident(running, rehearse_rest(running.service, policy), policy)
