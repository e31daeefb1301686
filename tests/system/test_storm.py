"""A small storm: what must hold in a large one. `tox -e benchmarks` measures how fast it is."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from contract.channels.smtp_server import MailServer
from databases import engine_of
from partitions import partition
from system.program import Program, emails
from system.test_paging import mail_settings, recipients

CLIENTS = 16
DUPLICATES = 4
Send = Callable[[httpx2.Client, Sequence[str]], None]


def one_alert_a_request(http: httpx2.Client, services: Sequence[str]) -> None:
    """Each in its own request, and none says the same."""
    for number, service in enumerate(services):
        alert = {"service_id": service, "message": f"down {number}"}
        assert http.post("/alerts", json=alert).status_code == httpx2.codes.ACCEPTED


def lists_of_alerts(http: httpx2.Client, services: Sequence[str]) -> None:
    """All in one request."""
    alerts = [{"service_id": service, "message": "down"} for service in services]
    assert http.post("/alerts", json=alerts).status_code == httpx2.codes.ACCEPTED


def storm(nodes: Sequence[Program], mail: MailServer, services: Sequence[str], send: Send) -> None:
    """Each service raises an Alert and its duplicates, at any node; each Target has one e-mail."""
    for service in services:
        nodes[0].put_policy(service, emails(f"a.{service}", f"b.{service}"))
    raised = list(services) * (1 + DUPLICATES)
    random.Random(14).shuffle(raised)
    clients = [httpx2.Client(base_url=nodes[i % len(nodes)].http.base_url) for i in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as threads:
        parts = [raised[i::CLIENTS] for i in range(CLIENTS)]
        list(threads.map(send, clients, parts))
    for client in clients:
        client.close()
    wanted = {f"{who}.{service}@example.com" for service in services for who in "ab"}
    mail.wait_for_messages(len(wanted))
    for node in nodes:
        node.stop()
    assert recipients(mail.messages) == Counter(wanted)


def outcomes(url: str) -> Counter[tuple[str, int]]:
    """How many pages ended how, after how many attempts."""
    with engine_of(url) as engine, engine.connect() as connection:
        rows = connection.execute(
            text("SELECT status, attempt FROM outbox WHERE channel = 'email'")
        )
        return Counter((str(status), int(attempt)) for status, attempt in rows)


@pytest.mark.proof
@pytest.mark.parametrize(("number", "send"), [(15, one_alert_a_request), (60, lists_of_alerts)])
def test_each_target_of_a_storm_has_one_email(tmp_path: Path, number: int, send: Send) -> None:
    """None is missing and none doubled, and nothing is left that would be sent once more."""
    services = [f"service-{each}" for each in range(number)]
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        storm([pager], mail, services, send)
    assert outcomes(f"sqlite:///{tmp_path / 'pager.db'}") == {("sent", 1): 2 * len(services)}


@pytest.mark.proof
@pytest.mark.parametrize("is_partitioned", [False, True], ids=["plain", "partitioned"])
def test_each_target_of_a_storm_over_three_nodes_has_one_email(
    tmp_path: Path, postgresql_database: str, *, is_partitioned: bool
) -> None:
    """Duplicates reach all nodes at the same time, and all send e-mails.

    The tables may be partitioned by service, as where one machine is too small for them.
    """
    if is_partitioned:
        partition(postgresql_database)
    services = [f"service-{number}" for number in range(200)]
    with MailServer() as mail, ExitStack() as stack:
        nodes = []
        for name in ("first", "second", "third"):
            folder = tmp_path / name
            folder.mkdir()
            settings = {**mail_settings(mail), "PAGER_DATABASE_URL": postgresql_database}
            nodes.append(stack.enter_context(Program(folder, **settings)))
        storm(nodes, mail, services, one_alert_a_request)
    assert outcomes(postgresql_database) == {("sent", 1): 2 * len(services)}
