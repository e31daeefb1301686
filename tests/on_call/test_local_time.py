"""Which moment a local time is, at every change of every clock, compared with others who know."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from whenever import Instant, PlainDateTime, SkippedTime

from on_call.zones import ZONES, Clock, clocks
from pager.oncall.local_time import local_time, moment_of

START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
PARTS = 8

Record = Callable[[str, object], None]


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_at_every_change_of_every_clock_the_rule_holds(part: int, record_property: Record) -> None:
    """From 1970 to 2100, in every zone: by the definition itself, and by `whenever`."""
    changes, times = 0, 0
    for name in ZONES[part::PARTS]:
        zone = ZoneInfo(name)
        found = clocks(zone, START, END)
        changes += len(found) - 1
        for before, after in pairwise(found):
            for local in _near(before, after):
                times += 1
                moment = moment_of(local, zone)
                assert moment == _by_definition(local, found, after), (name, local)
                assert _agrees_with_whenever(moment, local, name), (name, local)
                _goes_there_and_back(moment, local, zone)
    record_property("tried", ("changes of clocks", changes))
    record_property("tried", ("local times at them", times))


def _near(before: Clock, after: Clock) -> Iterator[datetime]:
    """Local times at the change: what is shown before and after it, and round about."""
    edges = sorted((after.since + clock.ahead).replace(tzinfo=None) for clock in (before, after))
    for edge in (*edges, edges[0] + (edges[1] - edges[0]) / 2):
        for distance in (MICROSECOND, MINUTE, 30 * MINUTE, 25 * 60 * MINUTE):
            yield from (edge - distance, edge + distance)
        yield edge


def _by_definition(local: datetime, found: list[Clock], near: Clock) -> datetime:
    """The first moment at which a clock shows that time or a later one: asked of each in its order.

    Only the clocks of the two changes before and after that one are asked.
    """
    place = found.index(near)
    asked = found[max(place - 2, 0) : place + 3]
    ends = [*(clock.since for clock in asked[1:]), END + timedelta(days=9)]
    return next(
        max(clock.since, local.replace(tzinfo=UTC) - clock.ahead)
        for clock, end in zip(asked, ends, strict=True)
        if local.replace(tzinfo=UTC) < end + clock.ahead
    )


def _agrees_with_whenever(moment: datetime, local: datetime, zone: str) -> bool:
    """Where a time is skipped, its clock shows less before the moment, and more at it."""
    plain = PlainDateTime(local)
    try:
        plain.assume_tz(zone, disambiguation="raise")
    except SkippedTime:
        shown = [Instant(at).to_tz(zone).to_plain() for at in (moment - MICROSECOND, moment)]
        return shown[0] < plain < shown[1]
    except ValueError:
        pass  # it comes twice
    first = plain.assume_tz(zone, disambiguation="earlier")
    return first.to_instant() == Instant(moment)


def _goes_there_and_back(moment: datetime, local: datetime, zone: ZoneInfo) -> None:
    """At that moment, and not before, that local time has come."""
    assert local_time(moment, zone) >= local
    assert local_time(moment - MICROSECOND, zone) < local
    latest = local_time(moment, zone)
    assert moment_of(latest, zone) <= moment < moment_of(latest + MICROSECOND, zone)
