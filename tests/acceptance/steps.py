"""The step catalogue: every sentence that a scenario can be written with."""

from datetime import timedelta

from pytest_bdd import given, then, when

from acceptance.expect import Unmet, expect
from acceptance.sentences import (
    NAMES,
    ByHand,
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
from acceptance.tables import DataTable, RefusedEdit, expect_pages, listed, read_pages, read_policy
from acceptance.world import World
from pager import Acknowledged, Alert, MonitoredService, NobodyToPage, Unhealthy
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK
from pager.words import service_in_words

AN_ALERT = Phrase(Kind.ALERT, None, None, None)


# --- Given, or When: what is so, and what changes ------------------------------------------


@given(Sentence("the Escalation Policy of {service}:"))
@given(Sentence("the fallback Escalation Policy:"))
@when(Sentence("the Escalation Policy of {service} becomes:"))
@when(Sentence("the fallback Escalation Policy becomes:"))
def the_policy(world: World, datatable: DataTable, service: str = FALLBACK) -> None:
    """Columns: Level, Targets, and perhaps Acknowledgement Delay."""
    try:
        policy = read_policy(service, datatable)
    except RefusedEdit as refusal:
        world.refuse_edit(refusal)
        return
    expect(world.policies.of(service) != policy, f"{service} has this Escalation Policy already.")
    world.put_policy(policy)
    whose = "the fallback Escalation Policy"
    if service != FALLBACK:
        whose = f"the Escalation Policy of {service}"

    def is_so() -> bool:
        now = world.policies.of(service)
        return now is not None and now.levels == policy.levels

    world.claim(whose, f"{whose}:", is_so)


@given(Sentence("the Escalation Policy of {service} repeats {number} times?"))
@when(Sentence("the Escalation Policy of {service} repeats {number} times?"))
def policy_repeats(world: World, service: str, number: int) -> None:
    """What it is from now on: how often it begins again with its first Level."""
    _change_policy(world, service, "repeat", number)


@given(
    Sentence("the Escalation Policy of {service} lets an Acknowledgement expire after {duration}")
)
@when(
    Sentence("the Escalation Policy of {service} lets an Acknowledgement expire after {duration}")
)
def acknowledgement_expires(world: World, service: str, duration: timedelta) -> None:
    """What it is from now on, for an incident that is acknowledged later."""
    _change_policy(world, service, "acknowledgement_expiry", duration)


def _change_policy(world: World, service: str, field: str, value: object) -> None:
    policy = world.policies.of(service)
    if policy is None:
        raise Unmet(f"{service} has no Escalation Policy. Write “the Escalation Policy of” first.")
    expect(getattr(policy, field) != value, f"The Escalation Policy of {service} says so already.")
    changed = policy.model_copy(update={field: value})
    world.put_policy(changed)
    world.claim(
        f"{field} of {service}",
        f"the Escalation Policy of {service} …",
        lambda: world.policies.of(service) == changed,
    )


@given(Sentence("{service} has no Escalation Policy"))
def has_no_policy(world: World, service: str) -> None:
    world.claim(
        f"the Escalation Policy of {service}",
        f"{service} has no Escalation Policy",
        lambda: world.policies.of(service) is None,
    )


@when(Sentence("the Escalation Policy of {service} is deleted"))
def no_policy(world: World, service: str) -> None:
    expect(world.policies.of(service) is not None, f"{service} has no Escalation Policy.")
    world.policies.remove(service)


@given(Sentence("the {gateway} {condition}"))
@when(Sentence("the {gateway} {condition}"))
def gateway_condition(world: World, gateway: Gateway, condition: Condition) -> None:
    expect(world.condition(gateway) is not condition, f"The {gateway} {condition} already.")
    world.set_condition(gateway, condition)
    world.claim(
        f"the {gateway}",
        f"the {gateway} {condition}",
        lambda: world.condition(gateway) is condition,
    )
    if condition is not Condition.UP:
        world.claim_fault(f"the {gateway} {condition}", gateway)


@given(Sentence("the {gateway} refuses {person}"))
def gateway_refuses(world: World, gateway: Gateway, person: Person) -> None:
    world.claim_fault(f"the {gateway} refuses {person}", gateway, person.keys)
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
    world.claim("when the Pager crashes", f"the Pager will crash right {crash_point}", lambda: True)
    world.crash_is_due = True
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
    world.claim(
        f"the state of {service}", f"{service} is {state}", lambda: state in world.states(service)
    )
    world.last_service = service
    if state is not State.HEALTHY:
        expect(
            bool(world.policies.of(service) or world.policies.of(FALLBACK)),
            f"{service} has no Escalation Policy, so it cannot become {state}."
            f" Write “Given the Escalation Policy of {service}:” first.",
        )
        world.receive(world.message(AN_ALERT, service))
    if state is State.ACKNOWLEDGED:
        world.receive(world.message(read_phrase("the Acknowledgement"), service))
    if state is State.EXHAUSTED:
        world.pass_time(timedelta(days=1))
    _expect_so(world, so=state in world.states(service))


@given(Sentence("the corresponding Alert is not Acknowledged"))
def not_acknowledged(world: World) -> None:
    def is_so() -> bool:
        return State.ACKNOWLEDGED not in world.states("checkout-api")

    world.claim("said of the Acknowledgement", "the corresponding Alert is not Acknowledged", is_so)
    _expect_so(world, so=is_so())


@given(Sentence("the last level has not been notified"))
def last_level_not_notified(world: World) -> None:
    def is_so() -> bool:
        policy, service = world.policies.of("checkout-api"), world.service("checkout-api")
        return bool(
            policy and isinstance(service, Unhealthy) and service.level < len(policy.levels)
        )

    world.claim("said of the last level", "the last level has not been notified", is_so)
    _expect_so(world, so=is_so())


def _expect_so(world: World, *, so: bool) -> None:
    """Expect that what a Given says is so."""
    service = world.service(world.last_service)
    expect(
        so,
        f"{service.service_id} is {service_in_words(service)}: the Givens above have led to that.",
    )


@given(Sentence("{service} goes into maintenance(?: in {start})? for {duration}"))
@when(Sentence("{service} goes into maintenance(?: in {start})? for {duration}"))
def goes_into_maintenance(
    world: World, service: str, duration: timedelta, start: timedelta | None = None
) -> None:
    world.plan_maintenance(service, start, duration)


@when(Sentence("the maintenance of {service} is (?:prolonged by {duration}|ended early|cancelled)"))
def maintenance_is_changed(world: World, service: str, duration: timedelta | None = None) -> None:
    """What has not begun yet is cancelled."""
    world.change_maintenance(service, duration)


# --- Given, or When: what the Pager receives -----------------------------------------------


@when(Sentence("the Monitored Service becomes unhealthy"))
def becomes_unhealthy(world: World) -> None:
    world.receive(world.message(AN_ALERT, "checkout-api"))


RAISES = (
    '{service} raises the Alert "{text}"(?: with (?:the dedup key "{key}"|{number} dedup keys))?'
)


@given(Sentence(RAISES))
@when(Sentence(RAISES))
def raises(
    world: World, service: str, text: str, key: str | None = None, number: int | None = None
) -> None:
    if number is None:
        world.receive(world.message(Phrase(Kind.ALERT, text, None, None, dedup_key=key), service))
        return
    keys = [f"{text} {n}" for n in range(1, number + 1)]
    world.receive_many([Alert(service_id=service, message=text, dedup_key=key) for key in keys])


@given(Sentence("the Pager receives {message}(?: (?:for|related to) {service})?"))
@when(Sentence("(?:the Pager|later) receives {message}(?: (?:for|related to) {service})?"))
def receives(world: World, message: Phrase, service: str | None = None) -> None:
    world.receive(world.message(message, service or world.last_service))


@when(Sentence("{person} acknowledges with the link of the page(?: of incident {number})?"))
def acknowledges_by_link(world: World, person: Person, number: int | None = None) -> None:
    world.follow_link(world.last_page(person, number))


@when(Sentence("{person} acknowledges {service}"))
def acknowledges(world: World, person: Person, service: str) -> None:
    world.receive(world.message(read_phrase(f"the Acknowledgement by {person}"), service))


@given(Sentence("{person} {by_hand} {service}"))
@when(Sentence("{person} {by_hand} {service}"))
def acts_by_hand(world: World, person: Person, by_hand: ByHand, service: str) -> None:
    """Whoever acknowledged hands it on or gives it back; nobody else waits for the timeout."""
    world.receive(world.message(read_phrase(f"the {by_hand.request} by {person}"), service))


@when(Sentence("these arrive at the same moment for {service}:"))
def at_the_same_moment(world: World, service: str, datatable: DataTable) -> None:
    expect(
        all(len(row) == 1 for row in datatable) and len(datatable) > 1,
        "At the same moment arrive two messages or more, each in a row of its own.",
    )
    world.arrive_together([world.message(read_phrase(text), service) for [text] in datatable])


@given(Sentence("(?:another )?{duration} pass(?:es)?(?: while the Pager is {down})?"))
@when(Sentence("(?:another )?{duration} pass(?:es)?(?: while the Pager is {down})?"))
def time_passes(world: World, duration: timedelta, down: str | None = None) -> None:
    """While the Pager is down it hears nothing, and nothing happens."""
    if down is None:
        world.pass_time(duration)
    else:
        world.expect_running()
        world.pager.be_down(duration)


PINGED = (
    "{heartbeat}(?: of {service}, expected every {interval} with a grace of {duration},)?"
    " is (?:{never} )?pinged"
)


@given(Sentence(PINGED))
@when(Sentence(PINGED))
def pinged(  # noqa: PLR0917 - the last four are said when it is set up
    world: World,
    heartbeat: str,
    service: str | None = None,
    interval: timedelta | None = None,
    duration: timedelta | None = None,
    never: str | None = None,
) -> None:
    """Whose heartbeat it is, and when it is expected, is said once: where it is set up."""
    world.expect_running()
    if service is not None and interval is not None and duration is not None:
        world.pager.heartbeats.put(
            Heartbeat(name=heartbeat, service_id=service, interval=interval, grace=duration)
        )
    if never is None:
        world.pager.heartbeats.ping(heartbeat)


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
        expect(acknowledged_by(now) in {person, *person.keys}, otherwise)


def acknowledged_by(service: MonitoredService) -> str | None:
    """Who acknowledged, if anybody did: a name, or the key of the Target that got the link."""
    match service:
        case Unhealthy(escalation=Acknowledged(by=by)):
            return by
        case _:
            return None


@then(Sentence("the Pager notifies all targets of the {which} level of the escalation policy"))
def level_notified(world: World, which: Which) -> None:
    service, policy = world.service(world.last_service), world.policies.of(world.last_service)
    level = service.level if isinstance(service, Unhealthy) else 0
    expect(
        level == 1 if which is Which.FIRST else level > 1,
        f"{service.service_id} is {service_in_words(service)}.",
    )
    assert policy is not None
    targets = policy.levels[level - 1].targets
    expect_pages(
        world.notifications,
        [{"Target": NAMES[target.key], "Level": str(level)} for target in targets],
    )


@then(Sentence("sets an? {number}-minutes acknowledgement delay"))
def delay_set(world: World, number: int) -> None:
    delays = world.delays
    expect(delays == [timedelta(minutes=number)], f"Delays that were set: {listed(delays)}.")


@then(Sentence("the Pager doesn't notify any Target"))
def nobody_notified(world: World) -> None:
    expect_pages(world.notifications, [])


@then(Sentence("doesn't set an acknowledgement delay"))
def no_delay_set(world: World) -> None:
    delays = world.delays
    expect(delays == [], f"Delays that were set: {listed(delays)}.")


@then(Sentence("these Targets are notified:"))
def targets_notified(world: World, datatable: DataTable) -> None:
    """Columns: Target, and any of Service, Incident, Level, Message, Later Alerts, Escalated by,
    Told again by, Open troubles, Not reached, Begun again (how often the policy has), Expired
    Acknowledgement of.
    """
    expect_pages(world.notifications, read_pages(datatable))


@then(Sentence("the later Alerts of {service} say:"))
def later_alerts(world: World, service: str, datatable: DataTable) -> None:
    """What each later Alert of the incident says, a line each, the newest last."""
    now = world.service(service)
    said = now.later_alerts.messages if isinstance(now, Unhealthy) else ()
    expect(list(said) == [text for [text] in datatable], f"They say: {listed(said)}.")


@then(Sentence("these troubles of {service} are open:"))
def open_troubles(world: World, service: str, datatable: DataTable) -> None:
    """The dedup key of each in quotation marks, or `without a dedup key`, the oldest first; or
    `too many to tell apart`.
    """
    now = world.service(service)
    keys = now.open_keys if isinstance(now, Unhealthy) else ()
    troubles = [f'"{key}"' if key else "without a dedup key" for key in keys]
    if isinstance(now, Unhealthy) and now.has_too_many_keys:
        troubles = ["too many to tell apart"]
    expect(troubles == [text for [text] in datatable], f"They are: {listed(troubles)}.")


@then(Sentence("the Acknowledgement Timeout of {service} is due in {duration}"))
def timeout_due(world: World, service: str, duration: timedelta) -> None:
    world.pager.advance(duration - timedelta(microseconds=1))
    expect(not world.is_due(service), "It is due earlier.")
    world.pager.clock.advance(timedelta(microseconds=1))
    expect(world.is_due(service), "It is not due by then.")


@then(Sentence("the page to {person} is {status}"))
def page_status(world: World, person: Person, status: PageStatus) -> None:
    """The Whens have made it so; if they left it alone, it is still so."""
    changed, same = world.statuses(person)
    expect(
        changed == [status],
        f"What the Whens made of the pages to {person}: {listed(changed)}."
        + (f" They left alone what is: {listed(same)} (still)." if same else ""),
    )


@then(Sentence("the page to {person} is still {status}"))
def page_status_is_the_same(world: World, person: Person, status: PageStatus) -> None:
    """The Whens have left it alone."""
    changed, same = world.statuses(person)
    expect(
        (changed, same) == ([], [status]),
        f"What the Whens made of the pages to {person}: {listed(changed)};"
        f" what they left alone: {listed(same)}.",
    )


@then(Sentence("{person} can tell that the second page is the first one again"))
def recognisable(world: World, person: Person) -> None:
    keys = [page.idempotency_key for page in world.notifications if page.target.key in person.keys]
    expect(len(keys) == 2, f"{person} got {len(keys)} pages.")
    expect(keys[0] == keys[1], f"The pages have different keys: {listed(keys)}.")


@then(
    Sentence(
        "the Pager refused an Alert of {service}, (?:which had no Escalation Policy"
        '|whose policy reached nobody: "{text}")'
    )
)
def refused(world: World, service: str, text: str | None = None) -> None:
    expected = [(service, text)]
    refusals = [
        (refusal.service_id, ". ".join(refusal.gaps) if isinstance(refusal, NobodyToPage) else None)
        for refusal in world.refusals
    ]
    expect(refusals == expected, f"Services whose Alert was refused: {listed(refusals)}.")
    world.refusals.clear()


@then(Sentence('the (?:Escalation Policy|edit|removal) is refused: "{text}"'))
def edit_refused(world: World, text: str) -> None:
    reasons = [refusal.reason for refusal in world.refused_edits]
    expect(reasons == [text], f"Edits that were refused: {listed(reasons)}")
    world.refused_edits.clear()
