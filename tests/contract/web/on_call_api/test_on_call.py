"""Who is on call, by the API: at a moment, from when until when, and where nobody is."""

import pytest
from fastapi.testclient import TestClient

from contract.web.application import KEY, check_problem, shared_application
from contract.web.on_call_api.team import (
    DATABASE,
    FIRST_TURN,
    WEEKLY,
    program,
    put,
    set_up,
)
from pager.adapters.store.core.database import Database

SCHEDULE = "/schedules/Database"
ADA = {"person": "Ada Lovelace", "rotation": "weekly", "override": None}
GRACE = {"person": "Grace Hopper", "rotation": "weekly", "override": None}


@pytest.fixture
def client(database: Database) -> TestClient:
    """A program on a server where Ada and Grace take turns, from Monday to Monday at 09:00."""
    client = program(shared_application(database, KEY))
    set_up(client)
    return client


def test_who_is_on_call_at_a_moment(client: TestClient) -> None:
    """Until when, and who is next."""
    assert client.get(f"{SCHEDULE}/on-call?at={FIRST_TURN}").json() == {
        "schedule": "Database",
        "at": FIRST_TURN,
        "on_call": [ADA],
        "until": "2027-01-11T08:00:00Z",
        "next": ["Grace Hopper"],
    }


def test_a_moment_may_have_any_offset(client: TestClient) -> None:
    """A moment without one is refused: nobody knows when it is."""
    at = "2027-01-11T10:00:00%2B02:00"  # the handover
    assert client.get(f"{SCHEDULE}/on-call?at={at}").json()["on_call"] == [GRACE]
    for wrong in ("2027-01-11T10:00:00", "monday", "1969-12-31T23:59:59Z", "9999-12-31T00:00:00Z"):
        check_problem(client.get(f"{SCHEDULE}/on-call?at={wrong}"), 422, "at: ")


def test_without_a_moment_it_is_now(client: TestClient) -> None:
    """By the database's clock: whoever is alone in a schedule that began long ago is on call."""
    alone = {**WEEKLY, "participants": ["Grace Hopper"], "starts": "2020-01-06T09:00"}
    put(client, SCHEDULE, {**DATABASE, "layers": [{"rotations": [alone]}]})
    answer = client.get(f"{SCHEDULE}/on-call").json()
    assert (answer["on_call"], answer["until"], answer["next"]) == ([GRACE], None, None)


def test_every_schedule_is_listed_in_pages(client: TestClient) -> None:
    """Also one in which nobody is on call."""
    put(client, "/schedules/Network", {"time_zone": "UTC"})
    both = client.get(f"/on-call?at={FIRST_TURN}").json()
    assert [(one["schedule"], one["on_call"]) for one in both] == [
        ("Database", [ADA]),
        ("Network", []),
    ]
    first = client.get("/on-call?limit=1")
    assert [one["schedule"] for one in first.json()] == ["Database"]
    assert first.headers["link"] == '<?after=Database&limit=1>; rel="next"'
    assert [one["schedule"] for one in client.get("/on-call?after=Database").json()] == ["Network"]


def test_of_a_schedule_with_many_turns_fewer_days_are_read_at_once(client: TestClient) -> None:
    """To look through a year of them takes ten seconds, and every other request waits."""
    hourly = [{**WEEKLY, "name": str(number), "shift_length": "PT1H"} for number in range(10)]
    put(client, SCHEDULE, {**DATABASE, "layers": [{"rotations": hourly}]})
    good = f"from={FIRST_TURN}&until=2027-03-01T08:00:00Z"
    wrong = f"from={FIRST_TURN}&until=2027-07-01T08:00:00Z"
    for path in ("shifts", "gaps"):
        assert client.get(f"{SCHEDULE}/{path}?{good}").status_code == 200
        check_problem(
            client.get(f"{SCHEDULE}/{path}?{wrong}"),
            422,
            "until: It is after `from`, by at most 83 days. (The schedule has many turns.)",
        )


def test_the_shifts_between_two_moments(client: TestClient) -> None:
    """Cut off where the interval is; exact where the clocks change in between."""
    between = "from=2027-03-20T00:00:00Z&until=2027-03-30T00:00:00Z"
    assert client.get(f"{SCHEDULE}/shifts?{between}").json() == [
        {"starts_at": "2027-03-20T00:00:00Z", "ends_at": "2027-03-22T08:00:00Z", "on_call": [ADA]},
        {
            "starts_at": "2027-03-22T08:00:00Z",
            "ends_at": "2027-03-29T07:00:00Z",
            "on_call": [GRACE],
        },
        {"starts_at": "2027-03-29T07:00:00Z", "ends_at": "2027-03-30T00:00:00Z", "on_call": [ADA]},
    ]
    assert client.get(f"{SCHEDULE}/gaps?{between}").json() == []


def test_the_gaps_between_two_moments(client: TestClient) -> None:
    """Nobody is on call before the rotation begins; by default 30 days are looked at."""
    assert client.get(f"{SCHEDULE}/gaps?from=2027-01-01T00:00:00Z").json() == [
        {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2027-01-04T08:00:00Z"}
    ]
    assert client.get(f"{SCHEDULE}/gaps?from=2026-10-01T00:00:00Z").json() == [
        {"starts_at": "2026-10-01T00:00:00Z", "ends_at": "2026-10-31T00:00:00Z"}
    ]


@pytest.mark.parametrize("what", ["shifts", "gaps"])
def test_an_interval_is_bounded(client: TestClient, what: str) -> None:
    """422, which names the parameter."""
    start = "from=2027-01-01T00:00:00Z"
    for until in ("2027-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2028-02-05T00:00:01Z"):
        refused = client.get(f"{SCHEDULE}/{what}?{start}&until={until}")
        check_problem(refused, 422, "until: It is after `from`, by at most 400 days.")
    longest = client.get(f"{SCHEDULE}/{what}?{start}&until=2028-02-05T00:00:00Z")
    assert longest.status_code == 200


@pytest.mark.parametrize("path", ["on-call", "shifts", "gaps", "overrides"])
def test_a_schedule_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    """Whatever is asked of it."""
    check_problem(client.get(f"/schedules/Databse/{path}"), 404, "no schedule called 'Databse'")
