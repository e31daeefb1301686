"""A team whose people take turns, as a program puts it into an empty Pager."""

import secrets

from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import KEY
from pager.access.scopes import Action, KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database

JSON = dict[str, object]

ADA = {"type": "email", "address": "ada@example.com"}
GRACE = {"type": "sms", "phone_number": "+33612345678"}
PEOPLE: dict[str, JSON] = {
    "Ada Lovelace": {"contact_methods": [{"target": ADA}]},
    "Grace Hopper": {"contact_methods": [{"target": GRACE}]},
}
TEAM: JSON = {"members": ["Ada Lovelace", "Grace Hopper"]}
WEEKLY: JSON = {
    "name": "weekly",
    "participants": ["Ada Lovelace", "Grace Hopper"],
    "starts": "2027-01-04T09:00",
}
DATABASE: JSON = {"time_zone": "Europe/Paris", "layers": [{"rotations": [WEEKLY]}]}
PAYMENTS: JSON = {
    "levels": [
        {"targets": [{"type": "schedule", "name": "Database"}]},
        {"targets": [{"type": "team", "name": "Payments"}], "acknowledgement_delay": "PT30M"},
    ]
}
FIRST_TURN = "2027-01-06T12:00:00Z"
"""It is Ada's."""


def program(app: FastAPI, key: str = KEY) -> TestClient:
    """A program that sends that key."""
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


def limited(
    app: FastAPI, database: Database, *actions: Action, services: frozenset[str] | None = None
) -> TestClient:
    """A program whose key is good for these actions, on these services or on all."""
    scope = KeyScope(actions=frozenset(actions), services=services)
    return program(app, SqlApiKeys(database).make("ada", secrets.token_hex(8), scope))


def put(client: TestClient, path: str, body: JSON) -> None:
    """Put something that is accepted."""
    answer = client.put(path, json=body)
    assert answer.status_code == 200, answer.text


def set_up(client: TestClient) -> None:
    """Two people, their team, a schedule, and a policy that names the schedule and the team."""
    for name, person in PEOPLE.items():
        put(client, f"/people/{name}", person)
    put(client, "/teams/Payments", TEAM)
    put(client, "/schedules/Database", DATABASE)
    put(client, "/policies/Payments", PAYMENTS)
