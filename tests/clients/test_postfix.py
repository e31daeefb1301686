"""E-mail behind a real mail server: Alertmanager sends to Postfix, which hands over by LMTP."""

import os
import re
import smtplib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clients import alertmanager, postfix
from clients.alertmanager import Alertmanager
from clients.postfix import Postfix
from clients.site import Site
from clients_pages import PAGES
from waiting import wait_until

CANNOT = alertmanager.PROGRAM is None or postfix.PROGRAM is None or os.getuid() != 0

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        CANNOT and "CI" not in os.environ,
        reason="needs root, and apt-get install postfix prometheus-alertmanager",
    ),
]


@pytest.fixture
def mail_server(site: Site) -> Iterator[Postfix]:
    """Postfix, set up by the lines of the page."""
    page = (PAGES / "email.md").read_text(encoding="utf-8")
    [documented] = re.findall(r"```\n# main.cf\n(.*?)```", page, re.DOTALL)
    lines = documented.replace("127.0.0.1:2424", "{}:{}".format(*site.lmtp))
    # Its other users must get into the folder.
    with TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        with Postfix(home, lines) as server:
            yield server


def test_alertmanagers_emails_page_through_a_mail_server(
    site: Site, mail_server: Postfix, tmp_path: Path
) -> None:
    """One that fires, one that is over; and Pager is down when another one fires."""
    key = site.integration("email")
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    receiver = {
        "email_configs": [
            {
                "to": f"{key.key}@pager.example.com",
                "from": "alertmanager@example.com",
                "smarthost": "{}:{}".format(*mail_server.place),
                "require_tls": False,
                "send_resolved": True,
            }
        ]
    }
    with Alertmanager(folder, receiver) as monitor:
        monitor.fire("HighLatency", "web-1")
        wait_until(lambda: not site.is_healthy(), "it is known")
        assert "[FIRING:1] HighLatency" in site.page()
        monitor.resolve("HighLatency", "web-1")
        wait_until(site.is_healthy, "it is over")
        # Otherwise Postfix may send it again, after the next one.
        wait_until(lambda: mail_server.log.count("status=sent") == 2, "Postfix has the answer")
        site.kill()
        monitor.fire("HighLatency", "web-2")
        wait_until(lambda: "status=deferred" in mail_server.log, "Postfix keeps it")
        site.start()
        wait_until(lambda: not site.is_healthy(), "it is known")
        assert "web-2" in site.page()
    site.check_pages(2)


def test_a_mail_server_refuses_an_unknown_address_at_the_door(
    site: Site, mail_server: Postfix
) -> None:
    """So it need not return an e-mail to a sender who may be forged."""
    with smtplib.SMTP(*mail_server.place) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("a@example.com", "nobody@pager.example.com", "Subject: a\r\n\r\nb")
        [(status, reason)] = caught.value.recipients.values()
    assert status == 550
    assert b"No integration has this address" in reason
