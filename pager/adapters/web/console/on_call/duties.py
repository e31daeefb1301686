"""When and where somebody is on call: just now, and next."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.oncall.directory import Directory
from pager.oncall.on_call import on_call
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import shifts

LOOKED_AHEAD = timedelta(days=30)


class Duty(NamedTuple):
    """A person is on call in a schedule."""

    schedule: str
    starts_at: datetime
    ends_at: datetime


def on_call_now(directory: Directory, now: datetime) -> Mapping[str, list[str]]:
    """Of each person who is on call, the names of the schedules."""
    found: dict[str, list[str]] = defaultdict(list)
    for schedule in directory.schedules.values():
        for name in on_call(schedule, now):
            found[name].append(schedule.name)
    return found


def next_duties(name: str, directory: Directory, now: datetime) -> list[Duty]:
    """When that person is on call in the next 30 days, the first first."""
    duties = [
        duty
        for schedule in directory.schedules.values()
        if name in schedule.people
        for duty in _in(schedule, name, now)
    ]
    return sorted(duties, key=lambda duty: (duty.starts_at, duty.schedule))


def _in(schedule: Schedule, name: str, now: datetime) -> list[Duty]:
    """What follows on without a break is one: others may come and go beside them."""
    found: list[Duty] = []
    for shift in shifts(schedule, now, now + LOOKED_AHEAD):
        if name not in shift.people:
            continue
        if found and found[-1].ends_at == shift.starts_at:
            found[-1] = found[-1]._replace(ends_at=shift.ends_at)
        else:
            found.append(Duty(schedule.name, shift.starts_at, shift.ends_at))
    return found
