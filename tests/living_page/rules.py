"""The rules as `decide` answers them: it is asked what every message means in every state.

The table and the state diagram of the living page are made of the answers, so they cannot say
what the code does not do. A new state or a new message of the model stops the page until
somebody says here how it is made.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import NamedTuple, get_args

from pager import (
    Acknowledgement,
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Alert,
    Decision,
    EmailTarget,
    Escalate,
    EscalationPolicy,
    Healthy,
    HealthyEvent,
    Level,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    Notification,
    PageAgain,
    Resolve,
    Unhealthy,
    Unreachable,
    decide,
    still_wanted,
)
from pager.model import Escalation

SERVICE = "checkout-api"
STILL = timedelta(hours=1)
"""How long a service that is in maintenance is still to be so."""
INCIDENT = 2  # so that there is an earlier one to be stale
ADA = EmailTarget(address="ada@example.com")
ONE_OF_TWO = Resolve(service_id=SERVICE, dedup_key="disk")
POLICY = EscalationPolicy(service_id=SERVICE, levels=(Level(targets=(ADA,)), Level(targets=(ADA,))))
REPEATING = POLICY.model_copy(update={"repeat": 1})
EXPIRING = POLICY.model_copy(update={"acknowledgement_expiry": timedelta(hours=4)})


class Outcome(NamedTuple):
    """What a message leads to, in words."""

    becomes: str
    effects: tuple[str, ...]
    changes: bool
    """False for what the brief answers with "doesn't"."""


class Rule(NamedTuple):
    """One answer of `decide`, and when it gives it."""

    state: str
    message: str
    guard: str
    """The condition; empty where the answer does not depend on one."""
    outcome: Outcome


def rules() -> list[Rule]:
    """An answer for each state and message that there is, in the order of the model."""
    guards: dict[tuple[str, str], dict[Outcome, list[_When]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for service, policy in _situations():
        for name, message in _messages(service):
            for maintenance in (None, STILL):
                asked = _with_troubles(service, message)
                outcome = _outcome(asked, message, policy, maintenance)
                when = _When(_guard(service, policy, message), maintenance is not None)
                guards[state_of(service), name][outcome].append(when)
    return [
        Rule(state, message, _either(when, answers.values()), outcome)
        for (state, message), answers in guards.items()
        for outcome, when in answers.items()
    ]


SOMEBODY_LEFT, NOBODY_LEFT = "somebody is left to notify", "everybody was notified"
BEGINS_AGAIN = "everybody was notified and the policy begins again"
WITH_POLICY = "there is an Escalation Policy"
EXPIRES, STAYS = "an Acknowledgement expires", "an Acknowledgement does not expire"


IN_MAINTENANCE = "the service is in maintenance"
NOT_IN_MAINTENANCE = "the service is not in maintenance"


class _When(NamedTuple):
    """The situation in which an answer is given."""

    guard: str
    is_in_maintenance: bool


def _either(when: Collection[_When], answers: Collection[Collection[_When]]) -> str:
    """When an answer is given, as one condition; empty where there is no other of `answers`."""
    if len(answers) == 1:
        return ""
    every = {each.guard for situations in answers for each in situations}
    inside = dict.fromkeys(each.guard for each in when if each.is_in_maintenance)
    outside = dict.fromkeys(each.guard for each in when if not each.is_in_maintenance)
    parts = [
        _joined([guard for guard in inside if guard in outside]),
        _joined([guard for guard in inside if guard not in outside], IN_MAINTENANCE, every),
        _joined([guard for guard in outside if guard not in inside], NOT_IN_MAINTENANCE, every),
    ]
    return " or ".join(part for part in parts if part)


def _joined(guards: Collection[str], maintenance: str = "", every: Collection[str] = ()) -> str:
    """Any of the guards, and `maintenance`; that alone where there is no guard besides."""
    if not guards:
        return ""
    if maintenance and {*guards} == {*every}:
        return maintenance
    either = " or ".join(guards)
    if {*guards} == {SOMEBODY_LEFT, NOBODY_LEFT, BEGINS_AGAIN}:
        either = WITH_POLICY
    return f"{either}, and {maintenance}" if maintenance else either


def state_of(service: MonitoredService) -> str:
    """The state as the specification calls it."""
    if isinstance(service, Healthy):
        return "Healthy"
    if service.waits_for_maintenance:
        return "Unhealthy, nobody notified yet"
    return f"Unhealthy, {service.escalation.stage}"


def _situations() -> Iterator[tuple[MonitoredService, EscalationPolicy | None]]:
    """A service in each state that the model has, on either Level, with each policy and without."""
    for state in get_args(get_args(MonitoredService)[0]):
        for policy in (POLICY, REPEATING, EXPIRING, None):
            if state is Healthy:
                yield Healthy(service_id=SERVICE, incident=INCIDENT), policy
            elif state is Unhealthy:
                for service in _unhealthy():
                    yield service, policy
            else:
                raise NotImplementedError(f"how is a service made {state.__name__}?")


def _unhealthy() -> Iterator[Unhealthy]:
    for stage in get_args(get_args(Escalation)[0]):
        for level in range(1, len(POLICY.levels) + 1):
            yield Unhealthy(
                service_id=SERVICE,
                incident=INCIDENT,
                level=level,
                message="p99 latency above 3 s",
                escalation=stage(),
            )
    # It began in a maintenance window: nobody was notified.
    yield Unhealthy(
        service_id=SERVICE,
        incident=INCIDENT,
        level=1,
        repeats=1,
        message="p99 latency above 3 s",
        notified=(),
    )


def _guard(service: MonitoredService, policy: EscalationPolicy | None, message: Message) -> str:
    if isinstance(message, Acknowledgement | AcknowledgementExpired):
        return EXPIRES if policy is EXPIRING else STAYS
    if policy is None:
        return "there is no Escalation Policy"
    if isinstance(service, Healthy) or service.waits_for_maintenance:
        return WITH_POLICY
    if service.level < len(policy.levels):
        return SOMEBODY_LEFT
    return BEGINS_AGAIN if policy.repeat else NOBODY_LEFT


TIMER_MESSAGES: dict[type[Message], str] = {
    AcknowledgementTimeout: "Acknowledgement Timeout",
    Unreachable: "the step reached nobody,",
    AcknowledgementExpired: "the Acknowledgement expires,",
}


def _messages(service: MonitoredService) -> Iterator[tuple[str, Message]]:
    """Each message that the model has, current and stale, by the name that the page gives it."""
    level = service.level if isinstance(service, Unhealthy) else 1
    for message in get_args(get_args(Message)[0]):
        if message is Alert:
            yield "Alert", Alert(service_id=SERVICE, message="error rate above 5 %")
            if isinstance(service, Unhealthy):
                yield "the same Alert again", Alert(service_id=SERVICE, message=service.message)
                yield (
                    "the same Alert with another dedup key",
                    Alert(service_id=SERVICE, message=service.message, dedup_key="tls"),
                )
        elif message is Acknowledgement:
            for name, incident in (("", INCIDENT), (" of an earlier incident", INCIDENT - 1)):
                yield (
                    f"Acknowledgement{name}",
                    Acknowledgement(service_id=SERVICE, incident=incident),
                )
        elif message in TIMER_MESSAGES:
            what = TIMER_MESSAGES[message]
            for name, incident, step in (
                ("", INCIDENT, level),
                (" of an earlier incident", INCIDENT - 1, level),
                (" of another Level", INCIDENT, level + 1),
            ):
                yield (
                    f"{what}{name}".rstrip(","),
                    message(service_id=SERVICE, incident=incident, level=step),
                )
        elif message is Resolve:
            yield "resolve of the only open dedup key", Resolve(service_id=SERVICE)
            yield "resolve of one of two open dedup keys", ONE_OF_TWO
            yield "resolve of what is not open", Resolve(service_id=SERVICE, dedup_key="cpu")
        elif message is HealthyEvent:
            for name, which in (("", None), (" of an earlier incident", INCIDENT - 1)):
                yield f"Healthy event{name}", HealthyEvent(service_id=SERVICE, incident=which)
        elif message in (Escalate, PageAgain):
            yield from _by_hand(message, service)
        else:
            raise NotImplementedError(f"what may {message.__name__} say?")


def _with_troubles(service: MonitoredService, message: Message) -> MonitoredService:
    """The service with the troubles that `message` is about."""
    if isinstance(service, Unhealthy) and message == ONE_OF_TWO:
        return service.opening(ONE_OF_TWO.dedup_key)
    return service


def _by_hand(
    message: type[Escalate | PageAgain], service: MonitoredService
) -> Iterator[tuple[str, Message]]:
    """What somebody does on a page that shows what is so, and on one that is out of date."""
    what = "somebody sends it on" if message is Escalate else "somebody pages again"
    level = service.level if isinstance(service, Unhealthy) else 1
    is_acknowledged = "acknowledged" in state_of(service)
    for name, incident, step, acknowledged in (
        ("", INCIDENT, level, is_acknowledged),
        (", of an earlier incident", INCIDENT - 1, level, is_acknowledged),
        (", of another Level", INCIDENT, level + 1, is_acknowledged),
        (", of before or after an Acknowledgement", INCIDENT, level, not is_acknowledged),
    ):
        yield (
            f"{what}{name}",
            message(
                service_id=SERVICE,
                incident=incident,
                level=step,
                by="Grace",
                acknowledged=acknowledged,
            ),
        )


def _outcome(
    service: MonitoredService,
    message: Message,
    policy: EscalationPolicy | None,
    maintenance: timedelta | None,
) -> Outcome:
    try:
        decision = decide(service, message, policy, maintenance=maintenance)
    except NoEscalationPolicy:
        return Outcome(state_of(service), ("refuse the Alert, aloud",), changes=False)
    return Outcome(state_of(decision.after), tuple(_effects(decision)), decision.changed)


def _effects(decision: Decision) -> Iterator[str]:
    for effect in decision.effects:
        if isinstance(effect, Notification):
            which = "first" if effect.level - effect.repeats == 1 else "next"
            if effect.told_again_by or effect.expired_of:
                which = "last"
            yield f"notify the Targets of the {which} Level{' again' if which == 'last' else ''}"
        elif isinstance(effect, AcknowledgementExpiry):
            yield "set the timer for its expiry"
        elif isinstance(decision.after, Unhealthy) and decision.after.waits_for_maintenance:
            yield "set the timer for the end of the maintenance"
        else:
            yield "set the Acknowledgement Delay"
    match decision.before, decision.after:
        case Unhealthy(later_alerts=before), Unhealthy(later_alerts=after) if before != after:
            yield "note what it says, for the next page"
    match decision.before, decision.after:
        case Unhealthy(open_keys=were_open), Unhealthy(open_keys=are_open) if were_open != are_open:
            yield f"{'open' if len(are_open) > len(were_open) else 'close'} its dedup key"
    if isinstance(decision.before, Unhealthy) and not decision.before.waits_for_maintenance:
        page = Notification(
            service_id=SERVICE,
            incident=decision.before.incident,
            level=decision.before.level,
            target=ADA,
            message=decision.before.message,
        )
        if still_wanted(page, decision.before) and not still_wanted(page, decision.after):
            yield "withdraw the pages not sent yet"
