"""Why somebody is told, and why somebody is not: what the chapter of the features leaves out."""

from datetime import UTC, datetime, timedelta

import pytest

from pager import EmailTarget, EscalationPolicy, Level
from pager.configuration.configuration import Configuration
from pager.explain.asked import NotThere
from pager.explain.course import Answer, Course, CourseStep, Page, rehearsed, rehearsed_in
from pager.explain.explanation import explain
from pager.explain.situation import Situation, Sources, situation_of
from pager.explain.values import Explanation
from pager.model import FALLBACK
from pager.oncall.directory import Entry
from pager.oncall.policies import PersonTarget, PolicyUse
from pager.oncall.schedules import Layer, Override, Rotation, Schedule
from unit.oncall.entries import (
    DATABASE,
    EDSGER,
    MINUTE,
    TEAM,
    USE,
    directory,
    email,
    level,
    method,
    person,
    shared,
    sms,
    team,
    to,
)

MONDAY = datetime(2027, 1, 18, tzinfo=UTC)
AT = datetime(2027, 1, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def weekly(*participants: str, ends: datetime | None = None) -> Rotation:
    return Rotation(
        name="Weekly",
        participants=participants,
        starts=MONDAY.replace(tzinfo=None),
        ends=ends and ends.replace(tzinfo=None),
    )


def database(*rotations: Rotation, overrides: tuple[Override, ...] = ()) -> Schedule:
    layers = (Layer(rotations=rotations),) if rotations else ()
    return Schedule(name="Database", time_zone="UTC", layers=layers, overrides=overrides)


def configured(*entries: Entry) -> Configuration:
    return Configuration(directory(*entries), {"checkout-api": USE})


def asked(
    configuration: Configuration,
    who: str | None = None,
    acknowledged_after: timedelta | None = None,
) -> Explanation:
    course = rehearsed_in(configuration, "checkout-api", AT, acknowledged_after)
    return explain(course, AT, who)


def reasons(explanation: Explanation) -> list[tuple[str, tuple[str, ...]]]:
    """Of each page, in their order."""
    return [(told.target, told.because) for step in explanation.steps for told in step.told]


def test_a_level_that_reaches_nobody_is_left_out_and_the_next_one_is_named() -> None:
    """So the reason names the Level as it is written."""
    found = asked(configured(shared(to("Edsger"), to("Ada"))), "Edsger")
    assert reasons(found) == [
        (
            "ada@example.com",
            ("Level 2 of Payments names Ada", "ada@example.com is not verified, and no other is"),
        )
    ]
    assert found.answer == ("Edsger is not told", "Edsger has no contact method")


def test_a_policy_that_begins_again_names_its_first_level_again() -> None:
    """And it says so."""
    policy = shared(to("Ada"), to("Grace")).model_copy(update={"repeat": 1})
    found = asked(configured(policy))
    assert [(step.what, [told.person for told in step.told]) for step in found.steps] == [
        ("An Alert", ["Ada"]),
        ("Nobody has answered", ["Grace"]),
        ("Nobody has answered", ["Grace"]),
        ("Nobody has answered: the policy begins again", ["Ada"]),
        ("Nobody has answered", ["Grace"]),
        ("Nobody has answered", ["Grace"]),
        ("Nobody has answered, and nobody is left to tell", []),
    ]
    assert reasons(found)[0] == reasons(found)[3]


def test_a_policy_of_one_level_begins_again_too() -> None:
    """The Level has the same number each time."""
    policy = shared(to("Ada")).model_copy(update={"repeat": 1})
    assert [step.what for step in asked(configured(policy)).steps] == [
        "An Alert",
        "Nobody has answered: the policy begins again",
        "Nobody has answered, and nobody is left to tell",
    ]


def test_whoever_takes_over_after_the_level_is_no_new_beginning() -> None:
    """They are told on the Level that names them, although another one was told meanwhile."""
    changes = (
        Override(person="Ada", starts_at=AT - HOUR, ends_at=AT + 20 * MINUTE),
        Override(person="Grace", starts_at=AT + 20 * MINUTE, ends_at=AT + HOUR),
    )
    barbara = person("Barbara", method(email("Barbara")))
    both = configured(shared(level(DATABASE), to("Barbara")), barbara, database(overrides=changes))
    steps = asked(both).steps
    assert [(step.level, step.what) for step in steps] == [
        (1, "An Alert"),
        (2, "Nobody has answered"),
        (1, "Nobody has answered"),
        (1, "Nobody has answered"),
        (1, "Nobody has answered, and nobody is left to tell"),
    ]


def test_whoever_stands_in_for_the_whole_schedule_stands_in_for_all() -> None:
    """And for nobody, where nobody has the turn; whoever has put it there is named."""
    override = Override(person="Grace", starts_at=AT - HOUR, ends_at=AT + HOUR)
    policy = shared(level(DATABASE))
    for rotations, what in [
        ((weekly("Ada"),), "stands in for Ada in Database"),
        ((), "stands in for nobody in Database"),
        ((weekly("Grace"),), "has taken Database"),
    ]:
        found = asked(configured(policy, database(*rotations, overrides=(override,))))
        because = found.steps[0].told[0].because
        assert because[1] == (
            f"Grace {what}, since Wed 2027-01-20 11:00 until Wed 2027-01-20 13:00 (UTC)"
        )


def test_whoever_stands_in_for_a_rotation_takes_the_place_of_its_turn_alone() -> None:
    """Whoever has the turn of another rotation is told beside them."""
    override = Override(person="Grace", starts_at=AT - HOUR, ends_at=AT + HOUR, rotation="Weekly")
    other = weekly("Barbara").model_copy(update={"name": "Secondary"})
    schedule = database(weekly("Ada"), other, overrides=(override,))
    found = asked(configured(shared(level(DATABASE)), person("Barbara"), schedule))
    assert (
        found.steps[0]
        .told[0]
        .because[1]
        .startswith("Grace stands in for Ada in Weekly of Database, ")
    )


def test_whoever_is_in_two_levels_is_told_for_each() -> None:
    """The second time for the second one."""
    found = asked(configured(shared(to("Ada"), to("Ada"))))
    assert [because[0] for _, because in reasons(found)] == [
        "Level 1 of Payments names Ada",
        "Level 2 of Payments names Ada",
    ]


def test_a_turn_that_has_no_end_says_since_when() -> None:
    """Or that it is long."""
    found = asked(configured(shared(level(DATABASE)), database(weekly("Ada"))))
    since = "Ada has the turn in Weekly of Database, since Mon 2027-01-18 00:00 (UTC)"
    assert since in found.steps[0].told[0].because
    long_ago = weekly("Ada").model_copy(update={"starts": datetime(2020, 1, 1)})  # noqa: DTZ001 - on the wall
    found = asked(configured(shared(level(DATABASE)), database(long_ago)))
    assert (
        "Ada has the turn in Weekly of Database, for long (UTC)" in found.steps[0].told[0].because
    )


def test_whoever_has_no_turn_any_more_is_told_so() -> None:
    """The rotation is over, and nobody is on call."""
    ended = database(weekly("Ada", ends=MONDAY + 24 * HOUR))
    found = asked(configured(shared(level(DATABASE), to("Grace")), ended), "Ada")
    assert found.answer == (
        "Ada is not told",
        "Ada is not on call in Database then",
        "Nobody is on call in Database then",
        "Ada is not on call in Database in the 400 days after that",
    )


def test_a_person_in_a_level_that_is_not_reached_reads_who_acknowledged() -> None:
    """Or that the policy would still come to it."""
    found = asked(configured(shared(to("Ada"), to("Grace"))), "Grace", 5 * MINUTE)
    assert found.answer == (
        "Grace is not told",
        "Level 2 of Payments is not reached: Somebody acknowledged at Wed 2027-01-20 12:05",
    )


def test_contact_methods_that_wait_are_explained() -> None:
    """For longer than the Level, or until somebody has answered."""
    barbara = person("Barbara", method(email("Barbara")), method(sms(2), after=5))
    policy = shared(to("Barbara", minutes=5), to("Ada"))
    assert asked(configured(policy, barbara), "Barbara").answer == (
        "Barbara is told at Wed 2027-01-20 12:00: barbara@example.com",
        "+33612345602 waits for 5 min, and the next Level is told after 5 min",
    )
    policy = shared(to("Barbara"))
    assert asked(configured(policy, barbara), "Barbara", MINUTE).answer == (
        "Barbara is told at Wed 2027-01-20 12:00: barbara@example.com",
        "+33612345602 waits for 5 min: somebody had answered by then",
    )


def test_an_address_that_a_level_names_is_somebodys_or_nobodys() -> None:
    """Whether it is verified is said where it is known."""
    ada = person("Ada", method(email("Ada")), method(sms(3), verified=True))
    found = asked(configured(shared(level(email("Ada"), email("Ops"))), ada))
    assert found.steps[0].told[0].person == "Ada"
    assert reasons(found) == [
        (
            "ada@example.com",
            ("Level 1 of Payments names ada@example.com", "ada@example.com is not verified"),
        ),
        ("ops@example.com", ("Level 1 of Payments names ops@example.com",)),
    ]


def test_where_marks_are_not_known_none_is_missed() -> None:
    """Files have none, and that says nothing of the address."""

    class Files(Sources):
        has_marks = False

    configuration = configured(shared(to("Ada")), person("Ada", method(email("Ada"))))
    situation = situation_of(configuration, "checkout-api")._replace(sources=Files())
    found = explain(rehearsed(configuration, situation, AT), AT, None)
    assert reasons(found) == [("ada@example.com", ("Level 1 of Payments names Ada",))]


def test_where_nobody_is_reached_the_fallback_counts_and_says_why() -> None:
    """Or the Alert is refused."""
    fallback = EscalationPolicy(service_id=FALLBACK, levels=(Level(targets=(email("Ops"),)),))
    policy = shared(to("Edsger"))
    known = configured(policy)
    with_fallback = known._replace(policies={**known.policies, FALLBACK: fallback})
    why = (
        "checkout-api uses the shared policy Payments",
        "It reaches nobody then",
        "Payments, Level 1 reaches nobody: Edsger has no contact method",
    )
    assert asked(with_fallback).policy == (*why, "So the fallback policy counts")
    assert reasons(asked(with_fallback))[0][0] == "ops@example.com"
    refused = asked(known)
    assert refused.policy == (*why, "There is no fallback policy: an Alert is refused")
    assert refused.summary == (
        "An Alert of checkout-api at Wed 2027-01-20 12:00, rehearsed; "
        "the Alert is refused, as nobody would be told"
    )
    use = PolicyUse(service_id=FALLBACK, uses="Payments")
    both = asked(known._replace(policies={**known.policies, FALLBACK: use}))
    assert both.policy == (
        *why,
        "So the fallback policy counts: the shared policy Payments",
        *why[1:],
        "So an Alert is refused",
    )


def test_a_policy_of_its_own_counts() -> None:
    """Its Levels have no other name; and moments are in UTC."""
    own = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=(email("Ops"),)),))
    found = asked(Configuration(policies={"checkout-api": own}))
    assert found.policy == ("checkout-api has its own policy",)
    assert reasons(found) == [("ops@example.com", ("Level 1 names ops@example.com",))]
    assert found.time_zone == "UTC"


