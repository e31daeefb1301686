"""Mail servers that fall silent, hang up or answer nonsense."""

import socket
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from contract.channels.email.sending import (
    INSTALLATION,
    NO_SUCH_USER,
    SENDER,
    Tls,
    accept_everything,
    hang_up_after_final_dot,
    link,
    mail_to,
    page,
    send,
)
from contract.channels.smtp_server import (
    Dialogue,
    MailServer,
    Script,
    ScriptedServer,
)
from pager import DeliveryFailed, DeliveryRefused, DeliveryUnknown, Notification
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import Security, SmtpServer
from waiting import WAIT_TIMEOUT


def hang_up_at(command: str) -> Script:
    """A server that ends the connection instead of answering `command`."""
    return lambda dialogue: dialogue.serve_until(command)


class TestBrokenServers:
    """A server that goes away or falls silent."""

    @pytest.mark.parametrize("security", ["none", "starttls", "tls"])
    def test_that_never_answer_are_given_up(self, tls: Tls, security: Security) -> None:
        """A connection that is accepted and then silent does not hold the page up."""
        with ScriptedServer(Dialogue.wait_for_close) as server:
            here = SmtpServer("127.0.0.1", server.port, security)
            timeout = timedelta(milliseconds=50)
            with (
                closing(
                    SmtpMail(here, SENDER, link, INSTALLATION, timeout, tls=tls.client)
                ) as mail,
                pytest.raises(DeliveryFailed, match="timed out"),
            ):
                send(mail, page())

    def test_that_are_out_of_reach_are_given_up(self) -> None:
        """The time-out is also for a connection that is never accepted."""
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
            first.connect(full.getsockname())  # there is room for one, and nobody accepts it
            here = SmtpServer("127.0.0.1", full.getsockname()[1], "none")
            with (
                closing(
                    SmtpMail(here, SENDER, link, INSTALLATION, timedelta(milliseconds=50))
                ) as mail,
                pytest.raises(DeliveryFailed, match=r": timed out$"),
            ):
                send(mail, page())

    def test_that_are_not_there_are_a_failure(self) -> None:
        """Nobody listens on that port."""
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            with (
                closing(mail_to(bound.getsockname()[1])) as mail,
                pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1:\d+: .*refused"),
            ):
                send(mail, page())

    @pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example.com"])
    def test_that_have_no_address_are_a_failure(self, host: str) -> None:
        """A host name that leads nowhere may lead somewhere again."""
        with (
            closing(SmtpMail(SmtpServer(host, 25, "none"), SENDER, link, INSTALLATION)) as mail,
            pytest.raises(DeliveryFailed, match=host),
        ):
            send(mail, page())

    def test_that_answer_on_one_of_their_addresses_are_found(
        self, server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the first address leads to nobody (IPv6, often), the next one is tried."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            # No host name has these two addresses: a test cannot set up the system's resolver, so
            # it stands in for that.
            addresses = [
                (socket.AF_INET, socket.SOCK_STREAM, 0, "", address)
                for address in (nobody.getsockname(), ("127.0.0.1", server.port))
            ]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
            with closing(mail_to(server.port)) as mail:
                send(mail, page())

        assert len(server.messages) == 1

    @pytest.mark.parametrize(
        ("greeting", "reason"),
        [
            ("554 No service here", "554 No service here"),
            ("421 Too many connections", "421 Too many connections"),
            ("HTTP/1.1 400 Bad Request", "no SMTP reply: …/1.1 400 Bad Request"),
        ],
    )
    def test_that_do_not_want_us_are_a_failure(self, greeting: str, reason: str) -> None:
        """What the server greets with is the reason, and once is enough."""
        with ScriptedServer(lambda dialogue: dialogue.send(f"{greeting}\r\n")) as server:
            with (
                closing(mail_to(server.port)) as mail,
                pytest.raises(DeliveryFailed, match=reason),
            ):
                send(mail, page())

            assert server.connections == 1

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_that_hang_up_before_the_message_are_a_failure(self, command: str) -> None:
        """The server certainly has nothing; only the next page opens a new connection."""
        with (
            ScriptedServer(hang_up_at(command), accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryFailed, match="closed"):
                send(mail, page())
            assert server.connections == 1
            send(mail, page())

    def test_that_hang_up_within_the_message_are_a_failure(self) -> None:
        """Without the final dot there is no message."""

        def hang_up(dialogue: Dialogue) -> None:
            dialogue.serve_until("DATA")
            dialogue.send("354 Go on\r\n")
            dialogue.receive()

        with ScriptedServer(hang_up) as server:
            here = SmtpServer("127.0.0.1", server.port, "none")
            with (
                closing(SmtpMail(here, SENDER, too_long_a_link, INSTALLATION)) as mail,
                pytest.raises(DeliveryFailed, match=r"reset|Broken pipe"),
            ):
                send(mail, page())

    def test_that_fall_silent_within_the_message_are_a_failure(self) -> None:
        """A server that stops to read is given up, and has no final dot."""
        give_up = threading.Event()

        def stop_reading(dialogue: Dialogue) -> None:
            dialogue.serve_until("DATA")
            dialogue.send("354 Go on\r\n")
            give_up.wait(WAIT_TIMEOUT)

        with ScriptedServer(stop_reading) as server:
            here = SmtpServer("127.0.0.1", server.port, "none")
            with (
                closing(
                    SmtpMail(here, SENDER, too_long_a_link, INSTALLATION, timedelta(seconds=1))
                ) as mail,
                pytest.raises(DeliveryFailed, match="timed out"),
            ):
                send(mail, page())
            give_up.set()

    def test_that_hang_up_after_the_final_dot_leave_it_unknown(self) -> None:
        """The page may have been taken; the next one goes over a new connection."""
        with (
            ScriptedServer(hang_up_after_final_dot, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryUnknown, match="closed"):
                send(mail, page())
            send(mail, page())

            assert server.connections == 2

    def test_that_lose_a_page_on_a_kept_connection_leave_it_unknown(self) -> None:
        """After the final dot nothing is sent again at once: that is for the relay to decide."""

        def take_one_then_hang_up(dialogue: Dialogue) -> None:
            dialogue.serve_until("DATA")
            dialogue.take_message()
            dialogue.send("250 OK\r\n")
            dialogue.continue_until("DATA")
            dialogue.take_message()

        with (
            ScriptedServer(take_one_then_hang_up, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            send(mail, page())
            with pytest.raises(DeliveryUnknown):
                send(mail, page(incident=2))

            assert server.connections == 1

    @pytest.mark.parametrize("nonsense", ["354 Go on", "hello", "25x OK", "199 What"])
    def test_that_answer_nonsense_to_the_final_dot_leave_it_unknown(self, nonsense: str) -> None:
        """It is neither a yes nor a no: the page may have been taken."""

        def answer_nonsense(dialogue: Dialogue) -> None:
            hang_up_after_final_dot(dialogue)
            dialogue.send(f"{nonsense}\r\n")
            dialogue.wait_for_close()

        with (
            ScriptedServer(answer_nonsense) as server,
            closing(mail_to(server.port)) as mail,
            pytest.raises(DeliveryUnknown),
        ):
            send(mail, page())

    def test_that_answer_nonsense_are_not_used_again(self) -> None:
        """After that it is not known which answer is for which command."""

        def answer_nonsense(dialogue: Dialogue) -> None:
            dialogue.serve_until("RCPT")
            dialogue.send("what?\r\n250 OK\r\n")
            dialogue.wait_for_close()

        with (
            ScriptedServer(answer_nonsense, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryFailed):
                send(mail, page())
            send(mail, page())

            assert server.connections == 2

    def test_that_answer_endlessly_are_a_failure(self) -> None:
        """A line that is too long to be an answer is the last one on its connection."""

        def answer_without_end(dialogue: Dialogue) -> None:
            dialogue.serve_until("RCPT")
            dialogue.send("250 " + "OK" * 10_000)
            dialogue.wait_for_close()

        with (
            ScriptedServer(answer_without_end, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryFailed, match="too long"):
                send(mail, page())
            send(mail, page())

    def test_that_refuse_data_itself_get_no_message(self) -> None:
        """A message that nobody asked for would be read as commands."""

        def refuse(dialogue: Dialogue) -> None:
            dialogue.serve_until("DATA")
            dialogue.send("451 4.3.0 Not now\r\n")
            assert dialogue.receive().upper() == "RSET"
            dialogue.send("250 OK\r\n")
            dialogue.continue_until("QUIT")

        with ScriptedServer(refuse) as server, closing(mail_to(server.port)) as mail:
            with pytest.raises(DeliveryFailed, match=r"451 4\.3\.0 Not now"):
                send(mail, page())
            send(mail, page())

            assert server.connections == 1

    @pytest.mark.parametrize("answer", ["", "502 5.5.1 What is that\r\n", "421 Bye\r\n"])
    def test_that_fail_at_rset_are_not_used_again(self, answer: str) -> None:
        """Where RSET fails, so does the connection, and the next page gets a new one."""

        def refuse(dialogue: Dialogue) -> None:
            dialogue.serve_until("RCPT")
            dialogue.send(f"{NO_SUCH_USER}\r\n")
            assert dialogue.receive().upper() == "RSET"
            dialogue.send(answer)
            if answer:
                dialogue.wait_for_close()

        with (
            ScriptedServer(refuse, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryRefused, match=NO_SUCH_USER):
                send(mail, page())
            send(mail, page())

            assert server.connections == 2


def too_long_a_link(notification: Notification) -> str:
    """More than all buffers between here and the server hold."""
    return "https://pager.example.com/" + "x" * 12_000_000


def of_1998(dialogue: Dialogue) -> None:
    """A server that has never heard of EHLO."""
    dialogue.send("220 mail.example.com Sendmail 8.6 ready\r\n")
    while not (line := dialogue.receive()).upper().startswith("DATA"):
        is_known = line[:4].upper() in ("HELO", "MAIL", "RCPT", "RSET")
        dialogue.send("250 ok\r\n" if is_known else "500 Command unrecognized\r\n")
    dialogue.take_message()
    dialogue.send("250 Ok\r\n")
    dialogue.continue_until("QUIT")


def hang_up_at_ehlo(dialogue: Dialogue) -> None:
    """A server that takes EHLO for an attack."""
    dialogue.send("220 mail.example.com\r\n")
    dialogue.receive()


class TestOldServers:
    """Servers from before ESMTP (1995)."""

    def test_that_do_not_know_ehlo_are_sent_helo(self) -> None:
        """The page needs nothing that came later."""
        with ScriptedServer(of_1998) as server, closing(mail_to(server.port)) as mail:
            send(mail, page())

            assert server.connections == 1

    def test_that_hang_up_at_ehlo_are_sent_helo(self) -> None:
        """On a new connection; the next page goes over the same one."""
        with (
            ScriptedServer(hang_up_at_ehlo, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            send(mail, page())
            send(mail, page(incident=2))

            assert server.connections == 2

    @pytest.mark.parametrize("scripts", [(of_1998,), (hang_up_at_ehlo,)], ids=["500", "hangs up"])
    def test_get_no_password(self, tls: Tls, scripts: tuple[Script, ...]) -> None:
        """Without EHLO there is no STARTTLS: nothing is sent unencrypted."""
        with ScriptedServer(*scripts) as server:
            here = SmtpServer("127.0.0.1", server.port, "starttls", "ada", "secret")
            with (
                closing(SmtpMail(here, SENDER, link, INSTALLATION, tls=tls.client)) as mail,
                pytest.raises(DeliveryFailed),
            ):
                send(mail, page())

            assert server.connections == 1
