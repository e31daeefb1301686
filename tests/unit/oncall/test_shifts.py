"""From when until when who is on call, and where nobody is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pager.oncall.on_call import Duty
from pager.oncall.schedules import WEEKDAYS, Hours, Layer, Override, Rotation, Schedule
from pager.oncall.shifts import Gap, Shift, gaps, next_change, shifts

MONDAY = datetime(2027, 1, 18, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEK = 7 * DAY


def schedule(
    *participants: str,
    until: int = 0,
    ends: datetime | None = None,
    overrides: tuple[Override, ...] = (),
) -> Schedule:
    """Weekly, from midnight of Monday on; each day until that hour."""
    weekly = Rotation(
        name="Weekly",
        participants=participants,
        starts=MONDAY.replace(tzinfo=None),
        ends=ends and ends.replace(tzinfo=None),
        restrictions=(Hours(weekdays=WEEKDAYS, starts=time(0), ends=time(until)),),
    )
    return Schedule(
        name="Database",
        time_zone="UTC",
        layers=(Layer(rotations=(weekly,)),),
        overrides=overrides,
    )


def shift(person: str, starts_at: datetime, ends_at: datetime) -> Shift:
    return Shift(starts_at, ends_at, (Duty(person, "Weekly"),))


def test_shifts_are_cut_off_where_it_was_not_asked() -> None:
    """Before the start and after the end, exactly."""
    start, end = MONDAY + HOUR, MONDAY + WEEK + timedelta(microseconds=1)
    assert shifts(schedule("Ada", "Grace"), start, end) == [
        shift("Ada", start, MONDAY + WEEK),
        shift("Grace", MONDAY + WEEK, end),
    ]


def test_turns_of_the_same_person_are_one_shift() -> None:
    """Nothing changes for anybody between them."""
    assert shifts(schedule("Ada"), MONDAY, MONDAY + 5 * WEEK) == [
        shift("Ada", MONDAY, MONDAY + 5 * WEEK)
    ]


def test_an_override_is_a_shift_of_its_own() -> None:
    """Also one by which somebody stands in for themselves: the reason is another."""
    taken = Override(person="Ada", starts_at=MONDAY + DAY, ends_at=MONDAY + 2 * DAY)
    found = shifts(schedule("Ada", overrides=(taken,)), MONDAY, MONDAY + WEEK)
    assert [one.people for one in found] == [("Ada",)] * 3
    assert found[1] == Shift(MONDAY + DAY, MONDAY + 2 * DAY, (Duty("Ada", None, taken),))


def test_a_gap_is_where_nobody_is_on_call() -> None:
    """As long as that lasts."""
    nights = schedule("Ada", until=18)
    assert gaps(nights, MONDAY, MONDAY + 2 * DAY) == [
        Gap(MONDAY + 18 * HOUR, MONDAY + DAY),
        Gap(MONDAY + DAY + 18 * HOUR, MONDAY + 2 * DAY),
    ]
    assert gaps(schedule("Ada"), MONDAY, MONDAY + WEEK) == []


def test_after_the_end_of_a_rotation_is_a_gap() -> None:
    """The last shift ends there."""
    ended = schedule("Ada", ends=MONDAY + DAY)
    assert shifts(ended, MONDAY, MONDAY + WEEK) == [shift("Ada", MONDAY, MONDAY + DAY)]
    assert gaps(ended, MONDAY, MONDAY + WEEK) == [Gap(MONDAY + DAY, MONDAY + WEEK)]


def test_a_schedule_without_rotations_is_one_gap() -> None:
    """However long it is looked at."""
    empty = Schedule(name="Database", time_zone="UTC")
    assert gaps(empty, MONDAY, MONDAY + WEEK) == [Gap(MONDAY, MONDAY + WEEK)]


def test_no_time_has_no_shifts_and_no_gaps() -> None:
    """Nor has one that ends before it begins."""
    for end in (MONDAY, MONDAY - DAY):
        assert shifts(schedule("Ada"), MONDAY, end) == []
        assert gaps(schedule("Ada"), MONDAY, end) == []


def test_moments_may_have_any_time_zone() -> None:
    """The shifts are in UTC."""
    paris = ZoneInfo("Europe/Paris")
    start, end = MONDAY.astimezone(paris), (MONDAY + DAY).astimezone(paris)
    assert shifts(schedule("Ada"), start, end) == shifts(schedule("Ada"), MONDAY, MONDAY + DAY)
    assert next_change(schedule("Ada", "Grace"), start) == MONDAY + WEEK


def test_the_next_change_is_where_other_people_are_on_call() -> None:
    """Not where the same people go on for another reason."""
    taken = Override(person="Ada", starts_at=MONDAY + DAY, ends_at=MONDAY + 2 * DAY)
    assert next_change(schedule("Ada", "Grace", overrides=(taken,)), MONDAY) == MONDAY + WEEK
    assert next_change(schedule("Ada", until=18), MONDAY) == MONDAY + 18 * HOUR
    assert next_change(schedule("Ada"), MONDAY) is None
    before = MONDAY - 100 * DAY
    assert next_change(schedule("Ada"), before) == MONDAY
