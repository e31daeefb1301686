"""Who would be paged when: an Escalation Policy, tried without a page.

Nothing here interprets the policy. The real PagerService and OutboxRelay handle an Alert, over
ports in memory, and what they do is recorded. So a rehearsal follows every rule that Pager has.
"""

from datetime import datetime, timedelta
from typing import Literal

from pager.configuration.configuration import Configuration
from pager.decide import decide
from pager.messages import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementTimeout,
    Alert,
    Message,
    Notification,
)
from pager.model import EscalationPolicy, Gap, LevelNumber, ServiceId, Target, Unhealthy, Value
from pager.oncall.directory import Directory
from pager.oncall.policies import PolicyUse, ServicePolicy
from pager.simulation.gateways import InMemoryGateway
from pager.simulation.pager import InMemoryPager
from pager.words import gaps_of


class Step(Value):
    """A moment of the incident at which something happens."""

    after: timedelta
    """How long after the Alert."""
    level: LevelNumber
    """The Level of the policy that was notified last."""
    stage: Literal["escalating", "acknowledged", "exhausted"]
    """How far the escalation has come. Exhausted: every Level was notified and nobody answered,
    so nobody else will be."""
    notified: tuple[Target, ...]
    """Who is paged at this moment: by e-mail first, then by SMS, each in the policy's order."""
    gaps: tuple[Gap, ...] = ()
    """Whom the policy names and does not reach at this moment."""
    begun_again: int = 0
    """How many times the policy has begun again."""


class Rehearsal(Value):
    """What an Alert of a Monitored Service would lead to."""

    service_id: ServiceId
    steps: tuple[Step, ...]
    """In order. The first one is that of the Alert."""


def rehearse(policy: EscalationPolicy, acknowledged_after: timedelta | None = None) -> Rehearsal:
    """What an Alert leads to, if it is acknowledged that long after it, or never (None).

    An Acknowledgement at the very moment of an Acknowledgement Timeout comes second: the next
    Level is paged. In a real incident the two race, and the rehearsal shows the worse outcome.
    An Acknowledgement after the last Level was notified still counts.

    Raises ValueError where `acknowledged_after` is negative.
    """
    return _recorded(_pager_with(policy), policy.service_id, acknowledged_after)


def rehearse_shared(
    use: PolicyUse,
    directory: Directory,
    begins_at: datetime,
    acknowledged_after: timedelta | None = None,
) -> Rehearsal:
    """What an Alert leads to at `begins_at`, for a service that uses a shared policy.

    As with `rehearse`; at each step those are paged whom the policy means then, so handovers on the
    way are followed. `directory` may have a draft in it that is not stored (`Directory.having`).

    Raises NobodyOfThatName where it has no such policy, NobodyToPage where that reaches nobody at
    `begins_at`, and ValueError where `acknowledged_after` is negative.
    """
    pager = _pager_with(use, directory=directory, begins_at=begins_at)
    return _recorded(pager, use.service_id, acknowledged_after)


def rehearse_configured(
    configuration: Configuration,
    service_id: str,
    begins_at: datetime,
    acknowledged_after: timedelta | None = None,
) -> Rehearsal:
    """What an Alert of the service leads to at `begins_at`, with all that people set up.

    As with `rehearse_shared`; the fallback policy counts where the service's own reaches nobody.

    Raises NoEscalationPolicy where nobody would be paged, and ValueError where `acknowledged_after`
    is negative.
    """
    policies = (configuration.policies.get(service_id), configuration.fallback)
    pager = _pager_with(*policies, directory=configuration.directory, begins_at=begins_at)
    return _recorded(pager, service_id, acknowledged_after)


def _pager_with(
    *policies: ServicePolicy | None,
    directory: Directory | None = None,
    begins_at: datetime | None = None,
) -> InMemoryPager:
    pager = InMemoryPager()
    if begins_at is not None:
        pager.begin_at(begins_at)
    if directory is not None:
        pager.policies.edit_directory(directory)
    for policy in policies:
        if policy is not None:
            pager.policies.put(policy)
    return pager


def _recorded(
    pager: InMemoryPager, service_id: str, acknowledged_after: timedelta | None
) -> Rehearsal:
    recorder = _Recorder(pager, service_id)
    recorder.receive(Alert(service_id=service_id, message="A rehearsal"), at=timedelta(0))
    if acknowledged_after is not None:
        acknowledgement = Acknowledgement(service_id=service_id, incident=1)
        recorder.receive(acknowledgement, at=acknowledged_after)
    recorder.wait(until=timedelta.max)
    return Rehearsal(service_id=service_id, steps=tuple(recorder.steps))


def rehearse_rest(service: Unhealthy, policy: EscalationPolicy) -> tuple[Step, ...]:
    """What is left of the incident that runs, if nobody acknowledges and `policy` stays as it is.

    `Step.after` counts from the next Acknowledgement Timeout. There is no step once somebody has
    acknowledged, or where the incident is exhausted and `policy` has nobody to go on with.
    """
    steps: list[Step] = []
    after = timedelta(0)
    while True:
        timeout = AcknowledgementTimeout(
            service_id=service.service_id, incident=service.incident, level=service.level
        )
        decision = decide(service, timeout, policy)
        if not decision.changed or not isinstance(decision.after, Unhealthy):
            return tuple(steps)
        service = decision.after
        pages = [effect for effect in decision.effects if isinstance(effect, Notification)]
        notified = tuple(page.target for page in pages)
        stage = service.escalation.stage
        step = Step(
            after=after,
            level=service.policy_level,
            stage=stage,
            notified=notified,
            gaps=gaps_of(decision),
            begun_again=service.begun_again,
        )
        steps.append(step)
        delays = (e.delay for e in decision.effects if isinstance(e, AcknowledgementDelay))
        after += sum(delays, timedelta(0))


class _Recorder:
    """Drives a Pager in memory, and records its steps."""

    def __init__(self, pager: InMemoryPager, service_id: str) -> None:
        self._pager = pager
        self._service_id = service_id
        self._last_state: Unhealthy | None = None
        self.steps: list[Step] = []

    def receive(self, message: Message, at: timedelta) -> None:
        self.wait(until=at)
        self._pager.advance(at - self._pager.clock.now)
        self._pager.receive(message)
        self._record()

    def wait(self, until: timedelta) -> None:
        """Record each moment at which something is due."""
        while (due := self._pager.next_due) is not None and due <= until:
            self._pager.advance(due - self._pager.clock.now)
            self._record()

    def _record(self) -> None:
        """Add a step, if anything has happened since the last one."""
        service = self._pager.services.load(self._service_id).service
        assert isinstance(service, Unhealthy)  # no Healthy event is sent
        notified = self._take_pages()
        if notified or service != self._last_state:
            step = Step(
                after=self._pager.clock.now,
                level=service.policy_level,
                stage=service.escalation.stage,
                notified=notified,
                gaps=gaps_of(self._pager.services.decisions[-1]),
                begun_again=service.begun_again,
            )
            self.steps.append(step)
        self._last_state = service

    def _take_pages(self) -> tuple[Target, ...]:
        """Who was paged since the last step, by any gateway."""
        notified: list[Target] = []
        for gateway in self._pager.gateways:
            assert isinstance(gateway, InMemoryGateway)  # as all of this Pager's are
            notified += [page.target for page in gateway.accepted]
            gateway.accepted.clear()
        return tuple(notified)
