"""An example of what a sender sends is tried in the console."""

import json

import pytest

from contract.web.forms import FormPage
from contract.web.installation import LARGEST_PAGE, Installation
from contract.web.intake.monitors import Monitor
from contract.web.people import Browser
from pager.access.integrations import ProtocolName

PROBLEM = {
    "problem": {"what": "Disk <full>\n98 % of /data", "number": 7, "phase": "open"},
    "labels": {"service": "search-api"},
}


@pytest.fixture
def administrator(installation: Installation) -> Browser:
    """Two services have a policy."""
    installation.policy("search-api", ("grace",))
    return installation.client("administrator")


def page_of(browser: Browser, monitor: Monitor) -> FormPage:
    """The page of the monitor's integration."""
    return FormPage(browser, browser.get(f"/console/integrations/{monitor.id}/example"))


def test_an_example_is_read_by_the_paths_that_are_typed(
    installation: Installation, administrator: Browser
) -> None:
    """And nobody is paged: nothing but the page knows of it."""
    monitor = Monitor(installation, "webhook")
    tried = (
        page_of(administrator, monitor)
        .fill(
            example=json.dumps(PROBLEM),
            field="labels.service",
            title="problem.what",
            dedup_key="problem.number",
            state="problem.phase",
            resolved="gone, muted",
        )
        .press("Try it")
    )
    assert "● alert Disk <full>" in tried.text
    assert "Service search-api Dedup key 7" in tried.text
    assert "98 % of /data" in tried.text
    assert tried.value("state") == "problem.phase"
    over = tried.fill(example=json.dumps(PROBLEM).replace("open", "Gone")).press("Try it")
    assert "✓ resolve" in over.text
    assert monitor.state("search-api") == "healthy"
    assert monitor.stored.used_at is None


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ('{"text": "Disk full", "host": "db"}', "Dedup key none"),
        ('{"id": 7, "status": "OK"}', "✓ resolve The trouble with this key is over."),
        ("disk full", "Not understood. The payload is not understood: It is not JSON."),
        (json.dumps([{"text": "x"}] * 30), "and 20 more."),
    ],
)
def test_usual_names_are_looked_for_where_no_path_is_typed(
    installation: Installation, administrator: Browser, example: str, says: str
) -> None:
    """What is not understood says whom it would page."""
    monitor = Monitor(installation, "webhook")
    tried = page_of(administrator, monitor).fill(example=example).press("Try it")
    assert says in tried.text
    assert monitor.state() == "healthy"


def test_a_service_without_a_policy_says_who_is_told_instead(
    installation: Installation, administrator: Browser
) -> None:
    """The name may be mistyped, in the sender or here."""
    monitor = Monitor(installation, "alertmanager", field="service")
    alert = {"status": "firing", "labels": {"service": "unknown"}}
    example = json.dumps({"status": "firing", "alerts": [alert]})
    tried = page_of(administrator, monitor).fill(example=example).press("Try it")
    assert "Service unknown has no policy, so checkout-api is told" in tried.text


def test_what_is_no_path_is_refused_beside_its_field(
    installation: Installation, administrator: Browser
) -> None:
    """What was typed is still there."""
    page = page_of(administrator, Monitor(installation, "webhook"))
    tried = page.fill(example="{}", title="a[x").press("Try it")
    assert tried.response.status_code == 422
    assert "This is not a path." in tried.text
    assert tried.value("title") == "a[x"
    assert tried.focused == "title"


def test_the_kind_of_grafana_oncalls_address_is_chosen(
    installation: Installation, administrator: Browser
) -> None:
    """The same payload means something else at another address."""
    monitor = Monitor(installation, "grafana-oncall")
    fields = {"example": '{"alerts": [], "groupKey": "g", "status": "firing"}', "resolved": ""}
    path = f"/console/integrations/{monitor.id}/example"
    for kind, key in (("alertmanager", "Dedup key g"), ("formatted_webhook", "Dedup key none")):
        tried = FormPage(administrator, administrator.submit(path, kind=kind, **fields))
        assert key in tried.text


