"""The step catalogue: every sentence that a scenario can be written with."""

from datetime import timedelta

from pytest_bdd import given, then, when

from acceptance.sentences import (
    Condition,
    CrashPoint,
    Fate,
    Gateway,
    Kind,
    Person,
    Phrase,
    Sentence,
    State,
    Which,
    read_duration,
    read_phrase,
    read_target,
)
from acceptance.world import World
from pager import Acknowledged, EscalationPolicy, Level, Target, Unhealthy

DataTable = list[list[str]]

COLUMNS = {"Target", "Service", "Incident", "Level", "Message"}

AN_ALERT = Phrase(Kind.ALERT, None, None, None)


# --- Given, or When: what is so, and what changes ------------------------------------------


@given(Sentence("the Escalation Policy of {service}:"))
@when(Sentence("the Escalation Policy of {service} becomes:"))
def the_policy(world: World, service: str, datatable: DataTable) -> None:
    world.pager.policies.put(
        EscalationPolicy(
            service_id=service,
            levels=tuple(
                read_level(row, number) for number, row in enumerate(rows(datatable), start=1)
            ),
        )
    )


@given(Sentence("the Escalation Policy of {service} is deleted"))
@when(Sentence("the Escalation Policy of {service} is deleted"))
def no_policy(world: World, service: str) -> None:
    world.pager.policies.remove(service)


@given(Sentence("the {gateway} {condition}"))
@when(Sentence("the {gateway} {condition}"))
def gateway_condition(world: World, gateway: Gateway, condition: Condition) -> None:
    world.gateway(gateway).down = condition is Condition.DOWN
    world.gateway(gateway).loses_answers = condition is Condition.LOSES_ANSWERS


@given(Sentence("the {gateway} refuses {person}"))
def gateway_refuses(world: World, gateway: Gateway, person: Person) -> None:
    target = person.email if gateway is Gateway.MAIL else person.sms
    world.gateway(gateway).refused.add(target.key)


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
    policy, service = world.pager.policies.of(world.last_service), world.service(world.last_service)
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
    world.receive_together([world.message(read_phrase(text), service) for [text] in datatable])
    world.pager.run_relay()


@given(Sentence("{duration} pass(?:es)?"))
@when(Sentence("{duration} pass(?:es)?"))
def time_passes(world: World, duration: timedelta) -> None:
    world.pager.advance(duration)


@when(Sentence("the Pager restarts"))
def restarts(world: World) -> None:
    assert world.crashed, "the Pager has not crashed: there is nothing to restart from"
    world.crashed = False
    world.pager.restart()


# --- Then: what came of it -----------------------------------------------------------------


@then(Sentence("the Monitored Service becomes {state}"))
@then(Sentence("{service} is {state}(?: by {person})?"))
def state_is(
    world: World, state: State, service: str | None = None, person: Person | None = None
) -> None:
    service_id = service or world.last_service
    assert state in world.states(service_id)
    if person is not None:
        now = world.service(service_id)
        assert isinstance(now, Unhealthy)
        assert now.escalation == Acknowledged(by=person)


@then(Sentence("the Pager notifies all targets of the {which} level of the escalation policy"))
def level_notified(world: World, which: Which) -> None:
    policy = world.pager.policies.of(world.last_service)
    assert policy is not None
    expected = policy.levels[0 if which is Which.FIRST else 1].targets
    assert sorted(keys(*expected)) == sorted(keys(*(page.target for page in world.notifications)))


@then(Sentence("sets an? {number}-minutes acknowledgement delay"))
def delay_set(world: World, number: int) -> None:
    assert [delay for _, delay in world.pager.timer.delays] == [timedelta(minutes=number)]


@then(Sentence("the Pager doesn't notify any Target"))
def nobody_notified(world: World) -> None:
    assert world.notifications == []


@then(Sentence("doesn't set an acknowledgement delay"))
def no_delay_set(world: World) -> None:
    assert world.pager.timer.delays == []


@then(Sentence("these Targets are notified:"))
def targets_notified(world: World, datatable: DataTable) -> None:
    columns = datatable[0]
    assert {"Target"} <= {*columns} <= COLUMNS, f"columns are {COLUMNS}, Target always: {columns}"
    described = [
        {
            "Target": page.target.key,
            "Service": page.service_id,
            "Incident": str(page.incident),
            "Level": str(page.level),
            "Message": page.message,
        }
        for page in world.notifications
    ]
    expected = [{**row, "Target": read_target(row["Target"]).key} for row in rows(datatable)]
    seen = [{column: page[column] for column in columns} for page in described]
    assert sorted(seen, key=str) == sorted(expected, key=str)


@then(Sentence("the Acknowledgement Timeout of {service} is due in {duration}"))
def timeout_due(world: World, service: str, duration: timedelta) -> None:
    world.pager.advance(duration - timedelta(microseconds=1))
    assert service not in {timeout.service_id for timeout in world.pager.timer.due()}
    world.pager.clock.advance(timedelta(microseconds=1))
    assert service in {timeout.service_id for timeout in world.pager.timer.due()}


@then(Sentence("the page to {person} is {fate}"))
def page_fate(world: World, person: Person, fate: Fate) -> None:
    assert world.fates(person) == [fate]


@then(Sentence("{person} can tell that the second page is the first one again"))
def recognisable(world: World, person: Person) -> None:
    first, second = (
        page.idempotency_key
        for page in world.notifications
        if page.target in (person.email, person.sms)
    )
    assert first == second


@then(Sentence("the Pager answers that {service} has no Escalation Policy"))
def refused(world: World, service: str) -> None:
    assert [refusal.service_id for refusal in world.refusals] == [service]
    world.refusals.clear()


# --- Tables --------------------------------------------------------------------------------


def rows(datatable: DataTable) -> list[dict[str, str]]:
    header, *body = datatable
    return [dict(zip(header, row, strict=True)) for row in body]


def read_level(row: dict[str, str], number: int) -> Level:
    assert row.keys() <= {"Level", "Targets", "Acknowledgement Delay"}, f"not columns: {[*row]}"
    assert row["Level"] == str(number), f"Level {row['Level']} stands in the place of {number}"
    targets = tuple(read_target(text) for text in row["Targets"].split(", "))
    if delay := row.get("Acknowledgement Delay"):
        return Level(targets=targets, acknowledgement_delay=read_duration(delay))
    return Level(targets=targets)


def keys(*targets: Target) -> list[str]:
    return [target.key for target in targets]
