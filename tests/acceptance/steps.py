"""The step catalogue: what only Pager's own specification says, the brief's sentences among it."""

from datetime import timedelta

from pytest_bdd import given, then, when

from acceptance.nouns import CrashPoint, Person, Which
from acceptance.tables import RefusedEdit, read_policy
from acceptance.world import SpecificationWorld as World
from pager import Unhealthy
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK
from pager.testing.expect import Unmet, expect
from pager.testing.nouns import Kind, Phrase, State, read_message
from pager.testing.sentences import VOCABULARY, Sentence
from pager.testing.steps.messages import a_service
from pager.testing.steps.outcomes import state_is
from pager.testing.tables import DataTable, expect_pages, listed
from pager.words import service_in_words

AN_ALERT = Phrase(Kind.ALERT)


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
def a_monitored_service(world: World, state: State) -> None:
    a_service(world, "checkout-api", state)


@given(Sentence("the corresponding Alert is not Acknowledged"))
def not_acknowledged(world: World) -> None:
    def is_so() -> bool:
        return State.ACKNOWLEDGED not in world.states("checkout-api")

    world.claim("said of the Acknowledgement", "the corresponding Alert is not Acknowledged", is_so)
    world.expect_so(so=is_so())


@given(Sentence("the last level has not been notified"))
def last_level_not_notified(world: World) -> None:
    def is_so() -> bool:
        policy, service = world.policies.of("checkout-api"), world.service("checkout-api")
        return bool(
            policy and isinstance(service, Unhealthy) and service.level < len(policy.levels)
        )

    world.claim("said of the last level", "the last level has not been notified", is_so)
    world.expect_so(so=is_so())


# --- Given, or When: what the Pager receives -----------------------------------------------


@when(Sentence("the Monitored Service becomes unhealthy"))
def becomes_unhealthy(world: World) -> None:
    world.receive(world.message(AN_ALERT, "checkout-api"))


@when(Sentence("these arrive at the same moment for {service}:"))
def at_the_same_moment(world: World, service: str, datatable: DataTable) -> None:
    expect(
        all(len(row) == 1 for row in datatable) and len(datatable) > 1,
        "At the same moment arrive two messages or more, each in a row of its own.",
    )
    world.arrive_together([world.message(_read(text), service) for [text] in datatable])


def _read(text: str) -> Phrase:
    kinds = ", ".join(VOCABULARY.nouns["message"].values)
    expect(VOCABULARY.is_one("message", text), f"“{text}” is no message. There are: {kinds}")
    return read_message(text)


SET_UP = "{heartbeat} of {service}, expected every {interval} with a grace of {duration}, is"


@given(Sentence(f"{SET_UP} (?:{{never}} )?pinged"))
def set_up(  # noqa: PLR0917 - the nouns of one sentence
    world: World,
    heartbeat: str,
    service: str,
    interval: timedelta,
    duration: timedelta,
    never: str | None = None,
) -> None:
    """Whose heartbeat it is, and when it is expected, is said once: where it is set up."""
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
def becomes(world: World, state: State) -> None:
    state_is(world, world.last_service, state)


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
        [{"Target": world.book.name(target.key), "Level": str(level)} for target in targets],
        world.book,
    )


@then(Sentence("sets an? {number}-minutes acknowledgement delay"))
def delay_set(world: World, number: int) -> None:
    delays = world.delays
    expect(delays == [timedelta(minutes=number)], f"Delays that were set: {listed(delays)}.")


@then(Sentence("the Pager doesn't notify any Target"))
def nobody_notified(world: World) -> None:
    expect_pages(world.notifications, [], world.book)


@then(Sentence("doesn't set an acknowledgement delay"))
def no_delay_set(world: World) -> None:
    delays = world.delays
    expect(delays == [], f"Delays that were set: {listed(delays)}.")


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


@then(Sentence("{person} can tell that the second page is the first one again"))
def recognisable(world: World, person: Person) -> None:
    of_person = world.book.keys(person)
    keys = [page.idempotency_key for page in world.notifications if page.target.key in of_person]
    expect(len(keys) == 2, f"{person} got {len(keys)} pages.")
    expect(keys[0] == keys[1], f"The pages have different keys: {listed(keys)}.")


@then(Sentence('the (?:Escalation Policy|edit|removal) is refused: "{text}"'))
def edit_refused(world: World, text: str) -> None:
    reasons = [refusal.reason for refusal in world.refused_edits]
    expect(reasons == [text], f"Edits that were refused: {listed(reasons)}")
    world.refused_edits.clear()
