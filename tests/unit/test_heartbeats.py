"""Heartbeats: when one stays away, by a clock that is moved by hand, and what its page says."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from pager.heartbeats import LONGEST_PAUSE, Heartbeat, Listening, Watch, alert

START = datetime(2027, 1, 15, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
BACKUP = Heartbeat(name="nightly-backup", service_id="backup-api", interval=10 * MINUTE)
PINGED = Watch(10 * MINUTE, MINUTE).pinged(START)
DEADLINE = START + 11 * MINUTE


def after_gap(begin: timedelta, end: timedelta) -> Listening:
    """A period that begins after a gap."""
    return Listening(START, START + begin).at(START + end)


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(0), "on time"),
        (10 * MINUTE - SECOND, "on time"),
        (10 * MINUTE, "late"),
        (11 * MINUTE - SECOND, "late"),
        (11 * MINUTE, "missing"),
    ],
)
def test_it_stays_away_once_interval_and_grace_are_over(after: timedelta, state: str) -> None:
    """In its interval it is on time, in its grace it is late."""
    assert PINGED.state(START + after) == state
    assert PINGED.overdue_since(START + after) == (DEADLINE if state == "missing" else None)


def test_what_was_never_pinged_waits() -> None:
    """However long, and whatever happens to Pager and to the clock."""
    new = Watch(10 * MINUTE, MINUTE)
    new = new.after_gap(after_gap(MINUTE, 20 * MINUTE)).set_back(MINUTE)
    assert (new.state(DEADLINE), new.overdue_since(DEADLINE)) == ("waiting", None)


def test_time_in_which_nobody_listened_does_not_count() -> None:
    """It has its whole interval and grace again from the moment at which Pager listens."""
    later = PINGED.after_gap(after_gap(9 * MINUTE, 30 * MINUTE))
    assert later.deadline == START + 41 * MINUTE
    assert later.pinged_at == START
    again = later.after_gap(after_gap(40 * MINUTE, 60 * MINUTE))
    assert again.deadline == START + 71 * MINUTE


@pytest.mark.parametrize(
    ("stopped_at", "deadline"),
    [(11 * MINUTE, DEADLINE), (11 * MINUTE - SECOND, START + 41 * MINUTE)],
)
def test_what_stayed_away_before_the_gap_is_missing_at_once(
    stopped_at: timedelta, deadline: datetime
) -> None:
    """No ping in the gap could have been in time."""
    assert PINGED.after_gap(after_gap(stopped_at, 30 * MINUTE)).deadline == deadline


@pytest.mark.parametrize("pause", [timedelta(0), SECOND, LONGEST_PAUSE])
def test_a_short_pause_is_no_gap(pause: timedelta) -> None:
    """A node says each second that it listens, and may be late."""
    listening = Listening(START, START)
    assert listening.at(START + pause) == Listening(START, START + pause)
    assert PINGED.after_gap(listening.at(START + pause)) == PINGED


def test_a_long_pause_begins_a_new_period() -> None:
    """The gap before it is remembered."""
    later = START + LONGEST_PAUSE + timedelta(milliseconds=1)
    assert Listening(START - MINUTE, START).at(later) == Listening(later, later, START)


@pytest.mark.parametrize("gap_from", [None, START - 2 * MINUTE])
def test_a_clock_that_is_set_back_moves_all_that_lies_ahead(gap_from: datetime | None) -> None:
    """As much time is left as before."""
    hour = timedelta(hours=1)
    now = START + 4 * MINUTE
    listening = Listening(START - MINUTE, now, gap_from).at(now - hour)
    before = None if gap_from is None else gap_from - hour
    assert listening == Listening(START - MINUTE - hour, now - hour, before)
    assert PINGED.set_back(hour).deadline == DEADLINE - hour
    assert PINGED.set_back(hour).pinged_at == START - hour


def test_its_alert_says_since_when_it_is_silent() -> None:
    """And under which dedup key it is raised and resolved."""
    raised = alert(BACKUP, PINGED, Listening(START - MINUTE, DEADLINE, START - 2 * MINUTE))
    assert raised.message == (
        "nightly-backup has been silent since 2027-01-15 00:00:00 UTC.\n"
        "It is expected every 10 min, and 1 min later at the most."
    )
    assert (raised.service_id, raised.dedup_key) == ("backup-api", "heartbeat:nightly-backup")
    assert (BACKUP.resolve.service_id, BACKUP.resolve.dedup_key) == ("backup-api", BACKUP.key)


def test_its_alert_says_when_pager_itself_could_not_hear() -> None:
    """If that was after its last ping."""
    listening = after_gap(9 * MINUTE, 30 * MINUTE)
    raised = alert(BACKUP, PINGED.after_gap(listening), listening)
    assert raised.message.endswith(
        "\nPager itself could not hear from 2027-01-15 00:09:00 UTC to 2027-01-15 00:30:00 UTC: "
        "it has waited anew since then."
    )


def test_a_dedup_key_of_its_own_is_used() -> None:
    """Such as that of a monitor which it replaces."""
    heartbeat = BACKUP.model_copy(update={"dedup_key": "backup/failed"})
    assert heartbeat.key == heartbeat.resolve.dedup_key == "backup/failed"


@pytest.mark.parametrize(
    ("given", "interval"),
    [("PT5M", 5 * MINUTE), (300, 5 * MINUTE), (1.5, 1.5 * SECOND), ("P1D", timedelta(days=1))],
)
def test_an_interval_is_iso_8601_or_seconds(given: object, interval: timedelta) -> None:
    """A grace as well."""
    fields = {"name": "b", "service_id": "a", "interval": given, "grace": given}
    heartbeat = Heartbeat.model_validate(fields)
    assert heartbeat.interval == heartbeat.grace == interval


@pytest.mark.parametrize(
    "interval",
    [
        "5 min",
        "",
        "P",
        "PT",
        True,
        None,
        [],
        "PT0.5S",
        0,
        -1,
        "-PT5M",
        "P367D",
        1e300,
        float("nan"),
    ],
)
def test_no_other_interval_is_taken(interval: object) -> None:
    """Nor one that is too short or too long."""
    with pytest.raises(ValidationError):
        Heartbeat.model_validate({"name": "b", "service_id": "a", "interval": interval})


@pytest.mark.parametrize("name", ["nightly-backup", "Heartbeat Test", "a", "x:y+z@v._"])
def test_a_name_can_stand_in_a_url(name: str) -> None:
    """With spaces, since Opsgenie's may have some."""
    fields = {"name": name, "service_id": "a", "interval": 60}
    assert Heartbeat.model_validate(fields).name == name


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "été", "a/b", "..", "a\nb", "a\0", "a?b", "x" * 101]
)
def test_no_other_name_is_taken(name: str) -> None:
    """What a client or a proxy may read in another way."""
    with pytest.raises(ValidationError):
        Heartbeat.model_validate({"name": name, "service_id": "a", "interval": 60})


def test_what_nobody_tells_apart_is_one() -> None:
    """The usual dedup key that is written out, and what is shorter than a millisecond."""
    written = Heartbeat(
        name="nightly-backup",
        service_id="backup-api",
        interval=10 * MINUTE - timedelta(microseconds=999),
        dedup_key="heartbeat:nightly-backup",
    )
    assert written == BACKUP
    assert written.key == "heartbeat:nightly-backup"
    other = written.model_copy(update={"dedup_key": "heartbeat:other"})
    assert Heartbeat.model_validate(other.model_dump()).dedup_key == "heartbeat:other"
