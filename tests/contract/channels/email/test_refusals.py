"""What the mail server refuses, and whether it is tried again."""

from contextlib import closing

import pytest

from contract.channels.email.sending import (
    NO_SUCH_USER,
    mail_to,
    page,
    send,
)
from contract.channels.smtp_server import (
    Command,
    Dialogue,
    MailServer,
    ScriptedServer,
)
from pager import DeliveryFailed, DeliveryRefused
from pager.adapters.channels.email.mail import SmtpMail


class TestRefusals:
    """What the server refuses, and whether that is for good."""

    @pytest.mark.parametrize("command", ["RCPT", "DATA"])
    @pytest.mark.parametrize("reply", ["550 5.1.1 No such user", "550 No such user"])
    def test_of_the_mailbox_are_for_good(
        self, server: MailServer, mail: SmtpMail, command: Command, reply: str
    ) -> None:
        """There is no such mailbox, as some servers say only once they have the message."""
        server.answer(command, reply)

        with pytest.raises(DeliveryRefused) as refusal:
            send(mail, page())

        assert refusal.value.reason == f"127.0.0.1:{server.port}: {reply}"
        send(mail, page(to="grace@example.com"))
        assert server.connections == 1

    @pytest.mark.parametrize(
        "reply",
        [
            "450 5.1.1 Try again, or not",
            "530 Authentication required",
            "550 5.4.1 Access denied",
            "550 relay not permitted",
            "552 5.2.2 Mailbox full",
        ],
    )
    def test_for_any_other_reason_are_not_for_good(
        self, server: MailServer, mail: SmtpMail, reply: str
    ) -> None:
        """An operator may mend it while the incident runs (`test_answers.py` has the others)."""
        server.answer("RCPT", reply)

        with pytest.raises(DeliveryFailed) as failure:
            send(mail, page())

        assert failure.value.reason == f"127.0.0.1:{server.port}: {reply}"

    def test_of_data_itself_may_be_of_the_mailbox(self) -> None:
        """Some servers take every RCPT, and say then that there is nobody."""

        def refuse(dialogue: Dialogue) -> None:
            dialogue.serve_until("DATA")
            dialogue.send("554 5.1.1 No such recipient\r\n")
            dialogue.continue_until("QUIT")

        with (
            ScriptedServer(refuse) as server,
            closing(mail_to(server.port)) as mail,
            pytest.raises(DeliveryRefused, match="No such recipient"),
        ):
            send(mail, page())

    @pytest.mark.parametrize("reply", ["451 4.3.0 Try later", "550 5.1.1 No such user", "552 Full"])
    def test_of_the_sender_are_not_for_good(
        self, server: MailServer, mail: SmtpMail, reply: str
    ) -> None:
        """MAIL says nothing about the Target."""
        server.answer("MAIL", reply)

        with pytest.raises(DeliveryFailed, match=reply):
            send(mail, page())

    @pytest.mark.parametrize(
        "reply", ["451 4.3.0 Try later", "554 5.7.1 Spam", "550 5.1.1 Spam", "421 Later"]
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
        server.answer(
            "RCPT", "550-5.1.1 No\x1b[31m such user\r\n550 5.1.1 No such user " + "no " * 400
        )

        with pytest.raises(DeliveryRefused) as refusal:
            send(mail, page())

        reason = refusal.value.reason
        assert reason.startswith(
            f"127.0.0.1:{server.port}: 550 5.1.1 No [31m such user 5.1.1 No such user no"
        )
        assert len(reason) == 300
