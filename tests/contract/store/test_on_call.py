"""People, teams, schedules and shared policies in the store, on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, insert, update

from contract.store.on_call_entries import (
    ADA,
    CHECKOUT,
    DATABASE_TEAM,
    GRACE,
    NIGHTS,
    PAYMENTS,
    plain,
    shared,
    use,
)
from databases import engine_of, is_locked_out
from pager import EscalationPolicy, Level
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import on_call_edits
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.oncall.directory import Directory, NobodyOfThatName, StillUsed, directory_of
from pager.oncall.names import InvisibleName
from pager.oncall.people import Person
from pager.oncall.policies import (
    PersonTarget,
    ScheduleTarget,
    SharedPolicy,
)
from pager.oncall.teams import Team
from waiting import wait_until


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


@pytest.fixture
def on_call(database: Database) -> SqlOnCall:
    """Nobody yet."""
    return SqlOnCall(database)


@pytest.fixture
def policies(database: Database) -> SqlEscalationPolicies:
    """None yet."""
    return SqlEscalationPolicies(database)


@pytest.fixture
def everybody(on_call: SqlOnCall) -> SqlOnCall:
    """Two people, a team, a schedule and a policy."""
    for entry in (ADA, GRACE, DATABASE_TEAM, NIGHTS, PAYMENTS):
        on_call.put(entry)
    return on_call


# --- The directory -------------------------------------------------------------------------


def test_the_directory_has_the_last_edit_of_each_entry(everybody: SqlOnCall) -> None:
    """Of every kind, by name."""
    alone = DATABASE_TEAM.model_copy(update={"members": ("Grace",)})
    everybody.put(alone)
    assert everybody.directory() == Directory(
        people={"Ada": ADA, "Grace": GRACE},
        teams={"Database": alone},
        schedules={"Nights": NIGHTS},
        policies={"Payments": PAYMENTS},
    )


def test_an_entry_has_a_version(on_call: SqlOnCall) -> None:
    """0 before the first edit; a higher one after each, and the same where nothing changed."""
    assert on_call.versioned(Person, "Ada") == (None, 0)
    first = on_call.put(ADA, expected=0)
    assert on_call.put(ADA, "grace", expected=first) == first
    second = on_call.put(ADA.model_copy(update={"account": "ada"}), expected=first)
    assert second > first
    assert on_call.versioned(Person, "Ada").version == second
    with pytest.raises(EntryChanged, match=f"person 'Ada' is at version {second}"):
        on_call.put(ADA, expected=first)
    with pytest.raises(EntryChanged):
        on_call.remove(Person, "Ada", expected=first)
    assert on_call.versioned(Person, "Ada").entry == ADA.model_copy(update={"account": "ada"})


def test_every_edit_of_an_entry_is_kept(on_call: SqlOnCall) -> None:
    """With its author and its note; removing is one, too."""
    first = on_call.put(ADA, "grace", note="invited")
    assert on_call.remove(Person, "Ada", "linus")
    assert not on_call.remove(Person, "Ada", "linus")
    edits = on_call.history(Person, "Ada", 9)
    assert [(edit.author, edit.entry, edit.note) for edit in edits] == [
        ("linus", None, ""),
        ("grace", ADA, "invited"),
    ]
    assert on_call.history(Person, "Ada", 9, before=edits[0].version) == edits[1:]
    assert on_call.edit(Person, "Ada", first) == edits[1]
    assert on_call.edit(Person, "Ada", first + 100) is None
    assert on_call.history(Team, "Ada", 9) == []
    assert on_call.directory() == Directory()


def test_the_directory_is_known_as_it_was(database: Database, on_call: SqlOnCall) -> None:
    """At any moment since its first edit."""
    first = on_call.put(ADA)
    on_call.put(GRACE)
    on_call.remove(Person, "Grace")
    hours = {first: 1, first + 1: 2, first + 2: 3}
    noon = datetime.fromisoformat("2027-01-04T12:00:00Z")
    for version, hour in hours.items():
        at = int((noon + timedelta(hours=hour)).timestamp() * 1_000)
        edit = update(on_call_edits).where(on_call_edits.c.id == version).values(edited_at=at)
        database.write(partial(Connection.execute, statement=edit))
    people = [sorted(on_call.at(noon + timedelta(hours=hour)).people) for hour in range(4)]
    assert people == [[], ["Ada"], ["Ada", "Grace"], ["Ada"]]


def test_nobody_is_named_who_is_not_there(
    on_call: SqlOnCall, policies: SqlEscalationPolicies
) -> None:
    """By an entry or by a service."""
    with pytest.raises(NobodyOfThatName, match="no person called 'Ada'"):
        on_call.put(DATABASE_TEAM)
    with pytest.raises(NobodyOfThatName, match="no schedule called 'Nights'"):
        on_call.put(shared(ScheduleTarget(name="Nights")))
    with pytest.raises(NobodyOfThatName, match="no policy called 'Payments'"):
        policies.put(use())
    assert on_call.directory() == Directory()
    assert policies.versioned(CHECKOUT) == (None, 0)


def test_an_edit_reads_only_those_whom_it_names(everybody: SqlOnCall) -> None:
    """So it takes no longer in a large directory: nobody else is edited meanwhile."""
    assert everybody.whom_it_names(ADA) == Directory()
    assert everybody.whom_it_names(NIGHTS) == directory_of([ADA])
    assert everybody.whom_it_names(PAYMENTS) == directory_of([ADA, DATABASE_TEAM])


def test_nobody_is_removed_who_is_named(
    everybody: SqlOnCall, policies: SqlEscalationPolicies
) -> None:
    """By an entry or by a service."""
    for number in range(5):
        policies.put(use(f"service-{number}"))
    with pytest.raises(StillUsed, match="the team Database"):
        everybody.remove(Person, "Grace")
    with pytest.raises(StillUsed, match="service-0, service-1"):
        everybody.remove(SharedPolicy, "Payments")
    for number in range(5):
        policies.put(plain("ada", service_id=f"service-{number}"))
    assert everybody.remove(SharedPolicy, "Payments")
    assert everybody.remove(Team, "Database")
    assert everybody.remove(Person, "Grace")


@pytest.mark.parametrize("name", ["Grace", 'Gr"ace é'])
def test_nobody_is_removed_whom_an_entry_that_cannot_be_read_may_name(
    database: Database, everybody: SqlOnCall, name: str
) -> None:
    """A newer version has written it, and would name somebody who is not there."""
    everybody.put(DATABASE_TEAM.model_copy(update={"members": ("Ada",)}))
    everybody.put(Person(name=name))
    value = json.dumps({"type": "robot", "for": [name]}, ensure_ascii=False)
    newer = insert(on_call_edits).values(
        kind="robot", name="R2", edited_at=database_clock(), value=value
    )
    database.write(lambda connection: connection.execute(newer))
    with pytest.raises(StillUsed, match="the robot R2"):
        everybody.remove(Person, name)
    removed = insert(on_call_edits).values(kind="robot", name="R2", edited_at=database_clock())
    database.write(lambda connection: connection.execute(removed))
    assert everybody.remove(Person, name)


def test_whoever_has_an_invisible_character_in_their_name_since_before_keeps_it(
    database: Database, everybody: SqlOnCall
) -> None:
    """They are read, edited and named; nobody new is called so."""
    old = Person(name="Ed\u200bsger")
    row = insert(on_call_edits).values(
        kind="person", name=old.name, edited_at=database_clock(), value=old.model_dump_json()
    )
    database.write(lambda connection: connection.execute(row))
    everybody.put(old.model_copy(update={"account": "edsger"}))
    everybody.put(Team(name="Database", members=(old.name,)))
    assert everybody.directory().people[old.name].account == "edsger"
    with pytest.raises(InvisibleName, match=r"U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"):
        everybody.put(Person(name="Ed\u202esger"))


def test_an_entry_that_cannot_be_read_hides_no_other(
    database: Database, everybody: SqlOnCall
) -> None:
    """It is nobody, and is named."""
    newer = insert(on_call_edits).values(
        kind="person", name="Grace", edited_at=database_clock(), value='{"type": "robot"}'
    )
    database.write(lambda connection: connection.execute(newer))
    assert set(everybody.directory().people) == {"Ada"}
    assert everybody.unreadable() == [("person", "Grace")]
    with pytest.raises(Unreadable):
        everybody.versioned(Person, "Grace")
    last, first = everybody.history(Person, "Grace", 9)
    assert (last.entry, last.unreadable) == (None, True)
    assert (first.entry, first.unreadable) == (GRACE, False)


def test_no_node_removes_what_another_begins_to_name(postgresql_database: str) -> None:
    """The second waits until the first has committed, and only then looks who is named."""
    database = Database(postgresql_database)
    on_call, policies = SqlOnCall(database), SqlEscalationPolicies(database)
    on_call.put(ADA)
    on_call.put(shared(PersonTarget(name="Ada")))
    with engine_of(postgresql_database) as other_node, ThreadPoolExecutor(1) as threads:
        with other_node.begin() as connection:
            SqlEscalationPolicies(InTransaction(connection)).put(use())
            removal = threads.submit(on_call.remove, SharedPolicy, "Payments")
            wait_until(lambda: removal.done() or is_locked_out(database))
        with pytest.raises(StillUsed):
            removal.result()
        policies.put(plain("ada"))
        with other_node.begin() as connection:
            assert SqlOnCall(InTransaction(connection)).remove(SharedPolicy, "Payments")
            edit = threads.submit(policies.put, use("search-api"))
            wait_until(lambda: edit.done() or is_locked_out(database))
        with pytest.raises(NobodyOfThatName):
            edit.result()
    database.close()


# --- Services that use a shared policy -----------------------------------------------------


def test_a_service_uses_a_shared_policy(
    everybody: SqlOnCall, policies: SqlEscalationPolicies
) -> None:
    """What it has is the use; what the port gives is a plain policy."""
    first = policies.put(plain("linus"))
    version = policies.put(use(), "ada", expected=first)
    assert policies.versioned(CHECKOUT) == (use(), version)
    assert [edit.policy for edit in policies.history(CHECKOUT, 9)] == [use(), plain("linus")]
    assert [listed.policy for listed in policies.find(Names(), 9)] == [use()]
    both = Level(targets=plain("ada").levels[0].targets + plain("grace").levels[0].targets)
    assert policies.of(CHECKOUT) == EscalationPolicy(
        service_id=CHECKOUT, levels=(plain("ada").levels[0], both)
    )


def test_the_services_of_a_shared_policy_are_found(
    everybody: SqlOnCall, policies: SqlEscalationPolicies
) -> None:
    """Part by part, without those that used it before."""
    everybody.put(shared(PersonTarget(name="Ada"), name="Other"))
    for number in range(4):
        policies.put(use(f"service-{number}"))
    policies.put(use("service-1", "Other"))
    policies.put(use("service-2", "Other"))
    policies.put(use("service-2"))
    found = policies.services_using("Payments", Names(), 2)
    assert found == ["service-0", "service-2"]
    assert policies.services_using("Payments", Names(after=found[-1]), 2) == ["service-3"]
    assert policies.count_services_using("Payments") == 3
    assert policies.count_services_using("Other") == 1


def test_what_is_read_alone_is_what_is_edited(on_call: SqlOnCall) -> None:
    """The edit is made of it, by the clock that dates edits."""

    def add_to_team(alone: SqlOnCall) -> datetime:
        alone.put(GRACE)
        alone.put(Team(name="Search", members=(GRACE.name,)), "ada", expected=0)
        return alone.now()

    at = on_call.alone(add_to_team)
    [edit] = on_call.history(Team, "Search", 2)
    assert abs(at - edit.at) < timedelta(seconds=10)
