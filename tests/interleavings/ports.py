"""All ports in one object, for one caller: every call goes through one function."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, NamedTuple, TypeVar

from pager.decide import Decision
from pager.errors import ConcurrentUpdate, DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.messages import Channel, Notification, Timed, TimerMessage
from pager.model import EscalationPolicy, Target
from pager.oncall.policies import ServicePolicy
from pager.ports import Claim, Gateways, Outcome, Stored

T = TypeVar("T")


class Call(NamedTuple):
    """One call of one port."""

    method: str
    arguments: tuple[object, ...]


class Outrun(NamedTuple):
    """The answer to a save on another version than the stored one."""

    service_id: str
    version: int


SendAnswer = Literal["accepted", "failed", "lost", "refused"]
"""What a gateway does with a page: takes it, does not, takes it and the answer is lost, or refuses
it for good."""


class Ports:
    """EscalationPolicies, MonitoredServices, Outbox, Mail, Sms and Timer, all the same object."""

    def __init__(self, answer: Callable[[Call], object]) -> None:
        """`answer` is asked at every call: what it is given is all that a caller ever does."""
        self._answer = answer

    @property
    def gateways(self) -> Gateways:
        return Gateways(mail=self, sms=self)

    def of(self, service_id: str) -> EscalationPolicy | None:
        policy = self._answer(Call("of", (service_id,)))
        assert policy is None or isinstance(policy, EscalationPolicy)
        return policy

    def gaps(self, service_id: str) -> tuple[str, ...]:
        """Nobody: no policy here names people. (A handover is as an edit of a policy.)"""
        return ()

    def put(self, policy: ServicePolicy) -> None:
        assert isinstance(policy, EscalationPolicy)
        self._answer(Call("put", (policy,)))

    def remove(self, service_id: str) -> None:
        self._answer(Call("remove", (service_id,)))

    def load(self, service_id: str) -> Stored:
        return self._ask(Stored, "load", service_id)

    def save(self, decision: Decision, version: int) -> None:
        answer = self._answer(Call("save", (decision, version)))
        if isinstance(answer, Outrun):
            raise ConcurrentUpdate(answer.service_id, answer.version)

    def claim(self, channel: Channel, at_most: int) -> list[Claim]:
        return list(self._ask(tuple, "claim", channel, at_most))

    def holds(self, claim: Claim) -> bool:
        return self._ask(bool, "holds", claim)

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        self._answer(Call("settle", (claim, outcome)))

    def release(self, claim: Claim) -> None:
        self._answer(Call("release", (claim,)))

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        assert target == notification.target
        answer = self._answer(Call("send", (notification,)))
        if answer == "failed":
            raise DeliveryFailed("not now")
        if answer == "refused":
            raise DeliveryRefused("there is no such mailbox")
        if answer == "lost":
            raise DeliveryUnknown("no answer")
        return notification.idempotency_key

    def go_wrong(self, answer: SendAnswer) -> None:
        self._answer(Call("go_wrong", (answer,)))

    def set(self, message: Timed, delay: timedelta) -> None:
        self._answer(Call("set", (message, delay)))

    def due(self) -> list[TimerMessage]:
        return list(self._ask(tuple, "due"))

    def done(self, message: TimerMessage) -> None:
        self._answer(Call("done", (message,)))

    def advance(self, by: timedelta) -> None:
        self._answer(Call("advance", (by,)))

    def _ask(self, kind: type[T], method: str, *arguments: object) -> T:
        answer = self._answer(Call(method, arguments))
        assert isinstance(answer, kind)
        return answer
