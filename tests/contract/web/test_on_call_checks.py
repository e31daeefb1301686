"""What the console says of people, teams and schedules in a policy: who it is, and their state."""

from datetime import UTC, datetime

import pytest

from contract.web.shared_policies import DATABASE, DIRECTORY, GRACE
from pager import EmailTarget
from pager.adapters.web.console.checks import Check
from pager.adapters.web.console.on_call_checks import OnCallChecks
from pager.oncall.directory import Directory, directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import OnCallTarget, PersonTarget, ScheduleTarget, TeamTarget
from pager.oncall.schedules import Layer, Schedule
from pager.oncall.teams import Team

WEDNESDAY = datetime(2027, 1, 6, 12, tzinfo=UTC)
BOTH = frozenset({"email", "sms"})


def lasting(hours: int, *participants: str) -> Schedule:
    """The schedule Database with these people, and turns of so many hours."""
    [layer] = DATABASE.layers
    [rotation] = layer.rotations
    fields = rotation.model_dump() | {
        "participants": participants,
        "shift_length": f"PT{hours}H",
    }
    turns = type(rotation).model_validate(fields)
    return DATABASE.model_copy(update={"layers": (Layer(rotations=(turns,)),)})


def seen(
    target: OnCallTarget, directory: Directory | None = None, set_up: frozenset[str] = BOTH
) -> tuple[str, Check]:
    """What is said of it on that Wednesday."""
    checked = OnCallChecks(directory or directory_of(DIRECTORY), set_up, WEDNESDAY).of(target)
    return checked.text, checked.check


def test_a_schedule_says_who_is_on_call_and_until_when() -> None:
    """In its own zone: the day of the week where that says enough, otherwise the date."""
    directory = directory_of(DIRECTORY)
    database = ScheduleTarget(name="Database")
    assert seen(database) == ("Database on call → Ada until Mon 09:00", Check.GOOD)
    monthly = directory.having(lasting(24 * 28, "Grace Hopper", "Ada"))
    assert seen(database, monthly)[0] == "Database on call → Grace Hopper until 01 Feb 09:00"
    alone = directory.having(lasting(24, "Ada"))
    assert seen(database, alone)[0] == "Database on call → Ada"
    assert seen(ScheduleTarget(name="Nights")) == ("Nights on call", Check.NOBODY)


def test_a_team_says_how_many_they_are() -> None:
    """And whether a page reaches all of them: the one it misses may be the one who knows."""
    assert seen(TeamTarget(name="Storage")) == ("team Storage (2 people)", Check.NOT_VERIFIED)
    directory = directory_of([*DIRECTORY, Team(name="Empty"), Team(name="One", members=("Ada",))])
    assert seen(TeamTarget(name="Empty"), directory) == ("team Empty (0 people)", Check.NOBODY)
    assert seen(TeamTarget(name="One"), directory) == ("team One (1 person)", Check.GOOD)


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("Ada", Check.GOOD),
        ("Grace Hopper", Check.NOT_SET_UP),
        ("Edsger", Check.NO_METHOD),
        ("Linus", Check.NOT_VERIFIED),
    ],
)
def test_a_person_is_reached_or_not(name: str, check: Check) -> None:
    """By a channel that this server has: here no SMS."""
    assert seen(PersonTarget(name=name), set_up=frozenset({"email"})) == (name, check)


def test_one_channel_that_is_set_up_is_enough() -> None:
    """Whoever has an address too is reached without SMS."""
    [sms] = GRACE.contact_methods
    address = ContactMethod(target=EmailTarget(address="grace@example.com"), verified=True)
    grace = Person(name="Grace Hopper", contact_methods=(sms, address))
    directory = directory_of([*DIRECTORY, grace])
    assert seen(PersonTarget(name="Grace Hopper"), directory, frozenset({"email"})) == (
        "Grace Hopper",
        Check.GOOD,
    )


def test_each_chip_leads_to_its_page() -> None:
    """Whatever the name is."""
    person = Person(name='A & B "x" ?')
    checks = OnCallChecks(directory_of([*DIRECTORY, person]), BOTH, WEDNESDAY)
    assert checks.of(PersonTarget(name=person.name)).path == (
        "/console/people/A%20%26%20B%20%22x%22%20%3F"
    )
    assert checks.of(TeamTarget(name="Storage")).path == "/console/teams/Storage"
    assert checks.of(ScheduleTarget(name="Database")).path == "/console/schedules/Database"
