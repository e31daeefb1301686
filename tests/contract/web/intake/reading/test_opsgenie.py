"""What is pure of Opsgenie's Alert API: its searches, paths and texts."""

import pytest

from pager.adapters.store.alerts.fields import (
    LONGEST_DETAILS,
    MOST_TAGS,
    bounded_details,
    bounded_tags,
)
from pager.adapters.store.alerts.reading import ALL, AlertQuery
from pager.adapters.web.intake.opsgenie.bodies import Body
from pager.adapters.web.intake.opsgenie.compatibility import ENDPOINTS, FIELDS, actions_of
from pager.adapters.web.intake.opsgenie.paths import Place, place_of
from pager.adapters.web.intake.opsgenie.search import read_query
from pager.adapters.web.problems import ProblemError


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (" ", ALL),
        ("Status : OPEN", AlertQuery(is_open=True)),
        ('message:"a b" AND tag:x and TAGS: "y z"', AlertQuery(message="a b", tags=("x", "y z"))),
        ("alias: db:1/x AND acknowledged=true", AlertQuery(alias="db:1/x", is_acknowledged=True)),
        ("tinyId: 7 AND alertId: u", AlertQuery(number=7, id="u")),
    ],
)
def test_a_search_is_read(text: str, query: AlertQuery) -> None:
    """Fields in any case, values as they are."""
    assert read_query(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "status: open OR tag: eu",
        "NOT status: open",
        "(status: open)",
        "message: disk*",
        "latency",
        "status: acked",
        "createdAt > 1",
        "owner: ada",
        "status: open AND",
        "status: open tag: eu",
        "AND status: open",
        'message: "a',
        'message: ""',
        'message: "\0"',
        "tinyId: 99999999999999999999",
        "x" * 1_001,
    ],
)
def test_a_search_that_is_not_understood_is_refused(text: str) -> None:
    """Whoever gets other alerts than they have asked for may close them."""
    with pytest.raises(ProblemError) as refused:
        read_query(text)
    assert (refused.value.problem.status, len(refused.value.problem.errors or [])) == (422, 1)


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [
        ("GET", "", Place("", None)),
        ("GET", "/", Place("", None)),
        ("GET", "/count", Place("count", None)),
        ("GET", "/requests/a-b", Place("requests", "a-b")),
        ("POST", "/a%2Fb/close", Place("close", "a/b")),
        ("POST", "/a/b/close/", Place("close", "a/b")),
        ("POST", "/close/close", Place("close", "close")),
        ("POST", "/a%2Fclose/acknowledge", Place("acknowledge", "a/close")),
        ("GET", "/a%2Fnotes", Place("", "a/notes")),
        ("GET", "/a/message", Place("", "a/message")),
        ("DELETE", "/a/tags", Place("tags", "a")),
        ("POST", "/a/actions/Restart", Place("actions", "a")),
        ("GET", "/a%3Fb%20c%25", Place("", "a?b c%")),
    ],
)
def test_a_path_names_an_alert_and_an_action(method: str, path: str, place: Place) -> None:
    """The last part is an action where that is one for the method, and is sent as a part."""
    raw = f"/ops/v2/alerts{path}".encode()
    assert place_of({"raw_path": raw}, actions_of(method)) == place


def test_a_path_below_an_unknown_one_is_read_as_it_was_decoded() -> None:
    """Some servers give no raw path."""
    scope = {"path": "/v2/alerts/a%b/close", "raw_path": None}
    assert place_of(scope, actions_of("POST")) == Place("close", "a%b")


def test_what_people_read_is_all_that_was_sent() -> None:
    """The message first; a description that says the same is not repeated."""
    body = Body.model_validate({"message": " down ", "description": "down", "details": {"a": 1}})
    assert body.text == "down\n\na: 1"
    assert Body.model_validate({"description": "First.\nThe rest."}).title == "First."


def test_fields_are_bounded() -> None:
    """Tags and details beyond the bounds are left out."""
    assert len(bounded_tags(map(str, range(100)))) == MOST_TAGS
    assert bounded_tags(["a", "a", " ", "x" * 100])[1].endswith("\N{HORIZONTAL ELLIPSIS}")
    kept = bounded_details({str(number): "x" * 1_000 for number in range(20)})
    assert 7 <= len(kept) < 10
    assert sum(len(name) + len(text) for name, text in kept.items()) <= LONGEST_DETAILS


def test_what_is_ignored_or_refused_says_why() -> None:
    """The documents show it."""
    for name, support in {**ENDPOINTS, **FIELDS}.items():
        assert support.use == "served" or support.note, name
