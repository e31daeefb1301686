"""The fallback policy: where it is used, everybody can see that it was."""

import re

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from contract.web.application import ALERT, POLICY, shared_application
from contract.web.forms import in_words
from contract.web.installation import Installation, alert
from pager import EmailTarget, Notification, SmsTarget, Target
from pager.adapters.channels.email.message import Composer
from pager.adapters.channels.sms.text import sms_text
from pager.adapters.channels.terminal import OnlyShown, TerminalPages
from pager.adapters.store.core.database import Database
from pager.adapters.store.refused_alerts import refused_lately
from pager.adapters.store.upkeep.audit import audit
from pager.model import FALLBACK

NAME = "brand-new-service"
USED = "no Escalation Policy of its own: the fallback policy"


@pytest.fixture
def client(database: Database) -> TestClient:
    """A client of a server that has a fallback policy and no other."""
    client = TestClient(shared_application(database, None, "testserver"))
    client.put(f"/escalation-policies/{FALLBACK}", json={**POLICY, "service_id": FALLBACK})
    return client


def test_an_alert_of_any_service_is_paged(client: TestClient, database: Database) -> None:
    """Also of one whose name no policy can have."""
    answers = client.post(
        "/alerts", json=[{**ALERT, "service_id": name} for name in (NAME, "über/all")]
    )
    assert [answer["changed"] for answer in answers.json()] == [True, True]
    assert client.get(f"/services/{NAME}").json()["notifications"][0]["is_by_fallback"] is True
    report = audit(database)
    assert (report.services, list(report.differences)) == (2, [])


def test_a_mistyped_name_of_another_message_is_still_unknown(client: TestClient) -> None:
    """404: it must not look like a success."""
    body = {"service_id": "checkout-apj", "incident": 1}
    assert client.post("/healthy-events", json=body).status_code == 404
    assert client.post("/acknowledgements", json=body).status_code == 404


def test_a_fallback_policy_mends_what_was_refused(database: Database) -> None:
    """Nothing of it is shown on Now any more."""
    client = TestClient(shared_application(database, None, "testserver"))
    assert client.post("/alerts", json=ALERT).status_code == 404
    database.write(lambda _: None)
    assert len(refused_lately(database)) == 1
    client.put(f"/escalation-policies/{FALLBACK}", json={**POLICY, "service_id": FALLBACK})
    assert refused_lately(database) == []


def test_the_console_says_that_it_was_used(installation: Installation) -> None:
    """On Now, on the pages of the service and its incident, and in the list of Healthy services."""
    installation.policy(FALLBACK, ("ada",), ("linus",))
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert(NAME), alert())
    browser = installation.client()
    now = browser.get("/").text
    assert in_words(now).count("It has no policy of its own: the fallback policy was used.") == 1
    assert f'href="/console/services/{NAME}/policy">Give it one' in now
    assert "Level 1/2" in in_words(now)
    assert "for services without a policy" in in_words(now)
    service = in_words(browser.get(f"/console/services/{NAME}").text)
    assert "It has none of its own: the fallback policy is used." in service
    incident = in_words(browser.get(f"/incidents/{NAME}/1").text)
    assert "by the fallback policy, because it has no Escalation Policy of its own" in incident
    assert re.search(
        r"Policy at its beginning: as edited [-0-9: ]+ UTC, the fallback policy", incident
    )
    assert "fallback" not in in_words(browser.get("/console/services/checkout-api").text)
    policy = in_words(browser.get(f"/console/services/{FALLBACK}/policy").text)
    assert "it is used for every service that has no policy of its own" in policy
    assert re.search(r'href="/console/services/pager:fallback/policy"', now)


def page(target: Target, *, is_by_fallback: bool) -> Notification:
    """A page to the target."""
    return Notification(
        service_id=NAME,
        incident=1,
        level=2,
        target=target,
        message="down",
        is_by_fallback=is_by_fallback,
    )


@pytest.mark.parametrize("is_by_fallback", [True, False])
def test_the_page_says_that_it_was_used(*, is_by_fallback: bool) -> None:
    """To people who may never have heard of the service; other pages are as they were."""
    ada, grace = EmailTarget(address="ada@example.com"), SmsTarget(phone_number="+33612345678")
    notification = page(ada, is_by_fallback=is_by_fallback)
    mail = Composer("pager@example.com", b"x").compose(notification, ada, "http://x/1")
    assert (USED.encode() in mail.content.replace(b"=\r\n", b"")) is is_by_fallback
    sms = sms_text(page(grace, is_by_fallback=is_by_fallback), "http://x/1")
    opening = " of the fallback policy" if is_by_fallback else ""
    assert sms.startswith(f"Service {NAME}, Level 2{opening}\n")
    console = Console(record=True)
    with pytest.raises(OnlyShown):
        TerminalPages(console, lambda _: "http://x/1", "x").send(ada, notification)
    assert ("Level 2 of the fallback policy" in console.export_text()) is is_by_fallback


def test_an_older_pager_reads_every_other_page() -> None:
    """The field is stored only where it says something, and is read where it is missing."""
    ada = EmailTarget(address="ada@example.com")
    for is_by_fallback in (True, False):
        notification = page(ada, is_by_fallback=is_by_fallback)
        stored = notification.model_dump_json()
        assert ("is_by_fallback" in stored) is is_by_fallback
        assert Notification.model_validate_json(stored) == notification
