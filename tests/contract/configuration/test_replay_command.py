"""`pager replay`, and `pager explain` of a server: what has happened there, by the API."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract.web.application import KEY, shared_application
from contract.web.installation import Installation, alert
from contract.web.serving import served
from pager import Acknowledgement, HealthyEvent
from pager.adapters.store.core.database import Database
from pager.cli import main

SERVICES = {
    "checkout-api": "{levels: [{targets: [{email: ada@example.com}]}]}",
    "search-api": "{levels: [{targets: [{email: edsger@example.com}]}]}",
    "billing-api": "{uses: Nobody}",
}
WRITTEN = """\
people:
  Grace: {}
policies:
  Nobody: {levels: [{targets: [{person: Grace}]}]}
services:
"""


@pytest.fixture
def server(database: Database) -> Iterator[str]:
    """Three services of Ada's, with an incident each."""
    installation = Installation(database)
    for service_id in SERVICES:
        installation.policy(service_id, ("ada",), ("grace",))
        installation.receive(alert(service_id))
    installation.receive(Acknowledgement(service_id="search-api", incident=1, by="Ada"))
    installation.receive(HealthyEvent(service_id="billing-api"))
    with served(shared_application(database, KEY)) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that give each service another policy."""
    services = "".join(f"  {name}: {policy}\n" for name, policy in SERVICES.items())
    (tmp_path / "pager.yaml").write_text(WRITTEN + services, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    """The exit status, and the lines that are printed."""
    result = CliRunner(env={"PAGER_API_KEY": KEY}).invoke(main, [*map(str, arguments)])
    return result.exit_code, [line.rstrip() for line in result.output.splitlines()]


def test_the_figures_come_first_and_then_the_worst(server: str, folder: Path) -> None:
    """Each incident that would not have been as it was, with both timelines."""
    status, shown = run("replay", folder, "--server", server)
    assert status == 0
    assert shown[0].startswith("Of 3 incidents since ")
    assert shown[0].endswith(
        ": 1 would have reached nobody, 1 somebody else first, 0 somebody later, or not in time,"
        " 1 as they were."
    )
    assert shown[1] == "The overrides are those of the new configuration, whoever stood in then."
    text = "\n".join(shown)
    assert text.index("billing-api, incident 1") < text.index("search-api, incident 1")
    assert "    was       +0 min ada@example.com; acknowledged after " in text
    assert "    would be  +0 min edsger@example.com; acknowledged after " in text
    assert "    would be  nobody; over after " in text
    assert "checkout-api" not in text


def test_what_no_file_names_is_as_it_is_on_the_server(server: str, tmp_path: Path) -> None:
    """So nothing changes where the files name no policy."""
    (tmp_path / "pager.yaml").write_text("teams:\n  Database: []\n", encoding="utf-8")
    _, shown = run("replay", tmp_path, "--server", server)
    assert shown[0].endswith("3 as they were.")


def test_programs_read_json(server: str, folder: Path) -> None:
    """A line for each incident, the newest first."""
    _, shown = run("replay", folder, "--server", server, "--json")
    found = [json.loads(line) for line in shown]
    assert {one["incident"]["service_id"]: one["outcome"] for one in found} == {
        "checkout-api": "same",
        "search-api": "others first",
        "billing-api": "nobody",
    }


def test_nothing_older_is_asked_for(server: str, folder: Path) -> None:
    """No incident began in that moment; and there is an end to how far back it goes."""
    status, shown = run("replay", folder, "--server", server, "--since", "0 s")
    assert (status, len(shown), shown[0].split(" since")[0]) == (0, 1, "There was no incident")
    assert run("replay", folder, "--server", server, "--since", "99999 d")[0] == 2


def test_a_server_explains_what_has_happened(server: str) -> None:
    """Out of its journal; a moment that is typed is one of the zone of its schedules."""
    asked = ("explain", "search-api", "--server", server)
    status, shown = run(*asked, "--acknowledged-after", "5 min")
    assert status == 0
    assert any(line.startswith("Incident 1 of search-api, since ") for line in shown)
    _, shown = run(*asked, "--at", "tomorrow 03:00", "--zone", "Europe/Paris", "--json")
    assert json.loads("".join(shown))["time_zone"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["serch-api"], "There is no service called serch-api. Did you mean search-api?"),
        (["search-api", "--person", "Grce"], "There is no person called Grce."),
    ],
)
def test_a_name_that_the_server_does_not_know_is_refused(
    server: str, wrong: list[str], said: str
) -> None:
    """With the nearest one, as where files are asked."""
    status, shown = run("explain", *wrong, "--server", server)
    assert (status, len(shown)) == (1, 1)
    assert said in shown[0]