def test_somebody_who_is_not_there_is_refused() -> None:
    """The name may be mistyped."""
    with pytest.raises(NotThere, match=r"There is no person called Aad\. Did you mean Ada\?"):
        asked(configured(shared(to("Ada"))), "Aad")


class Known(Sources):
    """All was done by Grace."""

    def of_policy(self, service_id: str) -> str:
        return f"the policy of {service_id} by Grace"

    def of_entry(self, entry: Entry) -> str:
        return f"{entry.name} by Grace"

    def of_override(self, schedule: Schedule, override: Override) -> str:
        return f"{override.person} in {schedule.name} by Grace"


def test_where_it_is_known_who_made_it_so_they_are_named() -> None:
    """The policy of the service, the shared policy and the override."""
    override = Override(person="Grace", starts_at=AT - HOUR, ends_at=AT + HOUR)
    known = configured(shared(level(DATABASE)), database(weekly("Ada"), overrides=(override,)))
    situation = situation_of(known, "checkout-api")._replace(sources=Known())
    found = explain(rehearsed(known, situation, AT), AT)
    assert found.policy == (
        "checkout-api uses the shared policy Payments (the policy of checkout-api by Grace)",
        "The policy Payments is the one of Payments by Grace",
    )
    assert found.steps[0].told[0].because[1].endswith("(UTC) (Grace in Database by Grace)")


