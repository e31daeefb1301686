"""The step catalogue: every sentence that a scenario can be written with."""

from datetime import timedelta

from pytest_bdd import given, then, when

from acceptance.expect import expect
from acceptance.sentences import (
    NAMES,
    Condition,
    CrashPoint,
    Delivery,
    Gateway,
    Kind,
    PageStatus,
    Person,
    Phrase,
    Sentence,
    State,
    Which,
    read_phrase,
)
from acceptance.tables import DataTable, expect_pages, listed, read_pages, read_policy
from acceptance.world import World
from pager import Acknowledged, Unhealthy
from pager.words import service_in_words

AN_ALERT = Phrase(Kind.ALERT, None, None, None)


# --- Given, or When: what is so, and what changes ------------------------------------------


@given(Sentence("the Escalation Policy of {service}:"))
@when(Sentence("the Escalation Policy of {service} becomes:"))
def the_policy(world: World, service: str, datatable: DataTable) -> None:
    """Columns: Level, Targets, and perhaps Acknowledgement Delay."""
    world.policies.put(read_policy(service, datatable))
    world.pass_time(timedelta(0))  # an exhausted incident goes on at once


@given(Sentence("the Escalation Policy of {service} is deleted"))
@when(Sentence("the Escalation Policy of {service} is deleted"))
def no_policy(world: World, service: str) -> None:
    world.policies.remove(service)


@given(Sentence("the {gateway} {condition}"))
@when(Sentence("the {gateway} {condition}"))
def gateway_condition(world: World, gateway: Gateway, condition: Condition) -> None:
    world.gateway(gateway).down = condition is Condition.DOWN
    world.gateway(gateway).loses_answers = condition is Condition.LOSES_ANSWERS


@given(Sentence("the {gateway} refuses {person}"))
def gateway_refuses(world: World, gateway: Gateway, person: Person) -> None:
    world.gateway(gateway).refused |= person.keys


@given(Sentence("the carrier {delivery} the SMS to {person}"))
@when(Sentence("the carrier {delivery} the SMS to {person}"))
def carrier_reports(world: World, delivery: Delivery, person: Person) -> None:
    """What the SMS gateway hears later of the last SMS that it took for that person."""
    world.expect_running()
    is_for_good = delivery is Delivery.NOBODY
    world.pager.report(person.sms, delivery.status, is_for_good=is_for_good)


@given(Sentence("the Pager will crash right {crash_point}"))
def crash(world: World, crash_point: CrashPoint) -> None:
    match crash_point:
        case CrashPoint.BEFORE_DECISION:
            world.pager.services.crash_at_next_save("before")
        case CrashPoint.AFTER_DECISION:
            world.pager.services.crash_at_next_save("after")
        case CrashPoint.AFTER_MAIL:
            world.pager.mail.crash_after_next_send = True
        case CrashPoint.AFTER_SMS:
            world.pager.sms.crash_after_next_send = True


@given(Sentence("a Monitored Service in an? {state} State"))
@given(Sentence("{service} is {state}"))
def a_service(world: World, state: State, service: str = "checkout-api") -> None:
    if state is not State.HEALTHY:
        world.receive(world.message(AN_ALERT, service))
    if state is State.ACKNOWLEDGED:
        world.receive(world.message(read_phrase("the Acknowledgement"), service))
    if state is State.EXHAUSTED:
        world.pager.advance(timedelta(days=1))
    assert state in world.states(service)


@given(Sentence("the corresponding Alert is not Acknowledged"))
def not_acknowledged(world: World) -> None:
    assert State.ACKNOWLEDGED not in world.states(world.last_service)


@given(Sentence("the last level has not been notified"))
def last_level_not_notified(world: World) -> None:
    policy, service = world.policies.of(world.last_service), world.service(world.last_service)
    assert policy is not None
    assert isinstance(service, Unhealthy)
    assert service.level < len(policy.levels)


# --- Given, or When: what the Pager receives -----------------------------------------------


@when(Sentence("the Monitored Service becomes unhealthy"))
def becomes_unhealthy(world: World) -> None:
    world.receive(world.message(AN_ALERT, "checkout-api"))


@given(Sentence('{service} raises the Alert "{text}"'))
@when(Sentence('{service} raises the Alert "{text}"'))
def raises(world: World, service: str, text: str) -> None:
    world.receive(world.message(Phrase(Kind.ALERT, text, None, None), service))


