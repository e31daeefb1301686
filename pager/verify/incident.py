"""What an Alert leads to, whatever people and providers do: each decision is `decide`'s.

States come back: at most moments an Alert finds the same people. So each decision is made once, and
found again by the state, the message and the policy; and equal states are one.
"""

from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from pager.decide import decide
from pager.errors import NoEscalationPolicy
from pager.messages import (
    Acknowledgement,
    AcknowledgementExpired,
    AcknowledgementTimeout,
    Alert,
    Effect,
    Message,
    Notification,
    Timed,
    TimerEffect,
    Unreachable,
)
from pager.model import Acknowledged, Healthy, MonitoredService, Target, Unhealthy
from pager.verify.readings import Reading

ALERT = "an example"
"""What the Alert says."""


class Done(NamedTuple):
    """What is done when a Monitored Service comes to a state."""

    targets: tuple[Target, ...] = ()
    """Who is told."""
    continues: bool = False
    """Whether people are told in a second way, who have not answered the first."""
    wait: timedelta | None = None
    """When the timer rings, unless something happens before; None where it is not set."""


class Situation:
    """A state of a Monitored Service, and what was done when it came to it."""

    def __init__(self, service: MonitoredService, done: Done, known: "_Known") -> None:
        """The service as it is once that is done; `known` are all situations."""
        self._service = service
        self._known = known
        self._next: dict[tuple[str, Reading], Situation] = {}
        self.step = service.level if isinstance(service, Unhealthy) else 0
        """The number of the step; 0 before the Alert."""
        self.targets, self.continues, self.wait = done

    def alert(self, reading: Reading) -> "Situation | None":
        """After an Alert; None where that is refused, because it reaches nobody."""
        try:
            return self._after(self._alert, reading)
        except NoEscalationPolicy:
            return None

    def silence(self, reading: Reading) -> "Situation":
        """After the wait is over, with the policy as it is read then."""
        return self._after(self._timed, reading)

    def refusal(self, reading: Reading) -> "Situation":
        """After each page of the step was refused for good."""
        return self._after(self._unreachable, reading)

    def acknowledgement(self, reading: Reading) -> "Situation":
        """After somebody has acknowledged."""
        return self._after(self._acknowledgement, reading)

    def _after(self, message: Message, reading: Reading) -> "Situation":
        known = self._next.get((message.type, reading))
        if known is None:
            decision = decide(self._service, message, reading.policy)
            known = self._known.one(decision.after, _done(decision.effects))
            self._next[message.type, reading] = known
        return known

    @cached_property
    def _alert(self) -> Alert:
        return Alert(service_id=self._service.service_id, message=ALERT)

    @cached_property
    def _timed(self) -> Timed:
        id_, incident = self._service.service_id, self._service.incident
        if isinstance(self._service, Unhealthy) and isinstance(
            self._service.escalation, Acknowledged
        ):
            return AcknowledgementExpired(service_id=id_, incident=incident, level=self.step)
        return AcknowledgementTimeout(service_id=id_, incident=incident, level=self.step)

    @cached_property
    def _unreachable(self) -> Unreachable:
        return Unreachable(
            service_id=self._service.service_id, incident=self._service.incident, level=self.step
        )

    @cached_property
    def _acknowledgement(self) -> Acknowledgement:
        return Acknowledgement(service_id=self._service.service_id, incident=self._service.incident)


def _done(effects: tuple[Effect, ...]) -> Done:
    pages = [one for one in effects if isinstance(one, Notification)]
    return Done(
        tuple(page.target for page in pages),
        any(page.continues for page in pages),
        next((one.delay for one in effects if isinstance(one, TimerEffect)), None),
    )


class _Known:
    """All situations that were found: equal ones are the same."""

    def __init__(self) -> None:
        self._found: dict[tuple[MonitoredService, Done], Situation] = {}

    def one(self, service: MonitoredService, done: Done) -> Situation:
        """The situation of that state, in which that was done."""
        found = self._found.get((service, done))
        if found is None:
            found = self._found[service, done] = Situation(service, done, self)
        return found


def healthy(service_id: str) -> Situation:
    """Before the Alert."""
    return _Known().one(Healthy(service_id=service_id), Done())
