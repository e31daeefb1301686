"""Properties of schedules."""

from datetime import UTC, datetime, time, timedelta

import pytest

from pager.configuration.configuration import Configuration
from pager.oncall.directory import Directory, NobodyOfThatName
from pager.oncall.schedules import WEEKDAYS, Hours, Layer, Rotation, Schedule, WeekSpan
from pager.verify import PROPERTIES, Violation, verify
from unit.oncall.entries import MINUTE, directory, email, method, person, sms
from unit.verify.prospects import TEN, database, violations

ON_CALL = "somebody is on call at every moment"
DAY = timedelta(days=1)
START = datetime(2027, 10, 1, tzinfo=UTC)
BARBARA = person("Barbara", method(email("Barbara")), method(sms(3), verified=True))


def paris(*layers: tuple[Rotation, ...]) -> Directory:
    schedule = Schedule(
        name="Paris",
        time_zone="Europe/Paris",
        layers=tuple(Layer(rotations=rotations) for rotations in layers),
    )
    return directory(schedule, BARBARA)


def rotation(*names: str, days: int = 7, starts: str = "2027-01-04T09:00") -> Rotation:
    """One that begins on a Monday."""
    return Rotation(
        name="Weekly",
        participants=names,
        starts=datetime.fromisoformat(starts),
        shift_length=days * DAY,
    )


def found(sentence: str, people: Directory, days: int = 60) -> tuple[Violation, ...]:
    return violations(sentence, people, days * DAY, start=START)


def test_a_gap_is_found() -> None:
    """Its end is named, in the time zone of the schedule."""
    hours = Hours(weekdays=WEEKDAYS[:5], starts=time(9), ends=time(17))
    office = rotation("Ada").model_copy(update={"restrictions": (hours,)})
    sentence = "somebody is on call at every moment"
    (gap,) = found(sentence, paris((office,)), days=8)
    assert gap.what == (
        "On Friday 2027-10-01 02:00 in Europe/Paris nobody is on call in Paris."
        " So it is until Friday 2027-10-01 09:00, and 6 more times, the next on"
        " Friday 2027-10-01 17:00."
    )
    assert (gap.subject, gap.timeline) == ("Paris", "")
    assert not found(sentence, paris((rotation("Ada"),)))


def test_whoever_is_on_call_can_be_reached() -> None:
    """Where a method is verified, the others do not count: Barbara has no e-mail address then."""
    people = paris((rotation("Ada", "Grace", "Barbara"),))
    assert not found("everybody on call can be reached", people)
    (by_sms,) = found("everybody on call can be reached by SMS", people)
    assert "Ada is on call in Paris and has no phone number" in by_sms.what
    (by_email,) = found("Paris: everybody on call can be reached by e-mail", people)
    assert "Barbara is on call in Paris and has no e-mail address" in by_email.what
    (nowhere,) = found("everybody on call can be reached", paris((rotation("Edsger"),)))
    assert "Edsger is on call in Paris and has no contact method" in nowhere.what


def test_a_week_is_seven_days_when_the_clocks_are_put_back() -> None:
    """It is 169 hours long."""
    sentence = "nobody is on call more than 7 days running"
    assert not found(sentence, paris((rotation("Ada", "Grace"),)))
    long = found(sentence, paris((rotation("Ada", "Grace", "Ada"),)))
    assert "Ada goes on call in Paris for 14 d running" in long[0].what


def test_shifts_that_follow_each_other_are_one() -> None:
    """In whichever rotations; what began before the start counts from its begin."""
    sentence = "nobody is on call more than 10 days running"
    before = rotation("Ada", "Grace", starts="2027-09-20T09:00")
    assert not found(sentence, paris((before,)), days=8)
    (long,) = found("nobody is on call more than 5 days running", paris((before,)), days=2)
    assert long.what.startswith(
        "On Monday 2027-09-27 09:00 in Europe/Paris Grace goes on call in Paris for at least"
        " 5 d 17 h running. So it is for as long as Pager looks ahead"
    )
    (endless,) = found(sentence, paris((rotation("Ada"),)), days=1)
    assert "Ada goes on call in Paris for at least 12 d running" in endless.what


def test_any_gap_ends_what_is_running() -> None:
    """Ada alone is on call each day until 22:00; the meaning of the sentence says what finds it."""
    until_ten = Hours(weekdays=WEEKDAYS, starts=time(8), ends=time(22))
    alone = rotation("Ada").model_copy(update={"restrictions": (until_ten,)})
    assert not found("nobody is on call more than 7 days running", paris((alone,)))
    [meaning] = [form.meaning for form in PROPERTIES if "days running" in form.sentence]
    assert "Any gap is a break" in meaning
    assert "everybody is on call at least once in 90 days" in meaning