@given(Sentence("the Pager receives {message}(?: (?:for|related to) {service})?"))
@when(Sentence("(?:the Pager|later) receives {message}(?: (?:for|related to) {service})?"))
def receives(world: World, message: Phrase, service: str | None = None) -> None:
    world.receive(world.message(message, service or world.last_service))


@when(Sentence("{person} acknowledges {service}"))
def acknowledges(world: World, person: Person, service: str) -> None:
    world.receive(world.message(read_phrase(f"the Acknowledgement by {person}"), service))


@when(Sentence("these arrive at the same moment for {service}:"))
def at_the_same_moment(world: World, service: str, datatable: DataTable) -> None:
    world.expect_running()
    world.receive_together([world.message(read_phrase(text), service) for [text] in datatable])
    world.pager.run_relay()


@given(Sentence("{duration} pass(?:es)?"))
@when(Sentence("{duration} pass(?:es)?"))
def time_passes(world: World, duration: timedelta) -> None:
    world.pass_time(duration)


@when(Sentence("the Pager restarts"))
def restarts(world: World) -> None:
    expect(world.crashed, "The Pager has not crashed: there is nothing to restart from.")
    world.crashed = False
    world.pager.restart()


# --- Then: what came of it -----------------------------------------------------------------


@then(Sentence("the Monitored Service becomes {state}"))
@then(Sentence("{service} is {state}(?: by {person})?"))
def state_is(
    world: World, state: State, service: str | None = None, person: Person | None = None
) -> None:
    now = world.service(service or world.last_service)
    otherwise = f"{now.service_id} is {service_in_words(now)}."
    expect(state in world.states(now.service_id), otherwise)
    if person is not None:
        expect(isinstance(now, Unhealthy) and now.escalation == Acknowledged(by=person), otherwise)


@then(Sentence("the Pager notifies all targets of the {which} level of the escalation policy"))
def level_notified(world: World, which: Which) -> None:
    policy = world.policies.of(world.last_service)
    assert policy is not None
    targets = policy.levels[0 if which is Which.FIRST else 1].targets
    expect_pages(world.notifications, [{"Target": NAMES[target.key]} for target in targets])


@then(Sentence("sets an? {number}-minutes acknowledgement delay"))
def delay_set(world: World, number: int) -> None:
    delays = [delay for _, delay in world.pager.timer.delays]
    expect(delays == [timedelta(minutes=number)], f"Delays that were set: {listed(delays)}.")


@then(Sentence("the Pager doesn't notify any Target"))
def nobody_notified(world: World) -> None:
    expect_pages(world.notifications, [])


@then(Sentence("doesn't set an acknowledgement delay"))
def no_delay_set(world: World) -> None:
    delays = [delay for _, delay in world.pager.timer.delays]
    expect(delays == [], f"Delays that were set: {listed(delays)}.")


@then(Sentence("these Targets are notified:"))
def targets_notified(world: World, datatable: DataTable) -> None:
    """Columns: Target, and as many as you like of Service, Incident, Level, Message."""
    expect_pages(world.notifications, read_pages(datatable))


@then(Sentence("the Acknowledgement Timeout of {service} is due in {duration}"))
def timeout_due(world: World, service: str, duration: timedelta) -> None:
    world.pager.advance(duration - timedelta(microseconds=1))
    expect(not world.is_due(service), "It is due earlier.")
    world.pager.clock.advance(timedelta(microseconds=1))
    expect(world.is_due(service), "It is not due by then.")


@then(Sentence("the page to {person} is {status}"))
def page_status(world: World, person: Person, status: PageStatus) -> None:
    statuses = world.statuses(person)
    expect(statuses == [status], f"What became of the pages to {person}: {listed(statuses)}.")


@then(Sentence("{person} can tell that the second page is the first one again"))
def recognisable(world: World, person: Person) -> None:
    keys = [page.idempotency_key for page in world.notifications if page.target.key in person.keys]
    expect(len(keys) == 2, f"{person} got {len(keys)} pages.")
    expect(keys[0] == keys[1], f"The pages have different keys: {listed(keys)}.")


@then(Sentence("the Pager answers that {service} has no Escalation Policy"))
def refused(world: World, service: str) -> None:
    services = [refusal.service_id for refusal in world.refusals]
    expect(services == [service], f"Services whose Alert was refused: {listed(services)}.")
    world.refusals.clear()
