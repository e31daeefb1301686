"""A date and a time as they are typed, in the time zone that is typed beside them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONGEST_ZONE = 64
"""Characters."""

WRONG_ZONE = "There is no such time zone. Write one such as Europe/Paris or UTC."


def moment_in(text: str, zone: str) -> datetime:
    """The moment that is typed as 2027-01-15 22:00, in UTC.

    Raises ValueError, OverflowError, and KeyError or OSError for a wrong zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone_of(zone))
    return at.astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """The time zone. Raises KeyError or OSError where there is none of that name."""
    try:
        return ZoneInfo(name)
    except ValueError as error:  # such as ../etc
        raise KeyError(name) from error
