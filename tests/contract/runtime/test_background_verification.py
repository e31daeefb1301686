"""What people change is verified soon after, by itself."""

import threading
from datetime import timedelta

import pytest

from contract.runtime.at_work import at_work
from contract.store.on_call_entries import ADA, GRACE, NIGHTS, shared, use
from pager.adapters.runtime.verification.background import BackgroundVerification
from pager.adapters.runtime.verification.process import OUT_OF_TIME
from pager.adapters.runtime.wakeups import Wakeup, Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import Found, SqlVerdicts, StoredVerdict
from pager.configuration.properties import Properties
from pager.oncall.policies import ScheduleTarget
from pager.testing import in_memory_gateways
from waiting import wait_until

EMPTY, WITHIN = "no Level is empty", "somebody is reached within 10 minutes"
A_MINUTE = timedelta(minutes=1)
NOBODY_ON_CALL = NIGHTS.model_copy(update={"layers": ()})


@pytest.fixture
def database(either_database: Database) -> Database:
    """Ada is on call in a schedule, and paged for orders-db."""
    on_call = SqlOnCall(either_database)
    for entry in (ADA, GRACE, NIGHTS, shared(ScheduleTarget(name="Nights"), name="Orders")):
        on_call.put(entry)
    SqlEscalationPolicies(either_database).put(use("orders-db", "Orders"))
    return either_database


def in_background(database: Database, within: timedelta = A_MINUTE) -> BackgroundVerification:
    """What verifies there."""
    return BackgroundVerification(database, Wakeup(), threading.Event(), within)


def verdicts(database: Database) -> SqlVerdicts:
    """What was found there."""
    return SqlVerdicts(database)


def found(stored: StoredVerdict) -> Found:
    """What was found; something was."""
    assert stored.found is not None
    return stored.found


def test_an_edit_is_verified_soon_after(database: Database) -> None:
    """What stood there before is known to be of before."""
    verification, stored = in_background(database), verdicts(database)
    verification.look()
    assert not stored.all()[EMPTY].is_outdated
    assert found(stored.all()[EMPTY]).outcome == "holds"
    SqlOnCall(database).put(NOBODY_ON_CALL)
    assert stored.all()[EMPTY].is_outdated
    verification.look()
    assert not stored.all()[EMPTY].is_outdated
    assert found(stored.all()[EMPTY]).outcome == "violated"


@pytest.mark.proof
def test_what_nobody_has_edited_is_not_verified_again(database: Database) -> None:
    """Unless somebody asks for it; a property that is new is."""
    verification, stored = in_background(database), verdicts(database)
    verification.look()
    first = stored.all()
    verification.look()
    assert stored.all() == first
    verification.look(is_asked=True)
    assert stored.all() != first
    SqlProperties(database).put(Properties(properties=(WITHIN,)))
    verification.look()
    assert found(stored.all()[WITHIN]).outcome == "holds"


def test_what_cannot_be_verified_in_time_is_not_tried_for_ever(database: Database) -> None:
    """Nobody knows any more whether it holds, and everybody can see that."""
    in_background(database).look()
    SqlOnCall(database).put(NOBODY_ON_CALL)
    in_background(database, timedelta(0)).look()
    stored = verdicts(database)
    assert found(stored.all()[EMPTY]).why == OUT_OF_TIME
    assert not stored.all()[EMPTY].is_outdated


def test_a_server_verifies_when_it_is_asked(database: Database) -> None:
    """Its worker is woken."""
    wakeups = Wakeups()
    options = WorkerOptions(poll_every=timedelta(days=1))
    workers = Workers(database, wakeups, in_memory_gateways(), options)
    with at_work(workers):
        wakeups.verification.wake()
        wait_until(lambda: EMPTY in verdicts(database).all())
