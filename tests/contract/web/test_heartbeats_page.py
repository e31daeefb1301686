"""The pages of heartbeats: how each is, the line to paste, and the forms."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from contract.web.forms import FormPage
from contract.web.heartbeats import let_pass, make_heartbeat
from contract.web.installation import LARGEST_PAGE, Installation
from contract.web.people import Browser
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.heartbeats.reading import HeartbeatList
from pager.heartbeats import Heartbeat

LIST = "/console/heartbeats"
PAGE = f"{LIST}/nightly-backup"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BACKUP = Heartbeat(name="nightly-backup", service_id="backup-api", interval=HOUR)


@pytest.fixture
def installation(database: Database) -> Installation:
    """backup-api has a policy."""
    installation = Installation(database)
    installation.policy("backup-api", ("ada",))
    return installation


@pytest.fixture
def ada(installation: Installation) -> Browser:
    """The browser of an engineer."""
    return installation.client()


def shown(browser: Browser, path: str) -> FormPage:
    """That page."""
    return FormPage(browser, browser.get(path))


def test_a_heartbeat_is_made_and_shows_the_line_to_paste(ada: Browser, database: Database) -> None:
    """With its name, as a URL has it."""
    fields = {"service_id": "backup-api", "interval": "1 d", "grace": "30 min"}
    made = ada.submit(LIST, name="Heartbeat Test", **fields)
    page = shown(ada, made.headers["location"])
    assert "Heartbeat Test is made." in page.text
    assert "Not pinged yet" in page.text
    assert "/heartbeats/Heartbeat%20Test/ping" in page.text
    assert r"write \% in the place of each %" in page.text
    stored = HeartbeatList(database).named("Heartbeat Test")
    assert stored is not None
    assert stored.heartbeat == Heartbeat(
        name="Heartbeat Test",
        service_id="backup-api",
        interval=24 * HOUR,
        grace=30 * MINUTE,
    )
    assert stored.created_by == "ada@example.com"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "a/b", "A name has letters"),
        ("name", "nightly-backup", "There is already a heartbeat"),
        ("service-id", "a b", "A service's name has letters"),
        ("interval", "often", "Write how often it pings"),
        ("interval", "0", "Write how often it pings"),
        ("interval", "999999 w 999999 w", "Write how often it pings"),
        ("grace", "999 d", "Write how much later"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    ada: Browser, database: Database, field: str, typed: str, said: str
) -> None:
    """What was typed stays, and nothing is made."""
    make_heartbeat(database, BACKUP)
    fields = {"name": "import", "service_id": "backup-api", "interval": "1 h", "grace": "1 min"}
    fields[field.replace("-", "_")] = typed
    page = FormPage(ada, ada.submit(LIST, **fields))
    assert page.response.status_code == 422
    assert said in page.text
    assert page.value_of(field.replace("-", "_")) == typed
    assert [one.name for one in _all(database)] == ["nightly-backup"]


def test_what_is_missing_comes_first(ada: Browser, database: Database) -> None:
    """And says since when."""
    make_heartbeat(database, BACKUP, pinged_ago=2 * HOUR)
    for name in ("a", "b"):
        other = BACKUP.model_copy(update={"name": name})
        make_heartbeat(
            database, other, pinged_ago=61 * MINUTE - MINUTE / 2 if name == "a" else None
        )
    page = shown(ada, LIST)
    assert "1 missing" in page.text
    assert (
        page.text.index("nightly-backup") < page.text.index("Late") < page.text.index("Not pinged")
    )
    assert page.text.count("nightly-backup") >= 2
    assert "b Not" not in shown(ada, f"{LIST}?show=missing").text
    assert "Missing backup-api" in page.text
    service = shown(ada, "/console/services/backup-api")
    assert "nightly-backup has been silent since" in service.text


def test_two_who_edit_at_once_do_not_overwrite_each_other(ada: Browser, database: Database) -> None:
    """The second sees what the first has saved."""
    make_heartbeat(database, BACKUP)
    first, second = shown(ada, PAGE), shown(ada, PAGE)
    assert "Saved." in first.fill(interval="2 h").press("Save").text
    page = second.fill(interval="3 h").press("Save")
    assert "somebody else has edited or removed this heartbeat" in page.text
    assert page.value("interval") == "2 h"
    assert page.fill(interval="3 h").press("Save").value("interval") == "3 h"
    assert _all(database)[0].interval == 3 * HOUR


def test_an_edit_that_changes_nothing_changes_nothing(ada: Browser, database: Database) -> None:
    """Also of an interval that people would not type."""
    odd = BACKUP.model_copy(update={"interval": timedelta(seconds=1.5)})
    make_heartbeat(database, odd)
    shown(ada, PAGE).press("Save")
    assert _all(database) == [odd]


def test_a_wrong_edit_is_said_at_its_field(ada: Browser, database: Database) -> None:
    """And nothing is saved."""
    make_heartbeat(database, BACKUP)
    page = shown(ada, PAGE).fill(interval="never").press("Save")
    assert page.response.status_code == 422
    assert "Write how often it pings" in page.text
    assert page.value("interval") == "never"
    assert _all(database) == [BACKUP]
    assert ada.submit(PAGE, before="{}", interval="1 h").status_code == 403


def test_one_that_is_removed_while_it_is_missing_is_resolved(
    ada: Browser, database: Database, installation: Installation
) -> None:
    """A second press does no harm."""
    make_heartbeat(database, BACKUP, pinged_ago=2 * HOUR)
    page = shown(ada, PAGE)
    assert "its alert is resolved" in page.text
    assert "nightly-backup is removed" in page.press("Remove nightly-backup").text
    assert installation.ports.services.load("backup-api").service.state == "healthy"
    assert "Nothing has changed" in page.press("Remove nightly-backup").text


def test_a_page_says_where_nobody_would_be_told(ada: Browser, database: Database) -> None:
    """Before it is missing, and then."""
    make_heartbeat(database, BACKUP.model_copy(update={"service_id": "new-api"}), HOUR / 2)
    assert "Nobody would be told" in shown(ada, PAGE).text
    let_pass(database, HOUR)
    assert "Nobody could be told" in shown(ada, PAGE).text


def test_a_policy_that_cannot_be_read_keeps_the_page_from_nobody(
    ada: Browser, database: Database
) -> None:
    """A newer version has written it."""
    make_heartbeat(database, BACKUP)
    newer = update(policy_edits).values(policy='{"service_id":"backup-api","steps":[]}')
    database.write(lambda connection: connection.execute(newer))
    page = shown(ada, PAGE)
    assert page.response.status_code == 200
    assert "Nobody would be told" not in page.text


def test_a_viewer_reads_and_changes_nothing(installation: Installation, database: Database) -> None:
    """Neither form is there, nor taken."""
    make_heartbeat(database, BACKUP)
    viewer = installation.client("viewer")
    for path in (LIST, PAGE):
        page = shown(viewer, path)
        assert page.response.status_code == 200
        assert not {"Make the heartbeat", "Save", "Remove nightly-backup"} & set(page.buttons)
    for path in (LIST, PAGE, f"{PAGE}/remove"):
        assert viewer.submit(path).status_code == 403
    assert _all(database) == [BACKUP]


def test_many_are_shown_in_parts(ada: Browser, database: Database) -> None:
    """Each page is small, and leads to the next."""
    for number in range(120):
        name = f"{'x' * 60}-{number:03}"
        make_heartbeat(database, BACKUP.model_copy(update={"name": name, "service_id": "s" * 200}))
    page = shown(ada, LIST)
    assert len(page.response.content) < LARGEST_PAGE
    assert "120 heartbeats" in page.text
    assert "More heartbeats" in page.text


@pytest.mark.parametrize("name", ["unknown", "a%00", "%3Cb%3E"])
def test_one_that_is_not_there_is_said_to_be_so(ada: Browser, name: str) -> None:
    """Whatever its name."""
    assert ada.get(f"{LIST}/{name}").status_code == 404
    assert ada.submit(f"{LIST}/{name}/remove").status_code == 303


def _all(database: Database) -> list[Heartbeat]:
    """By name."""
    return [one.heartbeat for one in HeartbeatList(database).page(Names(), 999)]
