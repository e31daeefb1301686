"""What was found when properties were verified, and which node does so, on both databases."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import BigInteger, ColumnElement, Connection, literal, update

from contract.store.on_call_entries import ADA, plain
from pager.adapters.store.core.clock import since_1970
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import policy_edits, property_verdicts
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.properties.nights import LEASE, SqlNights
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.set_up import set_up_now
from pager.adapters.store.properties.verdicts import (
    Counterexample,
    Found,
    SqlVerdicts,
    StoredVerdict,
)
from pager.adapters.store.views.violated_properties import violated_properties
from pager.configuration.configuration import Configuration
from pager.configuration.properties import Properties
from pager.oncall.directory import directory_of

EVENING = datetime(2027, 1, 15, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = EVENING + timedelta(days=396)
GAP = Counterexample(subject="orders-db", at=EVENING + HOUR, what="Nobody is on call.")
HOLDS = Found(outcome="holds", until=LATER, version="0.0")
VIOLATED = Found(outcome="violated", until=LATER, violations=(GAP,), number=1)
UNKNOWN = Found(outcome="unknown", until=LATER, why="It could not be verified in time.")
EMPTY, WITHIN = "no Level is empty", "somebody is reached within 10 minutes"


class HandClock:
    """Moved by hand."""

    def __init__(self) -> None:
        """It is the evening."""
        self.now = EVENING

    def __call__(self) -> ColumnElement[int]:
        """As the store reads it."""
        return literal(since_1970(self.now), BigInteger)


@pytest.fixture
def clock() -> HandClock:
    """In the evening."""
    return HandClock()


@pytest.fixture
def verdicts(either_database: Database, clock: HandClock) -> SqlVerdicts:
    """None yet."""
    return SqlVerdicts(either_database, clock)


def test_the_last_verdict_of_each_property_is_kept(
    either_database: Database, verdicts: SqlVerdicts, clock: HandClock
) -> None:
    """With when it was found, and since when it is violated."""
    assert either_database.read(violated_properties) == (0, None)
    verdicts.record({EMPTY: VIOLATED, WITHIN: HOLDS})
    clock.now += HOUR
    verdicts.record({EMPTY: VIOLATED})
    found = verdicts.all()
    assert found[EMPTY] == StoredVerdict(
        EMPTY, EVENING + HOUR, VIOLATED, EVENING, None, is_outdated=True
    )
    assert found[WITHIN] == StoredVerdict(WITHIN, EVENING, HOLDS, None, None, is_outdated=False)
    assert either_database.read(violated_properties) == (1, EVENING + HOUR)


def test_a_property_is_violated_until_it_is_known_to_hold(
    either_database: Database, verdicts: SqlVerdicts, clock: HandClock
) -> None:
    """Not knowing it is no reason to forget."""
    verdicts.record({EMPTY: VIOLATED, WITHIN: UNKNOWN})
    clock.now += HOUR
    verdicts.record({EMPTY: UNKNOWN})
    assert {name: one.violated_since for name, one in verdicts.all().items()} == {
        EMPTY: EVENING,
        WITHIN: None,
    }
    verdicts.record({EMPTY: HOLDS})
    assert either_database.read(violated_properties).number == 0
    verdicts.record({EMPTY: VIOLATED})
    assert verdicts.all()[EMPTY].violated_since == EVENING + HOUR


def test_it_is_known_who_was_told(verdicts: SqlVerdicts) -> None:
    """Until the Alert is resolved, also where the verdict is another meanwhile."""
    verdicts.record({EMPTY: VIOLATED, WITHIN: VIOLATED})
    verdicts.told([EMPTY], "pager-itself")
    verdicts.record({EMPTY: HOLDS})
    assert [one.told for one in verdicts.all().values()] == ["pager-itself", None]
    verdicts.told([EMPTY], None)
    verdicts.forget([WITHIN])
    assert [(one.sentence, one.told) for one in verdicts.all().values()] == [(EMPTY, None)]


def test_nothing_is_kept_of_what_need_not_hold_any_more(
    either_database: Database, verdicts: SqlVerdicts
) -> None:
    """Except where an Alert is open: that is to be resolved."""
    sentences = (WITHIN, "2 people are reached within 10 minutes")
    properties = SqlProperties(either_database)
    properties.put(Properties(properties=sentences))
    verdicts.record(dict.fromkeys((EMPTY, *sentences), VIOLATED))
    verdicts.told([WITHIN], "pager-itself")
    properties.put(Properties())
    assert verdicts.all().keys() == {EMPTY, WITHIN}


def test_a_verdict_of_a_newer_version_stops_no_other(
    either_database: Database, verdicts: SqlVerdicts
) -> None:
    """It is there, and says nothing."""
    verdicts.record({EMPTY: VIOLATED, WITHIN: HOLDS})
    newer = update(property_verdicts).where(property_verdicts.c.sentence == EMPTY)
    change = newer.values(verdict='{"outcome":"doubtful"}')
    either_database.write(partial(Connection.execute, statement=change))
    found = verdicts.all()
    assert (found[EMPTY].found, found[EMPTY].violated_since) == (None, EVENING)
    assert found[WITHIN].found == HOLDS


def test_properties_are_verified_of_policies_and_whom_they_name(
    either_database: Database,
) -> None:
    """What a newer version has written is left out."""
    on_call, policies = SqlOnCall(either_database), SqlEscalationPolicies(either_database)
    on_call.put(ADA)
    of_orders = plain("ada", service_id="orders-db")
    of_search = plain("ada", service_id="search-api")
    for policy in (of_orders, of_search):
        policies.put(policy)
    assert either_database.read(set_up_now) == Configuration(
        directory_of([ADA]), {"orders-db": of_orders, "search-api": of_search}
    )
    newer = update(policy_edits).where(policy_edits.c.service_id == "orders-db")
    change = newer.values(policy='{"steps":[]}')
    either_database.write(partial(Connection.execute, statement=change))
    assert set(either_database.read(set_up_now).policies) == {"search-api"}
    policies.remove("search-api")
    assert not either_database.read(set_up_now).policies


def test_one_node_verifies_once_a_night(either_database: Database, clock: HandClock) -> None:
    """The first night is that after the first look, and each is done once."""
    node, other = (SqlNights(either_database, 2, clock) for _ in range(2))
    assert node.is_due()
    assert node.claim() is None
    assert not node.is_due()
    clock.now = datetime(2027, 1, 16, 1, 59, tzinfo=UTC)
    assert (node.is_due(), node.claim()) == (False, None)
    clock.now = datetime(2027, 1, 16, 2, tzinfo=UTC)
    assert node.is_due()
    assert node.claim() == clock.now
    assert not other.is_due()
    assert other.claim() is None
    node.done(clock.now)
    clock.now += 23 * HOUR
    assert (other.is_due(), other.claim()) == (False, None)
    clock.now += HOUR
    assert other.claim() == clock.now


def test_another_node_verifies_where_one_is_gone(
    either_database: Database, clock: HandClock
) -> None:
    """Once its lease is over; and who was only slow does not end what the other has begun."""
    node, other = (SqlNights(either_database, 2, clock) for _ in range(2))
    node.claim()
    clock.now += 8 * HOUR
    begun = node.claim()
    assert begun is not None
    clock.now += LEASE
    assert other.is_due()
    again = other.claim()
    assert again == clock.now
    node.done(begun)
    clock.now += LEASE
    assert node.is_due()
