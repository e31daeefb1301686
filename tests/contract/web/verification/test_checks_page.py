"""The page of checks: what has to hold, and where it does not."""

from datetime import UTC, datetime, timedelta

import pytest

from contract.store.on_call_entries import NIGHTS
from contract.web.application import application_on
from contract.web.forms import FormPage, opened
from contract.web.installation import LARGEST_PAGE, Installation
from contract.web.people import signed_in
from pager.adapters.runtime.pools import Pool
from pager.adapters.runtime.verification.nightly import Nightly
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import (
    LONGEST_TIMELINE,
    MOST_KEPT,
    Counterexample,
    Found,
    SqlVerdicts,
)
from pager.configuration.properties import MOST_PROPERTIES, Properties

PATH = "/console/checks"
WITHIN = "somebody is reached within 10 minutes"


def checks(installation: Installation) -> FormPage:
    """The page, as an engineer sees it."""
    return opened(installation.client(), PATH)


def test_a_new_check_is_saved_and_verified(installation: Installation) -> None:
    """It says who has added it, and what was found."""
    page = checks(installation)
    assert "1 of 1 is being verified" in page.text
    assert "no Level is empty always checked Not verified yet" in page.text
    saved = page.fill(properties=f"  {WITHIN}\n\norders-db: {WITHIN}.\n").press("Save and verify")
    assert "Saved, and verified." in saved.text
    assert "All 3 hold" in saved.text
    assert saved.value("properties").split("\n") == [WITHIN, f"orders-db: {WITHIN}."]
    assert f"by ada@example.com added: {WITHIN}" in saved.text


def test_where_a_check_does_not_hold_is_shown(installation: Installation) -> None:
    """The worst first: whom it is about, when and why, and what would happen."""
    SqlProperties(installation.database).put(Properties(properties=("nobody: " + WITHIN, WITHIN)))
    ended = NIGHTS.model_copy(update={"layers": ()})
    SqlOnCall(installation.database).put(ended)
    page = checks(installation).press("Verify now")
    assert "Verified just now." in page.text
    assert "2 of 3 do not hold" in page.text
    violated, _, rest = page.text.partition("? Not known")
    assert f"✗ Does not hold {WITHIN} orders-db: On " in violated
    assert "nobody is on call in Nights" in violated
    assert "What would happen" in violated
    assert "received the Alert" in violated
    assert "There is no service called 'nobody'" in rest


def test_after_an_edit_a_check_is_being_verified(installation: Installation) -> None:
    """What stands there is of before, and says so; so does a check that is new."""
    being_verified = "Somebody has edited who is paged, or the checks: what is known is of before."
    page = checks(installation)
    assert being_verified in page.text
    assert being_verified not in page.press("Verify now").text
    SqlOnCall(installation.database).put(NIGHTS.model_copy(update={"layers": ()}))
    page = checks(installation)
    assert "1 of 1 is being verified" in page.text
    assert being_verified in page.text
    now = "… Being verified no Level is empty always checked Before the last edit it held: verified"
    assert now in page.text
    SqlProperties(installation.database).put(Properties(properties=(WITHIN,)))
    assert f"… Being verified {WITHIN} Not verified yet" in checks(installation).text


def test_what_takes_too_long_goes_on_by_itself(installation: Installation) -> None:
    """The page does not say that it was verified: it is saved, and a worker is asked."""
    wakeups, pool = Wakeups(), Pool("verification", 1, answer_within=timedelta(0))
    app = application_on(installation.database, wakeups=wakeups, verification=pool)
    page = opened(signed_in(app, installation.database, "engineer"), PATH)
    saved = page.fill(properties=WITHIN).press("Save and verify")
    assert "Saved. It is being verified" in saved.text
    assert SqlProperties(installation.database).versioned().sentences == (WITHIN,)
    assert wakeups.verification.count == 1
    assert "It is being verified: that takes longer" in saved.press("Verify now").text


def test_what_is_no_check_is_not_saved(installation: Installation) -> None:
    """It is still in the field, and what to write is said."""
    page = checks(installation).fill(properties="somebody is reached soon\nx\nx")
    refused = page.press("Save and verify")
    assert refused.response.status_code == 422
    assert "“x” is there twice: once is enough." in refused.text
    again = refused.fill(properties="somebody is reached soon\nx").press("Save and verify")
    assert "'somebody is reached soon' is no property that Pager knows. The nearest" in again.text
    assert again.value("properties").endswith("somebody is reached soon\nx")
    assert SqlProperties(installation.database).versioned().version == 0


def test_what_two_people_edit_at_once_is_not_overwritten(installation: Installation) -> None:
    """Whoever comes second sees it, and chooses."""
    page = checks(installation).fill(properties=WITHIN)
    SqlProperties(installation.database).put(Properties(properties=("no Level is empty",)), "grace")
    refused = page.press("Save and verify")
    assert refused.response.status_code == 409
    assert "somebody else has edited the checks meanwhile" in refused.text
    assert "by grace added: no Level is empty" in refused.text
    saved = refused.press("Save and verify")
    assert SqlProperties(installation.database).versioned().sentences == (WITHIN,)
    assert f"added: {WITHIN} removed: no Level is empty" in saved.text


def test_viewers_read_checks_and_change_none(installation: Installation) -> None:
    """They see no button, and what they send is refused."""
    viewer = installation.client("viewer")
    page = opened(viewer, PATH)
    assert not {"Verify now", "Save and verify"} & set(page.buttons)
    for path in (PATH, f"{PATH}/verify"):
        assert viewer.submit(path, properties=WITHIN, version="0").status_code == 403


@pytest.mark.parametrize(
    ("nightly", "said"),
    [
        (None, "They are not verified at night."),
        (Nightly(hour=2), "Each night at 02:00 UTC they are verified. Nobody is paged if one"),
        (
            Nightly(hour=2, operators_service="pager-itself"),
            "pages whoever is on the policy of pager-itself.",
        ),
    ],
)
def test_it_says_who_is_paged_at_night(
    installation: Installation, nightly: Nightly | None, said: str
) -> None:
    """Where an operator has said so."""
    app = application_on(installation.database, nightly=nightly)
    assert said in opened(signed_in(app, installation.database, "viewer"), PATH).text


def test_now_says_that_a_check_does_not_hold(installation: Installation) -> None:
    """In one quiet line, as long as it is so."""
    said = "1 check does not hold"
    assert said not in opened(installation.client(), "/").text
    SqlOnCall(installation.database).put(NIGHTS.model_copy(update={"layers": ()}))
    checks(installation).press("Verify now")
    assert said in opened(installation.client(), "/").text
    SqlOnCall(installation.database).put(NIGHTS)
    checks(installation).press("Verify now")
    assert said not in opened(installation.client(), "/").text


def test_the_largest_page_is_small(installation: Installation) -> None:
    """However many checks do not hold, at however many services; each is in the field."""
    sentences = [f"{number}: {'s' * 196}: {'é' * 90}" for number in range(MOST_PROPERTIES)]
    at = datetime.now(UTC)
    violation = Counterexample(
        subject="s" * 200, others=999, at=at, what="é" * 600, timeline="é" * LONGEST_TIMELINE
    )
    found = Found(
        outcome="violated", until=at, violations=(violation,) * MOST_KEPT, number=MOST_KEPT
    )
    SqlProperties(installation.database).put(Properties(properties=tuple(sentences)))
    SqlVerdicts(installation.database).record(dict.fromkeys(sentences, found))
    page = checks(installation)
    assert len(page.response.content) < LARGEST_PAGE
    assert page.value("properties").split("\n") == sentences
