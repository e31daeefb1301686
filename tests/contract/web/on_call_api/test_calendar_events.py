"""What stands in a calendar feed, as a calendar program reads it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from icalendar import Calendar, Event

from pager.adapters.web.calendar_feeds.events import (
    AHEAD,
    BACK,
    MOST_EVENTS,
    DatedSchedule,
    Feed,
    feed_of_person,
    feed_of_schedule,
    window_at,
)
from pager.adapters.web.calendar_feeds.text import in_icalendar
from pager.oncall.schedules import Layer, Override, Rotation, Schedule

NOW = datetime(2027, 3, 5, 12, 34, 56, tzinfo=UTC)
TODAY = datetime(2027, 3, 5, tzinfo=UTC)
WINDOW = window_at(NOW)
EDITED = datetime(2027, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rotation(*participants: str, name: str = "weekly", days: int = 7) -> Rotation:
    """From the first Monday of the year 2027 on, at 09:00."""
    start = datetime.fromisoformat("2027-01-04T09:00")
    return Rotation(
        name=name, participants=participants, starts=start, shift_length=timedelta(days=days)
    )


def schedule(
    *rotations: Rotation, name: str = "Database", overrides: Iterable[Override] = ()
) -> DatedSchedule:
    """In Paris, at version 7."""
    layers = (Layer(rotations=rotations),) if rotations else ()
    value = Schedule(name=name, time_zone="Europe/Paris", layers=layers, overrides=tuple(overrides))
    return DatedSchedule(value, 7, EDITED)


def read(feed: Feed) -> list[Event]:
    """The events as a calendar program finds them."""
    return Calendar.from_ical(in_icalendar(feed, "https://pager.example.com")).events


def test_a_feed_of_many_short_turns_has_fewer_days() -> None:
    """Of all its schedules together: a program reads it each hour, and a year takes ten seconds."""
    usual = window_at(NOW, [schedule(rotation("Ada")).schedule])
    assert usual == WINDOW
    hourly = [
        rotation("Ada", "Grace", name=str(number)).model_copy(update={"shift_length": HOUR})
        for number in range(10)
    ]
    many = schedule(*hourly).schedule
    assert window_at(NOW, [many]) == (TODAY - 20 * DAY, TODAY + 63 * DAY)
    assert window_at(NOW, [many] * 100) == (TODAY, TODAY + DAY)


def test_a_schedule_has_its_shifts_at_their_exact_times() -> None:
    """From 30 days ago until 13 months ahead, whole days in UTC; what goes on longer is cut."""
    events = read(feed_of_schedule(schedule(rotation("Ada", "Grace")), WINDOW))
    assert (events[0].start, events[-1].end) == (TODAY - BACK, TODAY + AHEAD)
    assert [str(event["summary"]) for event in events[:3]] == ["Ada", "Grace", "Ada"]
    for event, following in pairwise(events):
        assert event.end == following.start
    # Nine o'clock in Paris is another hour in UTC after the clocks change on 28 March.
    hours = {f"{event.start:%H}" for event in events[1:]}
    assert hours == {"07", "08"}


def test_who_is_on_call_together_stands_in_one_event() -> None:
    """Two rotations side by side."""
    both = schedule(rotation("Ada", name="first"), rotation("Grace", name="second"))
    assert {str(event["summary"]) for event in read(feed_of_schedule(both, WINDOW))} == {
        "Ada, Grace"
    }


def test_a_gap_is_an_event_of_its_own() -> None:
    """Loud: nobody is on call before the rotation begins; and never, without a rotation."""
    late = rotation("Ada").model_copy(update={"starts": datetime.fromisoformat("2027-03-10T09:00")})
    gap, shift = read(feed_of_schedule(schedule(late), WINDOW))
    assert str(gap["summary"]) == "Nobody is on call in Database"
    assert gap.end == shift.start == datetime(2027, 3, 10, 8, tzinfo=UTC)
    [empty] = read(feed_of_schedule(schedule(), WINDOW))
    assert (empty.start, empty.end) == (TODAY - BACK, TODAY + AHEAD)


def test_a_person_has_their_shifts_of_every_schedule() -> None:
    """Whoever is beside them changes nothing, and no gap is theirs."""
    weekly = schedule(rotation("Ada", "Grace"))
    beside = [rotation("Grace", name="long"), rotation("Ada", "Edsger", name="short", days=1)]
    always = schedule(*beside, name="Network")
    events = read(feed_of_person("Grace", [weekly, always], WINDOW))
    database, network = (
        [event for event in events if str(event["summary"]) == f"On call: {name}"]
        for name in ("Database", "Network")
    )
    assert len(database) + len(network) == len(events)
    assert {event.start.weekday() for event in database[1:]} == {0}
    assert [(event.start, event.end) for event in network] == [(TODAY - BACK, TODAY + AHEAD)]
    assert read(feed_of_person("Alan", [weekly, always], WINDOW)) == []


def test_an_event_is_the_same_one_while_its_start_stays() -> None:
    """Also where somebody stands in, on other days, and where it is cut off."""
    before = schedule(rotation("Ada", "Grace"))
    [_, first, second, *_] = feed_of_schedule(before, WINDOW).events
    stands_in = Override(person="Edsger", starts_at=second.starts_at, ends_at=second.ends_at)
    after = schedule(rotation("Ada", "Grace"), overrides=[stands_in])
    tomorrow = window_at(NOW + DAY)
    [cut, same, changed, *_] = feed_of_schedule(after, tomorrow).events
    assert (same.uid, changed.uid) == (first.uid, second.uid)
    assert changed.summary == "Edsger"
    assert cut.uid == feed_of_schedule(before, WINDOW).events[0].uid


def test_no_two_events_have_the_same_uid() -> None:
    """In one feed, and in feeds that somebody has in one calendar."""
    weekly, daily = (
        schedule(rotation("Ada", "Grace")),
        schedule(rotation("Ada", days=1), name="Network"),
    )
    feeds = [
        feed_of_schedule(weekly, WINDOW),
        feed_of_schedule(daily, WINDOW),
        feed_of_person("Ada", [weekly, daily], WINDOW),
        feed_of_person("Grace", [weekly, daily], WINDOW),
    ]
    uids = [event.uid for feed in feeds for event in feed.events]
    assert len(set(uids)) == len(uids)


def test_a_feed_is_the_same_all_day() -> None:
    """To the byte: it says of which edit it is, and not when it was read."""
    dated = schedule(rotation("Ada", "Grace"))
    texts = {
        in_icalendar(feed_of_schedule(dated, window_at(at)), "https://pager.example.com")
        for at in (TODAY, NOW, TODAY + DAY - HOUR)
    }
    [text] = texts
    assert b"DTSTAMP:20270102T030405Z\r\nSEQUENCE:7\r\n" in text
    assert text != in_icalendar(
        feed_of_schedule(dated, window_at(TODAY + DAY)), "https://pager.example.com"
    )


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("Ada; Lovelace, Countess", "Ada\\; Lovelace\\, Countess"),
        ("back\\slash", "back\\\\slash"),
        ("é" * 90, "é" * 90),
        ('a "quote"', 'a "quote"'),
    ],
)
def test_any_name_is_escaped(name: str, escaped: str) -> None:
    """In the title, in an event and in its link: nothing else can be written into a calendar."""
    dated = schedule(rotation(name), name=name)
    text = in_icalendar(feed_of_schedule(dated, WINDOW), "https://pager.example.com")
    assert f"\r\nX-WR-CALNAME:On call: {escaped}\r\n" in text.decode().replace("\r\n ", "")
    calendar = Calendar.from_ical(text)
    event = calendar.events[0]
    assert str(event["summary"]) == name
    assert str(event["url"]).startswith("https://pager.example.com/console/schedules/")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


@pytest.mark.proof
def test_a_feed_has_so_many_events_at_most() -> None:
    """The first ones: hourly shifts of a year would be 10,000."""
    hourly = rotation("Ada", "Grace").model_copy(update={"shift_length": HOUR})
    events = feed_of_schedule(schedule(hourly), WINDOW).events
    assert len(events) == MOST_EVENTS
    assert events[0].starts_at == TODAY - BACK
