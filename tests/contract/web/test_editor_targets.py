"""The Targets in the editor, without a script: what is pasted is understood and checked."""

import pytest
from fastapi import FastAPI

from contract.web.application import application_on, shared_application
from contract.web.forms import FormPage
from contract.web.installation import Installation
from contract.web.people import signed_in
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.core.database import Database

PATH = "/console/services/checkout-api/policy"


def editor(database: Database, app: FastAPI | None = None) -> FormPage:
    """The editor, as Ada sees it."""
    ada = signed_in(app or shared_application(database), database, "administrator")
    return FormPage(ada, ada.get(PATH))


def test_a_pasted_list_is_understood_and_what_was_left_out_is_told(database: Database) -> None:
    """Each Target is a chip below the field, with its kind."""
    pasted = '1. "Lovelace, Ada" <ada@example.com>\n2. Grace: +33 6 12 34 56 78; linus@example.com'
    page = editor(database).fill(targets_1=pasted).press("Rehearse")
    assert page.value("targets-1") == "ada@example.com\n+33 6 12 34 56 78\nlinus@example.com"
    assert "Read as 3 targets. Left out: “Lovelace, Ada”, “Grace”." in page.text
    assert "ada@example.com e-mail ✓" in page.text
    assert "+33612345678 SMS ✓" in page.text
    assert "linus@example.com e-mail ? nobody's account" in page.text
    assert page.press("Save").is_saved


def test_a_target_that_is_not_valid_has_a_chip_and_a_reason(database: Database) -> None:
    """After each button, also while a Level is not complete yet."""
    page = editor(database).fill(targets_1="ada\nADA@example.com, ada@example.com")
    added = page.press("Add a level")
    assert "ada e-mail ✗ not valid" in added.text
    assert "ada@example.com e-mail ✗ twice on this level" in added.text
    assert "another look" not in added.text
    assert "“ada”: An email address must have" in added.press("Save").text


def test_hints_and_warnings_keep_nobody_from_saving(database: Database) -> None:
    """A channel that is not set up, an account that was removed, an address of nobody's."""
    app = application_on(database, unset_channels=("sms",))
    signed_in(app, database, "engineer", "grace@example.com")
    page = editor(database, app)
    SqlAccounts(database).remove("ada@example.com", "grace@example.com")
    typed = "grace@example.com +33612345678 team@example.com"
    page = page.fill(targets_1=typed).press("Save")
    assert page.is_saved
    assert "SMS is not set up on this server: 1 target of this policy will not be reached" in (
        page.text
    )
    assert "grace@example.com: the account was removed" in page.text
    assert "grace@example.com e-mail ⚠ its account was removed" in page.text
    assert "+33612345678 SMS ⚠ not set up" in page.text
    assert "team@example.com e-mail ? nobody's account" in page.text


@pytest.mark.parametrize("role", ["viewer", "engineer"])
def test_whoever_reads_a_policy_sees_the_checks(database: Database, role: str) -> None:
    """Also where it cannot be edited."""
    app = application_on(database, unset_channels=("email",))
    Installation(database).policy("checkout-api", ("ada",))
    reader = signed_in(app, database, "viewer" if role == "viewer" else "engineer", "vera")
    assert "ada@example.com e-mail ⚠ not set up" in FormPage(reader, reader.get(PATH)).text


def test_what_is_not_saved_is_counted_and_listed(database: Database) -> None:
    """By comparison with what is stored, whatever way led there."""
    Installation(database).policy("checkout-api", ("ada",), ("linus",))
    page = editor(database).fill(targets_1="grace@example.com", delay_2="1 h").press("Rehearse")
    assert (
        "2 changes, not saved Level 1: grace@example.com instead of ada@example.com. "
        "Level 2: 1 h to acknowledge instead of 15 min." in page.text
    )
    page = page.fill(targets_1="ADA@example.com", delay_2="15").press("Rehearse")
    assert "1 change, not saved Level 1: the same targets, in another order or" in page.text
    page = page.fill(targets_1="ada@example.com").press("Rehearse")
    assert "Nothing to save" in page.text


def test_each_level_says_when_it_is_notified(database: Database) -> None:
    """And after the last one, when the policy begins again or nobody is left."""
    Installation(database).policy("checkout-api", ("ada",), ("linus",))
    page = editor(database).fill(delay_1="1 h 30").press("Move level 2 up")
    assert "at once Level 1" in page.text
    assert "+15 min Level 2" in page.text
    assert "+1 h 45 min Add a level Then begin again with level 1" in page.text
    page = page.fill(delay_1="soon").press("Move level 2 up").press("Move level 1 down")
    assert "after ? Level 2" in page.text
