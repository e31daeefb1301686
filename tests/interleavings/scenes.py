"""Where it starts, and who takes part."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain, combinations_with_replacement
from typing import NamedTuple

from interleavings.actors import Code, Removal, Role, Work, play
from interleavings.ports import Call, Ports
from interleavings.store import Store
from pager.messages import Message, Timed, Unreachable
from pager.model import Acknowledged, EscalationPolicy, Healthy, MonitoredService, Unhealthy
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    SERVICE,
    acknowledgement,
    alert,
    escalate,
    expired,
    healthy_event,
    level,
    page_again,
    policy,
    resolve,
    timeout,
    unreachable,
)

POLICY = policy(level(ADA), level(GRACE))
"""One Target a Level, each on a channel of its own: enough for every race about a page."""
WIDER = policy(level(ADA, EDSGER), level(GRACE))
"""Two Targets on one channel: while a relay sends to the first, it has the second's claim."""
EDITED = policy(level(EDSGER))
"""What a policy edit makes of them: shorter, and with somebody else."""

DISK, TLS = alert("disk full", "disk"), alert("certificate expires", "tls")
"""Two troubles of one service."""

EXPIRING = POLICY.model_copy(update={"acknowledgement_expiry": timedelta(hours=4)})
"""What is acknowledged expires."""
REPEATED = POLICY.model_copy(update={"repeat": 1})
"""It begins again once."""

FIRST = (alert("the first incident"), timeout(1, 1), healthy_event())
SECOND = alert("the second incident")


class Start(NamedTuple):
    """How a scene begins."""

    carried_out: Sequence[Message] = ()
    """What was received, with all that it led to."""
    unsent: Sequence[Message] = ()
    """What was received after that, with its effects still in the outbox."""
    policy: EscalationPolicy = POLICY


STARTS = {
    "never seen": Start(),
    "Healthy again": Start(FIRST),
    "Healthy again, unsent": Start((), FIRST),
    "first Level": Start((*FIRST, SECOND)),
    "first Level, unsent": Start(FIRST, (SECOND,)),
    "first Level, two unsent": Start(FIRST, (SECOND,), WIDER),
    "last Level": Start((*FIRST, SECOND, timeout(2, 1))),
    "last Level, unsent": Start((*FIRST, SECOND), (timeout(2, 1),)),
    "told again, unsent": Start((*FIRST, SECOND), (page_again(2, 1),)),
    "acknowledged": Start((*FIRST, SECOND, acknowledgement(2))),
    "acknowledged, unsent": Start(FIRST, (SECOND, acknowledgement(2))),
    "exhausted": Start((*FIRST, SECOND, timeout(2, 1), timeout(2, 2))),
    "exhausted, unsent": Start((*FIRST, SECOND), (timeout(2, 1), timeout(2, 2))),
}

WITH_TROUBLES = {
    "never seen": Start(),
    "one trouble": Start((*FIRST, DISK)),
    "one trouble, unsent": Start(FIRST, (DISK,)),
    "two troubles": Start((*FIRST, DISK, TLS)),
    "two troubles, unsent": Start(FIRST, (DISK, TLS)),
    "two troubles, acknowledged": Start((*FIRST, DISK, TLS, acknowledgement(2))),
}
"""How a scene with dedup keys begins."""

AGAIN = {
    "first Level, may expire": Start((*FIRST, SECOND), policy=EXPIRING),
    "acknowledged, may expire": Start((*FIRST, SECOND, acknowledgement(2)), policy=EXPIRING),
    "acknowledged, may expire, unsent": Start(FIRST, (SECOND, acknowledgement(2)), EXPIRING),
    "last Level, repeats": Start((*FIRST, SECOND, timeout(2, 1)), policy=REPEATED),
    "last Level, repeats, unsent": Start((*FIRST, SECOND), (timeout(2, 1),), REPEATED),
    "begun again, last Level": Start(
        (*FIRST, SECOND, *(timeout(2, step) for step in (1, 2, 3))), policy=REPEATED
    ),
}
"""How a scene begins in which somebody may be told again."""

KINDS = (
    "Alert",
    "another Alert",
    "Acknowledgement",
    "Healthy event",
    "current Timeout",
    "Unreachable",
    "Timeout of the Level before",
    "Timeout of the incident before",
    "Escalate",
    "Page again",
    "policy edit",
    "policy removal",
    "relay",
    "halt",
    "failed page",
    "refused pages",
    "lost answer",
)
KEYED = ("Alert of disk", "Alert of tls", "resolve of disk", "resolve of tls")
"""Alerts with a dedup key, and resolves."""
WITH_KEYED = (
    *KEYED,
    *("Alert", "Acknowledgement", "Healthy event", "current Timeout", "relay"),
)
"""Who takes part with them. All others never look at the open troubles, so that they would only
multiply the number of states."""
EXPIRIES = ("expiry of the Acknowledgement",)
WITH_EXPIRIES = (
    *EXPIRIES,
    *("Acknowledgement", "Healthy event", "current Timeout", "Escalate", "Page again"),
    *("policy edit", "relay"),
)
"""Who takes part where an Acknowledgement expires, or a policy begins again; likewise."""
TWICE = ("current Timeout", "Escalate", "Page again", "relay", *EXPIRIES)
"""Who may take part twice: a Timeout that is delivered again, a button that two people press, and a
second relay."""


