"""A team of twelve that takes turns: what the pictures and the tests of the calendar show."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pager import EmailTarget
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.console.on_call.hours import PRESETS, read_hours
from pager.oncall.directory import Entry
from pager.oncall.local_time import moment_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Layer, Override, Restriction, Rotation, Schedule
from pager.oncall.teams import Team

NAMES = (
    "Ada Lovelace",
    "Grace Hopper",
    "Linus Torvalds",
    "Edsger Dijkstra",
    "Barbara Liskov",
    "Ken Thompson",
    "Radia Perlman",
    "Donald Knuth",
    "Frances Allen",
    "Tony Hoare",
    "Katherine Johnson",
    "Jean Bartik",
)
ZONE = "Europe/Paris"
DAY = timedelta(days=1)


def people() -> list[Person]:
    """The twelve; Ada has the account that the tests sign in with."""
    return [
        Person(
            name=name,
            contact_methods=(
                ContactMethod(target=EmailTarget(address=f"{name.split()[0].lower()}@example.com")),
            ),
            account="ada@example.com" if name == "Ada Lovelace" else None,
        )
        for name in NAMES
    ]


def rotation(
    name: str, first: int, last: int, monday: datetime, length: timedelta, *hours: Restriction
) -> Rotation:
    """The people from `first` to `last` take turns."""
    return Rotation(
        name=name,
        participants=NAMES[first:last],
        starts=datetime.combine(monday - 28 * DAY, time(9)),
        shift_length=length,
        restrictions=hours,
    )


def schedules(now: datetime) -> list[Schedule]:
    """Three layers with overrides, two rotations side by side, office hours with gaps, and none."""
    zone = ZoneInfo(ZONE)
    today = datetime.combine(now.astimezone(zone).date(), time())
    monday = today - timedelta(days=today.weekday())
    weekend = read_hours("Sat 12:00 to Sun 20:00")
    weekdays, nights = read_hours("Mon-Sat 09:00-09:00"), read_hours("Mon-Fri 22:00-06:00")
    layers = (
        Layer(rotations=(rotation("Weekdays", 0, 6, monday, DAY, weekdays),)),
        Layer(rotations=(rotation("Nights", 6, 9, monday, 7 * DAY, nights),)),
        Layer(rotations=(rotation("Weekends", 9, 12, monday, 7 * DAY, weekend),)),
    )

    def override(person: int, day: int, start: int, hours: int, of: str | None = None) -> Override:
        starts = moment_of(monday + timedelta(days=day, hours=start), zone)
        return Override(
            person=NAMES[person], starts_at=starts, ends_at=starts + timedelta(hours=hours),
            rotation=of,
        )  # fmt: skip

    overrides = (override(0, 9, 18, 15), override(3, 12, 12, 10), override(10, 3, 22, 8, "Nights"))
    side_by_side = Layer(
        rotations=(
            rotation("Primary", 0, 4, monday, 7 * DAY),
            rotation("Secondary", 4, 8, monday, 7 * DAY),
        )
    )
    hours = PRESETS["weekdays"]
    office = Layer(rotations=(rotation("Office hours", 2, 9, monday, DAY, *hours),))
    return [
        Schedule(name="Database", time_zone=ZONE, layers=layers, overrides=overrides),
        Schedule(name="Payments, first & second line", time_zone=ZONE, layers=(side_by_side,)),
        Schedule(name="Frontend", time_zone="America/New_York", layers=(office,)),
        Schedule(name="Empty", time_zone="UTC"),
    ]


def storage() -> SharedPolicy:
    """A shared policy that names a schedule, people and a team."""
    return SharedPolicy(
        name="Storage",
        levels=(
            PolicyLevel(targets=(ScheduleTarget(name="Database"),)),
            PolicyLevel(targets=(PersonTarget(name="Grace Hopper"), PersonTarget(name=NAMES[5]))),
            PolicyLevel(targets=(TeamTarget(name="Storage"),)),
        ),
        repeat=1,
    )


def fill_for_pictures(database: Database) -> None:
    """A team, its schedules without those that are odd, and a policy that names them."""
    on_call = SqlOnCall(database)
    team = Team(name="Storage", members=NAMES[:6])
    entries: list[Entry] = [*people(), team, *schedules(datetime.now(UTC))[:2], storage()]
    for entry in entries:
        on_call.put(entry, "ada@example.com")


def fill(database: Database, now: datetime | None = None) -> None:
    """Store them."""
    on_call = SqlOnCall(database)
    entries: list[Entry] = [*people(), *schedules(now or datetime.now(UTC))]
    for entry in entries:
        on_call.put(entry, "ada@example.com")
