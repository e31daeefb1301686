"""`pager journal` and `pager audit`, beside a server that runs and after it was killed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from contract.channels.smtp_server import MailServer
from system.program import Program, emails, run
from system.test_paging import mail_settings

pytestmark = [
    pytest.mark.proof,
    pytest.mark.xdist_group("journal"),  # one worker starts the server that is shared
]


@contextmanager
def second_incident(directory: Path) -> Iterator[Program]:
    """A server in whose second incident Ada was paged and has acknowledged."""
    with MailServer() as mail, Program(directory, **mail_settings(mail)) as pager:
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api", "first")
        pager.http.post("/healthy-events", json={"service_id": "checkout-api"})
        pager.raise_alert("checkout-api", "p99 latency above 3 s\x1b[2J")
        pager.wait_until_settled("checkout-api")
        taken = {"service_id": "checkout-api", "incident": 2, "by": "Ada"}
        pager.http.post("/acknowledgements", json=taken).raise_for_status()
        yield pager


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a server runs that several tests look at."""
    return tmp_path_factory.mktemp("journal")


@pytest.fixture(scope="module")
def running(directory: Path) -> Iterator[Program]:
    """That server. To start one takes a second."""
    with second_incident(directory) as pager:
        yield pager


@pytest.fixture
def incident(tmp_path: Path) -> Iterator[Program]:
    """A server of the test's own, which it ends."""
    with second_incident(tmp_path) as pager:
        yield pager


@pytest.mark.usefixtures("running")
def test_an_incident_can_be_read_while_it_runs(directory: Path) -> None:
    """The last one, line by line; nothing in it steers the terminal."""
    status, shown = run(directory, "journal", "checkout-api")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert status == 0
    alert = 'the Alert "p99 latency above 3 s\N{REPLACEMENT CHARACTER}[2J" for checkout-api'
    assert any(line.endswith(f"received {alert}") for line in lines)
    assert any("became Unhealthy (incident 2, Level 1) (version 3)" in line for line in lines)
    assert any("sent ada@example.com, Level 1: " in line for line in lines)
    assert any("the Acknowledgement of incident 2 by Ada" in line for line in lines)
    assert not any("first" in line for line in lines)
    assert lines[-1] == "Now: Unhealthy, incident 2, Level 1, acknowledged by Ada."
    _, refused = run(directory, "journal", "checkout-api", "--incident", "1" + 20 * "0")
    assert "Invalid value for '--incident'" in refused
    _, shown = run(directory, "journal", "checkout-api", "--incident", "1")
    assert "Now:" not in shown


def test_without_a_service_the_journal_lists_every_service(
    running: Program, directory: Path
) -> None:
    """Those in trouble first."""
    running.put_policy("a-quiet-api", emails("ada"))
    running.put_policy("search-api", emails("ada", delay="PT1H"))
    running.raise_alert("search-api")
    running.wait_until(
        lambda: running.service("search-api")["acknowledgement_timeout"] is not None,
        "the timer is set",
    )
    status, shown = run(directory, "journal")
    acknowledged, waiting, quiet = (" ".join(line.split()) for line in shown.splitlines())
    assert status == 0
    assert acknowledged == "checkout-api Unhealthy, incident 2, Level 1, acknowledged by Ada"
    assert waiting.startswith(
        "search-api Unhealthy, incident 1, Level 1, nobody has acknowledged; it escalates at 20"
    )
    assert quiet == "a-quiet-api Healthy; incidents so far: 0"


@pytest.mark.usefixtures("running")
def test_an_incident_can_be_read_by_a_program(directory: Path) -> None:
    """One JSON object a line: of one incident, or of all."""
    _, shown = run(directory, "journal", "checkout-api", "--incident", "1", "--json")
    of_the_first = [json.loads(line) for line in shown.splitlines()]
    assert {entry["message"]["type"] for entry in of_the_first if "message" in entry} == {
        "alert",
        "healthy-event",
    }
    _, shown = run(directory, "journal", "checkout-api", "--all", "--json")
    decisions = [
        (entry["version_before"], entry["version_after"])
        for line in shown.splitlines()
        if (entry := json.loads(line))["type"] == "decision"
    ]
    assert decisions == [(0, 1), (1, 2), (2, 3), (3, 4)]


@pytest.mark.usefixtures("running")
def test_what_there_is_no_journal_of_is_said(directory: Path, tmp_path: Path) -> None:
    """A service, an incident, a database: none of them is made by looking."""
    lists = "`pager journal` lists every service.\n"
    assert run(directory, "journal", "nobodys-api") == (
        1,
        f"Nothing is known of nobodys-api. {lists}",
    )
    assert run(directory, "journal", "chekout-api") == (
        1,
        f"Nothing is known of chekout-api. Did you mean checkout-api? {lists}",
    )
    assert run(directory, "journal", "chekout-api", "--incident", "9") == (
        1,
        f"Nothing is known of incident 9 of chekout-api. Did you mean checkout-api? {lists}",
    )
    assert run(directory, "journal", "checkout-api", "--incident", "9") == (
        1,
        f"Nothing is known of incident 9 of checkout-api. {lists}",
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    status, shown = run(elsewhere, "audit")
    assert status == 1
    assert "There is no database" in shown
    assert "put it back" in " ".join(shown.split())
    assert list(elsewhere.iterdir()) == []


def test_an_audit_agrees_with_a_server_that_was_killed(incident: Program, tmp_path: Path) -> None:
    """While it runs, and afterwards."""
    agreed = (
        0,
        "1 service, 4 decisions: each of them is what the rules say, and so is the outbox.\n",
    )
    assert run(tmp_path, "audit") == agreed
    incident.kill()
    assert run(tmp_path, "audit") == agreed


def test_an_audit_of_nothing_approves_of_nothing(tmp_path: Path) -> None:
    """It might be the wrong database."""
    with Program(tmp_path):
        assert run(tmp_path, "audit") == (
            0,
            "There is nothing to audit: nothing was ever decided here.\n",
        )


def test_an_audit_tells_the_first_difference(incident: Program, tmp_path: Path) -> None:
    """And its exit status says it to a program."""
    incident.stop()
    with closing(sqlite3.connect(tmp_path / "pager.db", isolation_level=None)) as other:
        other.execute(
            "UPDATE outbox SET effect = replace(effect, 'ada@', 'mallory@') WHERE incident = 2"
        )
    status, shown = run(tmp_path, "audit")
    assert status == 1
    assert shown.startswith("checkout-api, version 3: effects: stored mallory@example.com")


def test_a_database_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """A command that only reads does not migrate it."""
    sqlite3.connect(tmp_path / "pager.db").close()
    status, shown = run(tmp_path, "audit")
    assert status == 1
    assert "of another version of Pager" in shown
