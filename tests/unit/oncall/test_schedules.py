"""What a schedule may say, and how it is written down."""

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pager.oncall.schedules import Hours, Override, Schedule

HOURS = {"type": "hours", "weekdays": ["monday"], "starts": "09:00", "ends": "17:00"}
ROTATION = {
    "name": "Weekly",
    "participants": ["Ada", "Grace"],
    "starts": "2027-01-18T09:00:00",
    "shift_length": "P7D",
    "restrictions": [HOURS],
}
OVERRIDE = {
    "person": "Barbara",
    "starts_at": "2027-01-20T18:00:00Z",
    "ends_at": "2027-01-21T09:00:00Z",
}


def schedule(
    rotation: Mapping[str, object] = ROTATION,
    override: Mapping[str, object] = OVERRIDE,
    **fields: object,
) -> Schedule:
    """As a file or a request has it."""
    written = {
        "name": "Database",
        "time_zone": "Europe/Paris",
        "layers": [{"rotations": [rotation]}],
        "overrides": [override],
        **fields,
    }
    return Schedule.model_validate_json(json.dumps(written))


def test_what_is_written_down_is_read_again() -> None:
    """Times of day to the minute, and moments in UTC."""
    written = schedule()
    assert Schedule.model_validate_json(written.model_dump_json()) == written
    assert '"starts":"09:00","ends":"17:00"' in written.model_dump_json()
    assert written.overrides[0].starts_at == datetime.fromisoformat("2027-01-20T18:00Z")


def test_a_schedule_knows_its_people_and_rotations() -> None:
    """Also those who only stand in."""
    assert schedule().people == {"Ada", "Grace", "Barbara"}
    assert [rotation.name for rotation in schedule().rotations] == ["Weekly"]


def test_a_week_is_the_length_of_a_shift_unless_it_says_another() -> None:
    """And it goes on for ever, at all hours."""
    rotation = {key: ROTATION[key] for key in ("name", "participants", "starts")}
    [weekly] = schedule(rotation).rotations
    assert (weekly.shift_length, weekly.ends, weekly.restrictions) == (timedelta(days=7), None, ())


def test_an_override_is_kept_in_utc() -> None:
    """Two times of one zone are compared without its changes of the clocks."""
    paris = ZoneInfo("Europe/Paris")
    first = datetime(2027, 10, 31, 2, 45, tzinfo=paris)
    again = datetime(2027, 10, 31, 2, 15, tzinfo=paris, fold=1)
    taken = Override(person="Ada", starts_at=first, ends_at=again)
    assert taken.ends_at - taken.starts_at == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("rotation", "reason"),
    [
        ({"restrictions": [{**HOURS, "starts": "09:00:30"}]}, "A time of day is expected"),
        ({"restrictions": [{**HOURS, "starts": "09:00:00Z"}]}, "A time of day is expected"),
        ({"restrictions": [{**HOURS, "weekdays": []}]}, "at least 1 item"),
        ({"starts": "2027-01-18T09:00:30"}, "A date and a time to the minute are expected."),
        ({"starts": "2027-01-18T09:00:00Z"}, "should not have timezone info"),
        ({"starts": "0027-01-18T09:00:00"}, "A date between 1970 and 2100 is expected"),
        ({"ends": "9999-12-31T09:00:00"}, "A date between 1970 and 2100 is expected"),
        ({"ends": "2027-01-18T09:00:00"}, "The rotation ends before it starts"),
        ({"shift_length": "PT90M"}, "A shift lasts whole hours, days or weeks."),
        ({"shift_length": "PT0S"}, "from 1 hour to 366 days"),
        ({"shift_length": "P367D"}, "from 1 hour to 366 days"),
        ({"participants": []}, "at least 1 item"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused(rotation: Mapping[str, object], reason: str) -> None:
    """With a sentence that says what to write."""
    with pytest.raises(ValidationError, match=reason):
        schedule({**ROTATION, **rotation})


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ({"ends_at": "2027-01-20T18:00:00Z"}, "The override ends before it starts"),
        ({"ends_at": "2027-01-21T09:00:00"}, "should have timezone info"),
        ({"ends_at": "9999-12-31T23:59:00-12:00"}, "A date between 1970 and 2100 is expected"),
        # As it is kept, in UTC, it would be of another year, and could not be read again.
        ({"ends_at": "2100-12-31T23:59:00-12:00"}, "A date between 1970 and 2100 is expected"),
        ({"starts_at": "1970-01-01T00:00:00+14:00"}, "A date between 1970 and 2100 is expected"),
        ({"rotation": "Nights"}, "There is no rotation Nights."),
    ],
)
def test_an_override_that_cannot_be_is_refused(override: Mapping[str, object], reason: str) -> None:
    """With a sentence that says what to write."""
    with pytest.raises(ValidationError, match=reason):
        schedule(override={**OVERRIDE, **override})


@pytest.mark.parametrize(
    "zone",
    [
        *("Europe/Atlantis", "", "../etc/passwd", "Europe", "\x00"),
        # Some machines have these files: of their own zone, or with seconds that others lack.
        *("localtime", "posixrules", "posix/Europe/Paris", "right/Europe/Paris"),
    ],
)
def test_a_time_zone_that_nobody_knows_is_refused(zone: str) -> None:
    """Whatever stands in its place; and one that is not the same on each machine."""
    with pytest.raises(ValidationError, match="There is no time zone"):
        schedule(time_zone=zone)


def test_a_schedule_has_no_more_than_can_be_read_at_once() -> None:
    """A request is answered in time, however large the schedule may be."""
    many = [{**ROTATION, "name": f"rotation {number}"} for number in range(11)]
    with pytest.raises(ValidationError, match="at most 10 items"):
        schedule(layers=[{"rotations": many}])
    with pytest.raises(ValidationError, match="at most 10 items"):
        schedule(layers=[{"rotations": [one]} for one in many])
    with pytest.raises(ValidationError, match="at most 20 items"):
        schedule({**ROTATION, "restrictions": [HOURS] * 21})


def test_two_rotations_of_one_name_are_refused() -> None:
    """An override names the rotation whose place it takes."""
    layers = [{"rotations": [ROTATION]}, {"rotations": [ROTATION]}]
    with pytest.raises(ValidationError, match="Two rotations are called Weekly"):
        schedule(layers=layers)


def test_hours_may_be_written_as_text_or_as_times() -> None:
    """As a form has them, and as a program has them."""
    hours = Hours(weekdays=("monday",), starts=time(9), ends=time(17))
    assert hours == Hours.model_validate({**HOURS, "weekdays": ("monday",)})
