"""Who is on call stands where somebody needs it: on Now, at a service, at an incident."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from contract.web.forms import in_words
from contract.web.installation import Installation, alert
from contract.web.people import Browser, signed_in
from on_call_sample import DAY, ZONE, people
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.oncall.policies import PersonTarget, PolicyLevel, PolicyUse, ScheduleTarget, SharedPolicy
from pager.oncall.schedules import Override, Schedule

SERVICE = "/console/services/checkout-api"


@pytest.fixture
def installation(database: Database) -> Installation:
    """Grace stands in for a day; a service's policy names Ada, and then that schedule."""
    on_call = SqlOnCall(database)
    for person in people():
        on_call.put(person)
    now = datetime.now(UTC)
    override = Override(person="Grace Hopper", starts_at=now - DAY, ends_at=now + DAY)
    on_call.put(Schedule(name="Database", time_zone=ZONE, overrides=(override,)))
    on_call.put(Schedule(name="Empty", time_zone=ZONE))
    targets = (PersonTarget(name="Ada Lovelace"), ScheduleTarget(name="Database"))
    levels = tuple(PolicyLevel(targets=(target,)) for target in targets)
    on_call.put(SharedPolicy(name="Payments", levels=levels))
    SqlEscalationPolicies(database).put(PolicyUse(service_id="checkout-api", uses="Payments"))
    return Installation(database)


def text(app: FastAPI, database: Database, path: str) -> str:
    """What the page says."""
    browser: Browser = signed_in(app, database, "viewer")
    answer = browser.get(path)
    assert answer.status_code == 200
    return in_words(answer.text)


def test_now_says_who_is_on_call_nobody_first(
    app: FastAPI, database: Database, installation: Installation
) -> None:
    """A line for each schedule."""
    said = text(app, database, "/")
    assert said.index("Empty on call → nobody") < said.index(
        "Database on call → Grace Hopper until"
    )


def test_a_service_and_its_incident_say_who_is_on_call(
    app: FastAPI, database: Database, installation: Installation
) -> None:
    """Where its policy names a schedule."""
    line = "Database on call → Grace Hopper until"
    assert line in text(app, database, SERVICE)
    installation.receive(alert())
    assert line in text(app, database, "/incidents/checkout-api/1")


def test_a_service_with_a_policy_of_its_own_says_nothing_of_schedules(
    app: FastAPI, database: Database, installation: Installation
) -> None:
    """Nor does one without a policy, unless the fallback names one."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    assert "on call →" not in text(app, database, SERVICE)
    assert "on call →" not in text(app, database, "/incidents/checkout-api/1")
    SqlEscalationPolicies(database).remove("checkout-api")
    assert "on call →" not in text(app, database, SERVICE)
    fallback = PolicyUse(service_id="pager:fallback", uses="Payments")
    SqlEscalationPolicies(database).put(fallback)
    assert "Database on call →" in text(app, database, SERVICE)
