"""The overrides of a schedule, one by one: added, taken back, and what each is called by."""

import hashlib
from datetime import datetime, timedelta

from pager.errors import PagerError
from pager.oncall.schedules import Override, Schedule

KEPT_FOR = timedelta(days=90)
"""How long an override stays in its schedule after its end. The history has it longer."""


class NoSuchOverride(PagerError):
    """The schedule {schedule} has no such override (any more)."""

    def __init__(self, schedule: str) -> None:
        """`schedule` is its name."""
        super().__init__(schedule=schedule)


def override_id(override: Override) -> str:
    """What the override is called by: the same as long as nobody changes it, wherever it stands.

    Two that say the same have the same one.
    """
    moments = (override.starts_at.isoformat(), override.ends_at.isoformat())  # both are in UTC
    text = "\n".join((override.person, *moments, override.rotation or ""))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def override_of(schedule: Schedule, id_: str) -> Override:
    """The override with that id. Raises NoSuchOverride."""
    for override in schedule.overrides:
        if override_id(override) == id_:
            return override
    raise NoSuchOverride(schedule.name)


def with_override(schedule: Schedule, override: Override, now: datetime) -> Schedule:
    """The schedule with this override, which counts before all others.

    Those that ended long before `now` are dropped, so that the schedule does not fill up. Raises
    ValidationError where it has no such rotation, or too many overrides.
    """
    kept = [
        other
        for other in schedule.overrides
        if other.ends_at > now - KEPT_FOR and other != override
    ]
    return _with(schedule, (*kept, override))


def without_override(schedule: Schedule, override: Override) -> Schedule:
    """The schedule without this override."""
    return _with(schedule, tuple(other for other in schedule.overrides if other != override))


def _with(schedule: Schedule, overrides: tuple[Override, ...]) -> Schedule:
    """The schedule with these. Raises ValidationError."""
    known = {name: getattr(schedule, name) for name in Schedule.model_fields}
    Schedule.model_validate({**known, "overrides": overrides})
    # What only a newer version knows of the schedule stays in it.
    return schedule.model_copy(update={"overrides": overrides})
