"""Who would be paged when: an Escalation Policy, tried without a page.

Nothing here walks the policy. The real PagerService and OutboxRelay live through an Alert, over
ports in memory, and what they did is told. So a rehearsal knows every rule that Pager has.
"""

from datetime import timedelta
from typing import Literal

from pager.messages import Acknowledgement, Alert, Message
from pager.model import EscalationPolicy, LevelNumber, ServiceId, Target, Unhealthy, Value
from pager.simulation.memory import InMemoryGateway
from pager.simulation.pager import InMemoryPager


class Step(Value):
    """A moment of the incident at which something happens."""

    after: timedelta
    """How long after the Alert."""
    level: LevelNumber
    """The Level that was notified last."""
    stage: Literal["escalating", "acknowledged", "exhausted"]
    """How far the escalation has come. Exhausted: every Level was notified and nobody answered,
    so nobody else will be."""
    notified: tuple[Target, ...]
    """Who is paged at this moment: by e-mail first, then by SMS, each in the policy's order."""


class Rehearsal(Value):
    """What an Alert of a Monitored Service would lead to."""

    service_id: ServiceId
    steps: tuple[Step, ...]
    """First things first. The first one is the Alert's."""


def rehearse(policy: EscalationPolicy, acknowledged_after: timedelta | None = None) -> Rehearsal:
    """What an Alert leads to, if it is acknowledged that long after it, or never (None).

    An Acknowledgement at the very moment of an Acknowledgement Timeout comes second: the next
    Level is paged. In earnest the two race, and a rehearsal must not promise anybody their sleep.
    One that comes when every Level was notified is an Acknowledgement all the same.

    Raises ValueError where `acknowledged_after` is less than nothing.
    """
    stage = _Stage(policy)
    stage.receive(Alert(service_id=policy.service_id, message="A rehearsal"), at=timedelta(0))
    if acknowledged_after is not None:
        acknowledgement = Acknowledgement(service_id=policy.service_id, incident=1)
        stage.receive(acknowledgement, at=acknowledged_after)
    stage.wait(until=timedelta.max)
    return Rehearsal(service_id=policy.service_id, steps=tuple(stage.steps))


class _Stage:
    """A Pager in memory, and what was seen of it."""

    def __init__(self, policy: EscalationPolicy) -> None:
        self._pager = InMemoryPager()
        self._pager.policies.put(policy)
        self._service_id = policy.service_id
        self._seen: Unhealthy | None = None
        self.steps: list[Step] = []

    def receive(self, message: Message, at: timedelta) -> None:
        self.wait(until=at)
        self._pager.advance(at - self._pager.clock.now)
        self._pager.receive(message)
        self._look()

    def wait(self, until: timedelta) -> None:
        """Look at each moment at which something is due."""
        while (due := self._pager.next_due) is not None and due <= until:
            self._pager.advance(due - self._pager.clock.now)
            self._look()

    def _look(self) -> None:
        """Note a step, if anything has happened since the last look."""
        service = self._pager.services.load(self._service_id).service
        assert isinstance(service, Unhealthy)  # nobody says that it is Healthy again
        notified = self._take_pages()
        if notified or service != self._seen:
            step = Step(
                after=self._pager.clock.now,
                level=service.level,
                stage=service.escalation.stage,
                notified=notified,
            )
            self.steps.append(step)
        self._seen = service

    def _take_pages(self) -> tuple[Target, ...]:
        """Who was paged since the last look, by whichever gateway."""
        notified: list[Target] = []
        for gateway in self._pager.gateways:
            assert isinstance(gateway, InMemoryGateway)  # as all of this Pager's are
            notified += [page.target for page in gateway.accepted]
            gateway.accepted.clear()
        return tuple(notified)
