"""A mail server that misbehaves: what the operator sees, and that each page is delivered once.

Readiness is not concerned: Alerts are accepted, and what cannot be mailed yet waits.
"""

from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from contract.channels.smtp_server import Dialogue, MailServer, ScriptedServer
from system.program import Program, emails
from system.test_paging import SHORT, mail_settings, recipients
from system.watching import complaint, metric
from waiting import WAIT_TIMEOUT

pytestmark = pytest.mark.proof


def scripted_settings(server: ScriptedServer) -> dict[str, str]:
    """What makes a program send to that server, one e-mail at a time."""
    return {
        "PAGER_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
        "PAGER_MAIL_FROM": "pager@example.com",
        "PAGER_MAIL_RELAYS": "1",
    }


def attempts(pager: Program, outcome: str) -> float:
    """How many attempts to send an e-mail ended so."""
    return metric(pager, "pager_notifications_total", channel="email", outcome=outcome)


def accept(dialogue: Dialogue) -> str:
    """Take one message as a good server does; its text."""
    dialogue.serve_until("DATA")
    text = dialogue.take_message()
    dialogue.send("250 OK\r\n")
    dialogue.wait_for_close()
    return text


def test_a_mail_server_that_accepts_a_connection_and_never_answers(tmp_path: Path) -> None:
    """The page gets late, which is seen; the escalation goes on; then it is sent."""
    with (
        ScriptedServer(Dialogue.wait_for_close, accept) as server,
        # It is waited for a sixth of the lease.
        Program(tmp_path, PAGER_LEASE="PT30S", **scripted_settings(server)) as pager,
    ):
        sms = {"targets": [{"type": "sms", "phone_number": "+33612345678"}]}
        pager.put_policy("checkout-api", emails("ada", delay=SHORT), sms)
        pager.raise_alert("checkout-api")
        pager.wait_until(
            lambda: metric(pager, "pager_oldest_due_seconds", channel="email") > 1,
            "the page is late",
        )
        assert complaint(pager) is None
        pager.wait_until(
            lambda: (
                pager.pages("checkout-api")
                == [("ada@example.com", "waiting"), ("+33612345678", "refused")]
            ),
            "the second Level is notified",
        )
        pager.wait_for_output(
            "WARNING .*checkout-api/1/1/ada@example.com: failed: .*timed out; again in 1 s\n"
        )
        pager.wait_until_settled("checkout-api")
        assert (attempts(pager, "failed"), attempts(pager, "sent")) == (1, 1)
        assert metric(pager, "pager_oldest_due_seconds", channel="email") == 0


def test_a_mail_server_that_refuses_one_recipient_for_good(
    tmp_path: Path, mail: MailServer
) -> None:
    """The others are mailed, and it is not tried again."""
    mail.refuse("gone@example.com", "550 5.1.1 No such user")
    with Program(tmp_path, **mail_settings(mail)) as pager:
        pager.put_policy("checkout-api", emails("gone", "ada"))
        pager.raise_alert("checkout-api")
        pager.wait_until_settled("checkout-api")
        assert pager.pages("checkout-api") == [
            ("gone@example.com", "refused"),
            ("ada@example.com", "sent"),
        ]
        pager.wait_for_output("WARNING .*gone@example.com: refused: .*550 5.1.1 No such user\n")
        assert (attempts(pager, "refused"), attempts(pager, "sent")) == (1, 1)
        assert metric(pager, "pager_oldest_due_seconds", channel="email") == 0
        assert pager.stop() == 0
    assert recipients(mail.messages) == {"ada@example.com": 1}


def test_a_mail_server_that_greylists(tmp_path: Path, mail: MailServer) -> None:
    """Whom it does not know it tells to come back: we do."""
    mail.answer("RCPT", "450 4.2.0 Greylisted, come back later", times=2)
    with Program(tmp_path, **mail_settings(mail)) as pager:
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api")
        pager.wait_for_output("WARNING .*ada@example.com: failed: .*450 4.2.0 .*; again in 1 s\n")
        pager.wait_until_settled("checkout-api")
        assert (attempts(pager, "failed"), attempts(pager, "sent")) == (2, 1)
        assert pager.stop() == 0
    assert recipients(mail.messages) == {"ada@example.com": 1}


def test_a_mail_server_that_closes_in_the_middle_of_a_message(tmp_path: Path) -> None:
    """It may have taken it: that is unknown, and the second one has the same Message-ID."""
    taken: list[str] = []

    def close(dialogue: Dialogue) -> None:
        dialogue.serve_until("DATA")
        dialogue.send("354 Go on\r\n")
        taken.append(dialogue.receive(b"\r\n\r\n"))  # the header

    def take(dialogue: Dialogue) -> None:
        taken.append(accept(dialogue))

    with (
        ScriptedServer(close, take) as server,
        Program(tmp_path, **scripted_settings(server)) as pager,
    ):
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api")
        pager.wait_for_output("WARNING .*ada@example.com: unknown: .*; again in 1 s\n")
        pager.wait_until_settled("checkout-api")
        assert (attempts(pager, "unknown"), attempts(pager, "sent")) == (1, 1)
        assert pager.stop() == 0
    [first, second] = [
        line for text in taken for line in text.splitlines() if line.startswith("Message-ID:")
    ]
    assert first == second


def test_a_mail_server_that_hangs_while_pager_stops(tmp_path: Path) -> None:
    """It ends within seconds, and the page is sent after the next start."""
    hanging = Event()

    def hang(dialogue: Dialogue) -> None:
        dialogue.serve_until("RCPT")
        hanging.set()
        dialogue.wait_for_close()

    with ScriptedServer(hang, accept) as server:
        with Program(tmp_path, **scripted_settings(server)) as pager:
            pager.put_policy("checkout-api", emails("ada"))
            pager.raise_alert("checkout-api")
            assert hanging.wait(WAIT_TIMEOUT)
            begun = monotonic()
            assert pager.stop() == 0
            # Three seconds for what is being sent; the rest is for a busy machine.
            assert monotonic() - begun < 10
        with Program(tmp_path, **scripted_settings(server)) as pager:
            pager.wait_until_settled("checkout-api")
            assert pager.pages("checkout-api") == [("ada@example.com", "sent")]


def test_a_policy_with_five_hundred_targets(tmp_path: Path, mail: MailServer) -> None:
    """Each is mailed once; another service's pages come in their turn."""
    names = [f"engineer-{number}" for number in range(500)]
    with Program(tmp_path, **mail_settings(mail)) as pager:
        pager.put_policy("everybody", emails(*names))
        pager.put_policy("checkout-api", emails("ada", delay=SHORT), emails("grace"))
        pager.raise_alert("everybody")
        pager.raise_alert("checkout-api")
        mail.wait_for_messages(502, timeout=2 * WAIT_TIMEOUT)
        pager.wait_until_settled("everybody")
        pager.wait_until_settled("checkout-api")
        assert attempts(pager, "sent") == 502
        assert metric(pager, "pager_escalations_total") == 1
        assert pager.stop() == 0
    everybody = [*names, "ada", "grace"]
    assert recipients(mail.messages) == {f"{name}@example.com": 1 for name in everybody}
