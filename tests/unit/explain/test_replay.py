"""Incidents of the past on another configuration."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pager.configuration.configuration import Configuration
from pager.errors import NoEscalationPolicy
from pager.explain.replay import PastIncident, PastPage, Replayed, Telling, count, replay
from pager.model import FALLBACK
from pager.oncall.directory import Directory
from pager.oncall.policies import ScheduleTarget
from pager.oncall.schedules import Layer, Override, Rotation, Schedule
from pager.simulation.rehearsal import rehearse_configured
from unit.oncall.entries import (
    DATABASE,
    EMPTY,
    MINUTE,
    USE,
    directory,
    email,
    level,
    method,
    person,
    shared,
    sms,
    to,
)

BEGUN_AT = datetime(2027, 1, 20, 12, tzinfo=UTC)


def configured(*names: str, minutes: int = 15) -> Configuration:
    """A policy with a Level for each of these; Barbara has an SMS."""
    barbara = person("Barbara", method(sms(9)))
    levels = (to(name, minutes=minutes) for name in names)
    return Configuration(directory(barbara, shared(*levels)), {"checkout-api": USE})


def incident(
    *told: tuple[int, str], acknowledged: int | None = None, ended: int | None = None
) -> PastIncident:
    """The numbers are minutes."""

    def after(minutes: int | None) -> datetime | None:
        return None if minutes is None else BEGUN_AT + minutes * MINUTE

    return PastIncident(
        service_id="checkout-api",
        incident=1,
        begun_at=BEGUN_AT,
        acknowledged_at=after(acknowledged),
        ended_at=after(ended),
        told=tuple(PastPage(at=BEGUN_AT + minutes * MINUTE, target=key) for minutes, key in told),
    )


ADA, GRACE = "ada@example.com", "+33612345601"
OWNERS = {ADA: "Ada", GRACE: "Grace", "grace@example.com": "Grace", "+33612345609": "Barbara"}
BOTH = incident((0, ADA), (15, GRACE), acknowledged=20)
NOBODY_KNOWN = Directory()


def on(
    configuration: Configuration, past: PastIncident, known: Directory = NOBODY_KNOWN
) -> Replayed:
    """The only one."""
    [found] = replay([past], configuration, known)
    return found


def telling(minutes: int, who: str) -> Telling:
    return Telling(after=minutes * MINUTE, who=who)


def test_the_same_policy_tells_the_same_people() -> None:
    """At the same times; people are compared, and not their addresses."""
    found = on(configured("Ada", "Grace"), BOTH)
    assert found.outcome == "same"
    assert found.was == found.would_be == (telling(0, "Ada"), telling(15, "Grace"))
    assert on(configured("Grace"), incident((0, "grace@example.com"))).outcome == "same"


def test_whoever_has_another_address_now_is_the_same_person() -> None:
    """The old one is known from before; and a person may have another name for the same address."""
    moved = directory(person("Ada", method(sms(9))), shared(to("Ada")))
    configuration = Configuration(moved, {"checkout-api": USE})
    told = incident((0, ADA))
    assert on(configuration, told).outcome == "others first"
    assert on(configuration, told, directory()).outcome == "same"
    renamed = directory(person("Augusta", method(email("ada"))), shared(to("Augusta")))
    configuration = Configuration(renamed, {"checkout-api": USE})
    assert on(configuration, told, directory()).outcome == "same"


def test_the_fallback_counts_where_the_service_has_no_policy() -> None:
    """As in `decide`."""
    fallback = USE.model_copy(update={"service_id": FALLBACK})
    configuration = configured("Ada", "Grace")._replace(policies={FALLBACK: fallback})
    assert on(configuration, BOTH).outcome == "same"


def test_each_step_tells_who_is_on_call_then() -> None:
    """Ada hands over to Grace on the way."""
    rotation = Rotation(
        name="Hours",
        participants=("Ada", "Grace"),
        starts=BEGUN_AT.replace(tzinfo=None) - 50 * MINUTE,
        shift_length=60 * MINUTE,
    )
    schedule = Schedule(name="Hours", time_zone="UTC", layers=(Layer(rotations=(rotation,)),))
    on_call = shared(*[level(ScheduleTarget(name="Hours"))] * 2)
    configuration = Configuration(directory(schedule, on_call), {"checkout-api": USE})
    assert on(configuration, incident()).would_be == (telling(0, "Ada"), telling(15, "Grace"))


def test_where_nobody_is_reached_nobody_would_have_been_told() -> None:
    """The Alert would have been refused."""
    assert on(configured("Edsger"), BOTH) == Replayed(
        incident=BOTH,
        outcome="nobody",
        was=(telling(0, "Ada"), telling(15, "Grace")),
        would_be=(),
    )
    assert on(Configuration(), BOTH).outcome == "nobody"


def test_somebody_else_may_be_told_first() -> None:
    """Also where the others come later; and not where one of several is the same."""
    assert on(configured("Grace", "Ada"), BOTH).outcome == "others first"
    both_at_once = incident((0, ADA), (0, "+33612345609"), acknowledged=1)
    assert on(configured("Barbara"), both_at_once).outcome == "later"


def test_somebody_may_be_told_later_or_not_in_time() -> None:
    """By more than a minute."""
    assert on(configured("Ada", "Grace", minutes=18), BOTH).outcome == "later"
    assert on(configured("Ada", "Grace", minutes=16), BOTH).outcome == "same"
    assert on(configured("Ada", "Grace", minutes=21), BOTH).outcome == "later"


def test_what_came_after_the_end_does_not_count() -> None:
    """It is over, or somebody has it: only who would have been told by then is listed."""
    over = incident((0, ADA), ended=10)
    assert on(configured("Ada", "Grace"), over).would_be == (telling(0, "Ada"),)
    expired = incident((0, ADA), (60, GRACE), acknowledged=5)
    assert on(configured("Ada"), expired).outcome == "same"
    late = incident((60, ADA), acknowledged=1)
    assert on(configured("Ada", "Grace"), late).would_be == (telling(0, "Ada"),)
    at_once = incident((0, ADA), (15, GRACE), acknowledged=15)
    assert on(configured("Ada", "Grace"), at_once).would_be[1] == telling(15, "Grace")
    assert on(configured("Ada"), at_once).outcome == "later"
    runs = incident((0, ADA))
    assert on(configured("Ada", "Grace"), runs).would_be[1] == telling(15, "Grace")


def test_an_incident_that_waited_is_replayed_from_its_first_page() -> None:
    """It began in maintenance, say."""
    waited = incident((60, ADA), acknowledged=61)
    assert on(configured("Ada"), waited).was == (telling(0, "Ada"),)


def test_an_incident_that_told_nobody_is_no_worse() -> None:
    """It was over before its maintenance was, or its pages are not kept any more."""
    assert on(configured("Ada"), incident(ended=1)).outcome == "same"


def test_of_a_very_long_incident_the_first_hundred_steps_are_rehearsed() -> None:
    """Nobody answers for hours, and somebody else is on call each minute."""
    names = [f"Person {number}" for number in range(200)]
    people = (person(name, method(email(name.replace(" ", "")))) for name in names)
    turns = (
        Override(
            person=name,
            starts_at=BEGUN_AT + number * MINUTE,
            ends_at=BEGUN_AT + (number + 1) * MINUTE,
        )
        for number, name in enumerate(names)
    )
    schedule = EMPTY.model_copy(update={"overrides": tuple(turns)})
    policy = shared(level(DATABASE, minutes=1))
    configuration = Configuration(directory(schedule, policy, *people), {"checkout-api": USE})
    found = on(configuration, incident((0, ADA)))
    assert [one.who for one in found.would_be] == names[:100]


def test_outcomes_are_counted() -> None:
    """The worst first."""
    found = replay([BOTH, BOTH], configured("Grace"), NOBODY_KNOWN)
    assert count(found) == {"nobody": 0, "others first": 2, "later": 0, "same": 0}


@given(st.lists(st.sampled_from(["Ada", "Grace", "Edsger", "Barbara"]), min_size=1, max_size=4))
def test_a_replay_is_a_rehearsal(names: list[str]) -> None:
    """It decides by itself, and tells whom the whole Pager in memory tells, at the same times."""
    configuration = configured(*names)
    found = on(configuration, incident())
    try:
        steps = rehearse_configured(configuration, "checkout-api", BEGUN_AT).steps
    except NoEscalationPolicy:
        steps = ()
    expected: dict[str, timedelta] = {}
    for step in steps:
        for target in step.notified:
            expected.setdefault(OWNERS[target.key], step.after)
    assert {one.who: one.after for one in found.would_be} == expected
