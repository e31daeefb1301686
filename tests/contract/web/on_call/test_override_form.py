"""What an override changes, in words, and the night that "tonight" is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pager.adapters.web.console.on_call.override_form import (
    TOLD_AHEAD,
    changes_by,
    changes_in_words,
    tonight,
)
from pager.adapters.web.console.on_call.presets import PRESETS, handover, preset_draft
from pager.adapters.web.console.on_call.zone_times import ZoneTimes
from pager.oncall.local_time import moment_of
from pager.oncall.on_call import on_call
from pager.oncall.overrides import with_override
from pager.oncall.schedules import Layer, Override, Rotation, Schedule
from pager.oncall.shifts import gaps

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """The moment at which the clock in Paris shows `text`."""
    return moment_of(datetime.fromisoformat(text), PARIS)


def rotation(name: str, *people: str, **fields: object) -> Rotation:
    """They hand over each day at 09:00."""
    starts = datetime.fromisoformat("2027-01-04T09:00")
    known = {"name": name, "participants": people, "starts": starts, "shift_length": DAY}
    return Rotation.model_validate({**known, **fields})


def schedule(*rotations: Rotation) -> Schedule:
    """A schedule with one layer."""
    layers = (Layer(rotations=rotations),) if rotations else ()
    return Schedule(name="Database", time_zone="Europe/Paris", layers=layers)


def said(before: Schedule, person: str, start: str, end: str, of: str | None = None) -> list[str]:
    """What the override changes, for Ada, who reads it on Monday at noon."""
    now = at("2027-01-18T12:00")
    override = Override(person=person, starts_at=at(start), ends_at=at(end), rotation=of)
    changes = changes_by(before, with_override(before, override, now), override)
    return list(changes_in_words(changes, "Ada", ZoneTimes(PARIS, now)))


def test_a_shift_that_is_taken_is_said_with_whom_it_replaces() -> None:
    """A handover in between makes two sentences; one's own shift changes nothing."""
    turns = schedule(rotation("Daily", "Grace", "Ada", "Linus"))
    assert on_call(turns, at("2027-01-18T12:00")) == ("Linus",)
    assert said(turns, "Ada", "2027-01-18T18:00", "2027-01-19T12:00") == [
        "Linus is replaced by you 18:00 to Tue 09:00.",
        "Grace is replaced by you Tue 09:00 to 12:00.",
    ]
    assert said(turns, "Linus", "2027-01-18T18:00", "2027-01-19T09:00") == []
    assert said(turns, "Grace", "2027-01-20T10:00", "2027-01-20T11:00") == [
        "You are replaced by Grace Wed 10:00 to 11:00."
    ]


def test_of_people_side_by_side_it_is_said_who_stays() -> None:
    """Whoever takes one rotation replaces one; whoever takes the schedule, both."""
    both = schedule(rotation("Primary", "Grace"), rotation("Secondary", "Linus"))
    start, end = "2027-01-18T18:00", "2027-01-19T09:00"
    assert said(both, "Ada", start, end, "Secondary") == [
        "Linus is replaced by you 18:00 to Tue 09:00."
    ]
    assert said(both, "Ada", start, end) == [
        "Grace and Linus are replaced by you 18:00 to Tue 09:00."
    ]
    assert said(both, "Grace", start, end, "Secondary") == ["Linus is off 18:00 to Tue 09:00."]


def test_of_a_long_override_the_first_days_are_said() -> None:
    """To look through a lifetime of handovers would take a minute."""
    turns = schedule(rotation("Daily", "Grace", "Ada"))
    override = Override(person="Linus", starts_at=at("2027-01-18T12:00"), ends_at=at("2029-01-18"))
    changes = changes_by(turns, with_override(turns, override, override.starts_at), override)
    assert changes[-1].ends_at == override.starts_at + TOLD_AHEAD


def test_a_gap_that_is_filled_is_said() -> None:
    """And that somebody comes in beside others."""
    assert said(schedule(), "Ada", "2027-01-30T18:00", "2027-01-31T09:00") == [
        "You are on call Sat 30 Jan, 18:00 to Sun 31 Jan, 09:00, when nobody would be."
    ]
    nights = rotation("Nights", "Linus", ends=datetime.fromisoformat("2027-01-10T09:00"))
    beside = schedule(rotation("Daily", "Grace"), nights)
    assert said(beside, "Edsger", "2027-01-18T18:00", "2027-01-18T19:00", "Nights") == [
        "Edsger is on call as well 18:00 to 19:00."
    ]


@pytest.mark.parametrize(
    ("now", "starts", "ends"),
    [
        ("2027-01-18T12:00", "2027-01-18T18:00", "2027-01-19T09:00"),
        ("2027-01-18T21:30:40", "2027-01-18T21:30", "2027-01-19T09:00"),
        ("2027-01-19T03:00", "2027-01-19T03:00", "2027-01-19T09:00"),
        ("2027-01-19T09:00", "2027-01-19T18:00", "2027-01-20T09:00"),
    ],
)
def test_tonight_is_what_is_left_of_the_night(now: str, starts: str, ends: str) -> None:
    """Of the next one, from nine in the morning on."""
    assert [f"{local:%Y-%m-%dT%H:%M}" for local in tonight(at(now), PARIS)] == [starts, ends]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_somebody_on_call_and_only_the_gaps_that_it_names(name: str) -> None:
    """From the moment at which it is made."""
    now = at("2027-01-18T08:00")  # Monday, an hour before the handover
    made = preset_draft(name, "Europe/Paris", "Ada\nGrace\nLinus", now).schedule("Database", None)
    assert isinstance(made, Schedule)
    has_gaps = bool(gaps(made, now, now + 30 * DAY))
    assert has_gaps == (name == "weekdays")
    people = {person for hour in range(24 * 28) for person in on_call(made, now + hour * DAY / 24)}
    assert people == {"Ada", "Grace", "Linus"}


def test_a_first_handover_is_the_last_monday_at_nine() -> None:
    """In the zone of the schedule; or of UTC, as long as there is no such zone."""
    assert handover("Europe/Paris", at("2027-01-18T08:59")) == "2027-01-11T09:00"
    assert handover("Europe/Paris", at("2027-01-18T09:00")) == "2027-01-18T09:00"
    assert handover("Nowhere", at("2027-01-18T09:59")) == "2027-01-11T09:00"


def test_times_are_said_as_people_say_them() -> None:
    """The day where it is another one, the date where it is far, the year where it is another."""
    times = ZoneTimes(PARIS, at("2027-01-18T12:00"))
    assert times.when(at("2027-01-18T18:00")) == "18:00"
    assert times.when(at("2027-01-24T18:00")) == "Sun 18:00"
    assert times.when(at("2027-01-25T18:00")) == "Mon 25 Jan, 18:00"
    assert times.when(at("2026-12-31T18:00:30")) == "Thu 31 Dec 2026, 18:00:30"
    assert times.span(times.now, at("2027-01-18T18:00")) == "now, until 18:00"
    assert times.span(times.now, times.now + 90 * DAY) == "from now on"
    assert times.span(at("2027-01-19T09:00"), times.now + 90 * DAY) == "from Tue 09:00 on"