def test_in_maintenance_nobody_is_told_before_its_end() -> None:
    """The first Level is told then."""
    known = configured(shared(to("Ada")))
    course = rehearsed(known, situation_of(known, "checkout-api"), AT, maintenance_until=AT + HOUR)
    found = explain(course, AT)
    assert found.steps[0].at == AT + HOUR
    assert "in maintenance until Wed 2027-01-20 13:00: nobody is told before" in found.summary


def incident(*steps: CourseStep, **said: object) -> Course:
    """One that really was."""
    course = Course(situation(), AT - 10 * MINUTE, steps, incident=12)
    return course._replace(**said)  # type: ignore[arg-type]  # as the test says


def situation() -> Situation:
    return situation_of(configured(shared(to("Ada"), to("Grace"))), "checkout-api")


def told(*pages: Page, level: int = 1) -> CourseStep:
    return CourseStep(AT - 10 * MINUTE, level, "An Alert", pages, (), situation())


ADA_REFUSED = Page(EmailTarget(address="ada@example.com"), "refused: no such mailbox")


def test_a_real_incident_says_what_became_of_its_pages() -> None:
    """And that an Alert while it ran told nobody else."""
    found = explain(incident(told(ADA_REFUSED)), AT, "Ada")
    assert found.summary == (
        "Incident 12 of checkout-api, since Wed 2027-01-20 11:50; "
        "an Alert while it runs tells nobody else"
    )
    assert found.answer == (
        "Ada is told at Wed 2027-01-20 11:50: ada@example.com (refused: no such mailbox)",
    )
    assert explain(incident(told(ADA_REFUSED)), AT - 10 * MINUTE).summary == (
        "Incident 12 of checkout-api, since Wed 2027-01-20 11:50"
    )


