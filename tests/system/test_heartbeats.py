"""Heartbeats over real servers: killed and started again, frozen, two of them on PostgreSQL."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import httpx2
import pytest

from contract.channels.smtp_server import MailServer
from system.program import Program, emails
from system.test_paging import mail_settings, recipients
from waiting import WAIT_TIMEOUT

PATH = "/heartbeats/nightly-backup"
INTERVAL, GRACE, LATEST = 3, 1, 5
"""Seconds. After interval and grace a page is sent within LATEST."""


def make(pager: Program) -> None:
    """backup-api has a policy, and a heartbeat."""
    pager.put_policy("backup-api", emails("ada"))
    settings = {"service_id": "backup-api", "interval": INTERVAL, "grace": GRACE}
    pager.http.put(PATH, json=settings).raise_for_status()


def ping(pager: Program) -> float:
    """It is alive: when that was committed at the latest."""
    pager.http.get(f"{PATH}/ping").raise_for_status()
    return time.monotonic()


def state(pager: Program) -> object:
    """Of backup-api."""
    return pager.service("backup-api")["state"]


def seconds_until_paged(pager: Program, since: float) -> float:
    """How long after `since` the service became Unhealthy."""
    pager.wait_until(lambda: state(pager) == "unhealthy", "the heartbeat is missing")
    return time.monotonic() - since


@pytest.mark.proof
def test_what_stays_away_is_paged_in_time_and_its_return_resolves(tmp_path: Path) -> None:
    """Pages go out, too."""
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        make(pager)
        pinged = ping(pager)
        took = seconds_until_paged(pager, pinged)
        assert INTERVAL + GRACE - 0.5 < took < INTERVAL + GRACE + LATEST
        [page] = mail.wait_for_messages(1)
        assert "nightly-backup has been silent since" in page.text
        ping(pager)
        assert state(pager) == "healthy"
        pager.wait_until_settled("backup-api")
        assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1}


@pytest.mark.proof
def test_nobody_is_paged_because_pager_was_killed(tmp_path: Path) -> None:
    """It waits anew from its start; what stays away then is paged in time, and it says why."""
    with Program(tmp_path) as pager:
        make(pager)
        ping(pager)
        pager.kill()
    Event().wait(INTERVAL + GRACE + LATEST)  # long enough to be a gap, and to miss its deadline
    with Program(tmp_path) as pager:
        started = time.monotonic()
        Event().wait(INTERVAL + GRACE - 1)
        assert state(pager) == "healthy"
        took = seconds_until_paged(pager, started)
        assert took < INTERVAL + GRACE + LATEST
        assert "Pager itself could not hear from" in str(pager.service("backup-api")["message"])
        due = datetime.fromisoformat(pager.http.get(PATH).json()["due_at"])
        assert datetime.now(UTC) - due < timedelta(seconds=LATEST)


@pytest.mark.proof
def test_a_short_restart_delays_no_page(tmp_path: Path) -> None:
    """And resolves nothing: what was missing before is so after it, with the same incident."""
    with Program(tmp_path) as pager:
        make(pager)
        pinged = ping(pager)
        pager.kill()
    with Program(tmp_path) as pager:
        assert seconds_until_paged(pager, pinged) < INTERVAL + GRACE + LATEST
        pager.kill()
    with Program(tmp_path) as pager:
        Event().wait(2)
        service = pager.service("backup-api")
        assert (service["state"], service["incident"]) == ("unhealthy", 1)
        ping(pager)
        assert state(pager) == "healthy"


@pytest.mark.proof
def test_of_two_nodes_one_raises_the_alert(tmp_path: Path, postgresql_database: str) -> None:
    """Also where one is killed or frozen meanwhile: the other one has listened all the time."""
    settings = {"PAGER_DATABASE_URL": postgresql_database}
    with Program(tmp_path, **settings) as first, Program(tmp_path, **settings) as second:
        make(first)
        pinged = ping(first)
        first.kill()
        assert seconds_until_paged(second, pinged) < INTERVAL + GRACE + LATEST
        assert ping(second)
        assert state(second) == "healthy"
        with Program(tmp_path, **settings) as third:
            pinged = ping(third)
            third.freeze()
            assert seconds_until_paged(second, pinged) < INTERVAL + GRACE + LATEST
            third.thaw()
            Event().wait(2)
            service = third.service("backup-api")
            assert (service["state"], service["incident"]) == ("unhealthy", 2)
            ping(third)
            assert state(second) == "healthy"


@pytest.mark.proof
@pytest.mark.xdist_group("load")  # one at a time of those that take a whole machine
def test_pings_are_in_time_while_alerts_flood(tmp_path: Path) -> None:
    """And nobody is paged for a heartbeat that is alive."""
    with Program(tmp_path) as pager:
        make(pager)
        pager.put_policy("checkout-api", emails("ada"))
        alerts = [{"service_id": "checkout-api", "message": str(one)} for one in range(1_000)]
        stop = Event()

        def flood() -> int:
            sent = 0
            with httpx2.Client(base_url=pager.http.base_url, timeout=WAIT_TIMEOUT) as client:
                while not stop.is_set():
                    sent += client.post("/alerts", json=alerts).status_code == httpx2.codes.ACCEPTED
            return sent

        with ThreadPoolExecutor(4) as senders:
            floods = [senders.submit(flood) for _ in range(4)]
            slowest, end = 0.0, time.monotonic() + INTERVAL + GRACE + LATEST
            while time.monotonic() < end:
                began = time.monotonic()
                ping(pager)
                slowest = max(slowest, time.monotonic() - began)
                stop.wait(0.2)
            stop.set()
            assert all(each.result() for each in floods)
        assert slowest < INTERVAL + GRACE
        assert state(pager) == "healthy"
