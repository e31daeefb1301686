"""The directory: whoever is named is in it."""

import pytest

from pager.errors import PagerError
from pager.model import FALLBACK
from pager.oncall.directory import (
    Directory,
    Entry,
    NobodyOfThatName,
    StillUsed,
    check_names,
    check_unused,
    check_use,
    directory_of,
    users_of,
)
from pager.oncall.people import Person
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.teams import Team
from unit.oncall.entries import (
    ADA,
    DATABASE,
    EMPTY,
    GRACE,
    TEAM,
    USE,
    directory,
    email,
    level,
    person,
    shared,
    team,
    to,
)
from unit.oncall.test_on_call import MONDAY

TURNS = Rotation(name="Weeks", participants=("Ada", "Grace"), starts=MONDAY)
SCHEDULE = EMPTY.model_copy(update={"layers": (Layer(rotations=(TURNS,)),)})
POLICY = shared(level(TEAM, DATABASE, *to("Ada").targets, email("Edsger")))


def test_an_entry_is_found_by_its_kind_and_name() -> None:
    """A person and a team may have the same name."""
    ada_team = Team(name="Ada")
    all_of_them = directory_of([ADA, ada_team])
    assert all_of_them.find(Person, "Ada") == ADA
    assert all_of_them.find(Team, "Ada") == ada_team
    assert all_of_them.find(Schedule, "Ada") is None
    assert [*all_of_them.entries] == [ADA, ada_team]


def test_an_edit_makes_another_directory() -> None:
    """The one before stays as it is."""
    before = directory_of([ADA, team("Ada")])
    edited = ADA.model_copy(update={"account": "ada"})
    assert before.having(edited).having(GRACE) == directory_of([edited, GRACE, team("Ada")])
    assert before.without(ADA) == directory_of([team("Ada")])
    assert before.without(GRACE) == before == directory_of([ADA, team("Ada")])


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        (team("Ada", "Barbara"), "person called 'Barbara'"),
        (SCHEDULE, "person called 'Ada'"),
        (shared(to("Ada"), to("Barbara", "Grace")), "person called 'Barbara'"),
        (shared(level(DATABASE, TEAM)), "schedule called 'Database'"),
        (shared(level(TEAM)), "team called 'Payments'"),
    ],
)
def test_whoever_names_somebody_unknown_is_refused(entry: Entry, missing: str) -> None:
    """The error says who, and what to do."""
    known = directory() if entry is not SCHEDULE else Directory()
    with pytest.raises(NobodyOfThatName) as error:
        check_names(entry, known)
    assert str(error.value) == (f"There is no {missing}: check how it is written, or add it first.")


def test_whoever_names_those_who_are_there_is_accepted() -> None:
    """A person names nobody."""
    everybody = directory(team("Ada"), SCHEDULE)
    for entry in (ADA, team("Ada", "Grace"), SCHEDULE, POLICY):
        check_names(entry, everybody)


def test_the_use_of_a_policy_names_one_that_is_there() -> None:
    """Otherwise nobody would be paged."""
    check_use(USE, directory(POLICY))
    with pytest.raises(NobodyOfThatName) as error:
        check_use(USE, directory(team()))
    assert (error.value.kind, error.value.name) == ("policy", "Payments")


def test_the_users_of_somebody_are_those_who_name_them() -> None:
    """Not those who name another kind by the same name."""
    everybody = directory(team("Ada"), SCHEDULE, POLICY)
    assert users_of(ADA, everybody) == [team("Ada"), SCHEDULE, POLICY]
    assert users_of(GRACE, everybody) == [SCHEDULE]
    assert users_of(team("Ada"), everybody) == users_of(SCHEDULE, everybody) == [POLICY]
    assert users_of(POLICY, everybody) == users_of(person("Payments"), everybody) == []


def test_somebody_whom_nobody_names_can_be_removed() -> None:
    """Nothing is said."""
    check_unused(POLICY, directory(team("Ada"), SCHEDULE, POLICY))


def test_somebody_who_is_named_cannot_be_removed() -> None:
    """The error says by whom: some by name, the others in number."""
    everybody = directory(team("Ada"), SCHEDULE, POLICY)
    services = [FALLBACK, *(f"{letter}-api" for letter in "fedcba")]
    assert refusal(ADA, everybody) == (
        "The person Ada cannot be removed, as it is named by the team Payments, the schedule "
        "Database, the policy Payments. Take it out there first."
    )
    assert "by a-api, b-api, c-api, d-api, e-api and 2 more." in refusal(
        POLICY, everybody, *services
    )
    assert "by the fallback policy." in refusal(POLICY, everybody, FALLBACK)


def refusal(entry: Entry, everybody: Directory, *services: str) -> str:
    """Why `entry` cannot be removed."""
    with pytest.raises(StillUsed) as error:
        check_unused(entry, everybody, services)
    assert isinstance(error.value, PagerError)
    assert (error.value.kind, error.value.name) == (entry.type, entry.name)
    assert error.value.users in str(error.value)
    return str(error.value)
