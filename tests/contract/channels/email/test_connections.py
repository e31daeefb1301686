"""Connections are kept between pages, and end cleanly."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from contract.channels.email.sending import (
    ADA,
    INSTALLATION,
    SENDER,
    MonotonicClock,
    Tls,
    hang_up_after_final_dot,
    link,
    mail_for,
    mail_to,
    page,
    send,
)
from contract.channels.smtp_server import (
    Command,
    Dialogue,
    MailServer,
    Script,
    ScriptedServer,
)
from pager import DeliveryFailed, DeliveryUnknown
from pager.adapters.channels.email.connection import KEEPALIVE
from pager.adapters.channels.email.mail import IDLE_LIMIT, SmtpMail
from pager.adapters.channels.email.server import Security, SmtpServer
from pager.errors import DeliveryError
from waiting import WAIT_TIMEOUT


class TestConnections:
    """They are kept between pages, and each page begins a new transaction."""

    def test_are_kept_between_pages(self, server: MailServer, mail: SmtpMail) -> None:
        """Ten pages in a row need one connection."""
        for incident in range(1, 11):
            send(mail, page(incident=incident))

        assert len(server.messages) == 10
        assert server.connections == 1

    def test_are_as_many_as_threads_and_not_as_pages(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """Four threads that send at the same moment have four connections, for all their pages."""
        server.answer_together(4)
        pages = [page(incident=incident) for incident in range(1, 41)]

        with ThreadPoolExecutor(4) as threads:
            receipts = list(threads.map(lambda notification: send(mail, notification), pages))

        assert server.connections == 4
        assert sorted(received.message["Message-ID"] for received in server.messages) == sorted(
            receipts
        )

    @pytest.mark.parametrize("security", ["none", "starttls", "tls"])
    def test_that_the_server_ended_meanwhile_are_no_failure(
        self, tls: Tls, security: Security
    ) -> None:
        """The page goes over a new connection at once."""
        with (
            MailServer(security=security, tls=tls.server) as server,
            closing(mail_for(server, tls)) as mail,
        ):
            send(mail, page())
            server.hang_up()
            send(mail, page(incident=2))

            assert len(server.messages) == 2
            assert server.connections == 2

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_that_the_server_closes_with_421_are_no_failure(
        self, server: MailServer, mail: SmtpMail, command: Command
    ) -> None:
        """421 on a kept connection is about the connection, not about the page."""
        send(mail, page())
        server.answer(command, "421 4.4.2 Idle for too long")
        send(mail, page(incident=2))

        assert len(server.messages) == 2
        assert server.connections == 2

    def test_are_made_anew_only_once(self, server: MailServer, mail: SmtpMail) -> None:
        """A server that closes the new connection too is not asked again."""
        send(mail, page())
        server.answer("MAIL", "421 4.3.2 Shutting down", times=2)

        with pytest.raises(DeliveryFailed, match=r"421 4\.3\.2 Shutting down"):
            send(mail, page(incident=2))

        assert server.connections == 2
        send(mail, page(incident=2))
        assert len(server.messages) == 2

    def test_are_new_for_a_page_that_failed(self, server: MailServer, mail: SmtpMail) -> None:
        """One that was kept may be dead, and a retry would wait for it for long."""
        send(mail, page())
        mail.send(ADA, page(incident=2), 2)
        send(mail, page(incident=3))

        assert len(server.messages) == 3
        assert server.connections == 2

    def test_that_were_idle_for_long_are_not_used_again(self, server: MailServer) -> None:
        """A firewall may have dropped them, and then nobody would answer."""
        clock = MonotonicClock()
        here = SmtpServer("127.0.0.1", server.port, "none")
        with closing(SmtpMail(here, SENDER, link, INSTALLATION, clock=clock)) as mail:
            send(mail, page())
            clock.advance(IDLE_LIMIT - timedelta(seconds=1))
            send(mail, page(incident=2))
            assert server.connections == 1
            clock.advance(IDLE_LIMIT)
            send(mail, page(incident=3))

            assert server.connections == 2
            assert len(server.messages) == 3

    def test_outlive_a_server_that_is_down_for_a_while(self, server: MailServer) -> None:
        """Pages fail as long as it is down, and the next one after that goes through."""
        with closing(mail_to(server.port)) as mail:
            send(mail, page())
            server.stop()
            with pytest.raises(DeliveryFailed, match="refused"):
                send(mail, page(incident=2))
            server.start()
            send(mail, page(incident=2))

            assert len(server.messages) == 2

    def test_end_politely(self, server: MailServer, mail: SmtpMail) -> None:
        """Closing sends QUIT on every connection."""
        send(mail, page())
        mail.close()
        mail.close()

        server.wait_until_nobody_is_connected()
        assert server.commands == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]

    def test_that_are_in_use_end_after_their_page(self, server: MailServer, mail: SmtpMail) -> None:
        """Closing loses no page that is on its way."""
        server.answer_together(2)
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(send, mail, page())
            server.wait_for_command("RCPT")
            mail.close()
            second = threads.submit(send, mail, page(incident=2))
            receipts = {first.result(), second.result()}

        server.wait_until_nobody_is_connected()
        assert {received.message["Message-ID"] for received in server.messages} == receipts
        assert server.commands.count("QUIT") == 2

    def test_to_a_server_that_is_gone_without_a_word_are_noticed(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """The system asks whether it is there: a slow server answers that, a dead one does not."""
        send(mail, page())

        [kept] = mail._kept  # noqa: SLF001 - nothing else tells what the system is asked to do
        assert kept.sock is not None
        assert kept.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        for name, seconds in KEEPALIVE.items():
            assert kept.sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == seconds


class TestInterruption:
    """Pager stops, and a mail server hangs."""

    @pytest.mark.parametrize(
        ("script", "error"),
        [
            (Dialogue.wait_for_close, DeliveryFailed),
            (lambda dialogue: dialogue.serve_until("RCPT"), DeliveryFailed),
            (hang_up_after_final_dot, DeliveryUnknown),
        ],
        ids=["greeting", "RCPT", "final dot"],
    )
    @pytest.mark.parametrize("security", ["none", "tls"])
    def test_ends_what_is_under_way_at_once(
        self, tls: Tls, security: Security, script: Script, error: type[DeliveryError]
    ) -> None:
        """And says what is known of it: after the final dot, nothing."""
        hanging = threading.Event()

        def hang(dialogue: Dialogue) -> None:
            if security == "tls":
                dialogue.encrypt(tls.server)
            if script is not Dialogue.wait_for_close:
                script(dialogue)
            hanging.set()
            dialogue.wait_for_close()

        with ScriptedServer(hang) as server, ThreadPoolExecutor(1) as thread:
            here = SmtpServer("127.0.0.1", server.port, security)
            mail = SmtpMail(here, SENDER, link, INSTALLATION, tls=tls.client)
            sending = thread.submit(send, mail, page())
            assert hanging.wait(WAIT_TIMEOUT)
            mail.interrupt()
            with pytest.raises(error, match="Pager stops"):
                sending.result(WAIT_TIMEOUT)
            with pytest.raises(DeliveryFailed, match="Pager stops"):
                send(mail, page(incident=2))
            mail.close()
