"""From when until when something was: overrides, above all."""

from datetime import datetime
from typing import NamedTuple

from pager.adapters.imports.fields import Fields


class Period(NamedTuple):
    """From a moment until another, which no longer belongs to it; both in UTC."""

    starts_at: datetime
    ends_at: datetime


def period_of(fields: Fields, names: tuple[str, str], now: datetime) -> Period | None:
    """The period that these two fields say; it becomes part of the place that notes tell.

    None with a note where it is over `now`, or where no period is said.
    """
    starts_at, ends_at = (fields.moment(name) for name in names)
    if starts_at is None or ends_at is None:
        fields.leave_out("nobody knows from when until when it is", serious=True)
        return None
    fields.place += f" from {starts_at:%Y-%m-%d %H:%M} UTC"
    if ends_at <= now:
        fields.leave_out("it is over")
        return None
    return Period(starts_at, ends_at)
