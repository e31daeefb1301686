"""The time zones of schedules."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from pager.adapters.imports.fields import Fields
from pager.oncall.schedules import TimeZone

OLD_NAMES = {
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Mountain Time (US & Canada)": "America/Denver",
    "Central Time (US & Canada)": "America/Chicago",
    "Eastern Time (US & Canada)": "America/New_York",
}
"""As PagerDuty wrote zones before it took to those of the tz database."""

_ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)


def zone_of(fields: Fields, name: str) -> ZoneInfo:
    """The zone in that field; UTC with a note where it is none."""
    zone = fields.text(name)
    try:
        return ZoneInfo(_ZONE.validate_python(OLD_NAMES.get(zone, zone)))
    except (ValidationError, ValueError):
        fields.note(f"there is no time zone {zone!r}: its hours are those of UTC", serious=True)
        return ZoneInfo("UTC")


def local_minute(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows then, to the minute."""
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
