"""kill -9 at the moments that matter, a restart, and an exact count of what came of it."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from contract.channels.smtp_server import Dialogue, MailServer, ScriptedServer
from system.program import Program, emails
from system.test_paging import SHORT, mail_settings, recipients
from waiting import WAIT_TIMEOUT


class Held:
    """A moment at which a mail server says nothing more, until its client is gone."""

    def __init__(self) -> None:
        """Not reached yet."""
        self.reached = threading.Event()

    def before_the_greeting(self, dialogue: Dialogue) -> None:
        """Connected, and nothing said."""
        self.reached.set()
        dialogue.wait_for_close()

    def settings(self, server: ScriptedServer) -> dict[str, str]:
        """What makes a program send to it."""
        return {
            "PAGER_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "PAGER_MAIL_FROM": "pager@example.com",
        }


def test_killed_between_the_commit_and_the_sending(tmp_path: Path) -> None:
    """Each Target is mailed once, by the next start."""
    held = Held()
    with (
        ScriptedServer(held.before_the_greeting, held.before_the_greeting) as silent,
        Program(tmp_path, **held.settings(silent)) as pager,
    ):
        pager.put_policy("checkout-api", emails("ada", "grace"))
        pager.raise_alert("checkout-api")
        assert held.reached.wait(WAIT_TIMEOUT)
        pager.kill()
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        mail.wait_for_messages(2)
        pager.wait_until_settled("checkout-api")
        assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1, "grace@example.com": 1}


def test_killed_before_the_commit(tmp_path: Path) -> None:
    """Nobody was told that the Alert is accepted, and nobody is paged for it."""
    with MailServer() as mail:
        with Program(tmp_path, **mail_settings(mail)) as pager:
            pager.put_policy("checkout-api", emails("ada"))
            with (
                closing(sqlite3.connect(tmp_path / "pager.db", isolation_level=None)) as other,
                ThreadPoolExecutor(1) as client,
            ):
                other.execute("BEGIN IMMEDIATE")
                answer = client.submit(pager.raise_alert, "checkout-api")
                pager.wait_until(
                    lambda: pager.http.get("/healthz").status_code == 200, "it is alive"
                )
                assert not answer.done()
                pager.kill()
                with pytest.raises(httpx2.TransportError):
                    answer.result()
        with Program(tmp_path, **mail_settings(mail)) as pager:
            assert pager.service("checkout-api")["state"] == "healthy"
            pager.raise_alert("checkout-api")
            mail.wait_for_messages(1)
            pager.wait_until_settled("checkout-api")
            assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1}


@pytest.mark.proof
def test_killed_before_the_mail_server_said_that_it_accepts(tmp_path: Path) -> None:
    """The one window: the page may come twice, and its Message-ID tells that it is one page."""
    held = Held()
    raw: list[str] = []

    def after_the_message(dialogue: Dialogue) -> None:
        dialogue.serve_until("DATA")
        dialogue.send("354 Go on\r\n")
        raw.append(dialogue.receive(b"\r\n.\r\n"))
        held.reached.set()
        dialogue.wait_for_close()

    with (
        ScriptedServer(after_the_message) as silent,
        Program(tmp_path, **held.settings(silent)) as pager,
    ):
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api")
        assert held.reached.wait(WAIT_TIMEOUT)
        pager.kill()
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        [again] = mail.wait_for_messages(1)
        pager.wait_until_settled("checkout-api")
        assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1}
    assert f"Message-ID: {again.message['Message-ID']}\r\n" in raw[0]


@pytest.mark.proof
def test_killed_while_the_timer_runs(tmp_path: Path) -> None:
    """A timeout that came due meanwhile fires at the start, and escalates once."""
    with MailServer() as mail:
        with Program(tmp_path, **mail_settings(mail)) as pager:
            pager.put_policy("checkout-api", emails("ada", delay=SHORT), emails("grace"))
            pager.raise_alert("checkout-api")
            pager.wait_until(
                lambda: pager.service("checkout-api")["acknowledgement_timeout"] is not None,
                "the timer is set",
            )
            pager.wait_until_settled("checkout-api")
            pager.kill()
        with Program(tmp_path, **mail_settings(mail)) as pager:
            mail.wait_for_messages(2)
            pager.wait_until_settled("checkout-api")
            assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1, "grace@example.com": 1}


@pytest.mark.proof
def test_stopped_while_a_page_could_not_be_sent(tmp_path: Path) -> None:
    """SIGTERM ends it in order, and what was not sent is sent by the next start."""
    mail = MailServer()
    with mail:
        pass
    with Program(tmp_path, **mail_settings(mail)) as pager:
        pager.put_policy("checkout-api", emails("ada", "grace"))
        pager.raise_alert("checkout-api")
        assert pager.stop() == 0
    with mail, Program(tmp_path, **mail_settings(mail)) as pager:
        mail.wait_for_messages(2)
        pager.wait_until_settled("checkout-api")
        assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1, "grace@example.com": 1}


@pytest.mark.proof
def test_acknowledged_while_it_was_down_is_not_needed(tmp_path: Path) -> None:
    """A link that was sent before a crash acknowledges after the restart."""
    with MailServer() as mail:
        with Program(tmp_path, **mail_settings(mail)) as pager:
            pager.put_policy("checkout-api", emails("ada"))
            pager.raise_alert("checkout-api")
            [received] = mail.wait_for_messages(1)
            pager.wait_until_settled("checkout-api")
            pager.kill()
        with Program(tmp_path, **mail_settings(mail)) as pager:
            token = received.text.partition("/acknowledge/")[2].split()[0]
            pressed = pager.http.post(f"/acknowledge/{token}", follow_redirects=True)
            assert "You have it" in pressed.text
        assert recipients(mail.messages) == {"ada@example.com": 1}
