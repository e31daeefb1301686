"""The schedules of a scenario: how their tables are read, and who is on call in them."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from acceptance.tables import ROTATION_COLUMNS, SHIFT_COLUMNS
from pager.oncall.on_call import on_call
from pager.oncall.schedules import (
    WEEKDAYS,
    Hours,
    Layer,
    Override,
    Restriction,
    Rotation,
    Schedule,
    Weekday,
    WeekSpan,
)
from pager.oncall.shifts import gaps, shifts
from pager.testing.expect import Unmet, expect
from pager.testing.nouns import DURATION, read_duration
from pager.testing.tables import DataTable, Row, aligned, read_rows

NEEDED = {"Rotation", "Participants", "Starts", "Shift"}
NOBODY = "nobody"

SHOWN = "%Y-%m-%d %H:%M"
WEEKDAY = {weekday.title(): weekday for weekday in WEEKDAYS}
HOURS = "daily 22:00-06:00, Monday to Friday 09:00-17:00, Friday 18:00 to Monday 09:00"

_day = "|".join(WEEKDAY)
_hours = re.compile(rf"(?:daily|({_day})(?: to ({_day}))?) (\d\d:\d\d)-(\d\d:\d\d)")
_week_span = re.compile(rf"({_day}) (\d\d:\d\d) to ({_day}) (\d\d:\d\d)")


class Reading(NamedTuple):
    """What a scenario reads of a schedule."""

    schedule: str
    start: str
    end: str


class Schedules:
    """The schedules of a scenario, and what its Whens do with them."""

    def __init__(self) -> None:
        self.now: datetime | None = None
        self.reading: Reading | None = None
        self._by_name: dict[str, Schedule] = {}

    def __contains__(self, name: str) -> bool:
        """Whether there is one of that name."""
        return name in self._by_name

    def put(self, schedule: Schedule) -> None:
        """Keep it in the place of the one of that name, if there is one."""
        self._by_name[schedule.name] = schedule

    def of(self, name: str) -> Schedule:
        """The schedule of that name."""
        expect(name in self._by_name, f"There is no schedule {name}.")
        return self._by_name[name]

    def override(self, name: str, person: str, start: str, end: str, rotation: str | None) -> None:
        """Let that person stand in; the times are those of the schedule's zone."""
        schedule = self.of(name)
        taken = Override(
            person=person,
            starts_at=moment(start, schedule.time_zone),
            ends_at=moment(end, schedule.time_zone),
            rotation=rotation,
        )
        overrides = (*schedule.overrides, taken)
        self.put(Schedule(**{**dict(schedule), "overrides": overrides}))

    def people(self, name: str) -> list[str]:
        """Who is on call now."""
        if self.now is None:
            raise Unmet("Say first when: “When it is 2027-01-18 09:00 in Europe/Paris”.")
        return [*on_call(self.of(name), self.now)]

    def shifts(self) -> list[tuple[str, ...]]:
        """What was read: a row for each shift and each gap, in the time of the schedule's zone."""
        if self.reading is None:
            raise Unmet("Say first of when: “When Database is read from … until …”.")
        schedule = self.of(self.reading.schedule)
        start, end = (moment(text, schedule.time_zone) for text in self.reading[1:])
        found = [(one.starts_at, one.ends_at, one.people) for one in shifts(schedule, start, end)]
        found += [(one.starts_at, one.ends_at, (NOBODY,)) for one in gaps(schedule, start, end)]
        zone = ZoneInfo(schedule.time_zone)
        return [
            (", ".join(people), *(f"{edge.astimezone(zone):{SHOWN}}" for edge in edges))
            for *edges, people in sorted(found)
        ]


def moment(text: str, zone: str) -> datetime:
    """The moment at which the clocks of that zone show `text`; they do, and only once."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    moments = {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    expect(len(moments) == 1, f"{text} comes twice in {zone}, or is skipped. Say it in UTC.")
    return moments.pop()


def read_schedule(name: str, zone: str, datatable: DataTable) -> Schedule:
    """The schedule that a table describes, a rotation in each row."""
    expect(
        NEEDED <= {*datatable[0]} <= {*ROTATION_COLUMNS},
        f"The columns are {', '.join(ROTATION_COLUMNS)}; Layer, Hours and Ends may be left out.",
    )
    layers = groupby(read_rows(datatable), key=lambda row: row.get("Layer", "1"))
    return Schedule(
        name=name,
        time_zone=zone,
        layers=tuple(Layer(rotations=tuple(map(_rotation, rows))) for _, rows in layers),
    )


def expect_shifts(found: Sequence[tuple[str, ...]], datatable: DataTable) -> None:
    """Expect exactly these shifts."""
    header, *expected = map(tuple, datatable)
    expect(header == SHIFT_COLUMNS, f"The columns are {', '.join(SHIFT_COLUMNS)}.")
    expect([*found] == expected, "\n".join(["They are:", *aligned([SHIFT_COLUMNS, *found])]))


def _rotation(row: Row) -> Rotation:
    expect(bool(re.fullmatch(DURATION, row["Shift"])), f"“{row['Shift']}” is no duration.")
    return Rotation(
        name=row["Rotation"],
        participants=tuple(row["Participants"].split(", ")),
        starts=datetime.fromisoformat(row["Starts"]),
        shift_length=read_duration(row["Shift"]),
        ends=datetime.fromisoformat(row["Ends"]) if row.get("Ends") else None,
        restrictions=tuple(_restrictions(row.get("Hours", ""))),
    )


def _restrictions(text: str) -> Iterator[Restriction]:
    for one in filter(None, text.split(", ")):
        if found := _week_span.fullmatch(one):
            first, starts, last, ends = found.groups()
            yield WeekSpan(
                from_weekday=WEEKDAY[first],
                starts=time.fromisoformat(starts),
                until_weekday=WEEKDAY[last],
                ends=time.fromisoformat(ends),
            )
        elif found := _hours.fullmatch(one):
            first, last, starts, ends = found.groups()
            yield Hours(
                weekdays=_weekdays(first or "Monday", last or first or "Sunday"),
                starts=time.fromisoformat(starts),
                ends=time.fromisoformat(ends),
            )
        else:
            raise Unmet(f"“{one}” are no hours. There are: {HOURS}.")


def _weekdays(first: str, last: str) -> tuple[Weekday, ...]:
    titles = [*WEEKDAY]
    return WEEKDAYS[titles.index(first) : titles.index(last) + 1]
