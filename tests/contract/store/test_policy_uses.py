"""Many services that are made to use a shared policy at once, in either database."""

import pytest

from contract.web.installation import Installation
from pager import AcknowledgementTimeout, Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.uses import NewUse, SqlPolicyUses
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.policies import PolicyLevel, PolicyUse, SharedPolicy

ADA = EmailTarget(address="ada@example.com")
OWN = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=(ADA,)),))


@pytest.fixture
def database(either_database: Database) -> Database:
    """A database of either kind, with two shared policies."""
    for name in ("Payments", "Search"):
        level = PolicyLevel(targets=(ADA,))
        SqlOnCall(either_database).put(SharedPolicy(name=name, levels=(level,)))
    return either_database


@pytest.fixture
def policies(database: Database) -> SqlEscalationPolicies:
    """The policies of services in it."""
    return SqlEscalationPolicies(database)


def test_each_of_them_uses_it_whatever_it_had(
    database: Database, policies: SqlEscalationPolicies
) -> None:
    """What it had is in its history; one that uses it already is not edited."""
    policies.put(OWN)
    policies.put(PolicyUse(service_id="search-api", uses="Search"))
    same = policies.put(PolicyUse(service_id="same-api", uses="Payments"))
    policies.put(OWN.model_copy(update={"service_id": "removed-api"}))
    policies.remove("removed-api")
    names = ["same-api", "search-api", "removed-api", "new-api", "checkout-api"]
    used = SqlPolicyUses(database).let_use("Payments", names, "ada")
    versions = [policies.versioned(name).version for name in names]
    assert used == [
        NewUse("same-api", same, "shared policy", "Payments"),
        NewUse("search-api", versions[1], "shared policy", "Search"),
        NewUse("removed-api", versions[2], "nothing", None),
        NewUse("new-api", versions[3], "nothing", None),
        NewUse("checkout-api", versions[4], "own policy", None),
    ]
    for name in names:
        expected = PolicyUse(service_id=name, uses="Payments")
        assert policies.versioned(name).policy == expected
    [edit, before] = policies.history("checkout-api", 5)
    assert (edit.author, before.policy) == ("ada", OWN)
    assert SqlPolicyUses(database).let_use("Payments", names) == [
        NewUse(name, version, "shared policy", "Payments")
        for name, version in zip(names, versions, strict=True)
    ]


def test_a_policy_that_is_not_there_changes_nothing(
    database: Database, policies: SqlEscalationPolicies
) -> None:
    """Each service keeps what it has."""
    policies.put(OWN)
    with pytest.raises(NobodyOfThatName):
        SqlPolicyUses(database).let_use("Paiments", ["checkout-api", "new-api"])
    assert policies.versioned("checkout-api").policy == OWN
    assert policies.versioned("new-api").version == 0


def test_an_exhausted_incident_goes_on_with_whoever_the_policy_names(database: Database) -> None:
    """As after any other edit of a policy."""
    installation = Installation(database)
    installation.policy("checkout-api", ("grace",))
    installation.policy("search-api", ("grace",))
    for service_id in ("checkout-api", "search-api"):
        installation.receive(Alert(service_id=service_id, message="p99 above 3 s"))
        installation.receive(AcknowledgementTimeout(service_id=service_id, incident=1, level=1))
    timer = installation.ports.timer
    for due in timer.due():
        timer.done(due)
    SqlPolicyUses(database).let_use("Payments", ["checkout-api", "new-api"])
    assert [due.service_id for due in timer.due()] == ["checkout-api"]
