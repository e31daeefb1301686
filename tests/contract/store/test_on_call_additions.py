"""People, teams and schedules are added once, many in one transaction."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest

from databases import SharedDatabase
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.names import InvisibleName
from pager.oncall.people import Person
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team
from pager.testing.contract.store import at_once

ADA, GRACE = Person(name="Ada", account="ada@example.com"), Person(name="Grace")


@pytest.fixture
def nodes(shared: SharedDatabase, either_database: Database) -> Iterator[list[OnCallAdditions]]:
    """Two of them on a database that can be shared, otherwise the only one twice."""
    if either_database.serves_alone:
        yield [OnCallAdditions(either_database)] * 2
        return
    with closing(Database(shared.url)) as other:
        yield [OnCallAdditions(each) for each in (either_database, other)]


def test_only_those_whose_name_is_free_are_added(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """Of two with one name the first; a team may be called as a person is."""
    on_call = SqlOnCall(either_database)
    on_call.put(GRACE)
    team, other = Team(name="Ada"), Person(name="Ada")
    assert nodes[0].add("linus", [ADA, other, Person(name="Grace", account="x"), team]) == {"Ada"}
    directory = on_call.directory()
    assert directory.people == {"Ada": ADA, "Grace": GRACE}
    assert directory.teams == {"Ada": team}
    assert on_call.history(Person, "Ada", 1)[0].author == "linus"


def test_an_account_is_one_person_s(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """Whoever comes second is added without."""
    nodes[0].add("linus", [ADA])
    nodes[0].add("linus", [Person(name="Eve", account="ada@example.com")])
    assert SqlOnCall(either_database).directory().people["Eve"].account is None


def test_who_was_removed_can_be_added_again(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """The history goes on."""
    on_call = SqlOnCall(either_database)
    nodes[0].add("linus", [ADA])
    on_call.remove(Person, "Ada")
    assert nodes[0].add("linus", [ADA]) == {"Ada"}
    assert len(on_call.history(Person, "Ada", 10)) == 3


def test_a_form_that_is_sent_twice_at_once_adds_nobody_twice(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """On two nodes."""
    results = at_once([partial(node.add, "linus", [ADA, GRACE]) for node in nodes])
    assert sorted(results, key=bool) == [set(), {"Ada", "Grace"}]
    assert len(SqlOnCall(either_database).history(Person, "Ada", 10)) == 1


def test_what_names_nobody_is_not_added(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """Nor is anything that came with it."""
    team = Team(name="Database", members=("Linus",))
    with pytest.raises(NobodyOfThatName, match="Linus"):
        nodes[0].add("linus", [ADA, team])
    assert list(SqlOnCall(either_database).directory().entries) == []


def test_what_has_a_name_with_something_that_nobody_sees_is_not_added(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """Nor is anything that came with it."""
    with pytest.raises(InvisibleName, match=r"U\+200B"):
        nodes[0].add("linus", [ADA, Team(name="Data\u200bbase")])
    assert list(SqlOnCall(either_database).directory().entries) == []


def test_the_history_says_where_a_copy_comes_from(
    nodes: list[OnCallAdditions], either_database: Database
) -> None:
    """In the words that were given."""
    copy = Schedule(name="Database (EU)", time_zone="UTC")
    assert nodes[0].add("linus", [copy], "a copy of Database") == {"Database (EU)"}
    [edit] = SqlOnCall(either_database).history(Schedule, "Database (EU)", 1)
    assert (edit.entry, edit.note) == (copy, "a copy of Database")
