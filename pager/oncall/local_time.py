"""Which moment a local time is, where clocks are put forward and back.

Turns, hours and handovers are written down as people read them on the clock on the wall, and days
have 24 hours there. The rule for all of them: **a local time is the first moment at which the clock
on the wall shows it, or something later.**

- A local time that is skipped is the moment at which the clock is put forward: the handover at
  02:30 takes place when 02:00 becomes 03:00.
- A local time that comes twice is its first time. While the clock shows an hour for the second
  time nothing new begins: whoever had the turn at the end of that hour has it until the hour is
  over.

So no two local times change their order, whatever a government does to its clocks.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SMALLEST = timedelta(microseconds=1)


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a local time, in UTC: the first one at which it, or a later one, is shown."""
    first = local.replace(tzinfo=zone, fold=0)
    last = first.replace(fold=1)
    # Of a local time that is skipped, `first` counts with the clock of before, and is too late.
    if first.astimezone(UTC) > last.astimezone(UTC):
        return change_of_clock(last.astimezone(UTC), first.astimezone(UTC), zone)
    return first.astimezone(UTC)


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """The latest local time whose moment is not after `at`.

    It is what the clock on the wall shows; or the end of an hour that is shown a second time.
    """
    shown = at.astimezone(zone)
    if not shown.fold:
        return shown.replace(tzinfo=None)
    moment = at.astimezone(UTC)
    change = change_of_clock(shown.replace(fold=0).astimezone(UTC), moment, zone)
    return (change - SMALLEST).astimezone(zone).replace(tzinfo=None, fold=0)


def change_of_clock(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock is put forward or back: after `before`, at the latest `after`.

    Both are in UTC, and the clock differs between them. Of several changes it is one of them.
    """
    offset = after.astimezone(zone).utcoffset()
    while after - before > SMALLEST:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
