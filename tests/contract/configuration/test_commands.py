"""`pager export`, `plan` and `apply`: files of a folder, and a server that runs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from contract.web.application import KEY, shared_application
from contract.web.installation import Installation, alert
from contract.web.serving import served
from pager.access.scopes import KeyScope
from pager.adapters.configuration.documents import DOCUMENT
from pager.adapters.configuration.plans import Applied
from pager.adapters.pager_client import EditedMeanwhile, PagerClient, ServerRefused
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.cli import main
from pager.oncall.people import Person
from pager.oncall.schedules import Override
from pager.oncall.teams import Team

TEAM = """
people:
  Ada Lovelace:  # she began it
    contact_methods: [{email: ada@example.com}]
teams:
  Database: [Ada Lovelace]
policies:
  Database:
    levels:
      - targets: [{team: Database}]
services:
  checkout-api: {uses: Database}
integrations:
  Grafana: {protocol: grafana, service: checkout-api}
"""

NIGHTS = """
people:
  Ada Lovelace: {}
  Grace Hopper: {}
schedules:
  Nights:
    time_zone: Europe/Paris
    layers:
      - rotations:
          - name: Weekly
            participants: [Ada Lovelace]
            starts: 2026-11-23 09:00
"""
GRACE_STANDS_IN = Override(
    person="Grace Hopper",
    starts_at=datetime(2027, 1, 4, 9, tzinfo=UTC),
    ends_at=datetime(2027, 1, 5, 9, tzinfo=UTC),
)


@pytest.fixture
def server(database: Database) -> Iterator[str]:
    """The URL of a server that asks for a key."""
    with served(shared_application(database, KEY)) as url:
        yield url


class Files:
    """A folder of YAML files, and the commands in it."""

    def __init__(self, folder: Path, server: str) -> None:
        """They say what TEAM says."""
        self.file = folder / "pager.yaml"
        self.file.write_text(TEAM)
        self.environment: dict[str, str | None] = {"PAGER_URL": server, "PAGER_API_KEY": KEY}

    def run(self, *arguments: str) -> Result:
        """Run a command on them."""
        command, *options = arguments
        arguments = (command, str(self.file.parent), *options)
        return CliRunner(env=self.environment).invoke(main, arguments)

    def replace(self, old: str, new: str) -> None:
        """Edit the file."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))


@pytest.fixture
def files(tmp_path: Path, server: str) -> Files:
    """Those of a team that the server does not know yet."""
    return Files(tmp_path, server)


def test_what_was_planned_is_applied_and_then_there_is_nothing_to_do(files: Files) -> None:
    """A plan changes nothing; its exit status says whether there is something to do."""
    planned = files.run("plan", "--exit-code")
    assert planned.exit_code == 2
    assert "+ Ada Lovelace\n" in planned.output
    assert "Plan: 5 entries are added." in planned.output
    assert files.run("plan").exit_code == 0
    applied = files.run("apply")
    assert applied.exit_code == 0, applied.output
    assert "Applied: 5 entries are added." in applied.output
    again = files.run("plan", "--exit-code")
    assert (again.exit_code, again.output) == (
        0,
        "There is nothing to do: the server is as the files say.\n",
    )
    assert files.run("apply").output == again.output


def test_what_is_exported_is_what_is_there(files: Files) -> None:
    """After an application it changes no file: their comments stay. A plan of it is empty."""
    files.run("apply")
    assert files.run("export").output == "Nothing is written: the files are as the server.\n"
    assert files.file.read_text() == TEAM
    assert "heartbeats.yaml" in files.run("export", "--all").output
    for path in files.file.parent.iterdir():
        path.unlink()
    exported = files.run("export")
    assert exported.exit_code == 0, exported.output
    names = {path.name for path in files.file.parent.iterdir()}
    assert {"people.yaml", "teams.yaml", "services.yaml"} <= names
    assert f"{files.file.parent / 'people.yaml'}\n" in exported.output
    planned = files.run("plan", "--exit-code")
    assert planned.exit_code == 0, planned.output


def test_an_export_keeps_what_the_files_say_of_overrides(files: Files, database: Database) -> None:
    """Where they say them: the server has them, and is asked for them."""
    files.file.write_text(NIGHTS)
    files.run("apply")
    on_call = SqlOnCall(database)
    nights = on_call.directory().schedules["Nights"]
    on_call.put(nights.model_copy(update={"overrides": (GRACE_STANDS_IN,)}))
    files.run("export")
    assert "overrides" not in files.file.read_text()
    files.file.write_text(NIGHTS + "    overrides: []\n")
    files.run("export")
    assert "person: Grace Hopper" in files.file.read_text()
    assert files.run("plan", "--exit-code").exit_code == 0


def test_a_new_integration_has_a_key_that_is_not_printed(files: Files) -> None:
    """It is said where to make one."""
    applied = files.run("apply").output
    assert "New integrations have no key that anybody knows: Grafana." in applied


def test_what_was_edited_by_hand_is_told(files: Files, database: Database) -> None:
    """Nightly, for one: it is what somebody forgot to write down."""
    files.run("apply")
    on_call = SqlOnCall(database)
    ada = on_call.directory().people["Ada Lovelace"]
    on_call.put(ada.model_copy(update={"account": "ada"}))
    on_call.put(Person(name="Linus"))
    planned = files.run("plan", "--exit-code")
    assert planned.exit_code == 2
    assert "~ Ada Lovelace" in planned.output
    assert "- Linus" in planned.output


def test_nothing_is_removed_unasked(files: Files, database: Database) -> None:
    """Where nobody can be asked, --yes has to be said."""
    files.run("apply")
    SqlOnCall(database).put(Person(name="Linus"))
    refused = files.run("apply")
    assert refused.exit_code == 1
    assert "say --yes" in refused.output
    assert "Linus" in SqlOnCall(database).directory().people
    assert files.run("apply", "--yes").exit_code == 0
    assert "Linus" not in SqlOnCall(database).directory().people


