"""GoAlert's generic API: its senders need another URL and another key, and nothing else."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from clients.recordings import recorded
from contract.web.intake.monitors import JSON, Monitors
from pager.adapters.store.core.database import Database

INCOMING = "/api/v2/generic/incoming"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def monitors(database: Database) -> Monitors:
    """A server on which checkout-api has a policy."""
    return Monitors(database)


def multipart(fields: Mapping[str, str], line: str = "\r\n") -> bytes:
    """The fields as a form, with these line breaks."""
    parts = [
        f'--b{line}Content-Disposition: form-data; name="{name}"{line}{line}{value}{line}'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--b--{line}").encode()


@pytest.mark.parametrize("slash", ["", "/"])
def test_uptime_kumas_and_apprises_goalert_are_content(monitors: Monitors, slash: str) -> None:
    """Neither sends a dedup key: down and up, failure and success are about one trouble."""
    key = monitors.key("goalert")
    states = []
    for request in recorded("uptime-kuma-2.5.3"):
        if request.target.startswith(INCOMING):
            target = request.target.replace("incoming", f"incoming{slash}")
            for _ in range(2):
                answer = monitors.replay(request._replace(target=target), key)
                assert (answer.status_code, answer.content) == (204, b"")
            states.append(monitors.state())
    assert states == ["unhealthy", "healthy", "unhealthy", "healthy"]
    assert monitors.pages == 2


def test_the_page_says_summary_details_and_meta(monitors: Monitors) -> None:
    """And the service may be found by a field of `meta`."""
    monitors.policy("db-1")
    key = monitors.key("goalert", field="host")
    body = {"summary": "disk full", "details": "94 %", "meta": {"host": "db-1", "empty": ""}}
    monitors.post(f"{INCOMING}?token={key}", body)
    assert monitors.text("db-1") == "disk full\n\n94 %\n\nhost: db-1"


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("summary", {"summary": "db-1"}),
        ("dedup", {"summary": "disk full", "dedup": "db-1"}),
        ("monitor", {"summary": "[db-1] [🔴 Down] timeout"}),
    ],
)
def test_the_service_may_be_found_by_a_field(
    monitors: Monitors, field: str, body: dict[str, str]
) -> None:
    """Also by the name of a monitor of Uptime Kuma, and of its end."""
    monitors.policy("db-1")
    target = f"{INCOMING}?token={monitors.key('goalert', field=field)}"
    monitors.post(target, body)
    assert monitors.state("db-1") == "unhealthy"
    monitors.post(target, {**body, "action": "close"})
    assert monitors.state("db-1") == "healthy"


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "JSON": (b'{"summary": "disk full", "dedup": "disk"}', JSON),
    "JSON of another type": (b' {"summary": "disk full", "dedup": "disk"}', FORM),
    "a form": (b"summary=disk+full&dedup=disk", FORM),
    "multipart": (
        multipart({"summary": "disk full", "dedup": "disk"}),
        {"content-type": 'multipart/form-data; boundary="b"'},
    ),
    "multipart without carriage returns": (
        multipart({"summary": "disk full", "dedup": "disk"}, "\n"),
        {"content-type": "multipart/form-data; boundary=b"},
    ),
}


@pytest.mark.parametrize(("body", "headers"), BODIES.values(), ids=BODIES)
def test_an_event_may_be_a_form_or_json(
    monitors: Monitors, body: bytes, headers: Mapping[str, str]
) -> None:
    """With a dedup key of its own, another summary closes it."""
    target = f"{INCOMING}?token={monitors.key('goalert')}"
    assert monitors.post(target, body, headers).status_code == 204
    assert (monitors.text(), monitors.open_keys()) == ("disk full", ("disk",))
    end = {"summary": "disk is fine", "dedup": "disk", "action": "close"}
    assert monitors.post(target, end).status_code == 204
    assert monitors.state() == "healthy"


def test_an_event_may_be_in_the_query(monitors: Monitors) -> None:
    """As in GoAlert's own examples; the body goes before it."""
    query = {"token": monitors.key("goalert"), "summary": "test", "dedup": "disk-check"}
    monitors.post(f"{INCOMING}?{urlencode(query)}", b"", {})
    monitors.post(f"{INCOMING}?{urlencode(query | {'dedup': 'x'})}", {"dedup": "disk-check"})
    assert (monitors.text(), monitors.open_keys()) == ("test", ("disk-check",))
    assert monitors.post(f"{INCOMING}?{urlencode(query | {'action': 'close'})}").status_code == 204
    assert monitors.state() == "healthy"


def test_without_a_dedup_key_what_is_closed_has_the_same_text(monitors: Monitors) -> None:
    """As in GoAlert: of two troubles only the one that is over is closed."""
    target = f"{INCOMING}?token={monitors.key('goalert')}"
    for details in ("94 %", "98 %"):
        monitors.post(target, {"summary": "disk full", "details": details})
    monitors.post(target, {"summary": "disk full", "details": "94 %", "action": "close"})
    assert len(monitors.open_keys()) == 1
    monitors.post(target, {"summary": "disk full", "details": "98 %", "action": "close"})
    assert monitors.state() == "healthy"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"summary": " ", "details": null}'])
def test_an_event_without_a_text_is_refused(monitors: Monitors, body: bytes) -> None:
    """400 as in GoAlert, which needs a summary; and it is the last request."""
    answer = monitors.post(f"{INCOMING}?token={monitors.key('goalert')}", body)
    assert (answer.status_code, answer.text) == (400, "There is no summary.\n")
    assert monitors.last_request[1] == "refused: There is no summary."
    assert monitors.pages == 0


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"title": "disk full", "severity": "critical"}', JSON),
        (b'{"dedup": "disk"}', JSON),
        (b"message=disk+full", FORM),
    ],
)
def test_what_says_something_in_other_fields_pages(
    monitors: Monitors, body: bytes, headers: dict[str, str]
) -> None:
    """It may be an Alert of a sender that was set up wrongly: somebody is shown what it sent."""
    answer = monitors.post(f"{INCOMING}?token={monitors.key('goalert')}", body, headers)
    assert answer.status_code == 204
    assert monitors.pages == 1
    assert monitors.text().startswith("The payload is not understood: It has no summary.")
    assert "disk" in monitors.text()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"summary": ["disk", 94]}, '["disk", 94]'),
        ({"summary": None, "details": {"disk": "full"}}, '{"disk": "full"}'),
        (
            {"summary": "disk\0full", "meta": "x", "action": 7, "dedup": {}},
            "disk\N{REPLACEMENT CHARACTER}full",
        ),
        ({"summary": "x" * 20_000}, "x" * 9_999 + "…"),
    ],
)
def test_fields_may_be_of_any_type(monitors: Monitors, body: object, text: str) -> None:
    """A real Alert pages."""
    answer = monitors.post(f"{INCOMING}?token={monitors.key('goalert')}", json.dumps(body).encode())
    assert answer.status_code == 204
    assert monitors.text() == text


def test_a_form_with_too_many_fields_pages_and_is_shown(monitors: Monitors) -> None:
    """As what is not understood."""
    body = b"summary=disk+full&" + b"x=1&" * 2_000
    assert monitors.post(f"{INCOMING}?token={monitors.key('goalert')}", body, FORM).is_success
    assert "summary=disk+full" in monitors.text()
