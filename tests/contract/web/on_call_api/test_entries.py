"""People, teams, schedules and shared policies by the API: put, read, listed and deleted."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import KEY, check_problem, shared_application
from contract.web.on_call_api.team import (
    ADA,
    DATABASE,
    JSON,
    PAYMENTS,
    TEAM,
    WEEKLY,
    limited,
    program,
    put,
    set_up,
)
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.people import Person

EACH = [
    ("/people/Ada Lovelace", "person", {"account": "ada"}),
    ("/teams/Payments", "team", TEAM),
    ("/schedules/Database", "schedule", DATABASE),
    ("/policies/Payments", "policy", PAYMENTS),
]
PERSON = "/people/Ada Lovelace"


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application in which nobody is on call."""
    return shared_application(database, KEY)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A program that may do everything."""
    return program(app)


@pytest.fixture
def team(client: TestClient) -> TestClient:
    """The same, where there is a team."""
    set_up(client)
    return client


@pytest.mark.parametrize(("path", "kind", "body"), EACH)
def test_each_kind_comes_back_as_it_was_put(
    team: TestClient, path: str, kind: str, body: JSON
) -> None:
    """With its kind and its name, which may be left out; and what was read can be put again."""
    put(team, path, body)
    answer = team.get(path)
    value = answer.json()
    assert (value["type"], value["name"]) == (kind, path.rpartition("/")[2])
    again = team.put(path, json=value, headers={"if-match": answer.headers["etag"]})
    assert (again.status_code, again.json()) == (200, value)
    assert again.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize(("path", "kind", "body"), EACH)
def test_the_conditions_are_those_of_policies(
    team: TestClient, path: str, kind: str, body: JSON
) -> None:
    """412 where somebody else was faster; nothing is changed."""
    new = f"{path} (nights)"
    only_new = {"if-none-match": "*"}
    created = team.put(new, json=body, headers=only_new)
    assert created.status_code == 200
    before = team.get(new)
    exists = team.put(new, json=body, headers=only_new)
    check_problem(exists, 412, f"There is a {kind} {new.rpartition('/')[2]!r} already.")
    for method in ("PUT", "DELETE"):
        sent = body if method == "PUT" else None
        refused = team.request(method, new, json=sent, headers={"if-match": '"1"'})
        check_problem(refused, 412, "nothing was changed. Read it as it is now, and edit that.")
    assert team.get(new).headers["etag"] == before.headers["etag"]
    gone = team.delete(new, headers={"if-match": before.headers["etag"]})
    assert gone.status_code == 204
    assert team.get(new).status_code == 404
    assert team.put(new, json=body, headers=only_new).status_code == 200


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    """Nor is what nobody can be called."""
    for path in ("people", "teams", "schedules", "policies"):
        for method in ("GET", "DELETE"):
            check_problem(client.request(method, f"/{path}/Nobody"), 404, "called 'Nobody'")
            check_problem(client.request(method, f"/{path}/%20x"), 404, "Nobody has such a name")
        assert client.get(f"/{path}/Nobody/history").json() == []
        assert client.get(f"/{path}").json() == []


def test_a_list_comes_in_pages(client: TestClient) -> None:
    """By name, with the link to the next one."""
    for name in ("b", "é, ö", "a"):
        put(client, f"/people/{name}", {})
    first = client.get("/people?limit=2")
    assert [one["name"] for one in first.json()] == ["a", "b"]
    assert first.headers["link"] == '<?after=b&limit=2>; rel="next"'
    last = client.get("/people?after=b&limit=2")
    assert [one["name"] for one in last.json()] == ["é, ö"]
    assert "link" not in last.headers


def test_the_name_in_the_body_is_that_of_the_url(client: TestClient) -> None:
    """A mistake would otherwise overwrite somebody."""
    refused = client.put("/teams/Payments", json={"name": "Search", "members": []})
    check_problem(refused, 422, "name: The URL says 'Payments'.")
    assert client.get("/teams").json() == []
    put(client, "/teams/Payments", {"name": "Payments"})


@pytest.mark.parametrize(("path", "kind", "body"), EACH)
def test_a_new_name_has_nothing_that_nobody_sees(
    team: TestClient, path: str, kind: str, body: JSON
) -> None:
    """It would look like another one, or turn a line round; the character is named."""
    del kind
    odd = f"{path.rpartition('/')[0]}/Pay%E2%80%AEments"
    refused = team.put(odd, json={field: body[field] for field in body if field != "name"})
    check_problem(refused, 422, "a character in it that nobody sees: U+202E (RIGHT-TO-LEFT")
    assert team.get(odd).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/teams/Payments", '{"members": ["Ada Lovelace"], "members": []}', "members"),
        ("/escalation-policies/checkout-api", '{"uses": "Payments", "uses": "Search"}', "uses"),
        ("/configuration", '{"people": {"Ada": {}, "Ada": {}}}', "Ada"),
    ],
)
def test_a_key_that_stands_twice_changes_nothing(
    team: TestClient, path: str, body: str, key: str
) -> None:
    """The last one would win, and half of the edit would be lost without a word."""
    before = team.get("/configuration")
    headers = {"content-type": "application/json"}
    if path == "/configuration":
        headers["if-match"] = before.headers["etag"]
    refused = team.put(path, content=body, headers=headers)
    check_problem(refused, 422, f"{key}: This key stands twice in one object")
    assert team.get("/configuration").json() == before.json()


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/teams/T", {"members": ["Ada Lovelace", "Edsger"]}, "members.1"),
        (
            "/schedules/S",
            {
                "time_zone": "UTC",
                "layers": [
                    {"rotations": [WEEKLY]},
                    {"rotations": [{**WEEKLY, "name": "nights", "participants": ["Edsger"]}]},
                ],
            },
            "layers.1.rotations.0.participants.0",
        ),
        (
            "/schedules/S",
            {
                **DATABASE,
                "overrides": [
                    {
                        "person": "Edsger",
                        "starts_at": "2027-01-01T00:00:00Z",
                        "ends_at": "2027-01-02T00:00:00Z",
                    }
                ],
            },
            "overrides.0.person",
        ),
        (
            "/policies/P",
            {"levels": [{"targets": [ADA, {"type": "person", "name": "Edsger"}]}]},
            "levels.0.targets.1",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_refused_at_its_place(
    team: TestClient, path: str, body: JSON, place: str
) -> None:
    """422, and nothing is stored."""
    refused = team.put(path, json=body)
    check_problem(refused, 422, f"{place}: There is no person called 'Edsger'")
    assert [error["field"] for error in refused.json()["errors"]] == [place]
    assert team.get(path).status_code == 404


def test_every_unknown_name_is_said_at_once(team: TestClient) -> None:
    """Whoever sends many names mends them in one go."""
    targets = [{"type": kind, "name": "Nobody"} for kind in ("person", "team", "schedule")]
    refused = team.put("/policies/P", json={"levels": [{"targets": targets}]})
    messages = [error["message"].partition(":")[0] for error in refused.json()["errors"]]
    assert messages == [
        f"There is no {kind} called 'Nobody'" for kind in ("person", "team", "schedule")
    ]


NO_DAY = {"type": "hours", "weekdays": [], "starts": "09:00", "ends": "17:00"}


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        (
            PERSON,
            {"contact_methods": [{"target": {"type": "email", "address": "ada"}}]},
            "contact_methods.0.target.address",
        ),
        (
            PERSON,
            {"contact_methods": [{"target": ADA, "after": "PT2H"}]},
            "contact_methods.0.after",
        ),
        (PERSON, {"shoe_size": 38}, "shoe_size"),
        ("/schedules/S", {"time_zone": "Paris"}, "time_zone"),
        (
            "/schedules/S",
            {
                "time_zone": "UTC",
                "layers": [{"rotations": [{**WEEKLY, "restrictions": [NO_DAY]}]}],
            },
            "layers.0.rotations.0.restrictions.0.weekdays",
        ),
        (
            "/policies/P",
            {"levels": [{"targets": [{"type": "team", "name": ""}]}]},
            "levels.0.targets.0.name",
        ),
        ("/policies/P", {"levels": []}, "levels"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    client: TestClient, path: str, body: JSON, wrong: str
) -> None:
    """By its path in the body."""
    refused = client.put(path, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == wrong
    assert client.get(path).status_code == 404


def test_a_mark_is_kept_while_the_target_stays(team: TestClient, database: Database) -> None:
    """Another address has to be verified, and nobody can write that it is."""
    ada, version = SqlOnCall(database).versioned(Person, "Ada Lovelace")
    assert ada is not None
    [method] = ada.contact_methods
    marked = method.model_copy(update={"verified": True})
    SqlOnCall(database).put(ada.model_copy(update={"contact_methods": (marked,)}), "ada", version)

    other = {"type": "email", "address": "lovelace@example.com"}
    later = {"target": ADA, "after": "PT5M"}
    edited = team.put(PERSON, json={"contact_methods": [{"target": other}, later]}).json()
    assert [one["verified"] for one in edited["contact_methods"]] == [False, True]
    assert team.put(PERSON, json=edited).json() == edited

    claim = {"contact_methods": [later, {"target": other, "verified": True}]}
    refused = team.put(PERSON, json=claim)
    check_problem(refused, 422, "contact_methods.1.verified: Nobody can say so")
    gone = team.put(PERSON, json={"contact_methods": [{"target": other}]}).json()
    assert [one["verified"] for one in gone["contact_methods"]] == [False]
    back = team.put(PERSON, json={"contact_methods": [later]}).json()
    assert [one["verified"] for one in back["contact_methods"]] == [False]


def test_who_is_still_named_stays(team: TestClient) -> None:
    """409, with who names them; once nobody does, they can be deleted."""
    team.put("/escalation-policies/checkout-api", json={"uses": "Payments"})
    for path, user in [
        (PERSON, "the team Payments, the schedule Database"),
        ("/teams/Payments", "the policy Payments"),
        ("/schedules/Database", "the policy Payments"),
        ("/policies/Payments", "checkout-api"),
    ]:
        check_problem(team.delete(path), 409, user)
        assert team.get(path).status_code == 200
    for path in (
        "/escalation-policies/checkout-api",
        "/policies/Payments",
        "/schedules/Database",
        "/teams/Payments",
        PERSON,
    ):
        assert team.delete(path).status_code == 204


def test_the_history_says_who_edited_what(team: TestClient) -> None:
    """The newest first, page after page; removals are in it."""
    path = "/teams/Search"
    put(team, path, {"members": ["Ada Lovelace"]})
    put(team, path, {"members": []})
    team.delete(path)
    removed, edited = team.get(f"{path}/history?limit=2").json()
    assert (removed["entry"], edited["entry"]["members"]) == (None, [])
    assert (edited["author"], edited["note"]) == ("PAGER_API_KEY", "")
    [created] = team.get(f"{path}/history?before={edited['version']}").json()
    assert created["entry"] == {"type": "team", "name": "Search", "members": ["Ada Lovelace"]}


def test_an_edit_takes_a_key_for_all_services(
    app: FastAPI, team: TestClient, database: Database
) -> None:
    """Whoever edits one team's policies could otherwise change who is paged for the others."""
    some = limited(app, database, "read", "policies", services=frozenset({"checkout-api"}))
    editor = limited(app, database, "policies")
    for path, _, body in EACH:
        check_problem(some.put(path, json=body), 403, "'policies' on every service")
        check_problem(some.delete(path), 403, "'policies' on every service")
        assert editor.put(path, json=body).status_code == 200
        check_problem(editor.get(path), 403, "not good for 'read'")


def test_how_people_are_reached_is_read_with_a_key_for_all_services(
    app: FastAPI, team: TestClient, database: Database
) -> None:
    """A key for one service reads who is on call, and nobody's phone number."""
    some = limited(app, database, "read", services=frozenset({"checkout-api"}))
    for path in ("/people", PERSON, f"{PERSON}/history"):
        check_problem(some.get(path), 403, "'read' on every service")
        assert limited(app, database, "read").get(path).status_code == 200
    for path in ("/teams", "/schedules/Database", "/policies/Payments", "/on-call"):
        assert some.get(path).status_code == 200
