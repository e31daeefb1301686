"""Properties by the API."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from contract.store.on_call_entries import NIGHTS
from contract.web.application import KEY, application_on, check_problem
from contract.web.installation import Installation
from pager.access.scopes import KeyScope
from pager.adapters.runtime.verification.recording import verify_all
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.properties.properties import SqlProperties

WITHIN = "somebody is reached within 10 minutes"


@pytest.fixture
def program(installation: Installation) -> TestClient:
    """A program that may do everything."""
    app = application_on(installation.database, KEY)
    return TestClient(app, headers={"Authorization": f"Bearer {KEY}"})


def test_a_program_says_what_has_to_hold(program: TestClient, installation: Installation) -> None:
    """By one PUT of all; its ETag keeps it from overwriting what others have put."""
    empty = program.get("/properties")
    assert (empty.json(), empty.headers["etag"]) == ({"properties": []}, '"0"')
    put = program.put("/properties", json={"properties": [WITHIN]}, headers={"If-Match": '"0"'})
    assert put.json() == {"properties": [WITHIN]}
    assert program.get("/properties").headers["etag"] == put.headers["etag"]
    late = program.put("/properties", json={}, headers={"If-Match": '"0"'})
    check_problem(late, 412, "this edit was made of version 0: nothing was changed")
    [edit] = SqlProperties(installation.database).history(9)
    assert edit.author == "PAGER_API_KEY"


def test_whatever_a_program_changes_as_a_whole_is_verified(installation: Installation) -> None:
    """Soon after, in the background: nobody waits for it."""
    wakeups = Wakeups()
    app = application_on(installation.database, KEY, wakeups=wakeups)
    program = TestClient(app, headers={"Authorization": f"Bearer {KEY}"})
    program.put("/properties", json={"properties": [WITHIN]})
    assert wakeups.verification.count == 1
    program.put("/configuration", json={"services": {}})
    assert wakeups.verification.count == 2
    assert program.get("/properties/verdicts").json()[0]["being_verified"]


def test_what_is_no_property_is_refused(program: TestClient) -> None:
    """Each with its place, and what to write."""
    answer = program.put("/properties", json={"properties": [WITHIN, "nobody sleeps"]})
    check_problem(answer, 422, "properties.1: 'nobody sleeps' is no property that Pager knows.")
    assert program.get("/properties").json() == {"properties": []}


def test_a_program_reads_what_was_found(program: TestClient, installation: Installation) -> None:
    """Of each property, and of what is always verified."""
    program.put("/properties", json={"properties": [WITHIN]})
    first, _ = program.get("/properties/verdicts").json()
    assert (first["outcome"], first["why"]) == ("unknown", "It was not verified yet.")
    assert first["being_verified"]
    SqlOnCall(installation.database).put(NIGHTS.model_copy(update={"layers": ()}))
    verify_all(installation.database, timedelta(seconds=30))
    first, second = program.get("/properties/verdicts").json()
    assert (first["sentence"], second["sentence"]) == (WITHIN, "no Level is empty")
    assert (first["outcome"], first["violations"]) == ("violated", 1)
    assert not first["being_verified"]
    [example] = first["counterexamples"]
    assert example["subject"] == "orders-db"
    assert first["violated_since"] == first["verified_at"]


def test_it_takes_a_key_for_all_services(installation: Installation) -> None:
    """What has to hold is about all of them."""
    scope = KeyScope(actions=frozenset({"read", "policies"}), services=("orders-db",))
    key = SqlApiKeys(installation.database).make("ada", "of one service", scope)
    app = application_on(installation.database)
    program = TestClient(app, headers={"Authorization": f"Bearer {key}"})
    for answer in (
        program.get("/properties"),
        program.get("/properties/verdicts"),
        program.put("/properties", json={}),
    ):
        assert answer.status_code == 403
