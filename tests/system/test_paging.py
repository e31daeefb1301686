"""The started program pages: real sockets, a real SMTP server, a clock that nobody moves.

How many e-mails came is always counted exactly. Silence is proven by what comes after it: timers
fire in order, so once a later one has led to a page, an earlier one has led to nothing.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from contract.channels.smtp_server import MailServer, Received
from system.program import Program, emails, run
from system.test_people import FIRST, NAME, PASSWORD
from waiting import WAIT_TIMEOUT

SHORT = "PT1S"
TWILIO = {
    "PAGER_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "PAGER_TWILIO_AUTH_TOKEN": "not-a-token",
    "PAGER_SMS_FROM": "+33700000001",
}
"""What makes a program send SMS by it."""


@pytest.fixture
def pager(tmp_path: Path, mail: MailServer) -> Iterator[Program]:
    """A program that sends to it."""
    with Program(tmp_path, **mail_settings(mail)) as program:
        yield program


@pytest.fixture(scope="module")
def unset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program that can page nobody."""
    with Program(tmp_path_factory.mktemp("unset")) as program:
        yield program


def mail_settings(mail: MailServer) -> dict[str, str]:
    """What makes a program send to that server."""
    return {"PAGER_SMTP_URL": mail.url, "PAGER_MAIL_FROM": "pager@example.com"}


def recipients(messages: list[Received]) -> Counter[str]:
    """How many e-mails went to whom."""
    return Counter(address for received in messages for address in received.recipients)


def acknowledge_link(received: Received) -> str:
    """The link in an e-mail."""
    found = re.search(r"http://\S+/acknowledge/\S+", received.text)
    assert found is not None
    return found[0]


def let_a_later_timeout_fire(pager: Program, mail: MailServer) -> None:
    """Return once a timeout has led to a page that was set after all those before."""
    before = len(mail.messages)
    pager.put_policy("sentinel-api", emails("first", delay=SHORT), emails("second"))
    pager.raise_alert("sentinel-api")
    messages = mail.wait_for_messages(before + 2)
    sentinels = recipients(messages)
    assert sentinels["first@example.com"] == sentinels["second@example.com"] == 1


def test_an_alert_is_mailed_to_each_target_once(pager: Program, mail: MailServer) -> None:
    """What the service said is what they read."""
    pager.put_policy("checkout-api", emails("ada", "grace"))
    for _ in range(3):
        pager.raise_alert("checkout-api", "p99 latency above 3 s")
    messages = mail.wait_for_messages(2)
    pager.wait_until_settled("checkout-api")
    assert pager.stop() == 0
    assert recipients(mail.messages) == {"ada@example.com": 1, "grace@example.com": 1}
    for received in messages:
        assert "checkout-api" in received.message["Subject"]
        assert "p99 latency above 3 s" in received.text
        assert "Level: 1" in received.text


def test_the_link_of_an_email_acknowledges(pager: Program, mail: MailServer) -> None:
    """Opening it does nothing; the button stops the escalation, and the page says by whom."""
    pager.put_policy("checkout-api", emails("ada", delay=SHORT), emails("grace"))
    pager.raise_alert("checkout-api")
    [received] = mail.wait_for_messages(1)
    link = acknowledge_link(received)
    with httpx2.Client(timeout=WAIT_TIMEOUT) as browser:
        assert "Acknowledge</button>" in browser.get(link).text
        assert pager.service("checkout-api")["acknowledged"] is False
        pressed = browser.post(link, follow_redirects=True)
    assert "You have it" in pressed.text
    assert pager.service("checkout-api")["acknowledged_by"] == "ada@example.com"
    let_a_later_timeout_fire(pager, mail)
    assert recipients(mail.messages)["grace@example.com"] == 0


@pytest.mark.proof
@pytest.mark.xdist_group("load")  # one at a time of those that take a whole machine
def test_a_storm_of_alerts_pages_each_target_once(pager: Program, mail: MailServer) -> None:
    """A hundred services, five Alerts each, from eight clients at once and an array as well."""
    services = [f"service-{number}" for number in range(100)]
    for service in services:
        pager.put_policy(service, emails(f"{service}-a", f"{service}-b"))
    barrier = threading.Barrier(8)

    def storm(client: int) -> None:
        barrier.wait()
        if client == 0:
            alerts = [{"service_id": service, "message": "down"} for service in services]
            pager.http.post("/alerts", json=alerts).raise_for_status()
        for service in services[client::7] * 4:
            pager.raise_alert(service)

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(storm, range(8)))
    mail.wait_for_messages(200)
    for service in services:
        pager.wait_until_settled(service)
    assert pager.stop() == 0
    assert set(recipients(mail.messages).values()) == {1}
    assert len(mail.messages) == 200


