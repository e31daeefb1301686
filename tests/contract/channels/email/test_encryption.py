"""STARTTLS, TLS and passwords."""

from contextlib import closing

import pytest

from contract.channels.email.sending import (
    INSTALLATION,
    SENDER,
    Tls,
    link,
    mail_for,
    page,
    send,
)
from contract.channels.smtp_server import (
    Dialogue,
    MailServer,
    ScriptedServer,
)
from pager import DeliveryFailed
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import Security, SmtpServer


class TestEncryption:
    """STARTTLS and TLS from the start, verified."""

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_comes_before_login_and_mail(self, tls: Tls, security: Security) -> None:
        """Over an encrypted connection the user logs in and sends."""
        with (
            MailServer(security=security, tls=tls.server, login=("ada", "s3cret")) as server,
            closing(mail_for(server, tls, user="ada", password="s3cret")) as mail,
        ):
            send(mail, page())
            send(mail, page(incident=2))

            assert [received.encrypted for received in server.messages] == [
                security == "starttls"
            ] * 2
            assert server.connections == 1

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_needs_a_certificate_that_is_trusted(self, tls: Tls, security: Security) -> None:
        """To a server that anybody could be, nothing is sent, least of all a password."""
        with (
            MailServer(security=security, tls=tls.server, login=("ada", "s3cret")) as server,
            closing(mail_for(server, Tls(), user="ada", password="s3cret")) as mail,
        ):
            with pytest.raises(DeliveryFailed, match="certificate verify failed"):
                send(mail, page())

            assert "MAIL" not in server.commands

    def test_needs_a_certificate_for_this_very_host(self, tls: Tls) -> None:
        """A trusted certificate of somebody else is not enough."""
        with MailServer(security="tls", tls=tls.server) as server:
            elsewhere = SmtpServer("localhost", server.port, "tls")
            with (
                closing(SmtpMail(elsewhere, SENDER, link, INSTALLATION, tls=tls.client)) as mail,
                pytest.raises(DeliveryFailed, match="not valid for 'localhost'"),
            ):
                send(mail, page())

    def test_is_never_left_out(self, tls: Tls) -> None:
        """A server that does not offer STARTTLS gets nothing in the clear."""
        with MailServer() as server:
            here = SmtpServer("127.0.0.1", server.port, "starttls", "ada", "s3cret")
            with (
                closing(SmtpMail(here, SENDER, link, INSTALLATION, tls=tls.client)) as mail,
                pytest.raises(DeliveryFailed, match="454 TLS not available"),
            ):
                send(mail, page())

            assert server.commands == ["EHLO"]

    def test_forgets_what_was_said_before_it(self, tls: Tls) -> None:
        """What somebody slipped in behind the answer to STARTTLS does not count."""

        def slip_in(dialogue: Dialogue) -> None:
            dialogue.serve_until("STARTTLS", features=("STARTTLS",))
            dialogue.send("220 Go on\r\n250-evil.example.com\r\n250 SMTPUTF8\r\n")
            dialogue.encrypt(tls.server)
            dialogue.continue_until("QUIT", features=("SIZE",))

        with ScriptedServer(slip_in) as server:
            here = SmtpServer("127.0.0.1", server.port, "starttls")
            with closing(SmtpMail(here, SENDER, link, INSTALLATION, tls=tls.client)) as mail:
                with pytest.raises(DeliveryFailed, match="does not offer SMTPUTF8"):
                    send(mail, page(to="jürgen@example.com"))
                send(mail, page())


class TestPasswords:
    """The password goes to the server and nowhere else."""

    def test_that_are_wrong_are_a_failure(self, tls: Tls) -> None:
        """An operator may set the right password; until then, the error has the server's reason."""
        with (
            MailServer(security="starttls", tls=tls.server, login=("ada", "s3cret")) as server,
            closing(mail_for(server, tls, user="ada", password="wr0ng")) as mail,
        ):
            with pytest.raises(DeliveryFailed, match=r"535 5\.7\.8") as failure:
                send(mail, page())

            assert "wr0ng" not in str(failure.value)

    def test_that_nobody_asks_for_are_a_failure(self, server: MailServer) -> None:
        """A server without AUTH is not the one that the operator meant."""
        here = SmtpServer("127.0.0.1", server.port, "none", "ada", "s3cret")
        with (
            closing(SmtpMail(here, SENDER, link, INSTALLATION)) as mail,
            pytest.raises(DeliveryFailed, match="authentication method"),
        ):
            send(mail, page())

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
    def test_are_not_told_even_if_the_server_repeats_them(self, mechanism: str) -> None:
        """A server that quotes what it did not understand may quote a password."""

        def repeat(dialogue: Dialogue) -> None:
            line = dialogue.serve_until("AUTH", features=(f"AUTH {mechanism}",))
            if mechanism == "LOGIN":
                dialogue.send("334 UGFzc3dvcmQ6\r\n")
                line = dialogue.receive()
            dialogue.send(f"535 5.7.8 Not understood: {line} s3cret\r\n")
            dialogue.wait_for_close()

        with ScriptedServer(repeat) as server:
            here = SmtpServer("127.0.0.1", server.port, "none", "ada", "s3cret")
            with (
                closing(SmtpMail(here, SENDER, link, INSTALLATION)) as mail,
                pytest.raises(DeliveryFailed, match="Not understood") as failure,
            ):
                send(mail, page())

        assert failure.value.reason.endswith("*** ***")
