"""The form of an override: filled in beforehand, read, and told in words before it is saved."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from pager.adapters.web.console.form import Form
from pager.adapters.web.console.on_call.local_days import local_text, shown
from pager.adapters.web.console.on_call.zone_times import ZoneTimes
from pager.adapters.web.parsing import without_nul
from pager.oncall.horizon import horizon
from pager.oncall.local_time import moment_of
from pager.oncall.on_call import on_call
from pager.oncall.schedules import Override, Schedule
from pager.oncall.shifts import next_change, shifts
from pager.oncall.week import DAY

EVENING, MORNING = time(18), time(9)
"""Between which a night is."""

LONGEST_TEXT = 100

TOLD_AHEAD = timedelta(days=92)
"""What an override changes is said of its first days: one may last for a lifetime."""

WRONG_TIME = "Say when: a date and a time, such as 2027-01-18 18:00."


class OverrideForm(NamedTuple):
    """What was typed, valid or not; the times are those of the schedule's zone."""

    person: str = ""
    starts: str = ""
    ends: str = ""
    rotation: str = ""
    """"": the whole schedule."""


class Change(NamedTuple):
    """What an override changes for some time."""

    starts_at: datetime
    ends_at: datetime
    before: tuple[str, ...]
    """Who would be on call."""
    after: tuple[str, ...]


def read_override_form(form: Form) -> OverrideForm:
    """What was typed, no longer than a field can be."""
    names = ("person", "starts", "ends", "rotation")
    return OverrideForm(*(without_nul(form.text(name))[:LONGEST_TEXT].strip() for name in names))


def override_of_form(typed: OverrideForm, zone: ZoneInfo) -> Override | dict[str, str]:
    """The override; or what is wrong with it, by the fields of the form."""
    errors: dict[str, str] = {}
    moments: dict[str, datetime] = {}
    for name in ("starts", "ends"):
        try:
            moments[name] = moment_of(_local(getattr(typed, name)), zone)
        except (ValueError, OverflowError):
            errors[name] = WRONG_TIME
    if not typed.person:
        errors["person"] = "Say who: the name of a person."
    if errors:
        return errors
    try:
        return Override(
            person=typed.person,
            starts_at=moments["starts"],
            ends_at=moments["ends"],
            rotation=typed.rotation or None,
        )
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_context=False, include_input=False):
            field = str(wrong["loc"][0]) if wrong["loc"] else "ends"
            field = {"starts_at": "starts", "ends_at": "ends"}.get(field, field)
            errors.setdefault(field, wrong["msg"])
        return errors


def _local(text: str) -> datetime:
    """Raises ValueError."""
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None:
        raise ValueError(text)
    return local


def tonight(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The night that it is or that comes, as its clock shows it: what is left of it."""
    local = shown(now, zone).replace(second=0, microsecond=0)
    morning = datetime.combine(local.date(), MORNING)
    if local < morning:
        return local, morning
    return max(local, datetime.combine(local.date(), EVENING)), morning + DAY


class Asked(Protocol):
    """What an address says that the form has in it at first."""

    @property
    def take(self) -> Literal["tonight", "now"] | None:
        """The time to take."""
        ...

    @property
    def starts(self) -> str:
        """Or from when, in the schedule's zone."""
        ...

    @property
    def ends(self) -> str:
        """And until when."""
        ...

    @property
    def rotation(self) -> str:
        """The rotation to take; "" for the whole schedule."""
        ...


def filled_in(schedule: Schedule, now: datetime, person: str, asked: Asked) -> OverrideForm:
    """The form as a page opens it, for that person."""
    zone = ZoneInfo(schedule.time_zone)
    starts, ends = asked.starts, asked.ends
    if asked.take == "tonight":
        starts, ends = map(local_text, tonight(now, zone))
    elif asked.take == "now":
        until = next_change(schedule, now) or now + DAY
        starts, ends = local_text(shown(now, zone)), local_text(shown(until, zone))
    return OverrideForm(person, starts, ends, asked.rotation)


def told_until(after: Schedule, override: Override) -> datetime:
    """Until when it is said what that override of `after` changes."""
    return min(override.ends_at, override.starts_at + horizon(after, TOLD_AHEAD))


def changes_by(before: Schedule, after: Schedule, override: Override) -> list[Change]:
    """Who is on call at another time than before, as long as the override is told."""
    period = (override.starts_at, told_until(after, override))
    edges = {
        edge
        for schedule in (before, after)
        for shift in shifts(schedule, *period)
        for edge in (shift.starts_at, shift.ends_at)
    }
    changes: list[Change] = []
    for start, end in pairwise(sorted({*edges, *period})):
        was, becomes = on_call(before, start), on_call(after, start)
        if changes and changes[-1][1:] == (start, was, becomes):
            changes[-1] = changes[-1]._replace(ends_at=end)
        elif set(was) != set(becomes):
            changes.append(Change(start, end, was, becomes))
    return changes


def changes_in_words(changes: list[Change], me: str, times: ZoneTimes) -> Iterator[str]:
    """What each of them means for whom: "Grace is replaced by you Fri 18:00 to Sat 09:00."."""
    for change in changes:
        out = [name for name in change.before if name not in change.after]
        new = [name for name in change.after if name not in change.before]
        span = times.span(change.starts_at, change.ends_at)
        if out and new:
            yield f"{_are(out, me)} replaced by {_all(new, me)} {span}."
        elif new and change.before:
            yield f"{_are(new, me)} on call as well {span}."
        elif new:
            yield f"{_are(new, me)} on call {span}, when nobody would be."
        else:
            yield f"{_are(out, me)} off {span}."


def _are(names: list[str], me: str) -> str:
    text = _all(names, me)
    verb = "is" if len(names) == 1 and names != [me] else "are"
    return f"{text[0].upper() if names[0] == me else text[0]}{text[1:]} {verb}"


def _all(names: list[str], me: str) -> str:
    said = ["you" if name == me else name for name in names]
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]
