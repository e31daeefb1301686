"""Overrides by the API: somebody stands in, and takes it back."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import KEY, check_problem, shared_application
from contract.web.on_call_api.team import (
    DATABASE,
    JSON,
    limited,
    program,
    put,
    set_up,
)
from pager.adapters.store.core.database import Database
from pager.oncall.overrides import KEPT_FOR
from pager.oncall.schedules import MOST_OVERRIDES

SCHEDULE = "/schedules/Database"
OVERRIDES = f"{SCHEDULE}/overrides"
CHRISTMAS: JSON = {
    "person": "Ada Lovelace",
    "starts_at": "2098-12-24T18:00:00+01:00",
    "end": "2098-12-27T08:00:00Z",
}


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application of its own."""
    return shared_application(database, KEY)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A program on a server where Ada and Grace take turns."""
    client = program(app)
    set_up(client)
    return client


def test_somebody_stands_in(client: TestClient) -> None:
    """From one moment to another; the schedule has it, and whoever asks is told why."""
    made = client.post(OVERRIDES, json=CHRISTMAS)
    assert made.status_code == 201
    override = made.json()
    assert override == {
        "id": override["id"],
        "person": "Ada Lovelace",
        "starts_at": "2098-12-24T17:00:00Z",
        "ends_at": "2098-12-27T08:00:00Z",
        "rotation": None,
    }
    assert made.headers["location"] == f"{OVERRIDES}/{override['id']}"
    assert client.get(OVERRIDES).json() == [override]
    del override["id"], override["rotation"]
    [stored] = client.get(SCHEDULE).json()["overrides"]
    assert stored == {**override, "rotation": None}
    at = client.get(f"{SCHEDULE}/on-call?at=2098-12-25T00:00:00Z").json()
    duty = {"person": "Ada Lovelace", "rotation": None, "override": made.json()["id"]}
    assert (at["on_call"], at["until"]) == ([duty], "2098-12-27T08:00:00Z")


def test_it_begins_now_and_may_have_a_length(client: TestClient) -> None:
    """By the database's clock, whole seconds; of one rotation, where that is named."""
    before = datetime.now(UTC).replace(microsecond=0)
    tonight = {"person": "Grace Hopper", "end": "PT12H", "rotation": "weekly"}
    override = client.post(OVERRIDES, json=tonight).json()
    start, end = (datetime.fromisoformat(override[name]) for name in ("starts_at", "ends_at"))
    assert before <= start <= datetime.now(UTC)
    assert (end - start, override["rotation"]) == (timedelta(hours=12), "weekly")
    [on_duty] = client.get(f"{SCHEDULE}/on-call").json()["on_call"]
    assert on_duty["override"] == override["id"]


def test_it_is_taken_back_by_its_id_however_the_schedule_was_edited(client: TestClient) -> None:
    """A second time there is none."""
    first = client.post(OVERRIDES, json=CHRISTMAS).headers["location"]
    second = client.post(OVERRIDES, json={**CHRISTMAS, "person": "Grace Hopper"}).json()
    edited = client.get(SCHEDULE).json()
    edited["overrides"].reverse()
    put(client, SCHEDULE, {**edited, "time_zone": "UTC"})
    assert client.delete(first).status_code == 204
    assert client.get(OVERRIDES).json() == [second]
    check_problem(client.delete(first), 404, "Database has no such override")
    removed, _, _, made = client.get(f"{SCHEDULE}/history?limit=4").json()
    assert removed["note"] == "override taken back: Ada Lovelace"
    assert made["note"] == "override: Ada Lovelace"


def test_the_same_one_again_is_there_once(client: TestClient) -> None:
    """A request that is sent twice does no harm."""
    ids = {client.post(OVERRIDES, json=CHRISTMAS).json()["id"] for _ in range(2)}
    assert [one["id"] for one in client.get(OVERRIDES).json()] == list(ids)


def test_what_ended_long_ago_is_dropped(client: TestClient) -> None:
    """The history keeps it."""
    end = datetime.now(UTC) - KEPT_FOR - timedelta(minutes=1)
    old = {
        "person": "Grace Hopper",
        "starts_at": (end - timedelta(days=1)).isoformat(),
        "ends_at": end.isoformat(),
    }
    put(client, SCHEDULE, {**DATABASE, "overrides": [old]})
    made = client.post(OVERRIDES, json=CHRISTMAS).json()
    assert client.get(OVERRIDES).json() == [made]
    _, before = client.get(f"{SCHEDULE}/history?limit=2").json()
    assert len(before["entry"]["overrides"]) == 1


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"person": "Edsger"}, "person: There is no person called 'Edsger'"),
        ({"rotation": "nights"}, "body: There is no rotation nights"),
        ({"end": "2098-12-24T17:00:00Z"}, "ends before it starts"),
        ({"end": "P401D"}, "end"),
        ({"end": "PT0S"}, "end"),
        ({"end": "2098-12-27T08:00:00"}, "end"),
        ({"starts_at": "2100-12-30T00:00:00Z", "end": "P3D"}, "ends_at: A date between"),
        (
            {"starts_at": "2020-01-01T00:00:00Z", "end": "PT1H"},
            "end: It is over already: choose a later end.",
        ),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: TestClient, wrong: JSON, detail: str
) -> None:
    """As problem details."""
    check_problem(client.post(OVERRIDES, json={**CHRISTMAS, **wrong}), 422, detail)
    assert client.get(OVERRIDES).json() == []


def test_a_schedule_that_is_full_takes_no_other(client: TestClient) -> None:
    """It says so."""
    start = datetime(2090, 1, 1, tzinfo=UTC)
    full = [
        {
            "person": "Ada Lovelace",
            "starts_at": (start + timedelta(hours=number)).isoformat(),
            "ends_at": (start + timedelta(hours=number + 1)).isoformat(),
        }
        for number in range(MOST_OVERRIDES)
    ]
    put(client, SCHEDULE, {**DATABASE, "overrides": full})
    refused = client.post(OVERRIDES, json=CHRISTMAS)
    check_problem(refused, 422, f"overrides: Tuple should have at most {MOST_OVERRIDES} items")


def test_a_schedule_that_is_not_there_has_no_overrides(client: TestClient) -> None:
    """404."""
    path = "/schedules/Databse/overrides"
    for refused in (client.post(path, json=CHRISTMAS), client.delete(f"{path}/0123456789abcdef")):
        check_problem(refused, 404, "no schedule called 'Databse'")


def test_who_may_make_one(app: FastAPI, client: TestClient, database: Database) -> None:
    """A key that edits the policies of all services."""
    some = limited(app, database, "policies", services=frozenset({"checkout-api"}))
    made = client.post(OVERRIDES, json=CHRISTMAS).headers["location"]
    for refused in (some.post(OVERRIDES, json=CHRISTMAS), some.delete(made)):
        check_problem(refused, 403, "'policies' on every service")
    assert limited(app, database, "policies").delete(made).status_code == 204
