"""What another configuration means for the incidents that run: who is told otherwise, and when."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.model import Target, Unhealthy
from pager.oncall.policy_at import policy_now
from pager.simulation.rehearsal import rehearse_rest


class Told(NamedTuple):
    """A step of an incident, if nobody acknowledges before."""

    at: datetime
    level: int
    """The Level of the policy, as people count it."""
    targets: tuple[Target, ...]


class ChangedIncident(NamedTuple):
    """An incident that goes on otherwise, and the first step that is another one."""

    service_id: str
    incident: int
    before: Told | None
    """None where nobody else is told any more."""
    after: Told | None


def changed_incidents(
    running: Iterable[tuple[Unhealthy, datetime | None]],
    before: Configuration,
    after: Configuration,
    at: datetime,
) -> Iterator[ChangedIncident]:
    """Those of the `running` incidents, each with its next timeout, that go on otherwise.

    The policies are those of this moment, `at`: a handover on the way is not foreseen. An incident
    that is exhausted goes on at once, where there is somebody now who was not told yet.
    """
    for service, due_at in running:
        due = due_at or at
        steps = [_steps(service, configuration, at, due) for configuration in (before, after)]
        for old, new in zip_longest(*steps):
            if old != new:
                yield ChangedIncident(service.service_id, service.incident, old, new)
                break


def _steps(
    service: Unhealthy, configuration: Configuration, at: datetime, due: datetime
) -> Sequence[Told]:
    """Who is told yet, under the policy that the service has in a configuration."""
    own = configuration.policies.get(service.service_id)
    policy = policy_now(own, configuration.fallback, configuration.directory, at).policy
    if policy is None:
        return ()
    rest = rehearse_rest(service, policy)
    return [Told(due + step.after, step.level, step.notified) for step in rest if step.notified]
