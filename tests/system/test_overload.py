"""A flood: what cannot be committed in time is refused, and what was accepted is paged."""

import json
import re
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from contract.channels.smtp_server import MailServer
from system.program import Program, emails
from system.test_paging import mail_settings, recipients

# One at a time of those that take a whole machine.
pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("load")]

CLIENTS = 48
SERVICES = [f"service-{number}" for number in range(CLIENTS)]
LARGE = json.dumps([{"service_id": SERVICES[0], "message": "x" * 10_000}] * 100)
JSON = {"Content-Type": "application/json"}
REQUEST_TIMEOUT = 0.3
MOST_GROWTH = 250 * 1024
"""In kB. The bodies that are let in at a time have 32 MB, and a few times that once they are read;
what is sent in this flood has 480."""


def peak_memory(pager: Program) -> int:
    """The most that the program ever had, in kB."""
    status = Path(f"/proc/{pager.pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells what memory a program had")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert found
    return int(found[1])


def flood(pager: Program, client: int) -> Counter[int | None]:
    """Send large arrays; hang up after REQUEST_TIMEOUT, and send the next one."""
    del client
    answered: Counter[int | None] = Counter()
    # Without TLS, whose certificates would take longer to read than the flood to send.
    http = httpx2.Client(
        base_url=pager.http.base_url, headers=JSON, timeout=REQUEST_TIMEOUT, verify=False
    )
    with http:
        for _ in range(10):
            try:
                response = http.post("/alerts", content=LARGE)
            except httpx2.TransportError:
                answered[None] += 1
            else:
                answered[response.status_code] += 1
                assert "Retry-After" in response.headers, response.text[:300]
                assert response.json()["detail"]
    return answered


def insist(pager: Program, client: int) -> None:
    """An Alert of this client's own service, until it is accepted."""
    alert = {"service_id": SERVICES[client], "message": "down"}
    with httpx2.Client(base_url=pager.http.base_url, timeout=60) as http:
        while (status := http.post("/alerts", json=alert).status_code) != 202:
            assert status == 503


def test_a_flood_is_refused_in_time_and_what_was_accepted_is_paged(tmp_path: Path) -> None:
    """While the database takes nothing at all, and afterwards."""
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        for service in SERVICES:
            pager.put_policy(service, emails(service))
        before = peak_memory(pager)
        with ThreadPoolExecutor(CLIENTS) as clients:
            with closing(sqlite3.connect(tmp_path / "pager.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                flooding = clients.map(lambda client: flood(pager, client), range(CLIENTS))
                patient = pager.http.post("/alerts", content=LARGE, headers=JSON, timeout=60)
                assert patient.status_code == 503
                assert set(sum(flooding, start=Counter[int | None]())) <= {503, None}
                other.execute("ROLLBACK")
            list(clients.map(lambda client: insist(pager, client), range(CLIENTS)))
        mail.wait_for_messages(len(SERVICES))
        for service in SERVICES:
            pager.wait_until_settled(service)
        assert peak_memory(pager) - before < MOST_GROWTH
        assert pager.stop() == 0
    assert recipients(mail.messages) == {f"{service}@example.com": 1 for service in SERVICES}