class Scene(NamedTuple):
    """A start and who takes part, by their names; `str` of it is all that a test needs."""

    start: str
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.start}: {' | '.join(self.kinds)}"

    @classmethod
    def named(cls, name: str) -> "Scene":
        """The scene whose `str` is `name`."""
        start, kinds = name.split(": ")
        return cls(start, tuple(kinds.split(" | ")))


def casts(size: int) -> Iterator[tuple[str, ...]]:
    """Every combination of `size` actors; those with dedup keys and expiries are the last."""
    with_keys = combinations_with_replacement(WITH_KEYED, size)
    with_expiries = combinations_with_replacement(WITH_EXPIRIES, size)
    for kinds in chain(
        combinations_with_replacement(KINDS, size),
        filter(has_keys, with_keys),
        filter(has_expiries, with_expiries),
    ):
        if all(kinds.count(kind) <= 1 + (kind in TWICE) for kind in kinds):
            yield kinds


def has_keys(kinds: Sequence[str]) -> bool:
    """Whether dedup keys are what it is about."""
    return not set(KEYED).isdisjoint(kinds)


def has_expiries(kinds: Sequence[str]) -> bool:
    """Whether the end of an Acknowledgement is what it is about."""
    return not set(EXPIRIES).isdisjoint(kinds)


def scenes(kinds: tuple[str, ...]) -> Iterator[Scene]:
    """Those actors from every start."""
    if has_keys(kinds):
        starts = [*WITH_TROUBLES]
    elif has_expiries(kinds):
        starts = [*AGAIN]
    elif {*kinds} <= {*WITH_EXPIRIES}:
        starts = [*STARTS, *AGAIN]
    else:
        starts = [*STARTS]
    for start in starts:
        yield Scene(start, kinds)


class Opening(NamedTuple):
    """A scene before anything has happened in it."""

    store: Store
    roles: tuple[Role, ...]


def opening(scene: Scene, code: Code) -> Opening | None:
    """Set the scene; None where the start knows no such actor (a Level before the first)."""
    store = code.store().but()

    def answer(call: Call) -> object:
        nonlocal store
        store, result = store.after(call)
        return result

    ports = Ports(answer)
    carried_out, unsent, policy = (STARTS | WITH_TROUBLES | AGAIN)[scene.start]
    ports.put(policy)
    for message in carried_out:
        play(message, Code(store=code.store), ports)
        play(Work.RELAY, Code(store=code.store), ports)
    for message in unsent:
        play(message, Code(store=code.store), ports)
    service = ports.load(SERVICE).service
    roles = [_role(kind, service) for kind in scene.kinds]
    for role in roles:
        if isinstance(role, Timed):
            ports.set(role, timedelta(0))  # the timer returns it until it is done
    for role in roles:
        if isinstance(role, Unreachable):
            store, _ = store.give_at_once(role)
    present = tuple(role for role in roles if role is not None)
    return Opening(store, present) if len(present) == len(roles) else None


def _role(kind: str, service: MonitoredService) -> Role | None:
    """An actor of `kind`; where no incident is running, of the one that an Alert would begin."""
    last = service.incident
    level = service.level if isinstance(service, Unhealthy) else 2
    # What people see on their page before anything else happens.
    acknowledged = isinstance(service, Unhealthy) and isinstance(service.escalation, Acknowledged)
    roles: dict[str, Role | None] = {
        "Alert": alert("disk full"),
        "another Alert": alert("error rate above 5 %"),
        "Alert of disk": DISK,
        "Alert of tls": TLS,
        "resolve of disk": resolve("disk"),
        "resolve of tls": resolve("tls"),
        "Acknowledgement": acknowledgement(last + isinstance(service, Healthy), by="Ada"),
        "Healthy event": healthy_event(),
        "current Timeout": timeout(last, level) if last > 0 else None,
        "Unreachable": unreachable(last, level) if last > 0 else None,
        # The timer gives it after its time, so never before there is an Acknowledgement.
        "expiry of the Acknowledgement": expired(last, level) if acknowledged else None,
        "Timeout of the Level before": timeout(last, level - 1) if last > 0 < level - 1 else None,
        "Timeout of the incident before": timeout(last - 1, level) if last > 1 else None,
        "Escalate": escalate(last, level, acknowledged=acknowledged) if last > 0 else None,
        "Page again": page_again(last, level, acknowledged=acknowledged) if last > 0 else None,
        "policy edit": EDITED,
        "policy removal": Removal(SERVICE),
        "relay": Work.RELAY,
        "halt": Work.HALT,
        "failed page": Work.FAILURE,
        "refused pages": Work.REFUSAL,
        "lost answer": Work.LOST_ANSWER,
    }
    return roles[kind]
