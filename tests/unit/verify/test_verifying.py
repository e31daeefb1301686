"""What is asked, and what is refused."""

import inspect
from datetime import datetime, time, timedelta

import pytest

from pager.configuration.configuration import Configuration
from pager.model import EscalationPolicy, Level
from pager.oncall.directory import directory_of
from pager.oncall.policies import ServicePolicy
from pager.oncall.schedules import HOUR, WEEKDAYS, Hours, Layer, Rotation, Schedule
from pager.verify import (
    PROPERTIES,
    Outlook,
    TooManyHandovers,
    TooMuchToTry,
    UnknownProperty,
    Verdict,
    is_property,
    read_property,
    unknown_properties,
    verdict,
    verify,
)
from unit.oncall.entries import EMPTY, USE, directory, email, level, shared
from unit.verify.prospects import TEN

YEAR = timedelta(days=396)


def test_each_sentence_of_the_catalogue_is_read() -> None:
    """By its own form, and it has a meaning."""
    for form in PROPERTIES:
        rule = read_property(form.sentence).rule
        assert form.meaning == inspect.getdoc(type(rule))


def test_whether_a_sentence_is_a_property_is_a_question() -> None:
    """Most sentences that it is asked of are none, and nobody has to be told what to write."""
    assert is_property("Database: no Level is empty.")
    assert not is_property("no level is ever empty")
    assert not is_property("somebody is reached within 10 fortnights")


def test_a_full_stop_and_spaces_do_not_matter() -> None:
    """The sentence is kept as it was written."""
    read = read_property("  no Level  is empty. ")
    assert (read.sentence, read.scope) == ("  no Level  is empty. ", None)
    assert read.rule == read_property("no Level is empty").rule


def test_a_scope_may_have_a_colon() -> None:
    """What is after the last one is the sentence."""
    assert read_property("Database: nights: no Level is empty").scope == "Database: nights"


def test_an_unknown_sentence_is_refused_with_the_nearest() -> None:
    """So is a duration that is none."""
    with pytest.raises(UnknownProperty, match="The nearest are: no Level is empty"):
        read_property("no level is ever empty")
    with pytest.raises(UnknownProperty, match="'10 fortnights' is no duration"):
        read_property("somebody is reached within 10 fortnights")
    with pytest.raises(UnknownProperty, match="It is 400 days at the most"):
        read_property("nobody is on call more than 401 days running")
    with pytest.raises(UnknownProperty, match="The longest has 300 characters"):
        read_property(f"{'Database' * 100}: somebody is on call at every moment")


def test_it_is_known_which_sentences_mean_nothing() -> None:
    """By their numbers."""
    [(place, message)] = unknown_properties(["no Level is empty", "nobody sleeps"])
    assert place == ("properties", 1)
    assert message.startswith("'nobody sleeps' is no property that Pager knows.")


def test_the_end_comes_after_the_start() -> None:
    """A property of no moment would hold."""
    with pytest.raises(ValueError, match="after the start"):
        verify(Configuration(), ["no Level is empty"], TEN, TEN)


def test_of_nothing_a_property_holds_and_says_so() -> None:
    """It was looked at for no service."""
    (verdict,) = verify(Configuration(), ["no Level is empty"], TEN, TEN + YEAR)
    assert (verdict.holds, verdict.looked_at) == (True, 0)
    assert verdict.says_nothing == (
        "“no Level is empty” is about nothing that is in this configuration, so it says nothing."
    )
    assert not verdict._replace(looked_at=1).says_nothing
    assert not verdict._replace(holds=False).says_nothing


def test_schedules_with_too_many_handovers_are_refused() -> None:
    """They would take minutes."""
    hours = tuple(
        Hours(weekdays=WEEKDAYS, starts=time(hour), ends=time(hour, 30)) for hour in range(20)
    )
    rotations = tuple(
        Rotation(
            name=f"rotation {number}",
            participants=("Ada",),
            starts=datetime.fromisoformat("2027-01-01T00:00"),
            shift_length=HOUR,
            restrictions=hours,
        )
        for number in range(10)
    )
    schedule = Schedule(name="Database", time_zone="UTC", layers=(Layer(rotations=rotations),))
    schedules = [schedule.model_copy(update={"name": f"Database {n}"}) for n in range(5)]
    configuration = Configuration(directory=directory_of(schedules))
    with pytest.raises(TooManyHandovers, match="more than 200,000 times in 396 d"):
        verify(configuration, ["somebody is on call at every moment"], TEN, TEN + YEAR)


def test_a_service_that_is_too_much_to_try_hides_no_other() -> None:
    """What was found of the service before it counts; of none it is unclear."""
    twice = EscalationPolicy(service_id="billing-api", levels=(Level(targets=(email("Ada"),)),) * 2)
    people = directory(EMPTY, shared(*(level(email(f"list-{n}")) for n in range(25))))
    asked = read_property("nobody is woken twice by one incident")

    def found(*policies: ServicePolicy) -> Verdict:
        configuration = Configuration(people, {one.service_id: one for one in policies})
        return verdict(Outlook(configuration, TEN, TEN + YEAR), asked, most=10)

    assert [one.subject for one in found(twice, USE).violations] == ["billing-api"]
    with pytest.raises(TooMuchToTry, match="more than 10 different situations"):
        found(USE)
