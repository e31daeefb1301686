"""What people do by hand, where people and programs read it: the Level is that of the policy."""

from datetime import timedelta

import pytest

from contract.web.application import link
from contract.web.forms import in_words
from contract.web.installation import Installation, alert, timeout
from pager import Acknowledgement, Escalate, PageAgain
from pager.adapters.store.core.filters import Names
from pager.adapters.store.views.incidents import incident_of
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.status import ServiceStatuses
from pager.adapters.store.views.timeline import lines
from pager.adapters.terminal.journal import status_text

MINUTE = timedelta(minutes=1)
NAME = "checkout-api"


def page_again(level: int, *, acknowledged: bool = False) -> PageAgain:
    return PageAgain(
        service_id=NAME, incident=1, level=level, by="Grace", acknowledged=acknowledged
    )


@pytest.fixture
def told_again(installation: Installation) -> Installation:
    """Ada was told twice, and then Linus."""
    installation.policy(NAME, ("ada",), ("linus",), ("edsger",))
    installation.receive(alert(), page_again(1), timeout(level=2))
    installation.carry_out()
    return installation


def test_every_page_shows_the_level_of_the_policy(told_again: Installation) -> None:
    """Linus is on Level 2, although his is the third step."""
    service = in_words(told_again.client().get(f"/console/services/{NAME}").text)
    assert "level 2/3" in service
    assert "level 3 at" in service
    incident = in_words(told_again.client().get(f"/incidents/{NAME}/1").text)
    assert "Level 1, told again by Grace" in incident
    acknowledge = in_words(told_again.stranger().get(link()).text)
    assert "level 2/3" in acknowledge
    assert "Level 2: linus@example.com" in acknowledge
    now = in_words(told_again.client().get("/").text)
    assert "Level 2/3" in now
    assert "level 3" in now


def test_the_terminal_shows_the_level_of_the_policy(told_again: Installation) -> None:
    """In the state of the service, and in the timeline."""
    status = ServiceStatuses(told_again.database).of(NAME)
    assert status is not None
    assert status_text(status).startswith("Unhealthy, incident 1, Level 2, nobody has acknowledged")
    entries = Journal(told_again.database).of(NAME, 1)
    text = [f"{verb} {what}" for entry in entries for verb, what in lines(entry)]
    assert (
        "received the request to page again incident 1, Level 1 by Grace for checkout-api" in text
    )
    assert "received the Acknowledgement Timeout of incident 1, Level 1 for checkout-api" in text
    assert "became Unhealthy (incident 1, Level 2, step 3) (version 3)" in text
    assert "sent ada@example.com, Level 1: 250 accepted" in text
    assert "sent linus@example.com, Level 2: 250 accepted" in text


def test_an_acknowledgement_that_was_taken_back_is_seen_nowhere(installation: Installation) -> None:
    """The incident waits for an answer since then, and its countdown is that of the new step."""
    installation.policy(NAME, ("ada",), ("linus",))
    installation.receive(alert())
    installation.carry_out()
    installation.receive(Acknowledgement(service_id=NAME, incident=1, by="Ada"))
    acknowledged = incident_of(installation.database, NAME, 1)
    installation.advance(10 * MINUTE)
    installation.receive(page_again(1, acknowledged=True))
    installation.carry_out()
    [status], _ = ServiceStatuses(installation.database).page(Names(), 2, only_unhealthy=True)
    assert (status.acknowledged, status.acknowledged_by) == (False, None)
    period = incident_of(installation.database, NAME, 1)
    assert acknowledged is not None
    assert period is not None
    assert status.acknowledgement_timeout is not None
    assert period.changed_at >= acknowledged.changed_at + 10 * MINUTE
    assert status.acknowledgement_timeout.due_at >= period.changed_at + 15 * MINUTE
    now = in_words(installation.client().get("/").text)
    assert "Ada has it" not in now
    assert "Unanswered" in now


def test_the_stale_timer_of_a_step_that_was_sent_on_hides_no_service(
    installation: Installation,
) -> None:
    """Its own timer says when it escalates."""
    installation.policy(NAME, ("ada",), ("linus",), ("edsger",))
    installation.receive(alert())
    installation.carry_out()
    installation.advance(5 * MINUTE)
    installation.receive(Escalate(service_id=NAME, incident=1, level=1, by="Ada"))
    installation.carry_out()
    status = ServiceStatuses(installation.database).of(NAME)
    assert status is not None
    assert status.acknowledgement_timeout is not None
    due = installation.ports.timer.due()
    assert due == []
    installation.advance(11 * MINUTE)
    [stale] = installation.ports.timer.due()
    assert stale == timeout(level=1)
    installation.receive(stale)
    after = ServiceStatuses(installation.database).of(NAME)
    assert after == status
