"""Who takes part: the real PagerService and OutboxRelay, stopped at every call of a port.

Neither of the two does anything but call its ports and compute with the answers; threads would add
nothing. So an actor with the answers 1 … n is run again from the beginning with these answers, and
stops at call n + 1. Its answers are its whole state: that is why two schedules that led to the same
answers and the same store may go on as one.
"""

from enum import Enum
from functools import cache
from typing import NamedTuple, TypeGuard, get_args

from interleavings.ports import Call, Ports
from interleavings.store import LEASE, Store
from pager.decide import Decision
from pager.errors import PagerError
from pager.messages import Channel, Message, TimerMessage
from pager.model import EscalationPolicy
from pager.relay import OutboxRelay
from pager.service import PagerService


class Code(NamedTuple):
    """What is explored: the code as it is, or with a fault planted in it."""

    service: type[PagerService] = PagerService
    relay: type[OutboxRelay] = OutboxRelay
    store: type[Store] = Store


class Removal(NamedTuple):
    """The edit of a policy that leaves the service without one."""

    service_id: str


class Work(Enum):
    """What is done without a message."""

    RELAY = "a relay, which works once through every channel"
    HALT = "a halt of everybody, for longer than a lease"
    FAILURE = "a gateway's failure to take the next page"
    REFUSAL = "a gateway that refuses every page from now on"
    LOST_ANSWER = "a gateway's answer to the next page, which is lost"


Role = Message | EscalationPolicy | Removal | Work
"""What an actor is there for: a message to receive, a policy to put, or work."""


def is_message(role: Role | None) -> TypeGuard[Message]:
    """Whether it is a message for the PagerService, whose sender gets an answer."""
    return role is not None and not isinstance(role, EscalationPolicy | Removal | Work)


def play(role: Role, code: Code, ports: Ports) -> Decision | str | None:
    """Do all of it; return the answer to the sender: a decision, or the name of a refusal."""
    match role:
        case Work.RELAY:
            for channel in get_args(Channel):
                code.relay(ports, ports, ports.gateways, ports).run_once(channel)
        case Work.HALT:
            ports.advance(2 * LEASE.duration)
        case Work.FAILURE:
            ports.go_wrong("failed")
        case Work.REFUSAL:
            ports.go_wrong("refused")
        case Work.LOST_ANSWER:
            ports.go_wrong("lost")
        case Removal():
            ports.remove(role.service_id)
        case EscalationPolicy():
            ports.put(role)
        case _:
            try:
                decision = code.service(ports, ports).receive(role)
            except PagerError as refusal:
                return type(refusal).__name__
            if isinstance(role, TimerMessage):
                ports.done(role)
            return decision
    return None


class Pause(BaseException):
    """Nobody has answered `call` yet. Not an Exception: no code under test catches it."""

    def __init__(self, call: Call) -> None:
        self.call = call


class Step(NamedTuple):
    """What one call led to."""

    store: Store
    answer: object
    actor: "Actor"


class Actor:
    """An actor as far as it has come: there is one object for a role and its answers so far."""

    def __init__(
        self,
        role: Role,
        code: Code,
        asked: tuple[Call, ...] = (),
        answers: tuple[object, ...] = (),
    ) -> None:
        self.role = role
        self.call: Call | None = None
        """The call that it is about to make; None once it is finished."""
        self.result: Decision | str | None = None
        self._code = code
        self._asked = asked
        self._answers = answers
        self.has_begun = bool(answers)
        self._next: dict[object, Actor] = {}
        self._steps: dict[Store, Step] = {}
        replies = iter(answers)
        calls: list[Call] = []

        def answer(call: Call) -> object:
            calls.append(call)
            for reply in replies:
                return reply
            raise Pause(call)

        try:
            self.result = play(role, code, Ports(answer))
        except Pause as pause:
            self.call = pause.call
        assert (*calls[: len(asked)],) == asked, "it does not depend on its answers alone"

    def step(self, store: Store) -> Step:
        """Make the call that it is about to make."""
        if store not in self._steps:
            assert self.call is not None
            after, answer = store.after(self.call)
            if answer not in self._next:
                self._next[answer] = self._with_answer(answer)
            self._steps[store] = Step(after, answer, self._next[answer])
        return self._steps[store]

    def _with_answer(self, answer: object) -> "Actor":
        assert self.call is not None
        asked, answers = (*self._asked, self.call), (*self._answers, answer)
        return Actor(self.role, self._code, asked, answers)


@cache
def actor(role: Role, code: Code) -> Actor:
    """An actor that has not begun."""
    return Actor(role, code)
