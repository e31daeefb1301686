"""How long somebody is on call, and when next."""

from datetime import UTC, datetime, time, timedelta

from pager.oncall.on_call import Duty
from pager.oncall.schedules import WEEKDAYS, Hours, Layer, Override, Rotation, Schedule
from pager.oncall.spans import Span, next_turn, span_of

MONDAY = datetime(2027, 1, 18, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEK = 7 * DAY


def rotation(
    name: str, *participants: str, length: timedelta = WEEK, starts: datetime = MONDAY
) -> Rotation:
    return Rotation(
        name=name,
        participants=participants,
        starts=starts.replace(tzinfo=None),
        shift_length=length,
    )


def schedule(*rotations: Rotation, overrides: tuple[Override, ...] = ()) -> Schedule:
    return Schedule(
        name="Database",
        time_zone="UTC",
        layers=(Layer(rotations=rotations),),
        overrides=overrides,
    )


WEEKLY = schedule(rotation("Weekly", "Ada", "Grace"))


def test_a_turn_lasts_from_one_handover_to_the_next() -> None:
    """Also when it has just begun."""
    ada = Duty("Ada", "Weekly")
    assert span_of(WEEKLY, ada, MONDAY + 3 * DAY) == Span(MONDAY, MONDAY + WEEK)
    assert span_of(WEEKLY, ada, MONDAY + 2 * WEEK) == Span(MONDAY + 2 * WEEK, MONDAY + 3 * WEEK)


def test_a_duty_goes_on_while_others_of_the_schedule_change() -> None:
    """It is the one person's."""
    both = schedule(
        rotation("Primary", "Ada", "Grace"), rotation("Secondary", "Edsger", "Barbara", length=DAY)
    )
    assert span_of(both, Duty("Ada", "Primary"), MONDAY + HOUR) == Span(MONDAY, MONDAY + WEEK)


def test_an_override_ends_a_turn() -> None:
    """Another duty begins where somebody stands in."""
    override = Override(person="Grace", starts_at=MONDAY + DAY, ends_at=MONDAY + 2 * DAY)
    taken = schedule(rotation("Weekly", "Ada"), overrides=(override,))
    assert span_of(taken, Duty("Ada", "Weekly"), MONDAY) == Span(MONDAY, MONDAY + DAY)
    stands_in = Duty("Grace", None, override)
    assert span_of(taken, stands_in, MONDAY + DAY) == Span(MONDAY + DAY, MONDAY + 2 * DAY)


def test_a_gap_ends_a_duty() -> None:
    """Each day is one of its own."""
    hours = Hours(weekdays=WEEKDAYS, starts=time(9), ends=time(17))
    office = schedule(rotation("Office", "Ada").model_copy(update={"restrictions": (hours,)}))
    at = MONDAY + DAY + 12 * HOUR
    expected = Span(MONDAY + DAY + 9 * HOUR, MONDAY + DAY + 17 * HOUR)
    assert span_of(office, Duty("Ada", "Office"), at) == expected


def test_what_has_no_end_that_is_near_has_none() -> None:
    """Somebody is on call for ever."""
    alone = schedule(rotation("Weekly", "Ada", starts=MONDAY - 500 * DAY))
    assert span_of(alone, Duty("Ada", "Weekly"), MONDAY) == Span(None, None)


def test_the_next_turn_is_looked_for() -> None:
    """Whoever never serves has none."""
    assert next_turn(WEEKLY, "Grace", MONDAY + DAY) == MONDAY + WEEK
    assert next_turn(WEEKLY, "Edsger", MONDAY) is None
