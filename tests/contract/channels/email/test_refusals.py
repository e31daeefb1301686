"""What the mail server refuses, and whether it is tried again."""

import pytest

from contract.channels.email.sending import (
    NO_SUCH_USER,
    page,
    send,
)
from contract.channels.smtp_server import (
    Command,
    MailServer,
)
from pager import DeliveryFailed, DeliveryRefused
from pager.adapters.channels.email.mail import SmtpMail


class TestRefusals:
    """What the server refuses, and whether that is for good."""

    @pytest.mark.parametrize(
        "reply",
        [
            "550 5.1.1 No such user",
            "550 No such user",
            "551 User not local",
            "553 Mailbox name not allowed",
            "550 5.1.10 Recipient address has null MX",
            "552 5.2.2 Mailbox full",
            "554 5.2.1 Mailbox disabled",
        ],
    )
    def test_of_the_mailbox_are_for_good(
        self, server: MailServer, mail: SmtpMail, reply: str
    ) -> None:
        """Trying again is pointless where the server does not have this mailbox."""
        server.answer("RCPT", reply)

        with pytest.raises(DeliveryRefused) as refusal:
            send(mail, page())

        assert refusal.value.reason == f"127.0.0.1:{server.port}: {reply}"

    @pytest.mark.parametrize(
        "reply",
        [
            "450 4.2.0 Greylisted",
            "450 4.1.1 Try again",
            "450 5.1.1 Try again, or not",
            "452 Too many recipients",
            "530 Authentication required",
            "530 5.7.0 Authentication required",
            "535 5.7.8 Bad credentials",
            "550 5.7.1 Relay access denied",
            "550 5.1.8 Sender address rejected: domain not found",
            "553 5.1.7 Bad sender",
            "550 5.4.1 Access denied",
            "554 Transaction failed",
            "554 5.7.1 Blocked by policy",
            "503 Bad sequence of commands",
        ],
    )
    def test_of_us_or_just_now_are_not_for_good(
        self, server: MailServer, mail: SmtpMail, reply: str
    ) -> None:
        """An operator may fix relaying, credentials or policy while the incident runs."""
        server.answer("RCPT", reply)

        with pytest.raises(DeliveryFailed) as failure:
            send(mail, page())

        assert failure.value.reason == f"127.0.0.1:{server.port}: {reply}"

    @pytest.mark.parametrize("reply", ["451 4.3.0 Try later", "550 5.1.1 Who are you", "552 Full"])
    def test_of_the_sender_are_not_for_good(
        self, server: MailServer, mail: SmtpMail, reply: str
    ) -> None:
        """MAIL says nothing about the Target."""
        server.answer("MAIL", reply)

        with pytest.raises(DeliveryFailed, match=reply):
            send(mail, page())

    @pytest.mark.parametrize(
        "reply", ["451 4.3.0 Try later", "554 5.7.1 Spam", "550 5.1.1 No such user", "421 Later"]
    )
    def test_of_the_content_are_not_for_good(
        self, server: MailServer, mail: SmtpMail, reply: str
    ) -> None:
        """A server that refuses after the final dot does not have the page: it is tried again."""
        server.answer("DATA", reply)

        with pytest.raises(DeliveryFailed, match=reply):
            send(mail, page())

        assert server.messages == []

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_do_not_affect_the_next_page(
        self, server: MailServer, mail: SmtpMail, command: Command
    ) -> None:
        """The transaction is reset, and the connection goes on."""
        send(mail, page())
        server.answer(command, "451 4.3.0 Try later")
        with pytest.raises(DeliveryFailed):
            send(mail, page(to="grace@example.com"))
        send(mail, page(to="alan@example.com"))

        assert [received.recipients for received in server.messages] == [
            ["ada@example.com"],
            ["alan@example.com"],
        ]
        assert server.connections == 1

    def test_of_one_target_do_not_affect_another(self, server: MailServer, mail: SmtpMail) -> None:
        """Grace has no mailbox any more; Ada is paged before and after."""
        server.refuse("grace@example.com", NO_SUCH_USER)

        send(mail, page())
        with pytest.raises(DeliveryRefused):
            send(mail, page(to="grace@example.com"))
        send(mail, page(level=2))

        assert [received.recipients for received in server.messages] == [["ada@example.com"]] * 2

    def test_are_told_in_one_bounded_line(self, server: MailServer, mail: SmtpMail) -> None:
        """Whatever a server says, the reason is a line that an operator can read."""
        server.answer("RCPT", "550-5.1.1 No\x1b[31m\r\n550 5.1.1 " + "no " * 400)

        with pytest.raises(DeliveryRefused) as refusal:
            send(mail, page())

        reason = refusal.value.reason
        assert reason.startswith(f"127.0.0.1:{server.port}: 550 5.1.1 No [31m 5.1.1 no no no")
        assert len(reason) == 300