def test_what_was_over_before_the_start_is_not_told() -> None:
    """Ada had two weeks, and has none now."""
    weeks = rotation("Ada", days=14, starts="2027-09-13T09:00")
    ended = weeks.model_copy(update={"ends": datetime.fromisoformat("2027-09-27T09:00")})
    assert not found("nobody is on call more than 7 days running", paris((ended,)))


def test_everybody_takes_turns() -> None:
    """In a daily rotation whose weekends a later layer takes, some never serve."""
    daily = rotation("Ada", "Grace", "Edsger", "Barbara", "Ada", "Alan", "Donald", days=1)
    weekend = WeekSpan(
        from_weekday="saturday", starts=time(9), until_weekday="monday", ends=time(9)
    )
    weekends = rotation("Grace").model_copy(update={"restrictions": (weekend,), "name": "Weekends"})
    (never,) = found("everybody is on call at least once in 30 days", paris((daily,), (weekends,)))
    assert (
        "begins a time of 60 d in which Alan is not on call in Paris."
        " So it is for as long as Pager looks ahead" in never.what
    )
    assert never.times_more == 1
    assert not found("everybody is on call at least once in 30 days", paris((daily,)))


def test_turns_are_counted_while_a_rotation_goes_on() -> None:
    """One that is over, or has not begun, is nobody's; two rotations of a person are one time."""
    sentence = "everybody is on call at least once in 8 days"
    ends = datetime.fromisoformat("2027-10-10T09:00")
    over = rotation("Ada", "Grace").model_copy(update={"ends": ends})
    assert not found(sentence, paris((over,)))
    other = rotation("Grace", starts="2027-10-10T09:00").model_copy(update={"name": "Later"})
    assert not found(sentence, paris((over, other)))
    assert not found(sentence, paris((rotation("Ada", starts="2028-10-10T09:00"),)))
    (alone,) = found(sentence, paris((rotation("Ada", "Grace", "Barbara"),)), days=20)
    assert "begins a time of 10 d 7 h in which Grace is not on call in Paris" in alone.what


def test_the_shares_of_a_rotation() -> None:
    """Whoever has the same weekday each time has more hours where these differ."""
    nights = (
        Hours(weekdays=WEEKDAYS[:5], starts=time(17), ends=time(9)),
        Hours(weekdays=WEEKDAYS[5:], starts=time(9), ends=time(9)),
    )
    names = ("Ada", "Grace", "Edsger", "Barbara", "Alan", "Donald", "Jean")
    week = rotation(*names, days=1).model_copy(update={"restrictions": nights})
    sentence = "the shares of a rotation differ by at most 10 %"
    (uneven,) = found(sentence, paris((week,)), days=70)
    assert (
        "begins a time in which Donald is on call in Paris for 10 d 1 h by the rotation Weekly,"
        " and Barbara for 6 d 15 h"
    ) in uneven.what
    assert not found(sentence, paris((rotation(*names, days=1),)), days=70)
    assert not found("the shares of a rotation differ by at most 40 %", paris((week,)), days=70)


def test_a_schedule_without_anybody_has_nobody_too_long_on_call() -> None:
    """Only gaps."""
    empty = directory(database())
    for sentence in (
        "nobody is on call more than 7 days running",
        "everybody on call can be reached",
    ):
        assert not found(sentence, empty)


def test_a_sentence_may_be_about_one_schedule() -> None:
    """One that is there."""
    with pytest.raises(NobodyOfThatName, match="no schedule called 'Berlin'"):
        found("Berlin: somebody is on call at every moment", paris())


@pytest.mark.parametrize(
    "sentence",
    [
        "everybody on call can be reached",
        "nobody is on call more than 7 days running",
        "everybody is on call at least once in 1 day",
        "the shares of a rotation differ by at most 10 %",
    ],
)
def test_of_a_schedule_in_which_nobody_ever_is_on_call_nothing_is_said(sentence: str) -> None:
    """It holds of nobody, so it was looked at in no schedule. That somebody is on call does not."""
    gone = rotation("Barbara", starts="2030-01-07T09:00")
    configuration = Configuration(paris((gone,)))
    one, empty = verify(configuration, [sentence, ON_CALL], START, START + 60 * DAY)
    assert (one.holds, one.looked_at) == (True, 0)
    assert (empty.holds, empty.looked_at) == (False, 1)


@pytest.mark.parametrize(
    "sentence",
    [
        "everybody is on call at least once in 1 day",
        "the shares of a rotation differ by at most 10 %",
    ],
)
def test_without_a_rotation_nothing_is_said_of_turns(sentence: str) -> None:
    """Ada stands in, and so is on call: but nobody takes turns."""
    stands_in = Configuration(directory(database(("Ada", 0, 60))))
    alone, on_call = verify(stands_in, [sentence, ON_CALL], TEN, TEN + 60 * MINUTE)
    assert (alone.holds, alone.looked_at) == (True, 0)
    assert (on_call.holds, on_call.looked_at) == (True, 1)
