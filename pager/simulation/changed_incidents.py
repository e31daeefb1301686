"""What another configuration means for the incidents that run: who is told otherwise, and when."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.model import EscalationPolicy, Target, Unhealthy
from pager.oncall.policy_at import policy_now
from pager.simulation.rehearsal import rehearse_rest


class Told(NamedTuple):
    """A step of an incident, if nobody acknowledges before."""

    at: datetime
    level: int
    """The Level, by the number of the policy."""
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
    old_policies, new_policies = _PoliciesAt(before, at), _PoliciesAt(after, at)
    for service, due_at in running:
        policies = [these.of(service.service_id) for these in (old_policies, new_policies)]
        if policies[0] == policies[1]:
            continue
        for old, new in zip_longest(*(_steps(service, each, due_at or at) for each in policies)):
            if old != new:
                yield ChangedIncident(service.service_id, service.incident, old, new)
                break


class _PoliciesAt:
    """What the policies of a configuration are at one moment: each shared one is resolved once."""

    def __init__(self, configuration: Configuration, at: datetime) -> None:
        self._configuration = configuration
        self._at = at
        self._resolved: dict[str | None, EscalationPolicy | None] = {}

    def of(self, service_id: str) -> EscalationPolicy | None:
        """That of the service; it may say that it is of another service that has the same one."""
        own = self._configuration.policies.get(service_id)
        if isinstance(own, EscalationPolicy):
            return own
        uses = None if own is None else own.uses
        if uses not in self._resolved:
            directory, fallback = self._configuration.directory, self._configuration.fallback
            self._resolved[uses] = policy_now(own, fallback, directory, self._at).policy
        return self._resolved[uses]


def _steps(service: Unhealthy, policy: EscalationPolicy | None, due: datetime) -> Sequence[Told]:
    """Who is told yet, under that policy."""
    if policy is None:
        return ()
    rest = rehearse_rest(service, policy)
    return [Told(due + step.after, step.level, step.notified) for step in rest if step.notified]