@pytest.mark.proof
@pytest.mark.xdist_group("without settings")
def test_without_settings_pages_are_shown_and_nobody_is_paged(unset: Program) -> None:
    """Nothing says that they were sent; and the link that is shown works."""
    unset.put_policy("checkout-api", emails("ada"))
    unset.raise_alert("checkout-api", "p99 latency above 3 s\x1b[2J")
    unset.wait_for_output("NOT SENT to ada@example.com")
    unset.wait_for_output("p99 latency above 3 s\N{REPLACEMENT CHARACTER}")
    link = unset.wait_for_output(r"http://\S+/acknowledge/\S+\n")[0].strip()
    assert httpx2.post(link, follow_redirects=True, timeout=WAIT_TIMEOUT).status_code == 200
    assert unset.service("checkout-api")["acknowledged"] is True
    assert unset.pages("checkout-api") == [("ada@example.com", "refused")]
    _, journal = run(unset.directory, "journal", "checkout-api")
    shown = " ".join(journal.split())
    assert "only shown on Pager's terminal: e-mail is not set up" in shown
    assert (unset.directory / "pager.db").exists()


@pytest.mark.proof
@pytest.mark.xdist_group("without settings")
def test_what_is_not_set_up_is_said_on_the_terminal_and_in_the_console(unset: Program) -> None:
    """The terminal names the settings as well: whoever is paged at night cannot use them."""
    link = unset.wait_for_output(FIRST)[1]
    with httpx2.Client(follow_redirects=True, timeout=WAIT_TIMEOUT) as browser:
        console = browser.post(link, data={"name": NAME, "password": PASSWORD}).text
    for channel, settings in (
        ("e-mail", "PAGER_SMTP_URL, PAGER_MAIL_FROM"),
        ("SMS", "PAGER_TWILIO_ACCOUNT_SID, PAGER_TWILIO_AUTH_TOKEN, PAGER_SMS_FROM"),
    ):
        warning = f"Nobody is paged by {channel}: it is not set up"
        assert f"{warning} ({settings})." in unset.output
        assert settings not in console
    assert "E-mail and SMS are not set up" in console
    assert f"lead to {unset.http.base_url}, on this machine only" in unset.output
    assert "The links in e-mails and SMS open on this machine only" in console


@pytest.mark.proof
def test_what_is_set_up_is_not_warned_of(tmp_path: Path, mail: MailServer) -> None:
    """Or else nobody would read the warnings."""
    with Program(
        tmp_path, PAGER_PUBLIC_URL="http://pager.example.com", **mail_settings(mail), **TWILIO
    ) as pager:
        pager.wait_for_output(FIRST)
        assert "Nobody is paged" not in pager.output
        assert "this machine only" not in pager.output
        console = pager.http.get("/console/login").text
        assert "this machine only" not in console


@pytest.mark.proof
def test_the_console_does_not_warn_of_sms_where_email_is_set_up(
    tmp_path: Path, mail: MailServer
) -> None:
    """The terminal does so once; nobody would read a red warning that is on every page."""
    with Program(tmp_path, **mail_settings(mail)) as pager:
        link = pager.wait_for_output(FIRST)[1]
        with httpx2.Client(follow_redirects=True, timeout=WAIT_TIMEOUT) as browser:
            console = browser.post(link, data={"name": NAME, "password": PASSWORD}).text
        assert "Nobody is paged by SMS" in pager.output
        assert "not set up" not in console


@pytest.mark.proof
def test_an_sms_goes_to_twilio(tmp_path: Path, prism: str) -> None:
    """As Twilio's own description of its API wants it; its receipt is kept."""
    with Program(tmp_path, PAGER_TWILIO_URL=prism, **TWILIO) as pager:
        pager.put_policy(
            "checkout-api", {"targets": [{"type": "sms", "phone_number": "+33612345678"}]}
        )
        pager.raise_alert("checkout-api")
        pager.wait_until_settled("checkout-api")
        assert pager.pages("checkout-api") == [("+33612345678", "sent")]
        assert "not-a-token" not in pager.output
