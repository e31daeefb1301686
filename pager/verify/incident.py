"""What an Alert leads to, whatever people and providers do: each decision is `decide`'s.

States come back: at most moments an Alert finds the same people. So each decision is made once, and
found again by the state, the message and the policy.
"""

from datetime import timedelta
from functools import cached_property

from pager.decide import decide
from pager.errors import NoEscalationPolicy
from pager.messages import (
    AcknowledgementDelay,
    AcknowledgementTimeout,
    Alert,
    Effect,
    Message,
    Notification,
    Unreachable,
)
from pager.model import Healthy, MonitoredService, Unhealthy
from pager.verify.readings import Reading

ALERT = "This is a question: what would an Alert lead to?"
"""What the Alert says."""


class Situation:
    """A state of a Monitored Service, and what was done when it came to it."""

    def __init__(self, service: MonitoredService, effects: tuple[Effect, ...] = ()) -> None:
        """The service as it is once these effects are carried out."""
        self.service = service
        self.pages = tuple(one for one in effects if isinstance(one, Notification))
        self.delay: timedelta | None = next(
            (one.delay for one in effects if isinstance(one, AcknowledgementDelay)), None
        )
        """How long Pager waits for an Acknowledgement; None where it waits for none."""
        self._next: dict[tuple[str, Reading], Situation] = {}

    @property
    def step(self) -> int:
        """The number of the step; 0 before the Alert."""
        return self.service.level if isinstance(self.service, Unhealthy) else 0

    def alert(self, reading: Reading) -> "Situation | None":
        """After an Alert; None where that is refused, because it reaches nobody."""
        try:
            return self._after(self._alert, reading)
        except NoEscalationPolicy:
            return None

    def silence(self, reading: Reading) -> "Situation":
        """After the Acknowledgement Timeout, with the policy as it is read then."""
        return self._after(self._timeout, reading)

    def refusal(self, reading: Reading) -> "Situation":
        """After each page of the step was refused for good."""
        return self._after(self._unreachable, reading)

    def _after(self, message: Message, reading: Reading) -> "Situation":
        known = self._next.get((message.type, reading))
        if known is None:
            decision = decide(self.service, message, reading.policy)
            known = Situation(decision.after, decision.effects)
            self._next[message.type, reading] = known
        return known

    @cached_property
    def _alert(self) -> Alert:
        return Alert(service_id=self.service.service_id, message=ALERT)

    @cached_property
    def _timeout(self) -> AcknowledgementTimeout:
        return AcknowledgementTimeout(
            service_id=self.service.service_id, incident=self.service.incident, level=self.step
        )

    @cached_property
    def _unreachable(self) -> Unreachable:
        return Unreachable(
            service_id=self.service.service_id, incident=self.service.incident, level=self.step
        )


def healthy(service_id: str) -> Situation:
    """Before the Alert."""
    return Situation(Healthy(service_id=service_id))