def test_an_incident_that_runs_is_told_with_the_plan(
    files: Files, installation: Installation
) -> None:
    """Who is told in whose place, and when."""
    installation.policy("checkout-api", ("ada",), ("grace",))
    installation.receive(alert())
    output = files.run("plan").output
    assert "checkout-api, incident 1: nobody else instead of grace@example.com (Level 2," in output


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_everything_that_is_wrong_is_said(files: Files, command: str, database: Database) -> None:
    """By the files, before anything is sent; and by the server, which knows what else there is."""
    files.replace("[Ada Lovelace]", "[Ada Lovelac]")
    wrong = files.run(command)
    assert wrong.exit_code == 1
    assert "pager.yaml:" in wrong.output
    assert "There is no person called Ada Lovelac." in wrong.output
    files.replace("[Ada Lovelac]", "[Ada Lovelace]")
    files.run("apply")
    files.file.write_text("policies: {}\n")
    refused = files.run(command, *(["--yes"] if command == "apply" else []))
    assert refused.exit_code == 1
    assert "services.checkout-api.uses: There is no policy called Database." in refused.output
    assert "Database" in SqlOnCall(database).directory().policies


def test_a_key_is_asked_for(files: Files, database: Database) -> None:
    """It is never on the command line; one for plans is not good for applications."""
    files.environment["PAGER_API_KEY"] = None
    missing = files.run("plan")
    assert (missing.exit_code, missing.output) == (
        1,
        "Pager asks for an API key: set PAGER_API_KEY in the environment.\n",
    )
    scope = KeyScope(actions=frozenset({"read"}), services=None)
    files.environment["PAGER_API_KEY"] = SqlApiKeys(database).make("ada", "plans", scope)
    assert files.run("plan").exit_code == 0
    assert "not good for 'policies'" in files.run("apply").output


def test_a_server_has_to_be_named(files: Files) -> None:
    """By PAGER_URL or by --server."""
    server = files.environment.pop("PAGER_URL")
    assert server is not None
    unnamed = files.run("plan")
    assert unnamed.exit_code == 2
    assert "Say --server URL, or set PAGER_URL in the environment." in unnamed.output
    assert files.run("plan", "--server", server).exit_code == 0


# --- The client ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://pager.example.com", "https://ada:secret@example.com", "pager.example.com"]
)
def test_a_key_is_sent_to_no_url_that_gives_it_away(url: str) -> None:
    """http is for this machine alone."""
    with pytest.raises(ServerRefused, match=r"must look like https://pager\.example\.com"):
        PagerClient(url, KEY)


def test_a_server_that_is_not_there_is_said() -> None:
    """With its address, and no traceback."""
    with PagerClient("http://127.0.0.1:9", KEY) as client, pytest.raises(ServerRefused) as refused:
        client.configuration()
    assert str(refused.value).startswith("Pager cannot be reached at http://127.0.0.1:9: ")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx2.Response(302, headers={"location": "https://elsewhere.example.com"}), "302"),
        (
            httpx2.Response(502, text="<h1>Bad\n gateway</h1>"),
            "502, and not as Pager does: <h1>Bad",
        ),
        (httpx2.Response(200, text="<h1>Hello</h1>"), "may be of another version of Pager"),
    ],
)
def test_what_is_no_answer_of_pagers_is_said(answer: httpx2.Response, sentence: str) -> None:
    """A proxy has answered, or another server; a key is not sent on to where a redirect leads."""
    transport = httpx2.MockTransport(lambda _: answer)
    with (
        PagerClient("https://pager.example.com/sub/", KEY, transport) as client,
        pytest.raises(ServerRefused, match=sentence),
    ):
        client.configuration()


class EditedBefore(httpx2.HTTPTransport):
    """Lets somebody edit the server before each application."""

    def __init__(self, edit: Callable[[], object]) -> None:
        """`edit` is what they do."""
        super().__init__()
        self._edit = edit

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass it on."""
        if request.method == "PUT":
            self._edit()
        return super().handle_request(request)


def applied_while(server: str, edit: Callable[[], object]) -> Applied:
    """A team is set up, and `edit` is called between the plan and each application."""
    document = DOCUMENT.validate_python({"teams": {"Database": ()}})
    with PagerClient(server, KEY, EditedBefore(edit)) as client:
        return client.apply(document, client.plan(document))


def test_an_edit_that_changes_nothing_of_the_plan_is_in_nobodys_way(
    server: str, database: Database
) -> None:
    """The plan that was shown is what is done."""
    names = iter(["Ada Lovelace", "Grace Hopper"])
    on_call = SqlOnCall(database)

    def edit() -> None:
        if name := next(names, None):
            on_call.put(Person(name=name))

    applied = applied_while(server, edit)
    assert [change.name for change in applied.changes] == ["Database"]
    assert set(on_call.directory().people) == {"Ada Lovelace", "Grace Hopper"}


def test_an_edit_that_changes_the_plan_is_not_overwritten(server: str, database: Database) -> None:
    """Nobody has agreed to it; nor is it tried for ever."""
    with pytest.raises(EditedMeanwhile, match="Somebody has edited the configuration"):
        applied_while(server, lambda: SqlOnCall(database).put(Team(name="Payments")))
    assert set(SqlOnCall(database).directory().teams) == {"Payments"}
    numbers = count()
    with pytest.raises(EditedMeanwhile):
        applied_while(
            server, lambda: SqlOnCall(database).put(Person(name=f"Person {next(numbers)}"))
        )
    assert next(numbers) == 3
