"""When somebody is on call next: what follows on without a break is one duty."""

from datetime import UTC, datetime, timedelta

from pager.adapters.web.console.on_call.duties import Duty, next_duties, on_call_now
from pager.oncall.directory import Directory
from pager.oncall.schedules import Layer, Override, Rotation, Schedule

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def schedule(name: str, *people: str, override: Override | None = None) -> Schedule:
    """They take weekly turns."""
    weekly = Rotation(name="weekly", participants=people, starts=NOW.replace(tzinfo=None))
    overrides = () if override is None else (override,)
    layers = (Layer(rotations=(weekly,)),)
    return Schedule(name=name, time_zone="UTC", layers=layers, overrides=overrides)


def directory(*schedules: Schedule) -> Directory:
    """They are all that there is."""
    return Directory(schedules={each.name: each for each in schedules})


def test_duties_of_all_schedules_come_in_their_order() -> None:
    """Those of 30 days; what goes on for longer is cut off there."""
    both = directory(schedule("Database", "Ada", "Grace"), schedule("Network", "Grace", "Ada"))
    assert next_duties("Ada", both, NOW) == [
        Duty("Database", NOW, NOW + WEEK),
        Duty("Network", NOW + WEEK, NOW + 2 * WEEK),
        Duty("Database", NOW + 2 * WEEK, NOW + 3 * WEEK),
        Duty("Network", NOW + 3 * WEEK, NOW + 4 * WEEK),
        Duty("Database", NOW + 4 * WEEK, NOW + 30 * DAY),
    ]
    assert next_duties("Eve", both, NOW) == []


def test_what_follows_on_is_one_duty() -> None:
    """Ada stands in before her own turn; Grace's is shorter by it."""
    stands_in = Override(person="Ada", starts_at=NOW + 6 * DAY, ends_at=NOW + WEEK)
    one = directory(schedule("Database", "Grace", "Ada", override=stands_in))
    assert next_duties("Ada", one, NOW)[0] == Duty("Database", NOW + 6 * DAY, NOW + 2 * WEEK)
    assert next_duties("Grace", one, NOW)[0] == Duty("Database", NOW, NOW + 6 * DAY)


def test_now_is_where_the_turn_is() -> None:
    """Of each person all schedules."""
    both = directory(schedule("Database", "Ada", "Grace"), schedule("Network", "Ada"))
    assert on_call_now(both, NOW) == {"Ada": ["Database", "Network"]}
    assert on_call_now(both, NOW + WEEK) == {"Grace": ["Database"], "Ada": ["Network"]}
