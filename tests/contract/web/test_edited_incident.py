"""The editor says what an edit means for the incident that runs, before it is saved."""

import pytest

from contract.web.forms import FormPage
from contract.web.installation import Installation, alert, timeout
from pager import Acknowledgement
from pager.adapters.store.core.database import Database

PATH = "/console/services/checkout-api/policy"


@pytest.fixture
def installation(database: Database) -> Installation:
    """checkout-api notifies Ada, then Grace."""
    installation = Installation(database)
    installation.policy("checkout-api", ("ada",), ("grace",))
    return installation


@pytest.fixture
def running(installation: Installation) -> Installation:
    """Ada was notified, and has some minutes left."""
    installation.receive(alert())
    installation.carry_out()
    return installation


def editor(installation: Installation) -> FormPage:
    client = installation.client()
    return FormPage(client, client.get(PATH))


def test_without_an_incident_nothing_is_said_of_one(installation: Installation) -> None:
    """And Save saves."""
    page = editor(installation)
    assert "is running" not in page.text
    assert page.fill(targets_1="edsger@example.com").press("Save").is_saved


def test_the_editor_says_who_is_next_and_when(running: Installation) -> None:
    """By the policy that is stored; its time counts down."""
    page = editor(running)
    assert "Incident 1 is running If nobody acknowledges: Next, at " in page.text
    assert "Level 2: grace@example.com 15 min later Nobody is left" in page.text
    assert "data-countdown" in page.response.text


def test_an_edit_is_saved_once_it_was_said_what_it_means(running: Installation) -> None:
    """The first press of Save shows it, the second saves."""
    swapped = {"targets_1": "grace@example.com", "targets_2": "ada@example.com"}
    page = editor(running).fill(**swapped).press("Save")
    assert not page.is_saved
    assert "Not saved yet: incident 1 is running." in page.text
    assert "If you save this, and nobody acknowledges: Next, at " in page.text
    assert "Level 1: grace@example.com 15 min later Nobody is left" in page.text
    page = page.press("Save")
    assert page.is_saved
    assert "If nobody acknowledges: Next, at " in page.text


def test_what_was_rehearsed_was_said_already(running: Installation) -> None:
    """One press of Save is enough."""
    page = editor(running).fill(targets_1="edsger@example.com").press("Rehearse")
    assert "Level 1: edsger@example.com 15 min later Level 2: grace@example.com" in page.text
    assert page.press("Save").is_saved


def test_it_is_said_again_where_the_incident_has_gone_on(running: Installation) -> None:
    """What was read is no longer true."""
    page = editor(running).fill(targets_1="edsger@example.com").press("Rehearse")
    running.receive(timeout())
    page = page.press("Save")
    assert not page.is_saved
    assert "Level 1: edsger@example.com" in page.text
    assert page.press("Save").is_saved


def test_a_save_that_changes_nothing_needs_no_second_press(running: Installation) -> None:
    """It means nothing for anybody."""
    assert editor(running).press("Save").is_saved


def test_an_exhausted_incident_goes_on_at_once_with_whoever_is_added(
    running: Installation,
) -> None:
    """Or not at all."""
    running.receive(timeout(), timeout(level=2))
    page = editor(running)
    assert "nobody answered: nobody else is notified. Whoever is added" in page.text
    page = page.fill(targets_2="grace@example.com\nedsger@example.com").press("Save")
    assert "If you save this, and nobody acknowledges: At once Level 2: edsger@" in page.text
    assert page.press("Save").is_saved
    assert running.ports.timer.due() == [timeout(level=2)]


def test_an_acknowledged_incident_is_not_touched_by_an_edit(running: Installation) -> None:
    """So it needs no second press."""
    running.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Ada"))
    page = editor(running)
    assert "It is acknowledged: nobody else is notified about it" in page.text
    assert page.fill(targets_1="edsger@example.com").press("Save").is_saved


def test_the_page_of_the_service_says_who_is_left_by_the_policy_as_it_is_now(
    running: Installation,
) -> None:
    """An edit may leave somebody although it left fewer Levels, and nobody although there are."""
    client = running.client()
    for levels, text in (
        ([("grace",)], "level 1 at"),
        ([("grace",), ("ada",)], "level 1 at"),
        ([("ada",)], "nobody left at"),
    ):
        running.policy("checkout-api", *levels)
        for path in ("/", "/console/services/checkout-api"):
            assert text in FormPage(client, client.get(path)).text


def test_the_question_before_a_removal_says_what_it_means_now(running: Installation) -> None:
    """For the incident that runs, and whether the fallback policy is used then."""
    client = running.client()
    page = FormPage(client, client.get(f"{PATH}/remove"))
    assert "there is no fallback policy" in page.text
    assert "Incident 1 is running: it notifies no further level" in page.text
    running.policy("pager:fallback", ("linus",))
    page = FormPage(client, client.get(f"{PATH}/remove"))
    assert "The fallback policy is used for alerts of checkout-api from then on" in page.text
    assert "Incident 1 is running: its next step goes by the fallback policy" in page.text
    fallback = client.get("/console/services/pager:fallback/policy/remove").text
    assert "Every service without a policy of its own pages nobody" in fallback


def test_a_draft_that_is_not_valid_hides_no_incident(running: Installation) -> None:
    """It goes on by the policy that is stored, as the page says."""
    page = editor(running).fill(targets_1="edsger").press("Rehearse")
    assert "Incident 1 is running If nobody acknowledges: Next, at " in page.text
    assert "Level 2: grace@example.com" in page.text
    page = page.fill(targets_1="edsger@example.com").press("Save")
    assert "Not saved yet: incident 1 is running." in page.text
