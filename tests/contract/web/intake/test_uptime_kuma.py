"""Uptime Kuma's webhook: both states of a monitor come to one URL."""

import json

import pytest

from clients.recordings import recorded
from contract.web.intake.monitors import Monitors
from pager.adapters.store.core.database import Database


@pytest.fixture
def monitors(database: Database) -> Monitors:
    """A server on which checkout-api has a policy."""
    return Monitors(database)


def target(monitors: Monitors, field: str | None = None) -> str:
    """The URL of a new integration."""
    return f"/integrations/v1/uptime-kuma/{monitors.key('uptime-kuma', field=field)}"


def body(status: object, monitor: int = 7, **fields: object) -> dict[str, object]:
    """A heartbeat of that monitor."""
    return {
        "heartbeat": {"monitorID": monitor, "status": status, "msg": "timeout"},
        "monitor": {"id": monitor, "name": f"monitor {monitor}", **fields},
        "msg": f"[monitor {monitor}] timeout",
    }


def test_the_recorded_monitor_is_down_and_up_again(monitors: Monitors) -> None:
    """Each of them twice pages once."""
    url, states = target(monitors), []
    for request in recorded("uptime-kuma-2.5.3"):
        if request.target == "/webhook":
            for _ in range(2):
                answer = monitors.replay(request._replace(target=url), "")
                assert (answer.status_code, answer.text) == (202, request.answer)
                states.append((monitors.state(), monitors.text()))
    down = (
        "[checkout-api] [🔴 Down] connect ECONNREFUSED 192.0.2.1:443\n\n"
        "URL: https://checkout.example.com"
    )
    assert states == [*[("unhealthy", down)] * 2, *[("healthy", "")] * 2]
    assert monitors.pages == 1


def test_two_monitors_are_two_troubles(monitors: Monitors) -> None:
    """One that is up again leaves the other one burning."""
    url = target(monitors)
    for heartbeat in (body(0, 7), body(0, 8), body(1, 7)):
        monitors.post(url, heartbeat)
    assert monitors.open_keys() == ("monitor 8",)


@pytest.mark.parametrize("status", [2, 3, "2"])
def test_a_monitor_that_is_pending_or_in_maintenance_changes_nothing(
    monitors: Monitors, status: object
) -> None:
    """It is neither down nor up."""
    url = target(monitors)
    assert monitors.post(url, body(status)).status_code == 202
    assert monitors.state() == "healthy"
    monitors.post(url, body(0))
    assert monitors.post(url, body(status)).status_code == 202
    assert monitors.state() == "unhealthy"
    assert monitors.last_request[1] == "nothing to do"


@pytest.mark.parametrize(
    ("heartbeat", "state"),
    [
        (body("0"), "unhealthy"),
        (body(status="down"), "unhealthy"),
        ({"heartbeat": {"status": 0, "msg": "timeout"}, "monitor": None}, "unhealthy"),
        ({"heartbeat": {"status": 7, "msg": "timeout"}, "monitor": {}}, "unhealthy"),
        ({"heartbeat": {"status": None}, "msg": "[x] timeout"}, "unhealthy"),
        ({"heartbeat": [], "monitor": "x", "msg": "certificate expires in 7 days"}, "unhealthy"),
    ],
)
def test_an_odd_heartbeat_pages(monitors: Monitors, heartbeat: object, state: str) -> None:
    """Only one that says that the monitor is not down pages nobody."""
    assert monitors.post(target(monitors), heartbeat).status_code == 202
    assert monitors.state() == state
    assert monitors.text()


def test_the_test_button_pages_and_says_that_it_has_no_end(monitors: Monitors) -> None:
    """It is how people find out whether they would be paged. Twice is one trouble."""
    url = target(monitors)
    for _ in range(2):
        answer = monitors.post(url, {"heartbeat": None, "monitor": None, "msg": "Pager Testing"})
        assert answer.status_code == 202
    assert monitors.open_keys() == ("test",)
    assert monitors.text().startswith("Pager Testing\n\n(Uptime Kuma does not say")


def test_certificates_that_expire_are_troubles_of_their_own(monitors: Monitors) -> None:
    """They come without a heartbeat, and are never resolved by Uptime Kuma."""
    url = target(monitors)
    texts = [f"[{name}][https://x] server certificate x will expire in 7 days" for name in "ab"]
    for text in (*texts, texts[0]):
        monitors.post(url, {"heartbeat": None, "monitor": None, "msg": text})
    assert monitors.open_keys() == tuple(texts)


def test_the_body_may_be_a_form(monitors: Monitors) -> None:
    """The JSON is in its field `data`."""
    part = f'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{json.dumps(body(0))}\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    url = target(monitors)
    assert monitors.post(url, f"{part}--b--\r\n".encode(), headers).status_code == 202
    assert monitors.open_keys() == ("monitor 7",)
    assert monitors.post(url, b"--b\r\n\r\n", headers).status_code == 202
    assert monitors.open_keys() == ("monitor 7", "not understood")


def test_the_service_may_be_found_by_the_name_or_a_tag_of_the_monitor(monitors: Monitors) -> None:
    """As they are called in Uptime Kuma."""
    monitors.policy("search-api")
    for field in ("name", "monitor"):
        monitors.post(target(monitors, field), body(0, name="search-api"))
        assert monitors.state("search-api") == "unhealthy"
    tags = [{"name": "service", "value": "search-api"}, {"name": "team", "value": "x"}]
    monitors.post(target(monitors, "tag service"), body(0, 8, tags=tags))
    assert monitors.open_keys("search-api") == ("monitor 7", "monitor 7", "monitor 8")
    assert monitors.state() == "healthy"
