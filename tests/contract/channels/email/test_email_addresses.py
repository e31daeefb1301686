"""Addresses of Targets and of the sender."""

from contextlib import closing

import pytest

from contract.channels.email.sending import (
    INSTALLATION,
    link,
    mail_to,
    page,
    send,
)
from contract.channels.smtp_server import (
    MailServer,
)
from pager import DeliveryFailed, EmailTarget
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.model import ACCEPTED


class TestAddresses:
    """Who it is for, and from."""

    def test_have_their_domain_in_ascii(self, server: MailServer, mail: SmtpMail) -> None:
        """An internationalised domain is sent in the form that every server takes."""
        send(mail, page(to="ada@bücher.example"))

        received = server.messages[0]
        assert received.recipients == ["ada@xn--bcher-kva.example"]
        assert received.message["To"] == "ada@xn--bcher-kva.example"

    def test_may_be_those_of_a_test(self, server: MailServer) -> None:
        """Names under .test are reserved for that, and the model takes them."""
        here = SmtpServer("127.0.0.1", server.port, "none")
        with closing(SmtpMail(here, "pager@pager.test", link, INSTALLATION)) as mail:
            send(mail, page(to="ada@example.test"))

        assert server.messages[0].recipients == ["ada@example.test"]

    @pytest.mark.parametrize("address", ["ada@intranet", "ada@printer.local"])
    def test_that_a_library_no_longer_takes_are_for_the_server_to_judge(
        self, server: MailServer, mail: SmtpMail, address: str
    ) -> None:
        """They were accepted once, and somebody relies on being paged there."""
        accepted = EmailTarget.model_validate({"address": address}, context=ACCEPTED)
        mail.send(accepted, page())

        assert server.messages[0].recipients == [address]

    def test_beyond_ascii_use_smtputf8(self, server: MailServer, mail: SmtpMail) -> None:
        """A local part that is not ASCII has no other form, and this server takes it."""
        send(mail, page(to="jürgen@bücher.example"))

        received = server.messages[0]
        assert received.recipients == ["jürgen@xn--bcher-kva.example"]
        assert "To: jürgen@xn--bcher-kva.example\r\n".encode() in received.raw

    def test_beyond_ascii_wait_for_a_server_with_smtputf8(self) -> None:
        """An operator may have another server; the reason is told, and the connection goes on."""
        with (
            MailServer(smtputf8=False) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryFailed, match="does not offer SMTPUTF8"):
                send(mail, page(to="jürgen@example.com"))
            send(mail, page())

            assert len(server.messages) == 1
            assert server.connections == 1

    @pytest.mark.parametrize(
        ("sender", "header", "envelope"),
        [
            ("pager@example.com", "pager@example.com", "pager@example.com"),
            (
                '"Störung, Inc." <pager@bücher.example>',
                '"Störung, Inc." <pager@xn--bcher-kva.example>',
                "pager@xn--bcher-kva.example",
            ),
            ("pager@corp.local", "pager@corp.local", "pager@corp.local"),
            ("pager@mailhost", "pager@mailhost", "pager@mailhost"),
            ("Pager <root@localhost>", "Pager <root@localhost>", "root@localhost"),
            ('"Ops, 1" <pager@[127.0.0.1]>', '"Ops, 1" <pager@[127.0.0.1]>', "pager@[127.0.0.1]"),
        ],
    )
    def test_of_the_sender_may_have_a_name(
        self, server: MailServer, sender: str, header: str, envelope: str
    ) -> None:
        """The name goes into From alone; the domain is sent in ASCII."""
        with closing(
            SmtpMail(SmtpServer("127.0.0.1", server.port, "none"), sender, link, INSTALLATION)
        ) as mail:
            receipt = send(mail, page())

        received = server.messages[0]
        assert received.message["From"] == header
        assert received.sender == envelope
        assert receipt.endswith(f"@{envelope.partition('@')[2]}>")

    @pytest.mark.parametrize(
        "sender",
        [
            "",
            "pager",
            "a@x.example, b@x.example",
            "a@x.local, b@x.local",
            "jürgen@x.example",
            "jürgen@x.local",
            '"a\nBcc: e" <b@x.example>',
            '"a\nBcc: e" <b@x.local>',
            "<pager@x.local",
            "a <b> <pager@x.local>",
        ],
    )
    def test_of_the_sender_are_checked_at_once(self, sender: str) -> None:
        """A sender that no mail can come from is an error at the start, not in the night."""
        with pytest.raises(ValueError, match=r"\.$"):
            SmtpMail(SmtpServer("127.0.0.1", 25, "none"), sender, link, INSTALLATION)
