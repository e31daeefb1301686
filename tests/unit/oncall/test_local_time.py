"""Which moment a local time is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pager.oncall.local_time import local_time, moment_of

PARIS, APIA = ZoneInfo("Europe/Paris"), ZoneInfo("Pacific/Apia")
LORD_HOWE, HAVANA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Havana")
SKIPPED = datetime(2027, 3, 28, 1, tzinfo=UTC)
AGAIN = datetime(2027, 10, 31, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [
        (PARIS, "2027-01-18T09:00", "2027-01-18T08:00"),
        (PARIS, "2027-07-18T09:00", "2027-07-18T07:00"),
        # 02:00 becomes 03:00 at 01:00 UTC.
        (PARIS, "2027-03-28T01:59", "2027-03-28T00:59"),
        (PARIS, "2027-03-28T02:00", "2027-03-28T01:00"),
        (PARIS, "2027-03-28T02:30", "2027-03-28T01:00"),
        (PARIS, "2027-03-28T03:00", "2027-03-28T01:00"),
        (PARIS, "2027-03-28T03:01", "2027-03-28T01:01"),
        # 03:00 becomes 02:00 at 01:00 UTC.
        (PARIS, "2027-10-31T02:00", "2027-10-31T00:00"),
        (PARIS, "2027-10-31T02:59", "2027-10-31T00:59"),
        (PARIS, "2027-10-31T03:00", "2027-10-31T02:00"),
        # 02:00 becomes 02:30 at 15:30 UTC.
        (LORD_HOWE, "2027-10-03T02:15", "2027-10-02T15:30"),
        # 00:00 becomes 01:00 at 05:00 UTC: the day has no midnight.
        (HAVANA, "2027-03-14T00:00", "2027-03-14T05:00"),
        # There was no 30th of December.
        (APIA, "2011-12-30T00:00", "2011-12-30T10:00"),
        (APIA, "2011-12-30T12:00", "2011-12-30T10:00"),
        (APIA, "2011-12-31T00:00", "2011-12-30T10:00"),
    ],
)
def test_a_local_time_is_the_first_moment_at_which_it_or_a_later_one_is_shown(
    zone: ZoneInfo, local: str, moment: str
) -> None:
    """One that is skipped is the moment of the change; one that comes twice is its first time."""
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert moment_of(datetime.fromisoformat(local), zone) == expected


@pytest.mark.parametrize(
    ("at", "local"),
    [
        (SKIPPED - MICROSECOND, "2027-03-28T01:59:59.999999"),
        (SKIPPED, "2027-03-28T03:00"),
        (AGAIN - MICROSECOND, "2027-10-31T02:59:59.999999"),
        (AGAIN, "2027-10-31T02:59:59.999999"),
        (AGAIN + timedelta(minutes=30), "2027-10-31T02:59:59.999999"),
        (AGAIN + timedelta(hours=1), "2027-10-31T03:00"),
    ],
)
def test_while_an_hour_is_shown_again_it_stays_the_end_of_that_hour(
    at: datetime, local: str
) -> None:
    """So the second pass belongs to whoever had the turn at the end of the first."""
    assert local_time(at, PARIS) == datetime.fromisoformat(local)
    assert local_time(at.astimezone(PARIS), PARIS) == datetime.fromisoformat(local)
