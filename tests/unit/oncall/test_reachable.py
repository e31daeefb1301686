"""Who is relied on, and cannot be reached."""

from datetime import datetime, timedelta

from pager.model import EmailTarget
from pager.oncall.directory import Directory
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.reachable import relied_on_by, trouble_of
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.teams import Team

MAIL = ContactMethod(target=EmailTarget(address="ada@example.com"))
OTHER = ContactMethod(target=EmailTarget(address="ada@example.org"))


def database(*people: str) -> Schedule:
    """A schedule in which they take turns."""
    rotation = Rotation(
        name="weekly",
        participants=people,
        starts=datetime(2027, 1, 4, 9),  # noqa: DTZ001 - of the schedule's time zone
        shift_length=timedelta(weeks=1),
    )
    return Schedule(
        name="Database", time_zone="Europe/Paris", layers=(Layer(rotations=(rotation,)),)
    )


def payments(*targets: PolicyTarget) -> SharedPolicy:
    """A policy whose Levels each name one of them."""
    return SharedPolicy(
        name="Payments", levels=tuple(PolicyLevel(targets=(target,)) for target in targets)
    )


def relied_on(directory: Directory) -> dict[str, list[str]]:
    """Of each person the names of what counts on them."""
    return {name: [use.name for use in uses] for name, uses in relied_on_by(directory).items()}


def test_who_has_no_contact_method_cannot_be_reached() -> None:
    """There is nowhere to send a page."""
    assert trouble_of(Person(name="Ada")) == "no contact method"


def test_one_verified_method_is_enough() -> None:
    """The others are not used while there is one."""
    verified = MAIL.model_copy(update={"verified": True})
    assert trouble_of(Person(name="Ada", contact_methods=(MAIL, OTHER))) == "not verified"
    assert trouble_of(Person(name="Ada", contact_methods=(MAIL, OTHER, verified)[1:])) is None


def test_a_schedule_counts_on_those_who_take_turns() -> None:
    """And on nobody else."""
    directory = Directory(
        people={"Ada": Person(name="Ada"), "Eve": Person(name="Eve")},
        schedules={"Database": database("Ada", "Grace")},
    )
    assert relied_on(directory) == {"Ada": ["Database"], "Grace": ["Database"]}


def test_a_policy_counts_on_everybody_in_its_teams() -> None:
    """Each once; an address is nobody, a schedule counts on its people itself."""
    policy = payments(
        PersonTarget(name="Ada"),
        TeamTarget(name="Core"),
        TeamTarget(name="gone"),
        ScheduleTarget(name="Database"),
        EmailTarget(address="boss@example.com"),
    )
    directory = Directory(
        teams={"Core": Team(name="Core", members=("Ada", "Linus"))}, policies={"Payments": policy}
    )
    assert relied_on(directory) == {"Ada": ["Payments"], "Linus": ["Payments"]}


def test_a_team_alone_counts_on_nobody() -> None:
    """It is told only where a policy names it."""
    assert relied_on(Directory(teams={"Core": Team(name="Core", members=("Ada",))})) == {}