def test_the_page_stays_small_and_refuses_what_is_large(
    installation: Installation, administrator: Browser
) -> None:
    """It shows the example again."""
    monitor = Monitor(installation, "webhook")
    path = f"/console/integrations/{monitor.id}/example"
    large = json.dumps([{"text": '<"' * 200, "id": "<" * 200}] * 4)
    tried = administrator.submit(path, example=large)
    assert tried.status_code == 200
    assert len(tried.content) < LARGEST_PAGE
    assert administrator.submit(path, example='"' * 5_001).status_code == 413


@pytest.mark.parametrize("protocol", ["email", "opsgenie"])
def test_what_is_more_than_a_body_cannot_be_tried(
    installation: Installation, administrator: Browser, protocol: ProtocolName
) -> None:
    """Nor what is revoked."""
    monitor = Monitor(installation, protocol)
    assert administrator.get(f"/console/integrations/{monitor.id}/example").status_code == 404
    assert administrator.get(f"/console/integrations/{monitor.id + 1}/example").status_code == 404


def test_only_administrators_may_try(installation: Installation) -> None:
    """As with all of an integration."""
    monitor = Monitor(installation, "webhook")
    path = f"/console/integrations/{monitor.id}/example"
    assert installation.client("engineer").get(path).status_code == 403


PATHS = {"title": "problem.what", "dedup_key": "problem.number", "state": "problem.phase"}


def test_paths_are_saved_and_the_next_request_is_read_by_them(
    installation: Installation, administrator: Browser
) -> None:
    """Also where the key was used a moment ago. What the page does not show stays as it was."""
    monitor = Monitor(installation, "webhook", names={"Search": "search-api"})
    monitor.send({"id": 1, "status": "ok"})
    page = page_of(administrator, monitor)
    assert page.value("example") == '{"id": 1, "status": "ok"}'
    saved = page.fill(**PATHS, field="labels.service", resolved="gone, Muted").press(
        "Save the paths"
    )
    assert "The paths are saved." in saved.text
    assert saved.value("resolved") == "gone, Muted"
    monitor.send({**PROBLEM, "labels": {"service": "Search"}})
    assert monitor.open_keys("search-api") == ("7",)
    monitor.send({"problem": {"number": 7, "phase": "muted"}, "labels": {"service": "Search"}})
    assert monitor.state("search-api") == "healthy"
    emptied = page_of(administrator, monitor).fill(title="", field="").press("Save the paths")
    assert (emptied.value("title"), emptied.value("state")) == ("", "problem.phase")


def test_of_two_people_who_save_at_once_the_second_is_told(
    installation: Installation, administrator: Browser
) -> None:
    """What they typed is still there, and a second press saves it."""
    monitor = Monitor(installation, "webhook")
    page = page_of(administrator, monitor).fill(title="mine")
    page_of(administrator, monitor).fill(title="theirs").press("Save the paths")
    refused = page.press("Save the paths")
    assert refused.response.status_code == 409
    assert "Somebody else has changed the integration" in refused.text
    assert refused.value("title") == "mine"
    assert refused.press("Save the paths").value("title") == "mine"


def test_only_any_json_has_paths(installation: Installation, administrator: Browser) -> None:
    """A form that says otherwise changes nothing."""
    monitor = Monitor(installation, "alertmanager")
    page = page_of(administrator, monitor)
    assert "Where its fields are" not in page.text
    path = f"/console/integrations/{monitor.id}/example"
    version = page.value_of("version")
    sent = administrator.submit(path, do="save", version=version, field="x", title="y", resolved="")
    assert sent.status_code == 200
    assert monitor.stored.version == version


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"event_action": "acknowledge", "dedup_key": "disk"}, "Somebody has the trouble"),
        ({"event_action": "resolve", "dedup_key": "disk"}, "The trouble with this key is over."),
        ({"event_action": "resolve"}, "Refused. 'dedup_key' is missing or blank"),
        ({"event_action": "explode"}, "Not understood. The payload is not understood"),
    ],
)
def test_the_page_says_what_an_event_of_pagerduty_is(
    installation: Installation, administrator: Browser, event: dict[str, str], says: str
) -> None:
    """An acknowledgement is no end, and what is refused tells nobody."""
    monitor = Monitor(installation, "pagerduty")
    page = page_of(administrator, monitor).fill(example=json.dumps(event)).press("Try it")
    assert says in page.text
