"""Servers that offer PIPELINING (RFC 2920): MAIL, RCPT and DATA come in one packet."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from shutil import which

import pytest

from contract.channels.email.sending import NO_SUCH_USER, mail_to, page, send
from contract.channels.smtp_server import Dialogue, ScriptedServer
from pager import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from ports import free_port
from waiting import wait_until

SMTP_SINK = which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")


def receive_envelope(dialogue: Dialogue) -> list[str]:
    """The three commands of a mail, none of which was answered."""
    return [dialogue.receive() for _ in range(3)]


def begin(dialogue: Dialogue) -> list[str]:
    """Greet, offer PIPELINING, and return the three commands of the first mail."""
    mail = dialogue.serve_until("MAIL", features=("PIPELINING",))
    return [mail, dialogue.receive(), dialogue.receive()]


def answer(dialogue: Dialogue, *replies: str) -> None:
    """Answer in one packet, too."""
    dialogue.send("".join(f"{reply}\r\n" for reply in replies))


def take(dialogue: Dialogue) -> None:
    """Take a mail whose three commands have come."""
    answer(dialogue, "250 OK", "250 OK", "354 Go on")
    dialogue.receive(b"\r\n.\r\n")
    answer(dialogue, "250 OK")


def test_three_commands_come_before_the_first_answer() -> None:
    """And for each mail on the same connection again."""
    commands: list[list[str]] = []

    def script(dialogue: Dialogue) -> None:
        commands.append(begin(dialogue))
        take(dialogue)
        commands.append(receive_envelope(dialogue))
        take(dialogue)
        assert dialogue.receive().upper() == "QUIT"

    with ScriptedServer(script) as server, closing(mail_to(server.port)) as mail:
        send(mail, page())
        send(mail, page(to="grace@example.com"))
    assert commands == [
        ["MAIL FROM:<pager@example.com>", f"RCPT TO:<{name}@example.com>", "DATA"]
        for name in ("ada", "grace")
    ]


def test_a_server_that_takes_data_for_nobody_gets_a_lone_dot() -> None:
    """The refusal counts, and the connection is good for the next mail."""

    def script(dialogue: Dialogue) -> None:
        begin(dialogue)
        answer(dialogue, "250 OK", NO_SUCH_USER, "354 Go on")
        assert dialogue.receive() == "."
        answer(dialogue, "554 5.5.1 No valid recipients")
        assert dialogue.receive().upper() == "RSET"
        answer(dialogue, "250 OK")
        receive_envelope(dialogue)
        take(dialogue)
        assert dialogue.receive().upper() == "QUIT"

    with ScriptedServer(script) as server, closing(mail_to(server.port)) as mail:
        with pytest.raises(DeliveryRefused, match="No such user here"):
            send(mail, page())
        send(mail, page(to="grace@example.com"))


@pytest.mark.parametrize(
    ("replies", "error", "reason"),
    [
        (("250 OK", NO_SUCH_USER, "503 5.5.1 Need RCPT"), DeliveryRefused, "No such user"),
        (("250 OK", "250 OK", NO_SUCH_USER), DeliveryRefused, "No such user"),
        (("250 OK", "450 4.2.1 Later", "503 Need RCPT"), DeliveryFailed, "450 4.2.1 Later"),
        (("550 5.1.1 No such user here", "503 No", "503 No"), DeliveryFailed, "No such user here"),
        (("451 Not now", "503 Need MAIL", "503 Need RCPT"), DeliveryFailed, "451 Not now"),
        (("250 OK", "250 OK", "451 Not now"), DeliveryFailed, "451 Not now"),
    ],
)
def test_the_first_answer_that_is_no_counts(
    replies: tuple[str, ...], error: type[Exception], reason: str
) -> None:
    """As without PIPELINING; what comes after it is read, and the connection is kept."""

    def script(dialogue: Dialogue) -> None:
        begin(dialogue)
        answer(dialogue, *replies)
        assert dialogue.receive().upper() == "RSET"
        answer(dialogue, "250 OK")
        receive_envelope(dialogue)
        take(dialogue)
        assert dialogue.receive().upper() == "QUIT"

    with ScriptedServer(script) as server, closing(mail_to(server.port)) as mail:
        with pytest.raises(error, match=reason):
            send(mail, page())
        send(mail, page(to="grace@example.com"))


@pytest.mark.parametrize("replies", [("250 OK", NO_SUCH_USER), ("250 OK", NO_SUCH_USER, "354 Go")])
def test_a_refusal_counts_though_the_server_hangs_up_after_it(replies: tuple[str, ...]) -> None:
    """It was said; the next mail opens a connection."""

    def script(dialogue: Dialogue) -> None:
        begin(dialogue)
        answer(dialogue, *replies)
        dialogue.hang_up()

    def good(dialogue: Dialogue) -> None:
        begin(dialogue)
        take(dialogue)
        assert dialogue.receive().upper() == "QUIT"

    with ScriptedServer(script, good) as server, closing(mail_to(server.port)) as mail:
        with pytest.raises(DeliveryRefused, match="No such user here"):
            send(mail, page())
        send(mail, page())


def test_an_end_before_the_message_is_no_delivery() -> None:
    """The server has seen nothing of the message: it is certain that nobody has the page."""

    def script(dialogue: Dialogue) -> None:
        begin(dialogue)
        answer(dialogue, "250 OK", "421 4.3.2 Shutting down")
        dialogue.hang_up()

    with (
        ScriptedServer(script) as server,
        closing(mail_to(server.port)) as mail,
        pytest.raises(DeliveryFailed, match="Shutting down"),
    ):
        send(mail, page())


def test_an_end_after_the_message_is_unknown() -> None:
    """As without PIPELINING."""

    def script(dialogue: Dialogue) -> None:
        begin(dialogue)
        answer(dialogue, "250 OK", "250 OK", "354 Go on")
        dialogue.receive(b"\r\n.\r\n")
        dialogue.hang_up()

    with (
        ScriptedServer(script) as server,
        closing(mail_to(server.port)) as mail,
        pytest.raises(DeliveryUnknown),
    ):
        send(mail, page())


def test_an_address_that_is_not_ascii_comes_step_by_step() -> None:
    """Whether the server takes SMTPUTF8 is seen before RCPT."""

    def script(dialogue: Dialogue) -> None:
        features = ("PIPELINING", "SMTPUTF8")
        assert "SMTPUTF8" in dialogue.serve_until("MAIL", features=features)
        answer(dialogue, "250 OK")
        dialogue.continue_until("QUIT")
        answer(dialogue, "221 Bye")

    with ScriptedServer(script) as server, closing(mail_to(server.port)) as mail:
        send(mail, page(to="zoé@example.com"))


@contextmanager
def smtp_sink(folder: Path) -> Iterator[int]:
    """Postfix's test server, which offers PIPELINING; it writes each mail to a file."""
    assert SMTP_SINK is not None
    port = free_port()
    command = [SMTP_SINK, "-u", "root", "-d", f"{folder}/mail.", f"127.0.0.1:{port}", "10"]
    with subprocess.Popen(command) as sink:
        try:
            wait_until(lambda: _answers(port))
            yield port
        finally:
            sink.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(SMTP_SINK is None, reason="smtp-sink comes with Postfix")
def test_postfix_test_server_takes_each_mail(tmp_path: Path) -> None:
    """Two on one connection."""
    with smtp_sink(tmp_path) as port, closing(mail_to(port)) as mail:
        sent = {send(mail, page(to=f"{name}@example.com")) for name in ("ada", "grace")}
        wait_until(lambda: len(_messages(tmp_path)) == len(sent))
    assert {message["Message-ID"] for message in _messages(tmp_path)} == sent


def _messages(folder: Path) -> list["EmailMessage[str, str]"]:
    messages = []
    for file in folder.glob("mail.*"):
        message = message_from_bytes(file.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        if message["Message-ID"]:
            messages.append(message)
    return messages
