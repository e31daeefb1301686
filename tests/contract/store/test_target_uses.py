"""Which policies notify a Target, on both databases."""

import pytest
from sqlalchemy import Connection, insert

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget, Target
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.views.target_uses import Part, count_uses, uses_of

ADA, GRACE = EmailTarget(address="Ada@example.com"), EmailTarget(address="grace@example.com")
PHONE = SmsTarget(phone_number="+33612345678")


def policy(service_id: str, *levels: tuple[Target, ...]) -> EscalationPolicy:
    """A policy with these Levels."""
    return EscalationPolicy(
        service_id=service_id, levels=tuple(Level(targets=targets) for targets in levels)
    )


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


@pytest.fixture
def policies(database: Database) -> SqlEscalationPolicies:
    """None yet."""
    return SqlEscalationPolicies(database)


def found(database: Database, key: str, after: str = "") -> dict[str, list[int]]:
    """The Levels that notify the Target, by service."""
    return {use.service_id: use.levels(key) for use in uses_of(database, key, Part(1_000, after))}


def test_a_target_is_found_in_current_policies_by_its_key(
    database: Database, policies: SqlEscalationPolicies
) -> None:
    """Whatever the case of its address; not in former policies, nor as a part of another one."""
    policies.put(policy("b-service", (GRACE,), (ADA, PHONE), (ADA,)))
    policies.put(policy("a-service", (EmailTarget(address="ADA@example.com"),)))
    policies.put(policy("former", (ADA,)))
    policies.put(policy("former", (GRACE,)))
    policies.put(policy("removed", (ADA,)))
    policies.remove("removed")
    policies.put(policy("similar", (EmailTarget(address="canada@example.com"),)))
    policies.put(policy("ada@example.com", (GRACE,)))
    assert found(database, "ada@example.com") == {"a-service": [1], "b-service": [2, 3]}
    assert found(database, "+33612345678") == {"b-service": [2]}
    assert found(database, "nobody@example.com") == {}
    assert found(database, "%@example.com") == {}
    assert found(database, "_da@example.com") == {}
    assert count_uses(database, "ada@example.com").policies == 2
    assert count_uses(database, "nobody@example.com").policies == 0


@pytest.mark.parametrize("typed", ["Émile@example.com", "émile@example.com", "ÉMILE@example.com"])
def test_letters_beyond_ascii_are_found_in_any_case(
    database: Database, policies: SqlEscalationPolicies, typed: str
) -> None:
    """The database cannot compare them: Pager does."""
    policies.put(policy("a-service", (EmailTarget(address=typed),)))
    policies.put(policy("b-service", (EmailTarget(address="emile@example.com"),)))
    assert found(database, "émile@example.com") == {"a-service": [1]}


def test_uses_are_listed_part_by_part(database: Database, policies: SqlEscalationPolicies) -> None:
    """Each once, by service; and only policies that are as they were when that began."""
    for number in range(120):
        policies.put(policy(f"service-{number:03}", (ADA,)))
    counted = count_uses(database, "ada@example.com")
    assert counted.policies == 120
    policies.put(policy("service-050", (ADA, GRACE)))
    policies.put(policy("service-999", (ADA,)))
    names, after = [], ""
    while part := uses_of(database, "ada@example.com", Part(25, after, counted.version)):
        after = part[-1].service_id
        names += [use.service_id for use in part]
    assert names == [f"service-{number:03}" for number in range(120) if number != 50]
    [use] = uses_of(database, "ada@example.com", Part(1, "service-049"))
    assert use.version == policies.versioned("service-050").version


def test_a_policy_that_cannot_be_read_is_listed(
    database: Database, policies: SqlEscalationPolicies
) -> None:
    """It may notify the Target: nobody should believe that it does not."""
    text = policy("a-service", (ADA,)).model_dump_json().replace('"email"', '"carrier-pigeon"')

    def put(connection: Connection) -> None:
        row = {"service_id": "a-service", "edited_at": 0, "policy": text}
        connection.execute(insert(policy_edits).values(**row))

    database.write(put)
    policies.put(policy("b-service", (ADA,)))
    unreadable, readable = uses_of(database, "ada@example.com", Part(9))
    assert (unreadable.service_id, unreadable.policy) == ("a-service", None)
    assert readable.levels("ada@example.com") == [1]
