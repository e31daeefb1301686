"""Whom people name in a shared policy, as they type it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pager import EmailTarget, EscalationPolicy, SmsTarget
from pager.adapters.web.console.comparison import changes, differences
from pager.adapters.web.console.draft import Draft, LevelDraft, draft_of
from pager.adapters.web.console.draft_form import fields_of, read_draft
from pager.adapters.web.console.pasted_targets import LINE_BREAKS
from pager.adapters.web.console.typed_targets import NO_NAMES, Names
from pager.oncall.directory import Directory
from pager.oncall.names import Name
from pager.oncall.people import Person
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team

EMAIL = EmailTarget(address="ada@example.com")
PHONE = SmsTarget(phone_number="+33612345678")


def directory(
    people: tuple[str, ...] = (), schedules: tuple[str, ...] = (), teams: tuple[str, ...] = ()
) -> Directory:
    """A directory with these names."""
    return Directory(
        people={name: Person(name=name) for name in people},
        schedules={name: Schedule(name=name, time_zone="UTC") for name in schedules},
        teams={name: Team(name=name) for name in teams},
    )


NAMES = Names(
    directory(
        people=("Grace Hopper", "Ada", "Tier 2", "schedule Old", "Database, nights"),
        schedules=("Database", "Database, nights", "Ada"),
        teams=("Payments", "Database"),
    )
)


def read(typed: str, names: Names = NAMES) -> list[PolicyTarget | None]:
    """The Targets in what was typed; None for what is not one."""
    return [names.target_of(target.text) for target in names.read(typed)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Grace Hopper", PersonTarget(name="Grace Hopper")),
        ("person Grace Hopper", PersonTarget(name="Grace Hopper")),
        ("  - Grace Hopper ", PersonTarget(name="Grace Hopper")),
        ("Payments", TeamTarget(name="Payments")),
        ("Team Payments", TeamTarget(name="Payments")),
        ("schedule Database", ScheduleTarget(name="Database")),
        ("team Database", TeamTarget(name="Database")),
        ("Database", ScheduleTarget(name="Database")),
        ("Ada", PersonTarget(name="Ada")),
        ("Tier 2", PersonTarget(name="Tier 2")),
        ("schedule Old", PersonTarget(name="schedule Old")),
        ("schedule Database, nights", ScheduleTarget(name="Database, nights")),
        ("Database, nights", PersonTarget(name="Database, nights")),
        ("ada@example.com", EMAIL),
        ("Ada <ada@example.com>", EMAIL),
        ("+33 6 12 34 56 78", PHONE),
    ],
)
def test_a_name_is_read_as_people_write_it(typed: str, meant: PolicyTarget) -> None:
    """With the word that says what it is, or without, where it is plain."""
    assert read(typed) == [meant]


def test_a_person_who_is_called_as_something_else_is_written_with_a_word_before() -> None:
    """Otherwise the schedule would be saved."""
    names = Names(directory(people=("schedule Database", "Ada"), schedules=("Database",)))
    person = PersonTarget(name="schedule Database")
    assert names.text_of(person) == "person schedule Database"
    assert read("person schedule Database", names) == [person]
    assert read("schedule Database", names) == [ScheduleTarget(name="Database")]
    assert names.text_of(PersonTarget(name="Ada")) == "Ada"


def test_several_names_may_stand_in_one_line() -> None:
    """Between commas, as addresses do."""
    assert read("Grace Hopper, team Payments; ada@example.com, Ada") == [
        PersonTarget(name="Grace Hopper"),
        TeamTarget(name="Payments"),
        EMAIL,
        PersonTarget(name="Ada"),
    ]


def test_without_names_a_name_is_no_target() -> None:
    """A policy of a single service has addresses."""
    assert read("Grace Hopper", NO_NAMES) == [None]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("Grce Hopper", "“Grce Hopper”: Nobody is called that"),
        ("schedule Databse", "“schedule Databse”: There is no schedule of that name."),
        ("team Grace Hopper", "“team Grace Hopper”: There is no team of that name."),
        ("ada@", "“ada@”: "),
        ("0612", "“0612”: This is not a phone number"),
    ],
)
def test_an_unknown_name_is_an_error_beside_its_field(typed: str, wrong: str) -> None:
    """And only one."""
    errors = Draft((LevelDraft(typed),)).shared_policy("Payments", NAMES)
    assert isinstance(errors, dict)
    [error] = errors["targets-1"]
    assert error.startswith(wrong)


def test_a_level_that_names_nobody_says_whom_it_may_name() -> None:
    """More than a Level of a single service may."""
    errors = Draft().shared_policy("Payments", NAMES)
    assert errors == {
        "targets-1": [
            "This Level notifies nobody: name a person, a team, a schedule or an address."
        ]
    }


def test_a_draft_becomes_a_shared_policy() -> None:
    """With what is named on each Level."""
    draft = Draft((LevelDraft("Database\nada@example.com", "5"), LevelDraft("Payments", "1 h")))
    policy = draft.shared_policy("Payments", NAMES)
    assert policy == SharedPolicy(
        name="Payments",
        levels=(
            PolicyLevel(
                targets=(ScheduleTarget(name="Database"), EMAIL),
                acknowledgement_delay=timedelta(minutes=5),
            ),
            PolicyLevel(
                targets=(TeamTarget(name="Payments"),), acknowledgement_delay=timedelta(hours=1)
            ),
        ),
    )
    assert isinstance(policy, SharedPolicy)
    assert changes(draft_of(policy, NAMES), draft, NAMES) == []
    assert differences(None, policy) == [
        "A new policy.",
        "Level 1 is new: schedule Database, ada@example.com, 5 min to acknowledge.",
        "Level 2 is new: team Payments, 1 h to acknowledge.",
    ]


def _is_name(text: str) -> bool:
    if LINE_BREAKS.search(text):
        return False
    try:
        TypeAdapter(Name).validate_python(text)
    except ValidationError:
        return False
    return True


odd_words = st.sampled_from(
    [
        "team",
        "schedule ",
        "person x",
        ",",
        ";",
        "@",
        '"',
        "-",
        "1. ",
        "+33612345678",
        "x@y.com",
        "<",
    ]
)
odd_names = st.lists(st.one_of(odd_words, st.text(max_size=5)), min_size=1, max_size=4).map("".join)
some_names = st.lists(odd_names.filter(_is_name), max_size=4).map(tuple)


@given(some_names, some_names, some_names)
def test_every_name_survives_the_editor(
    people: tuple[str, ...], schedules: tuple[str, ...], teams: tuple[str, ...]
) -> None:
    """Whatever it is called: it is offered, typed, sent and read as the same one."""
    names = Names(directory(people, schedules, teams))
    targets: list[OnCallTarget] = [
        *(PersonTarget(name=name) for name in dict.fromkeys(people)),
        *(ScheduleTarget(name=name) for name in dict.fromkeys(schedules)),
        *(TeamTarget(name=name) for name in dict.fromkeys(teams)),
    ]
    assert {names.text_of(target) for target in targets} == set(names.all)
    for target in targets:
        policy = SharedPolicy(name="Payments", levels=(PolicyLevel(targets=(target,)),))
        draft = draft_of(policy, names)
        assert read_draft(fields_of(draft)).tidy(names) == draft
        assert draft.shared_policy("Payments", names) == policy


def test_a_policy_of_a_service_still_names_addresses_only() -> None:
    """What a person is called is no address."""
    assert isinstance(Draft((LevelDraft("Grace Hopper"),)).policy("checkout-api"), dict)
    draft = Draft((LevelDraft("ada@example.com"),))
    assert isinstance(draft.policy("checkout-api"), EscalationPolicy)
