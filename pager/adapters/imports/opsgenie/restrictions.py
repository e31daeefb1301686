"""When a rotation of Opsgenie has somebody on call."""

from datetime import timedelta

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.hours import Span, every_day, restrictions
from pager.oncall.schedules import WEEKDAYS, Restriction
from pager.oncall.week import DAY, WEEK


def restrictions_of(limited: Fields) -> tuple[Restriction, ...]:
    """What a `timeRestriction` means; nothing where there is none.

    A time that is not after the one where it starts is on the next day, or in the next week.
    """
    kind = limited.text("type")
    single = [limited.one("restriction")] if limited.has("restriction") else []
    spans = [*single, *limited.many("restrictions")]
    if kind == "time-of-day":
        return restrictions(one for span in spans for one in _daily(span))
    return restrictions(_weekly(span) for span in spans)


def _daily(span: Fields) -> list[Span]:
    starts, ends = _time(span, "start"), _time(span, "end")
    return every_day(starts, _length(starts, ends, DAY))


def _weekly(span: Fields) -> Span:
    starts = _weekday(span, "startDay") + _time(span, "start")
    ends = _weekday(span, "endDay") + _time(span, "end")
    return Span(starts, _length(starts, ends, WEEK))


def _weekday(fields: Fields, name: str) -> timedelta:
    day = fields.text(name).lower()
    known = [weekday for weekday in WEEKDAYS if weekday == day]
    if not known:
        fields.note(f"its {name} is no weekday: taken for Monday", serious=True)
    return WEEKDAYS.index(known[0]) * DAY if known else timedelta(0)


def _time(fields: Fields, name: str) -> timedelta:
    return timedelta(hours=fields.number(f"{name}Hour"), minutes=fields.number(f"{name}Min"))


def _length(starts: timedelta, ends: timedelta, whole: timedelta) -> timedelta:
    return (ends - starts) % whole or whole
