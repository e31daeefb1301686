"""kill -9 while a configuration is applied: it is there as a whole, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from system.program import Program
from waiting import wait_until

MANY = 4_000
"""People: the transaction is larger than what SQLite keeps in memory, so it is written in parts."""

A_PART = 500_000
"""Bytes of such a transaction: nothing else that a server writes is as large."""


def configuration(number: int) -> dict[str, object]:
    """As many people and services as MANY, of which none is in that of another number."""
    return {
        "people": {
            f"Person {number} {one}": {"contact_methods": [{"email": f"p{one}@example.com"}]}
            for one in range(MANY)
        },
        "services": {
            f"service-{number}-{one}": {"levels": [{"targets": [{"email": "ada@example.com"}]}]}
            for one in range(MANY)
        },
    }


@pytest.mark.proof
def test_killed_while_a_configuration_is_applied(tmp_path: Path) -> None:
    """Whoever is told by a step sees the configuration before it or after it."""
    log = tmp_path / "pager.db-wal"
    applied = -1
    for number in range(3):
        with Program(tmp_path) as pager, ThreadPoolExecutor(1) as client:
            size = log.stat().st_size
            answer = client.submit(pager.http.put, "/configuration", json=configuration(number))
            wait_until(lambda: log.stat().st_size > size + A_PART, "it is being written")  # noqa: B023 - within its round
            pager.kill()
            with suppress(httpx2.TransportError):
                answer.result()
        with Program(tmp_path) as pager:
            found = pager.http.get("/configuration").json()
            owners = {int(name.split()[1]) for name in found["people"]}
            services = {int(name.split("-")[1]) for name in found["services"]}
            assert owners == services
            assert owners <= {applied, number} - {-1}
            if owners:
                [applied] = owners
                assert len(found["people"]) == len(found["services"]) == MANY
            assert pager.stop() == 0
