"""What a shared policy is at one moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager import EscalationPolicy, Level, Target
from pager.model import FALLBACK, LONGEST_GAP
from pager.oncall.directory import directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PolicyLevel, PolicyUse
from pager.oncall.policy_at import MOST_LEVELS, MOST_TARGETS, PolicyNow, policy_at, policy_now
from pager.oncall.schedules import Override
from pager.oncall.teams import Team
from unit.oncall.entries import (
    DATABASE,
    EMPTY,
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

AT = datetime(2027, 1, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def plain(*levels: tuple[int, tuple[Target, ...]]) -> list[tuple[timedelta, tuple[Target, ...]]]:
    return [(minutes * MINUTE, targets) for minutes, targets in levels]


def resolved(
    *levels: PolicyLevel, also: tuple[Person | Team, ...] = ()
) -> list[tuple[timedelta, tuple[Target, ...]]]:
    """The delay and the Targets of each plain Level."""
    policy = policy_at(shared(*levels), "checkout-api", directory(EMPTY, *also), AT).policy
    assert policy is not None
    assert policy.service_id == "checkout-api"
    return [(one.acknowledgement_delay, one.targets) for one in policy.levels]


def test_a_target_is_the_addresses_of_those_whom_it_means() -> None:
    """In the order of the Level; addresses are what they are."""
    assert resolved(level(email("All"), *to("Ada").targets, minutes=7)) == plain(
        (7, (email("All"), email("Ada")))
    )
    assert resolved(level(TEAM), also=(team("Ada", "Edsger"),)) == plain((15, (email("Ada"),)))


def test_a_wait_makes_two_levels_that_last_as_long_as_the_one() -> None:
    """The second contact method is tried where nobody has answered the first."""
    assert resolved(to("Grace"), to("Ada", minutes=5)) == plain(
        (5, (sms(1),)), (10, (email("Grace"),)), (5, (email("Ada"),))
    )


def test_what_is_told_after_a_wait_continues_the_level() -> None:
    """So people count it as one."""
    found = policy_at(
        shared(to("Grace"), to("Grace", "Ada")), "checkout-api", directory(), AT
    ).policy
    assert found is not None
    assert [one.continues for one in found.levels] == [False, True, False, True]
    assert found.level_count == 2


def test_people_with_different_waits_are_told_side_by_side() -> None:
    """Each at the time that they have chosen."""
    other = person("Barbara", method(email("Barbara")), method(sms(2), after=10))
    assert resolved(to("Barbara", "Grace"), also=(other,)) == plain(
        (5, (email("Barbara"), sms(1))), (5, (email("Grace"),)), (5, (sms(2),))
    )


def test_the_first_contact_method_has_no_wait() -> None:
    """Also where the one without a wait is not verified: a Level begins with somebody."""
    late = person("Ada", method(sms(2), after=5), method(email("Ada"), after=8))
    assert resolved(to("Ada"), also=(late,)) == plain((3, (sms(2),)), (12, (email("Ada"),)))
    unverified = person("Ada", method(sms(2)), method(email("Ada"), after=5, verified=True))
    assert resolved(to("Ada"), also=(unverified,)) == plain((15, (email("Ada"),)))


@pytest.mark.parametrize("minutes", [5, 4])
def test_a_wait_that_is_not_shorter_than_the_level_never_ends(minutes: int) -> None:
    """The next Level is told by then."""
    assert resolved(to("Grace", minutes=minutes)) == plain((minutes, (sms(1),)))


def test_an_address_that_comes_twice_is_told_once_and_first() -> None:
    """By whomever it is named, whatever its case, and however long somebody would wait."""
    both = person("Barbara", method(sms(2)), method(sms(1), after=7))
    shouting = email("Ada").model_copy(update={"address": "ADA@example.com"})
    assert resolved(level(*to("Barbara", "Grace", "Ada").targets, shouting), also=(both,)) == plain(
        (5, (sms(2), sms(1), email("Ada"))), (10, (email("Grace"),))
    )


def test_a_level_that_reaches_nobody_is_left_out_and_said() -> None:
    """With the reason for each whom it names."""
    policy = shared(level(TEAM, DATABASE), to("Ada", "Edsger"), to("Ada"), name="Nights")
    found = policy_at(policy, "checkout-api", directory(EMPTY, team()), AT).policy
    assert found is not None
    assert found.levels == tuple(Level(targets=(email("Ada"),), number=n) for n in (2, 3))
    assert found.gaps == (
        "Nights, Level 1 reaches nobody: nobody is in the team Payments; nobody is on call in "
        "Database",
        "Nights, Level 2: Edsger has no contact method",
    )


def test_whoever_is_not_there_any_more_reaches_nobody() -> None:
    """As after a restore: a directory refuses it."""
    names = (TEAM, DATABASE, *to("Barbara").targets)
    found = policy_now(USE, None, directory_of([shared(level(*names))]), AT)
    assert found == PolicyNow(
        None,
        (
            "Payments, Level 1 reaches nobody: there is no team Payments; there is no schedule "
            "Database; there is no Barbara",
        ),
    )
    assert policy_now(USE, None, directory_of([]), AT).gaps == ("There is no policy Payments",)


def test_a_reason_is_said_once_and_is_bounded() -> None:
    """However many there are."""
    nobodies = [person(f"{'x' * 90}{number}") for number in range(9)]
    names = [one.name for one in nobodies]
    policy = shared(level(TEAM, *to("Edsger", *names).targets))
    found = policy_now(USE, None, directory(team("Edsger"), policy, *nobodies), AT)
    [gap] = found.gaps
    assert gap.count("Edsger has no contact method") == 1
    assert len(gap) == LONGEST_GAP
    assert gap.endswith("…")


def test_whoever_is_on_call_at_the_moment_counts() -> None:
    """Up to the moment of the handover."""
    turns = (("Ada", AT - HOUR, AT), ("Grace", AT, AT + HOUR))
    overrides = tuple(Override(person=p, starts_at=s, ends_at=e) for p, s, e in turns)
    everybody = directory(EMPTY.model_copy(update={"overrides": overrides}))
    before = policy_at(shared(level(DATABASE)), "checkout-api", everybody, AT - MINUTE).policy
    after = policy_at(shared(level(DATABASE)), "checkout-api", everybody, AT).policy
    assert before is not None
    assert after is not None
    assert before.levels[0].targets == (email("Ada"),)
    assert after.levels[0].targets == (sms(1),)


def test_a_plain_policy_is_what_it_is() -> None:
    """And so is a plain fallback."""
    own = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=(email("Ada"),)),))
    fallback = own.model_copy(update={"service_id": FALLBACK})
    assert policy_now(own, fallback, directory(), AT).policy is own
    assert policy_now(None, fallback, directory(), AT).policy is fallback
    assert policy_now(None, None, directory(), AT) == PolicyNow(None)


def test_the_fallback_counts_where_the_policy_reaches_nobody() -> None:
    """With the gaps of both."""
    own, last = shared(to("Edsger")), shared(to("Edsger"), to("Ada"), name="Last")
    fallback = PolicyUse(service_id=FALLBACK, uses="Last")
    found = policy_now(USE, fallback, directory(own, last), AT)
    assert found.policy == EscalationPolicy(
        service_id=FALLBACK, levels=(Level(targets=(email("Ada"),), number=2),), gaps=found.gaps
    )
    assert found.gaps == (
        "Payments, Level 1 reaches nobody: Edsger has no contact method",
        "Last, Level 1 reaches nobody: Edsger has no contact method",
    )
    assert policy_now(None, fallback, directory(last), AT).gaps == found.gaps[1:]


def test_more_addresses_than_a_level_can_have_are_cut_and_said() -> None:
    """Those who come first are told."""
    crowd = [
        person(
            f"{letter} {number}",
            *(method(email(f"{letter}{number}.{which}")) for which in range(10)),
        )
        for letter in "ab"
        for number in range(51)
    ]
    teams = [
        Team(name=letter, members=tuple(one.name for one in crowd if one.name[0] == letter))
        for letter in "ab"
    ]
    targets = (TEAM.model_copy(update={"name": letter}) for letter in "ab")
    everybody = directory(*crowd, *teams)
    found = policy_at(shared(level(*targets)), "checkout-api", everybody, AT).policy
    assert found is not None
    assert len(found.levels[0].targets) == MOST_TARGETS
    assert found.gaps == ("Payments, Level 1: of 1,020 addresses, only the first 1,000 are told",)


def test_how_a_policy_tells_again_is_that_of_the_plain_one() -> None:
    """As often as it says, unless it names very many addresses."""
    said = {"repeat": 20, "acknowledgement_expiry": HOUR}
    policy = shared(to("Ada")).model_copy(update=said)
    found = policy_at(policy, "checkout-api", directory(), AT).policy
    assert found is not None
    assert (found.repeat, found.acknowledgement_expiry, found.gaps) == (20, HOUR, ())
    crowd = [
        person(f"{number}", *(method(email(f"{number}.{which}")) for which in range(10)))
        for number in range(50)
    ]
    level_of_all = to(*(one.name for one in crowd))
    many = shared(*[level_of_all] * 20).model_copy(update=said)
    found = policy_at(many, "checkout-api", directory(*crowd), AT).policy
    assert found is not None
    assert found.repeat == 9
    assert found.gaps == ("Payments has many addresses: it begins again 9 times",)


def test_more_waits_than_a_policy_can_have_levels_are_left_out() -> None:
    """All contact methods are used at once then: early is better than never."""
    patient = person("Ada", *(method(sms(number), after=number) for number in range(10)))
    levels = [to("Ada", minutes=60)] * 11
    fewer = resolved(*levels[1:], also=(patient,))
    assert len(fewer) == MOST_LEVELS
    assert [len(targets) for _, targets in fewer] == [1] * MOST_LEVELS
    many = resolved(*levels, also=(patient,))
    assert [(delay, len(targets)) for delay, targets in many] == [(HOUR, 10)] * 11


METHODS = st.lists(
    st.builds(
        method,
        st.integers(0, 5).map(lambda number: email("abcdef"[number])),
        st.integers(0, 60),
        verified=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda one: one.target.key,
)
NAMES = ("Ada", "Grace", "Edsger")
LEVELS = st.lists(
    st.builds(
        lambda names, minutes: to(*names, minutes=minutes),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
        st.integers(1, 90),
    ),
    min_size=1,
    max_size=5,
)


@given(methods=st.tuples(METHODS, METHODS, METHODS), levels=LEVELS)
def test_whatever_people_want_each_level_lasts_as_long_as_it_says(
    methods: tuple[list[ContactMethod], ...], levels: list[PolicyLevel]
) -> None:
    """And reaches everybody at once whom it names, in one way at least, each address once."""
    people = {name: person(name, *contact) for name, contact in zip(NAMES, methods, strict=True)}
    everybody = directory_of(people.values())
    for one in levels:
        found = policy_at(shared(one), "checkout-api", everybody, AT).policy
        named = [people[target.name] for target in one.targets if target.type == "person"]
        assert (found is None) == all(who.contact_methods == () for who in named)
        if found is not None:
            delays = [plain.acknowledgement_delay for plain in found.levels]
            assert sum(delays, timedelta(0)) == one.acknowledgement_delay
            keys = [target.key for plain in found.levels for target in plain.targets]
            assert len(keys) == len({*keys})
            at_once = {target.key for target in found.levels[0].targets}
            for who in named:
                relied_on = {contact.target.key for contact in who.relied_on}
                assert at_once & relied_on or not relied_on


@given(methods=st.tuples(METHODS, METHODS, METHODS), levels=LEVELS)
def test_the_levels_of_a_policy_follow_one_another(
    methods: tuple[list[ContactMethod], ...], levels: list[PolicyLevel]
) -> None:
    """A policy is its Levels, each as if it were alone."""
    people = [person(name, *contact) for name, contact in zip(NAMES, methods, strict=True)]
    everybody = directory_of(people)
    alone = [policy_at(shared(one), "checkout-api", everybody, AT).policy for one in levels]
    expected = [
        (number, plain)
        for number, one in enumerate(alone, 1)
        if one is not None
        for plain in one.levels
    ]
    together = policy_at(shared(*levels), "checkout-api", everybody, AT).policy
    found = together.numbered_levels() if together is not None else ()
    unnumbered = {"number": None}
    assert [(number, one.model_copy(update=unnumbered)) for number, one in found] == expected
