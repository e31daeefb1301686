"""`pager journal` and `pager audit` over rows that a newer version of Pager has stored."""

from contextlib import closing
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from contract.web.installation import Installation, alert
from pager.adapters.store.core.database import Database
from pager.cli import main

NEWER_STATE = "UPDATE monitored_services SET state = replace(state, '\"unhealthy\"', '\"muted\"')"
NEWER_DECISION = "UPDATE decisions SET message = replace(message, '\"alert\"', '\"merge\"')"
NEWER_RULES = "UPDATE decisions SET rules = 99"
OF_CHECKOUT = " WHERE service_id = 'checkout-api'"


class Run(Protocol):
    """Runs a command after a statement has changed the database."""

    def __call__(self, statement: str, *arguments: str) -> Result:
        """The result of the command."""
        ...


@pytest.fixture
def run(sqlite_database: str) -> Run:
    """Runs a command on a database with two services, after a statement has changed it."""

    def run(statement: str, *arguments: str) -> Result:
        with closing(Database(sqlite_database)) as database:
            installation = Installation(database)
            is_new = installation.ports.policies.of("checkout-api") is None
            for service_id in ("checkout-api", "search-api") if is_new else ():
                installation.policy(service_id, ("ada",))
                installation.receive(alert(service_id))
            database.write(lambda one: one.exec_driver_sql(statement))
        return CliRunner(env={"PAGER_DATABASE_URL": sqlite_database}).invoke(main, arguments)

    return run


def test_the_journal_lists_every_service_and_names_what_it_cannot_read(run: Run) -> None:
    """The other one is told as always."""
    result = run(NEWER_STATE + OF_CHECKOUT, "journal")
    assert result.exit_code == 0
    assert "search-api  Unhealthy, incident 1, Level 1" in result.output
    assert "'checkout-api' cannot be read by this version of Pager" in result.output


def test_the_journal_of_what_cannot_be_read_has_all_that_can(run: Run) -> None:
    """What happened is there, and why the state is not."""
    result = run(NEWER_STATE + OF_CHECKOUT, "journal", "checkout-api")
    assert result.exit_code == 0
    assert "became    Unhealthy (incident 1, Level 1) (version 1)" in result.output
    assert "cannot be read by this version of Pager" in result.output
    entry = run(NEWER_DECISION + OF_CHECKOUT, "journal", "checkout-api")
    assert "unreadable  a decision that this version of Pager cannot read" in entry.output
    other = run(NEWER_STATE + OF_CHECKOUT, "journal", "checkout-api", "--incident", "9")
    assert other.exit_code == 1
    assert "Nothing is known of incident 9 of checkout-api. `pager" in other.output


def test_the_audit_goes_on_after_a_service_that_it_cannot_read(run: Run) -> None:
    """A short line for each service that is not what the rules say, and the exit status 1."""
    spoilt = "UPDATE decisions SET after = replace(after, '\"level\":1', '\"level\":7')"
    both = run(f"{spoilt} WHERE service_id = 'search-api'", "audit")
    assert both.exit_code == 1
    [line] = both.output.splitlines()
    assert line.startswith("search-api, version 1: state: stored Unhealthy (incident 1, Level 7)")
    unreadable = run(NEWER_DECISION + OF_CHECKOUT, "audit")
    lines = unreadable.output.splitlines()
    assert [line.split(",")[0] for line in lines] == ["checkout-api", "search-api"]
    assert "cannot be read: " in lines[0]
    assert max(map(len, lines)) < 600


def test_the_audit_counts_what_newer_rules_decided(run: Run) -> None:
    """That is no difference."""
    result = run(NEWER_RULES + OF_CHECKOUT, "audit")
    assert result.exit_code == 0
    assert "2 services, 1 decision: each of them is what the rules say" in result.output
    assert "1 more was decided by newer rules than this version of Pager knows" in result.output


@pytest.mark.parametrize(
    "arguments", [["journal"], ["journal", "checkout-api"], ["rehearse", "checkout-api"]]
)
def test_no_line_ends_with_blanks(run: Run, arguments: list[str]) -> None:
    """Of no table: they would be copied with it, and make other lines of a comparison."""
    lines = run("SELECT 1", *arguments).output.splitlines()
    assert len(lines) > 1
    assert [line for line in lines if line != line.rstrip()] == []
