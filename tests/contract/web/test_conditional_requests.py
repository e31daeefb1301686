"""Versions of policies over HTTP (ETag, If-Match, If-None-Match): no edit is lost."""

import pytest
from fastapi.testclient import TestClient

from contract.store.test_authors import Server
from contract.web.application import POLICY, check_problem
from pager.adapters.store.core.database import Database

EDIT = "/escalation-policies/checkout-api"
SLOWER = {**POLICY, "levels": [{**POLICY["levels"][0], "acknowledgement_delay": "PT30M"}]}  # type: ignore[dict-item]  # JSON


@pytest.fixture
def client(database: Database) -> TestClient:
    """A program with an API key, on a server without policies."""
    return Server(database).client("deploy")


def test_each_edit_answers_with_the_version_for_the_next_one(client: TestClient) -> None:
    """In its ETag."""
    created = client.put(EDIT, json=POLICY).headers["etag"]
    assert client.get(EDIT).headers["etag"] == created
    edited = client.put(EDIT, json=SLOWER, headers={"if-match": created})
    assert (edited.status_code, edited.json()) == (200, SLOWER)
    assert edited.headers["etag"] != created
    gone = client.delete(EDIT, headers={"if-match": edited.headers["etag"]})
    assert gone.status_code == 204


def test_an_edit_of_an_old_version_is_refused(client: TestClient) -> None:
    """412, with what to do; the newer edit stays."""
    old = client.put(EDIT, json=POLICY).headers["etag"]
    client.put(EDIT, json=SLOWER)
    for refused in (
        client.put(EDIT, json=POLICY, headers={"if-match": old}),
        client.delete(EDIT, headers={"if-match": old}),
    ):
        check_problem(refused, 412, "nothing was changed. Read it as it is now, and edit that.")
    assert client.get(EDIT).json() == SLOWER


def test_if_none_match_puts_a_policy_only_where_there_is_none(client: TestClient) -> None:
    """Also where there was one before."""
    only_new = {"if-none-match": "*"}
    assert client.put(EDIT, json=POLICY, headers=only_new).status_code == 200
    check_problem(client.put(EDIT, json=SLOWER, headers=only_new), 412, "has a policy already")
    assert client.get(EDIT).json() == POLICY
    client.delete(EDIT)
    assert client.put(EDIT, json=SLOWER, headers=only_new).status_code == 200


def test_a_weak_etag_is_accepted(client: TestClient) -> None:
    """A proxy that compresses answers makes it weak."""
    tag = client.put(EDIT, json=POLICY).headers["etag"]
    assert client.put(EDIT, json=SLOWER, headers={"if-match": f"W/{tag}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"if-match": "1"},
        {"if-match": "*"},
        {"if-match": '"one"'},
        {"if-match": '"1", "2"'},
        {"if-match": f'"{"9" * 19}"'},
        {"if-none-match": '"1"'},
        {"if-none-match": "*", "if-match": '"0"'},
    ],
    ids=str,
)
def test_a_condition_that_cannot_be_parsed_changes_nothing(
    client: TestClient, headers: dict[str, str]
) -> None:
    """400: without the condition the edit of another person could be lost."""
    [header] = [name for name in ("If-None-Match", "If-Match") if name.lower() in headers][:1]
    check_problem(client.put(EDIT, json=POLICY, headers=headers), 400, f"{header} takes")
    assert client.get(EDIT).status_code == 404


def test_the_history_says_who_edited_and_when(client: TestClient) -> None:
    """The newest first, page after page; removals are in it."""
    client.put(EDIT, json=POLICY)
    tag = client.put(EDIT, json=SLOWER).headers["etag"]
    client.delete(EDIT)
    removed, edited = client.get(f"{EDIT}/history?limit=2").json()
    assert (removed["policy"], edited["policy"]) == (None, SLOWER)
    assert (edited["author"], f'"{edited["version"]}"') == ("API key deploy", tag)
    assert edited["at"].endswith("Z")
    [created] = client.get(f"{EDIT}/history?before={edited['version']}").json()
    assert created["policy"] == POLICY
    assert client.get("/escalation-policies/search-api/history").json() == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=many", "before=0", f"before={2**63}"]
)
def test_a_page_of_the_history_is_bounded(client: TestClient, query: str) -> None:
    """422, which names the parameter."""
    check_problem(client.get(f"{EDIT}/history?{query}"), 422, f"{query.partition('=')[0]}: ")


def test_versions_are_described(client: TestClient) -> None:
    """The headers and the history are in OpenAPI."""
    paths = client.get("/openapi.json").json()["paths"]
    path = paths["/escalation-policies/{service_id}"]
    sent = {
        method: {
            parameter["name"]
            for parameter in path[method]["parameters"]
            if parameter["in"] == "header"
        }
        for method in ("put", "delete")
    }
    assert sent == {"put": {"if-match", "if-none-match"}, "delete": {"if-match"}}
    for method in ("get", "put"):
        assert "ETag" in path[method]["responses"]["200"]["headers"]
    assert "/escalation-policies/{service_id}/history" in paths
