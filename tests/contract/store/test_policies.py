"""Versions of Escalation Policies, on both databases: who edited, and who was faster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from databases import engine_of, is_locked_out
from pager import EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports.policies import (
    Edit,
    NewPolicy,
    PolicyChanged,
    SqlEscalationPolicies,
)
from pager.adapters.store.ports.policy_edits import (
    EDITS_AT_ONCE,
    Source,
    current_policies,
    source_of,
)
from waiting import wait_until

CHECKOUT = "checkout-api"


def policy(*names: str, service_id: str = CHECKOUT) -> EscalationPolicy:
    """A policy with a Level for each of these people."""
    levels = (Level(targets=(EmailTarget(address=f"{name}@example.com"),)) for name in names)
    return EscalationPolicy(service_id=service_id, levels=tuple(levels))


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


@pytest.fixture
def policies(database: Database) -> SqlEscalationPolicies:
    """None yet."""
    return SqlEscalationPolicies(database)


# --- The list ------------------------------------------------------------------------------


def test_policies_are_found_by_a_part_of_a_name(policies: SqlEscalationPolicies) -> None:
    """In any case, and to the letter: a % or _ is itself."""
    names = ["Billing-api", "billing_db", "checkout-api"]
    for name in names:
        policies.put(policy("ada", service_id=name))
    policies.put(policy("ada", service_id="billing-old"))
    policies.remove("billing-old")
    assert {found.service_id for found in policies.find(Names("BILLING"), 9)} == set(names[:2])
    assert [found.service_id for found in policies.find(Names("_"), 9)] == ["billing_db"]
    assert policies.find(Names("%"), 9) == []


def test_policies_are_listed_part_by_part(policies: SqlEscalationPolicies) -> None:
    """Each once, whatever is between two parts."""
    names = {f"service-{number}" for number in range(5)}
    for name in names:
        policies.put(policy("ada", service_id=name))
    first = policies.find(Names(""), 3)
    rest = policies.find(Names("", after=first[-1].service_id), 3)
    assert (len(first), len(rest)) == (3, 2)
    assert {found.service_id for found in [*first, *rest]} == names


# --- Versions ------------------------------------------------------------------------------


def test_a_service_that_never_had_a_policy_is_at_version_0(policies: SqlEscalationPolicies) -> None:
    """So an edit can expect that it is the first."""
    assert policies.versioned(CHECKOUT) == (None, 0)
    version = policies.put(policy("ada"), expected=0)
    assert policies.versioned(CHECKOUT) == (policy("ada"), version)


def test_each_edit_leads_to_a_new_version(policies: SqlEscalationPolicies) -> None:
    """Removing the policy does, too: so the next policy is not taken for the one before."""
    first = policies.put(policy("ada"))
    second = policies.put(policy("grace"), expected=first)
    policies.put(policy("ada", service_id="search-api"))
    assert policies.remove(CHECKOUT, expected=second)
    third = policies.versioned(CHECKOUT).version
    assert policies.versioned(CHECKOUT) == (None, third)
    assert policies.put(policy("ada"), expected=third) > third > second > first


def test_an_edit_that_changes_nothing_is_no_version(policies: SqlEscalationPolicies) -> None:
    """The policy is at the version that it was at."""
    version = policies.put(policy("ada"))
    assert policies.put(policy("ada"), expected=version) == version
    assert policies.remove(CHECKOUT)
    removed = policies.versioned(CHECKOUT).version
    assert not policies.remove(CHECKOUT, expected=removed)
    assert policies.versioned(CHECKOUT).version == removed


def test_an_edit_of_an_older_version_is_refused(policies: SqlEscalationPolicies) -> None:
    """Nothing is changed, whatever the edit is: even one to the policy that is there now."""
    old = policies.put(policy("ada"))
    version = policies.put(policy("grace"))
    edits: tuple[Callable[[], object], ...] = (
        lambda: policies.put(policy("edsger"), expected=old),
        lambda: policies.put(policy("grace"), expected=old),
        lambda: policies.remove(CHECKOUT, expected=old),
    )
    for edit in edits:
        with pytest.raises(PolicyChanged) as refused:
            edit()
        assert (refused.value.expected, refused.value.version) == (old, version)
    assert str(refused.value) == (
        f"The Escalation Policy of 'checkout-api' is at version {version}, and this edit was made "
        f"of version {old}: nothing was changed. Read it as it is now, and edit that."
    )
    assert policies.versioned(CHECKOUT) == (policy("grace"), version)
    assert len(policies.history(CHECKOUT, 10)) == 2


# --- The history ---------------------------------------------------------------------------


def test_the_history_says_who_gave_a_service_which_policy(policies: SqlEscalationPolicies) -> None:
    """The newest edit first, those of other services not among them."""
    first = policies.put(policy("ada"))
    policies.put(policy("ada", service_id="search-api"), author="grace@example.com")
    second = policies.put(policy("grace"), author="ada@example.com")
    policies.remove(CHECKOUT, author="API key terraform")
    removed, edited, created = policies.history(CHECKOUT, 10)
    assert created == Edit(first, created.at, None, policy("ada"))
    assert edited == Edit(second, edited.at, "ada@example.com", policy("grace"))
    assert removed == Edit(removed.version, removed.at, "API key terraform", None)
    assert created.at <= edited.at <= removed.at


def test_the_history_is_read_page_after_page(policies: SqlEscalationPolicies) -> None:
    """What is added meanwhile shifts nothing."""
    versions = [policies.put(policy(name)) for name in ("ada", "grace", "edsger")]
    page = policies.history(CHECKOUT, 2)
    assert [edit.version for edit in page] == versions[:0:-1]
    policies.put(policy("ada"))
    [oldest] = policies.history(CHECKOUT, 2, before=page[-1].version)
    assert oldest.version == versions[0]
    assert policies.history(CHECKOUT, 2, before=oldest.version) == []


def test_an_earlier_version_can_be_read(policies: SqlEscalationPolicies) -> None:
    """Another service's version is none of this one's."""
    version = policies.put(policy("ada"), author="ada@example.com")
    other = policies.put(policy("ada", service_id="search-api"))
    policies.put(policy("grace"))
    found = policies.edit(CHECKOUT, version)
    assert found is not None
    assert (found.version, found.author, found.policy) == (
        version,
        "ada@example.com",
        policy("ada"),
    )
    assert policies.edit(CHECKOUT, other) is None
    assert policies.edit(CHECKOUT, 0) is None


def test_many_policies_are_edited_together_each_at_its_version(
    policies: SqlEscalationPolicies,
) -> None:
    """One that somebody has edited meanwhile is left alone; the note is in the history."""
    names = [f"service-{number}" for number in range(3)]
    versions = [policies.put(policy("ada", service_id=name)) for name in names]
    policies.put(policy("edsger", service_id=names[1]))
    edits = [
        NewPolicy(policy("grace", service_id=name), version, "ada replaced")
        for name, version in zip(names, versions, strict=True)
    ]
    assert policies.put_each(edits, "ada@example.com") == [True, False, True]
    edit, first = policies.history(names[0], 9)
    assert (edit.author, edit.note, first.note) == ("ada@example.com", "ada replaced", "")
    assert edit.policy == policy("grace", service_id=names[0])
    assert policies.of(names[1]) == policy("edsger", service_id=names[1])
    assert policies.of(names[2]) == policy("grace", service_id=names[2])


# --- Two at once ---------------------------------------------------------------------------


def test_of_two_edits_of_one_version_one_wins_and_the_other_is_told(
    policies: SqlEscalationPolicies,
) -> None:
    """Neither is lost silently: one is the policy, the other is in its author's hands."""
    version = policies.put(policy("ada"))
    together = Barrier(2)

    def edit(name: str) -> int | PolicyChanged:
        together.wait()
        try:
            return policies.put(policy(name), author=name, expected=version)
        except PolicyChanged as refusal:
            return refusal

    with ThreadPoolExecutor(2) as threads:
        answers = dict(
            zip(("grace", "edsger"), threads.map(edit, ("grace", "edsger")), strict=True)
        )
    [won] = [name for name, answer in answers.items() if isinstance(answer, int)]
    [refusal] = [answer for answer in answers.values() if isinstance(answer, PolicyChanged)]
    assert policies.versioned(CHECKOUT) == (policy(won), answers[won])
    assert refusal.version == answers[won]
    assert [edit.author for edit in policies.history(CHECKOUT, 10)] == [won, None]