def test_a_level_that_was_not_reached_says_why_it_was_not() -> None:
    """Somebody acknowledged, it was over, it waits for maintenance, or it has not come to that."""

    def answer(**said: object) -> str:
        return explain(incident(told(ADA_REFUSED), **said), AT, "Grace").answer[1]

    begin = "Level 2 of Payments is not reached: "
    at = "Wed 2027-01-20 12:00"
    assert answer() == f"{begin}it has not come to that yet"
    assert answer(acknowledged=Answer(AT, "Ada")) == f"{begin}Ada acknowledged at {at}"
    assert answer(ended_at=AT) == f"{begin}the incident was over at {at}"
    assert answer(waits_until=AT) == f"{begin}the service is in maintenance until {at}"


def test_a_page_that_no_level_explains_has_no_reason() -> None:
    """The directory of then may be gone; the page was sent all the same."""
    found = explain(incident(told(Page(email("Stranger")), Page(sms(1)))), AT, "Grace")
    assert reasons(found) == [
        ("stranger@example.com", ()),
        ("+33612345601", ("+33612345601 is not verified, and no other is",)),
    ]
    assert found.answer == ("Grace is told at Wed 2027-01-20 11:50: +33612345601",)


def test_of_very_many_pages_only_the_first_are_explained() -> None:
    """The steps after them are left out, and the summary says so."""
    many = tuple(Page(sms(number)) for number in range(10, 99)) * 3
    steps = [told(*many), told(ADA_REFUSED)]
    found = explain(incident(*steps), AT)
    assert len(found.steps) == 1
    assert len(found.steps[0].told) == len(many)
    assert found.summary.endswith("of 2 steps, the first 1 are told here")


def test_whoever_was_taken_out_meanwhile_reads_so() -> None:
    """What was set up at the step counts, and not what was at the beginning."""
    policy = shared(to("Ada"), level(TEAM, DATABASE, PersonTarget(name="Edsger"), email("Ops")))
    before = directory(policy, team("Edsger"), database(weekly("Edsger")))
    first = Situation("checkout-api", before, USE, None)
    after = before.without(EDSGER).without(team()).without(database())
    begin = CourseStep(AT, 1, "An Alert", (Page(email("Ada")),), (), first)
    step = CourseStep(AT, 2, "", (Page(email("Ops")),), (), first._replace(directory=after))
    found = explain(Course(first, AT, (begin, step), incident=1), AT, "Edsger")
    assert found.answer == (
        "Edsger is not told",
        "Somebody has taken Edsger out of the team Payments by then",
        "Somebody has taken Edsger out of the schedule Database by then",
        "Somebody has taken Edsger out of the directory by then",
    )


def test_whoever_is_meant_and_has_got_no_page_reads_so() -> None:
    """A Level may have too many addresses, say."""
    both = situation_of(configured(shared(to("Ada", "Grace"))), "checkout-api")
    step = CourseStep(AT, 1, "An Alert", (Page(email("Ada")),), (), both)
    found = explain(Course(both, AT, (step,), incident=1), AT, "Grace")
    assert found.answer[1] == "The Level means Grace, but no page to them was decided"


def test_a_level_before_the_last_one_may_be_told_after_it() -> None:
    """An edit during the incident has put somebody new there."""
    pages = [Page(email("Ada")), Page(sms(1)), Page(email("Ada"))]
    steps = [told(page, level=number) for number, page in enumerate(pages, 1)]
    assert [because[0] for _, because in reasons(explain(incident(*steps), AT))] == [
        "Level 1 of Payments names Ada",
        "Level 2 of Payments names Grace",
        "Level 1 of Payments names Ada",
    ]


def test_a_page_again_is_one_of_the_same_level() -> None:
    """Nobody has gone on to the next one."""
    again = told(ADA_REFUSED)
    found = explain(incident(told(ADA_REFUSED), again), AT)
    assert [because[0] for _, because in reasons(found)] == ["Level 1 of Payments names Ada"] * 2


def test_a_team_or_schedule_that_is_not_there_concerns_nobody() -> None:
    """It is named, and somebody has removed it."""
    policy = shared(level(TEAM, DATABASE), to("Grace"))
    assert asked(configured(policy), "Ada").answer == (
        "Ada is not told",
        "No Level names Ada, nor a team or a schedule with Ada in it",
    )


def test_levels_have_the_numbers_of_their_policy() -> None:
    """Those that reach nobody are left out, and the others keep their numbers."""
    found = asked(configured(shared(to("Edsger"), to("Ada"), to("Grace"))))
    assert [step.level for step in found.steps] == [2, 3, 3, 3]
