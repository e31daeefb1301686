"""People, teams, and whom a policy may name: what cannot be built."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from pager.oncall.names import LONGEST_NAME, is_name
from pager.oncall.people import LONGEST_WAIT, MOST_METHODS, Person
from pager.oncall.policies import MOST_LEVELS, MOST_TARGETS, PolicyLevel, SharedPolicy
from pager.oncall.teams import MOST_MEMBERS, Team
from unit.oncall.entries import DATABASE, GRACE, email, level, method, person, sms, to


@pytest.mark.parametrize("name", ["Ada", "Ada Lovelace", "Database, nights", "É. ☃", "a" * 100])
def test_a_name_is_written_as_people_write_it(name: str) -> None:
    """With blanks inside, and in any alphabet."""
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " Ada", "Ada ", "Ada/Grace", "A\nB", "A\0B", "\x7f", ".", "..", "a" * (LONGEST_NAME + 1)],
)
def test_a_name_that_is_no_part_of_a_path_is_refused(name: str) -> None:
    """Nor may it have a blank that nobody sees."""
    assert not is_name(name)


def test_pages_go_to_what_is_verified() -> None:
    """To everything where nothing is: better than to nobody."""
    unverified, verified = method(email("Ada")), method(sms(1), verified=True)
    assert person("Ada", unverified, verified).relied_on == (verified,)
    assert person("Ada", unverified).relied_on == (unverified,)
    assert person("Ada").relied_on == ()


def test_a_contact_method_is_there_once() -> None:
    """Whatever the case of its address."""
    with pytest.raises(ValidationError, match=r"ada@example\.com is there twice"):
        person("Ada", method(email("Ada")), method(email("ADA"), after=5))


@pytest.mark.parametrize("wait", [timedelta(seconds=-1), LONGEST_WAIT + timedelta(seconds=1)])
def test_a_wait_is_bounded(wait: timedelta) -> None:
    """At the longest an hour."""
    with pytest.raises(ValidationError):
        method(email("Ada")).model_validate({"target": email("Ada"), "after": wait})


def test_a_person_has_a_few_contact_methods() -> None:
    """As many as anybody needs."""
    methods = [method(sms(number)) for number in range(MOST_METHODS + 1)]
    assert person("Ada", *methods[1:]).relied_on
    with pytest.raises(ValidationError, match="at most 10"):
        person("Ada", *methods)


def test_a_person_is_stored_as_json_and_read_again() -> None:
    """Durations are in ISO 8601."""
    text = GRACE.model_dump_json()
    assert '"after":"PT5M"' in text
    assert Person.model_validate_json(text) == GRACE


def test_a_member_is_in_a_team_once() -> None:
    """And it has a bounded number of them."""
    with pytest.raises(ValidationError, match="Ada is there twice: name them once"):
        Team(name="Payments", members=("Ada", "Grace", "Ada"))
    names = tuple(map(str, range(MOST_MEMBERS + 1)))
    with pytest.raises(ValidationError, match="at most 100"):
        Team(name="Payments", members=names)


@pytest.mark.parametrize(
    ("twice", "name"),
    [
        (to("Ada").targets[0], "Ada"),
        (DATABASE, "Database"),
        (email("Ada"), "ada@example.com"),
    ],
)
def test_a_level_names_each_target_once(twice: object, name: str) -> None:
    """A person and a team may have the same name."""
    with pytest.raises(ValidationError, match=f"{name} is on this Level twice: name it once"):
        PolicyLevel.model_validate({"targets": (twice, twice)})
    assert level(DATABASE, *to("Database").targets).targets


def test_a_level_whose_addresses_differ_in_case_is_refused() -> None:
    """It is the same mailbox."""
    with pytest.raises(ValidationError, match="twice"):
        level(email("Ada"), email("Ada").model_copy(update={"address": "Ada@example.com"}))


def test_a_shared_policy_has_levels_and_these_have_targets() -> None:
    """At least one, and a bounded number."""
    names = tuple(map(str, range(MOST_TARGETS + 1)))
    with pytest.raises(ValidationError, match="at most 50"):
        to(*names)
    with pytest.raises(ValidationError, match="at least 1"):
        to()
    for levels in ((), (to("Ada"),) * (MOST_LEVELS + 1)):
        with pytest.raises(ValidationError):
            SharedPolicy(name="Payments", levels=levels)