def test_of_two_nodes_that_edit_one_version_one_is_told(postgresql_database: str) -> None:
    """The second waits until the first has committed, and only then looks at the version."""
    database = Database(postgresql_database)
    policies = SqlEscalationPolicies(database)
    version = policies.put(policy("ada"))
    with engine_of(postgresql_database) as other_node, ThreadPoolExecutor(1) as threads:
        with other_node.begin() as connection:
            faster = SqlEscalationPolicies(InTransaction(connection))
            won = faster.put(policy("grace"), expected=version)
            slower = threads.submit(policies.put, policy("edsger"), expected=version)
            wait_until(lambda: slower.done() or is_locked_out(database))
        with pytest.raises(PolicyChanged) as refused:
            slower.result()
    assert refused.value.version == won
    assert policies.versioned(CHECKOUT) == (policy("grace"), won)
    database.close()


# --- What it costs -------------------------------------------------------------------------


def test_an_edit_is_found_among_many(database: Database, policies: SqlEscalationPolicies) -> None:
    """The last edit to each policy, the newest and the oldest; None for a policy that never was."""
    names = [f"person-{number}" for number in range(2 * EDITS_AT_ONCE + 1)]
    versions = [policies.put(policy(name)) for name in names]
    every = map(policy, names)
    found = database.read(lambda connection: [source_of(connection, each) for each in every])
    assert found == [Source(version, is_resolved=False) for version in versions]
    assert database.read(lambda connection: source_of(connection, policy("nobody"))) is None


@pytest.mark.parametrize("shared", ["sqlite"], indirect=True)
def test_the_policy_of_one_service_is_read_by_the_index(database: Database) -> None:
    """However many edits there are of others: nothing scans the table."""
    query = select(current_policies([CHECKOUT])).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    plan = database.read(
        lambda connection: [
            row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")
        ]
    )
    assert not [step for step in plan if "SCAN policy_edits" in step], plan
    assert any("policy_edits_service (service_id=?)" in step for step in plan), plan
