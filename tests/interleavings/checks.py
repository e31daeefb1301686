"""What must hold, whatever the schedule: each check says why it does not, or nothing.

Of the code under test only `decide` is asked, for one message after the other. That it has the
right rules is for `features/` to say.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import permutations
from typing import NamedTuple, ParamSpec

from interleavings.actors import Removal, Role, Work
from interleavings.store import Store
from pager.decide import Decision, decide
from pager.errors import NoEscalationPolicy
from pager.messages import (
    Acknowledgement,
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Alert,
    ByHand,
    Effect,
    Escalate,
    HealthyEvent,
    Message,
    Notification,
    PageAgain,
    Resolve,
    Unreachable,
)
from pager.model import (
    Acknowledged,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Healthy,
    MonitoredService,
    Unhealthy,
)
from pager.ports import GIVEN_UP
from pager.words import effect_in_words, message_in_words, service_in_words
from unit.builders import SERVICE

P = ParamSpec("P")


class Violation(Exception):
    """A check does not hold."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(f"{check}: {why}")
        self.check = check
        self.why = why


def demand(check: Callable[P, str | None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Raise the Violation, if `check` does not hold."""
    if (why := check(*args, **kwargs)) is not None:
        raise Violation(check.__name__, why)


def service_in(store: Store) -> MonitoredService:
    return store.load(SERVICE)[1].service


def is_over(incident: int, service: MonitoredService) -> bool:
    """Whether nobody needs to be told about `incident` any more."""
    return not (
        isinstance(service, Unhealthy)
        and service.incident == incident
        and not isinstance(service.escalation, Acknowledged)
    )


def is_withdrawn(effect: Effect, service: MonitoredService) -> bool:
    """Whether `effect` is not to be carried out (any more)."""
    if isinstance(effect, AcknowledgementExpiry):
        return is_stale(effect.timeout, service)
    return is_over(effect.incident, service)


def is_stale(  # noqa: PLR0911 - one for each message
    message: Message, service: MonitoredService
) -> bool:
    """Whether `message` is too late, too early or a repetition for `service` as it is."""
    match message:
        case Alert():
            return (
                isinstance(service, Unhealthy)
                and message.message in (service.message, *service.later_alerts.messages)
                and message.dedup_key in service.open_keys
            )
        case AcknowledgementTimeout() | Unreachable():
            # While it is exhausted, the policy may have been given somebody to go on with.
            return (
                not isinstance(service, Unhealthy)
                or isinstance(service.escalation, Acknowledged)
                or (message.incident, message.level) != (service.incident, service.level)
            )
        case AcknowledgementExpired():
            return (
                not isinstance(service, Unhealthy)
                or not isinstance(service.escalation, Acknowledged)
                or (message.incident, message.level) != (service.incident, service.level)
            )
        case Acknowledgement():
            return is_over(message.incident, service)
        case Resolve():
            return isinstance(service, Healthy) or message.dedup_key not in service.open_keys
        case HealthyEvent():
            return isinstance(service, Healthy) or message.incident not in (None, service.incident)
        case Escalate() | PageAgain():
            return (
                not isinstance(service, Unhealthy)
                or (message.incident, message.level) != (service.incident, service.level)
                or message.acknowledged != isinstance(service.escalation, Acknowledged)
            )


# --- Safety: looked at with every call -----------------------------------------------------


def each_page_is_handed_over_once(store: Store, windows: Sequence[str]) -> str | None:
    """At most one page for each (service, incident, level, target); one more for each time that
    a documented window was entered with that very page."""
    keys = [page.idempotency_key for page in store.pages]
    for key in keys:
        if keys.count(key) > 1 + windows.count(key):
            return f"{key} was handed over {keys.count(key)} times"
    return None


def nothing_is_handed_over_once_it_is_over(page: Notification, *, was_over: bool) -> str | None:
    """No page is handed to a gateway by a relay step that began after an Acknowledgement or a
    Healthy event of that incident was committed, unless the Acknowledgement was taken back before
    the relay looked."""
    if was_over:
        return f"{effect_in_words(page)}: that was over before the relay began with it"
    return None


def nothing_is_withdrawn_while_it_is_wanted(effect: Effect, *, was_over: bool) -> str | None:
    """An effect is withdrawn only by a relay that saw that its incident is answered or over; or, of
    the end of an Acknowledgement, that this Acknowledgement no longer stands."""
    return None if was_over else f"{effect_in_words(effect)}: that was wanted when the relay looked"


def what_is_stale_changes_nothing(message: Message, before: MonitoredService) -> str | None:
    """A message that is late, early or repeated never changes state."""
    if is_stale(message, before):
        return f"{message_in_words(message)} changed {service_in_words(before)}"
    return None


def what_a_later_alert_says_is_noted(
    message: Message, before: MonitoredService, after: MonitoredService
) -> str | None:
    """An Alert of an Unhealthy service changes nothing but what later Alerts said, and which
    troubles are open."""
    if isinstance(before, Unhealthy) and isinstance(message, Alert):
        noted = before.noting(message.message)
        if not isinstance(after, Unhealthy) or _without_keys(after) != _without_keys(noted):
            return f"{message_in_words(message)} made {service_in_words(before)} something else"
    return None


def _without_keys(service: Unhealthy) -> Unhealthy:
    return service.model_copy(update={"open_keys": ()})


def a_service_is_unhealthy_while_a_trouble_is_open(
    message: Message, before: MonitoredService, after: MonitoredService
) -> str | None:
    """And no longer. Only an Alert opens a trouble, and only its resolve or a Healthy event closes
    it."""
    expected = open_troubles(before)
    match message:
        case Alert():
            expected |= {message.dedup_key}
        case Resolve():
            expected -= {message.dedup_key}
        case HealthyEvent() if not is_stale(message, before):
            expected = frozenset()
        case _:
            pass
    if open_troubles(after) == expected and isinstance(after, Unhealthy) == bool(expected):
        return None
    return (
        f"{message_in_words(message)} made {service_in_words(before)} {service_in_words(after)}; "
        f"{len(expected)} troubles are open"
    )


def open_troubles(service: MonitoredService) -> frozenset[str | None]:
    """The dedup keys of the troubles that are open; none where the service is Healthy."""
    return frozenset(service.open_keys if isinstance(service, Unhealthy) else ())


# --- As one after the other: looked at when nobody is left to move --------------------------


class Answer(NamedTuple):
    """What a sender is answered."""

    before: MonitoredService
    after: MonitoredService
    effects: tuple[Effect, ...]


class Ending(NamedTuple):
    """All that can be seen of some messages and policy edits."""

    service: MonitoredService
    policy: EscalationPolicy | None
    effects: tuple[Effect, ...]
    """What was committed, and what was handed to a gateway without that; in no order."""
    answers: frozenset[tuple[int, Answer | str]]
    """The answer to each sender that did not die; a refusal by its name."""


def _answer(decision: Decision) -> Answer | str:
    """What a sender is answered.

    Without a policy, what somebody does by hand may change nothing; and an expiry, where the policy
    no longer has one. That answer does not say of which step: as with an Alert that is refused, the
    service was read before the policy was.
    """
    may_expire = decision.policy is not None and decision.policy.acknowledgement_expiry is not None
    by_the_policy = (isinstance(decision.message, ByHand) and decision.policy is None) or (
        isinstance(decision.message, AcknowledgementExpired) and not may_expire
    )
    if by_the_policy and not decision.changed:
        return "nothing has changed"
    return Answer(decision.before, decision.after, decision.effects)


def ending(store: Store, start: Store, results: Mapping[int, Decision | str | None]) -> Ending:
    """What can be seen in `store` of all that happened since `start`, and was answered."""
    committed = [entry.effect for entry in store.outbox]
    behind_our_back = [page for page in store.pages if page not in committed]
    return Ending(
        service_in(store),
        store.of(SERVICE)[1],
        _sorted([*committed[len(start.outbox) :], *behind_our_back]),
        frozenset(
            (number, result if isinstance(result, str) else _answer(result))
            for number, result in results.items()
            if result is not None
        ),
    )


@cache
def sequential_endings(
    start: Store,
    roles: tuple[Role, ...],
    preceded: tuple[frozenset[int], ...],
    died: int,
    refused: frozenset[int],
) -> frozenset[Ending]:
    """The endings of all orders of `roles`, one after the other.

    `preceded` has, for each sender, the senders that had a decision as an answer when it began:
    they come before it. Policies are a store of their own, so an edit may come anywhere, and so may
    a sender that was `refused` because there was no policy. The role that `died` may have had its
    effect or not: both are among the orders.
    """
    takes_part = [number for number, role in enumerate(roles) if not isinstance(role, Work)]
    with_all = {
        order
        for order in permutations(takes_part)
        if all(preceded[number] <= {*order[:place]} for place, number in enumerate(order))
    }
    without = {tuple(number for number in order if number != died) for order in with_all}
    return frozenset(
        _one_after_the_other(start, [(number, roles[number]) for number in order], died, refused)
        for order in with_all | without
    )


def _one_after_the_other(
    start: Store,
    order: Sequence[tuple[int, Role]],
    died: int,
    refused: frozenset[int],
) -> Ending:
    service, policy = service_in(start), start.of(SERVICE)[1]
    effects: list[Effect] = []
    answers: dict[int, Answer | str] = {}
    for number, role in order:
        match role:
            case EscalationPolicy():
                policy = role
            case Removal():
                policy = None
            case Work():
                pass
            case _ if policy is None and number in refused:
                # The answer says only that there is no policy, and not that the service is Healthy:
                # the service was read before the policy, and may be Unhealthy by now.
                answers[number] = NoEscalationPolicy.__name__
            case _:
                with suppress(NoEscalationPolicy):
                    decision = decide(service, role, policy)
                    service = decision.after
                    effects += decision.effects
                    answers[number] = _answer(decision)
    answers.pop(died, None)
    return Ending(service, policy, _sorted(effects), frozenset(answers.items()))


def _sorted(effects: list[Effect]) -> tuple[Effect, ...]:
    return tuple(sorted(effects, key=lambda effect: (effect.idempotency_key, repr(effect))))


def it_ends_as_if_one_came_after_the_other(
    seen: Ending, sequential: frozenset[Ending]
) -> str | None:
    """Final state, policy, committed effects and each surviving sender's answer are those of
    some order of the same messages and edits, one after the other. In it, a sender that had a
    decision as an answer comes before those that began later; an actor that died may have had its
    effect or not."""
    if seen in sequential:
        return None
    effects = ", ".join(map(effect_in_words, seen.effects)) or "nothing"
    return f"no order leads to {service_in_words(seen.service)} with {effects} and those answers"


# --- Liveness: looked at after the recovery ------------------------------------------------


def what_was_committed_is_carried_out(store: Store) -> str | None:
    """Every effect that was committed and is still wanted was carried out, or refused for good.

    Or withdrawn: what an Acknowledgement has withdrawn stays so if that is taken back later. (That
    nothing else is withdrawn is looked at with every call.)
    """
    service = service_in(store)
    for entry in store.outbox:
        effect = entry.effect
        if is_withdrawn(effect, service):
            continue
        if entry.outcome is None or entry.outcome.status not in (
            *("sent", "withdrawn"),
            *GIVEN_UP,
        ):
            return f"{effect_in_words(effect)} is still in the outbox"
        was_sent = entry.outcome.status == "sent"
        if was_sent and isinstance(effect, Notification) and effect not in store.pages:
            return f"{effect_in_words(effect)} was never handed to a gateway"
    return None


def the_end_of_an_acknowledgement_comes_once(store: Store) -> str | None:
    """Where an Acknowledgement was decided to expire, its timer is set for as long as it stands.

    And there is none else that could tell anybody again. (Where the policy no longer lets it
    expire, it may have come and changed nothing.)"""
    service = service_in(store)
    decided = {
        entry.effect.timeout
        for entry in store.outbox
        if isinstance(entry.effect, AcknowledgementExpiry)
        and not is_withdrawn(entry.effect, service)
    }
    running = {
        timer.message
        for timer in store.timers
        if isinstance(timer.message, AcknowledgementExpired)
        and not is_stale(timer.message, service)
    }
    policy = store.of(SERVICE)[1]
    may_expire = policy is not None and policy.acknowledgement_expiry is not None
    if running == decided or (not may_expire and running <= decided):
        return None
    return f"{service_in_words(service)}: {len(running)} timers of {len(decided)} are set"


def one_timer_runs_while_nobody_has_answered(store: Store) -> str | None:
    """An unacknowledged incident that is not exhausted has exactly one live timer step.

    An exhausted one has one at the most: it comes again when the policy is edited."""
    service = service_in(store)
    timers = [timer.message for timer in store.timers]
    live = [
        message
        for message in timers
        if not isinstance(message, AcknowledgementExpired) and not is_stale(message, service)
    ]
    expected = isinstance(service, Unhealthy) and isinstance(service.escalation, Escalating)
    exhausted = isinstance(service, Unhealthy) and isinstance(service.escalation, Exhausted)
    if len(live) != expected and not (exhausted and len(live) == 1):
        return f"{service_in_words(service)} has {len(live)} live timers"
    return None


def a_step_that_reached_nobody_waits_for_nobody(store: Store) -> str | None:
    """Where every page of the running step was refused, the timer gives Unreachable at once."""
    service = service_in(store)
    if not isinstance(service, Unhealthy) or not isinstance(service.escalation, Escalating):
        return None
    step = Unreachable(
        service_id=service.service_id, incident=service.incident, level=service.level
    )
    outcomes = [
        entry.outcome
        for entry in store.outbox
        if isinstance(entry.effect, Notification) and entry.effect.unreachable == step
    ]
    is_unreachable = bool(outcomes) and all(
        outcome and outcome.status in GIVEN_UP for outcome in outcomes
    )
    if is_unreachable and step not in [t.message for t in store.timers if t.due <= store.now]:
        return f"{service_in_words(service)} reached nobody, and waits for its timeout"
    return None
