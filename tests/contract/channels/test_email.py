"""The Mail port over SMTP, with servers that accept, refuse, fall silent and hang up: arrow 5."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import trustme
from pydantic import ValidationError

from contract.channels.smtp_server import (
    PATIENCE,
    Command,
    Dialogue,
    MailServer,
    Script,
    ScriptedServer,
)
from pager import DeliveryFailed, DeliveryRefused, DeliveryUnknown, EmailTarget, Notification
from pager.adapters.channels.email.mail import IDLE_LIMIT, SmtpMail
from pager.adapters.channels.email.server import Security, SmtpServer
from pager.adapters.channels.test_page import TestPage
from pager.model import ACCEPTED
from pager.ports import Mail

INSTALLATION = b"this one"
SENDER = "Pager <pager@example.com>"
MESSAGE = "p99 latency above 3 s"
NO_SUCH_USER = "550 5.1.1 No such user here"
ADA = EmailTarget(address="ada@example.com")
TEST_PAGE = TestPage(target=ADA, service_id="checkout-api", sent_by="grace@example.com")


class Clock:
    """Monotonic seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by.total_seconds()


class Tls:
    """A certificate for 127.0.0.1, and a client that trusts who signed it."""

    def __init__(self) -> None:
        authority = trustme.CA()
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self.server)
        self.client = ssl.create_default_context()
        authority.configure_trust(self.client)


def link(notification: Notification) -> str:
    """An acknowledge link."""
    return f"https://pager.example.com/ack/{notification.service_id}/{notification.incident}?t=x"


def page(
    message: str = MESSAGE,
    *,
    to: str = "ada@example.com",
    incident: int = 1,
    level: int = 1,
    service_id: str = "checkout-api",
) -> Notification:
    """A page."""
    return Notification(
        service_id=service_id,
        incident=incident,
        level=level,
        target=EmailTarget(address=to),
        message=message,
    )


def send(mail: Mail, notification: Notification) -> str:
    """Send a page to its own Target."""
    assert isinstance(notification.target, EmailTarget)
    return mail.send(notification.target, notification)


def mail_to(port: int) -> SmtpMail:
    """Mail by a plain server on this machine."""
    return SmtpMail(SmtpServer("127.0.0.1", port, "none"), SENDER, link, INSTALLATION)


@pytest.fixture(scope="module")
def tls() -> Tls:
    """Certificates are slow to make: one set is enough."""
    return Tls()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A real mail server that accepts everything."""
    with MailServer() as server:
        yield server


@pytest.fixture
def mail(server: MailServer) -> Iterator[SmtpMail]:
    """Mail by that server."""
    with closing(mail_to(server.port)) as mail:
        yield mail


class TestTheMessage:
    """What is sent."""

    def test_says_what_is_wrong_where_and_how_to_acknowledge(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """The text has the message in full, the service, the incident, the Level and the link."""
        send(mail, page("p99 latency above 3 s\n\n  at eu-west-1\n", incident=3))

        assert server.messages[0].text == (
            "p99 latency above 3 s\n"
            "\n"
            "  at eu-west-1\n"
            "\n"
            "Acknowledge: https://pager.example.com/ack/checkout-api/3?t=x\n"
            "The link opens a page with one button. "
            "Once it is pressed, nobody else is notified.\n"
            "\n"
            "Monitored Service: checkout-api\n"
            "Incident: 3\n"
            "Level: 1\n"
        )

    def test_begins_with_its_level_once_that_is_not_the_first(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """A phone shows the first line. The subject stays: Gmail begins a thread with another."""
        for level in (1, 2):
            send(mail, page("p99 latency above 3 s", level=level))

        first, second = server.messages
        assert second.text.startswith(
            "Level 2: nobody answered Level 1.\n\np99 latency above 3 s\n"
        )
        assert second.message["Subject"] == first.message["Subject"]
        assert second.message["References"] == first.message["References"]

    def test_has_the_headers_of_an_automatic_mail(self, server: MailServer, mail: SmtpMail) -> None:
        """It says from whom it is, to whom, about what, since when, and that a program wrote it."""
        before = datetime.now(UTC).replace(microsecond=0)
        send(mail, page())

        received = server.messages[0]
        assert (received.sender, received.recipients) == ("pager@example.com", ["ada@example.com"])
        headers = dict(received.message.items())
        assert before <= parsedate_to_datetime(headers.pop("Date")) <= datetime.now(UTC)
        assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", headers.pop("Message-ID"))
        assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", headers.pop("References"))
        assert headers == {
            "From": "Pager <pager@example.com>",
            "To": "ada@example.com",
            "Subject": "[checkout-api] p99 latency above 3 s",
            "Auto-Submitted": "auto-generated",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "quoted-printable",
            "MIME-Version": "1.0",
        }

    @pytest.mark.parametrize(
        "message",
        [
            "Störung: Überlast — 日本語 🔥",
            "日本語のアラート " * 100,
            "x" * 10_000,
            "é" * 10_000,
            ".\n..\n.hidden\nFrom the start\n.",
            "trailing space \n\ttab\n=20 =?utf-8?q?x?=",
        ],
    )
    def test_arrives_as_it_was_written(
        self, server: MailServer, mail: SmtpMail, message: str
    ) -> None:
        """Any text survives, in ASCII lines that every server takes."""
        send(mail, page(message))

        received = server.messages[0]
        assert received.text.startswith(message + "\n\nAcknowledge: ")
        assert max(len(line) for line in received.raw.split(b"\r\n")) < 998
        assert received.raw.isascii()

    @pytest.mark.parametrize(
        ("message", "subject"),
        [
            ("disk full\non db-1", "[checkout-api] disk full"),
            ("\n \n disk  full \r\nmore", "[checkout-api] disk full"),
            ("disk\tfull\x1b[31m now", "[checkout-api] disk full [31m now"),
            ("disk\u2028full", "[checkout-api] disk"),
            ("Störung: 日本語 🔥", "[checkout-api] Störung: 日本語 🔥"),
            ("é é é é " * 15, "[checkout-api] " + "é é é é " * 14 + "é é é é"),
            ("=?utf-8?q?hello?=", "[checkout-api] =?utf-8?q?hello?="),
            (" \n", "[checkout-api]"),
            ("x" * 200, "[checkout-api] " + "x" * 134 + "…"),
            ("word " * 40, "[checkout-api] " + "word " * 26 + "word…"),
        ],
    )
    def test_has_its_first_line_as_the_subject(
        self, server: MailServer, mail: SmtpMail, message: str, subject: str
    ) -> None:
        """The subject is one line of at most 150 characters, whatever the message is."""
        send(mail, page(message))

        assert server.messages[0].message["Subject"] == subject

    @pytest.mark.parametrize(
        "message",
        [
            "down\r\nBcc: eve@example.com\r\n\r\nhello",
            "down\rBcc: eve@example.com",
            "down =?utf-8?q?a=0D=0ABcc=3A_eve=40example.com?=",
            "down\r\n.\r\nMAIL FROM:<eve@example.com>\r\n",
            "down\n.\rMAIL FROM:<eve@example.com>\r.\n",
            "down\x85Bcc: eve@example.com\x0b\x0c\x1c\u2028Bcc: eve@example.com",
        ],
    )
    def test_cannot_be_given_headers_or_commands(
        self, server: MailServer, mail: SmtpMail, message: str
    ) -> None:
        """No line break, plain or encoded, leads out of the subject or out of the text."""
        send(mail, page(message))

        assert [
            (received.recipients, "Bcc" in received.message) for received in server.messages
        ] == [(["ada@example.com"], False)]
        raw = server.messages[0].raw
        assert b"\nBcc" not in raw.split(b"\r\n\r\n")[0]
        assert b"\r" not in raw.replace(b"\r\n", b"")
        assert b"\n" not in raw.replace(b"\r\n", b"")

    def test_cannot_be_given_headers_by_an_address(self) -> None:
        """An address that has an encoded line break in it is written as it is."""
        heard = []

        def listen(dialogue: Dialogue) -> None:
            heard.append(dialogue.answer_until("RCPT"))
            dialogue.say("250 OK\r\n")
            dialogue.go_on_until("DATA")
            heard.append(dialogue.take_message())
            dialogue.say("250 OK\r\n")
            dialogue.go_on_until("QUIT")

        with ScriptedServer(listen) as server, closing(mail_to(server.port)) as mail:
            send(mail, page(to="=?utf-8?q?a=0D=0ABcc=3Aeve?=@example.com"))

        assert "<=?utf-8?q?a=0D=0ABcc=3Aeve?=@example.com>" in heard[0]
        assert "\r\nTo: =?utf-8?q?a=0D=0ABcc=3Aeve?=@example.com\r\n" in heard[1]

    def test_shows_control_characters_instead_of_sending_them(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """Every line break becomes one of mail; a control character, a sign that it was there."""
        send(mail, page("a\r\nb\rc\x0bd\te\x1b[31mf\x7f\x9b"))

        assert server.messages[0].text.startswith("a\nb\nc\nd\te\ufffd[31mf\ufffd\ufffd\n\nAck")


class TestTheMessageId:
    """How the receiving side can tell a second mail of one page."""

    def test_is_the_receipt(self, server: MailServer, mail: SmtpMail) -> None:
        """What send returns is what an operator finds in the logs of the mail server."""
        receipt = send(mail, page())

        assert server.messages[0].message["Message-ID"] == receipt

    def test_is_the_same_for_the_same_page(self, server: MailServer, mail: SmtpMail) -> None:
        """Idempotency key and installation alone make it, in this process and in every other."""
        again = page("another text", to="ADA@example.com")

        assert send(mail, page()) == send(mail, again)
        assert send(mail, page()) == "<9b57ee3db7e8de4939a9420fef8d3350@example.com>"
        assert len(server.messages) == 3

    def test_is_another_for_another_installation(self, server: MailServer, mail: SmtpMail) -> None:
        """Or a server that drops duplicates would drop the pages of a Pager that began anew."""
        here = SmtpServer("127.0.0.1", server.port, "none")
        with closing(SmtpMail(here, SENDER, link, b"another one")) as other:
            assert send(mail, page()) != send(other, page())

    def test_is_another_for_every_other_page(self, server: MailServer, mail: SmtpMail) -> None:
        """Incident, Level, Target and service each make another page."""
        pages = [
            page(),
            page(incident=2),
            page(level=2),
            page(to="grace@example.com"),
            page(service_id="search"),
        ]

        for notification in pages:
            send(mail, notification)

        assert len({received.message["Message-ID"] for received in server.messages}) == len(pages)

    def test_of_one_incident_refer_to_one_thread(self, server: MailServer, mail: SmtpMail) -> None:
        """Mail programs show the Levels of an incident together, and each incident by itself."""
        for notification in (page(), page(level=2), page(incident=2), page(service_id="search")):
            send(mail, notification)

        first, second, other, elsewhere = (
            received.message["References"] for received in server.messages
        )
        assert first == second
        assert len({first, other, elsewhere}) == 3


class TestATestPage:
    """What is sent on a quiet day, to find out whether it arrives."""

    def test_says_that_it_is_one_and_who_sent_it(self, server: MailServer, mail: SmtpMail) -> None:
        """Its subject does so first; and there is no link that acknowledges anything."""
        mail.send_test_page(ADA, TEST_PAGE)

        received = server.messages[0]
        assert received.message["Subject"] == "[TEST] Pager: this is only a test"
        assert received.text == (
            "This is only a test. Nothing is wrong, and there is nothing to acknowledge.\n"
            "\n"
            "Sent by: grace@example.com\n"
            "Monitored Service: checkout-api\n"
            "\n"
            "You are a Target of its Escalation Policy: this is how its pages would reach you.\n"
        )

    def test_comes_as_a_page_comes(self, server: MailServer, mail: SmtpMail) -> None:
        """Or its arrival would say nothing about that of a page."""
        send(mail, page())
        mail.send_test_page(ADA, TEST_PAGE)

        real, test_page = (received.message for received in server.messages)
        own = {"Message-ID", "References", "Subject", "Date"}
        assert {name: test_page[name] for name in test_page if name not in own} == {
            name: real[name] for name in real if name not in own
        }
        assert server.connections == 1

    def test_is_never_a_duplicate(self, server: MailServer, mail: SmtpMail) -> None:
        """Each is another mail, whose Message-ID is the receipt, and hides in no thread."""
        receipts = [mail.send_test_page(ADA, TEST_PAGE) for _ in range(2)]

        assert [received.message["Message-ID"] for received in server.messages] == receipts
        assert len(set(receipts)) == 2
        for received in server.messages:
            assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", received.message["Message-ID"])
            assert "References" not in received.message

    def test_survives_any_name(self, server: MailServer, mail: SmtpMail) -> None:
        """A name is text and nothing else, wherever it comes from."""
        name = "=?utf-8?q?=0D=0ABcc:eve?= Zoë 日本 🔥"
        mail.send_test_page(ADA, TEST_PAGE.model_copy(update={"sent_by": name}))

        assert f"\nSent by: {name}\n" in server.messages[0].text
        assert "Bcc" not in server.messages[0].message

    @pytest.mark.parametrize("name", ["", "a\nBcc: eve", "a\x1b[31m", "a\u2028b", "x" * 101])
    def test_is_sent_by_somebody_with_a_name_of_one_line(self, name: str) -> None:
        """Nothing else can be put into one."""
        with pytest.raises(ValidationError):
            TestPage(target=ADA, service_id="checkout-api", sent_by=name)

    def test_is_refused_as_a_page_is(self, server: MailServer, mail: SmtpMail) -> None:
        """So an operator hears in time what would become of a page."""
        server.answer("RCPT", NO_SUCH_USER)

        with pytest.raises(DeliveryRefused, match=NO_SUCH_USER):
            mail.send_test_page(ADA, TEST_PAGE)


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

    def test_beyond_ascii_are_refused_by_a_server_without_smtputf8(self) -> None:
        """It is refused for good, with the reason, and the connection goes on."""
        with (
            MailServer(smtputf8=False) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryRefused, match="does not offer SMTPUTF8"):
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
        ["", "pager", "a@x.example, b@x.example", "jürgen@x.example", '"a\nBcc: e" <b@x.example>'],
    )
    def test_of_the_sender_are_checked_at_once(self, sender: str) -> None:
        """A sender that no mail can come from is an error at the start, not in the night."""
        with pytest.raises(ValueError, match=r"\.$"):
            SmtpMail(SmtpServer("127.0.0.1", 25, "none"), sender, link, INSTALLATION)


class TestRefusals:
    """What the server says no to, and what that means."""

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
        """An operator may mend relaying, credentials or policy while the incident runs."""
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


class TestConnections:
    """They are kept, and they are clean."""

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
        server.let_meet(4)
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
    def test_that_the_server_takes_leave_of_are_no_failure(
        self, server: MailServer, mail: SmtpMail, command: Command
    ) -> None:
        """421 on a kept connection is about the connection, not about the page."""
        send(mail, page())
        server.answer(command, "421 4.4.2 Idle for too long")
        send(mail, page(incident=2))

        assert len(server.messages) == 2
        assert server.connections == 2

    def test_are_made_anew_only_once(self, server: MailServer, mail: SmtpMail) -> None:
        """A server that takes leave of the new connection too is not to be pressed."""
        send(mail, page())
        server.answer("MAIL", "421 4.3.2 Shutting down", times=2)

        with pytest.raises(DeliveryFailed, match=r"421 4\.3\.2 Shutting down"):
            send(mail, page(incident=2))

        assert server.connections == 2
        send(mail, page(incident=2))
        assert len(server.messages) == 2

    def test_that_were_idle_for_long_are_not_trusted(self, server: MailServer) -> None:
        """A firewall may have forgotten them, and then nobody would answer."""
        clock = Clock()
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
        """Closing says QUIT on every connection, and is heard."""
        send(mail, page())
        mail.close()
        mail.close()

        server.wait_until_nobody_is_connected()
        assert server.commands == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]

    def test_that_are_in_use_end_after_their_page(self, server: MailServer, mail: SmtpMail) -> None:
        """Closing loses no page that is on its way."""
        server.let_meet(2)
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(send, mail, page())
            server.wait_for_command("RCPT")
            mail.close()
            second = threads.submit(send, mail, page(incident=2))
            receipts = {first.result(), second.result()}

        server.wait_until_nobody_is_connected()
        assert {received.message["Message-ID"] for received in server.messages} == receipts
        assert server.commands.count("QUIT") == 2


def mail_for(
    server: MailServer, tls: Tls, *, user: str | None = None, password: str | None = None
) -> SmtpMail:
    """Mail by a server whose certificate is trusted."""
    reached = replace(SmtpServer.from_url(server.url), user=user, password=password)
    return SmtpMail(reached, SENDER, link, INSTALLATION, tls=tls.client)


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
            dialogue.answer_until("STARTTLS", features=("STARTTLS",))
            dialogue.say("220 Go on\r\n250-evil.example.com\r\n250 SMTPUTF8\r\n")
            dialogue.encrypt(tls.server)
            dialogue.go_on_until("QUIT", features=("SIZE",))

        with ScriptedServer(slip_in) as server:
            here = SmtpServer("127.0.0.1", server.port, "starttls")
            with closing(SmtpMail(here, SENDER, link, INSTALLATION, tls=tls.client)) as mail:
                with pytest.raises(DeliveryRefused, match="does not offer SMTPUTF8"):
                    send(mail, page(to="jürgen@example.com"))
                send(mail, page())


class TestSecrets:
    """The password goes to the server and nowhere else."""

    def test_that_are_wrong_are_a_failure(self, tls: Tls) -> None:
        """An operator may set the right password; until then, the server's reason is told."""
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
            line = dialogue.answer_until("AUTH", features=(f"AUTH {mechanism}",))
            if mechanism == "LOGIN":
                dialogue.say("334 UGFzc3dvcmQ6\r\n")
                line = dialogue.hear()
            dialogue.say(f"535 5.7.8 Not understood: {line} s3cret\r\n")
            dialogue.hear_out()

        with ScriptedServer(repeat) as server:
            here = SmtpServer("127.0.0.1", server.port, "none", "ada", "s3cret")
            with (
                closing(SmtpMail(here, SENDER, link, INSTALLATION)) as mail,
                pytest.raises(DeliveryFailed, match="Not understood") as failure,
            ):
                send(mail, page())

        assert failure.value.reason.endswith("*** ***")


def hang_up_at(command: str) -> Script:
    """A server that ends the connection instead of answering `command`."""
    return lambda dialogue: dialogue.answer_until(command)


def hang_up_after_final_dot(dialogue: Dialogue) -> None:
    """Take the whole message, and end the connection without a word."""
    dialogue.answer_until("DATA")
    dialogue.take_message()


def accept_everything(dialogue: Dialogue) -> None:
    """Be a good server."""
    dialogue.answer_until("QUIT")
    dialogue.say("221 Bye\r\n")


def in_time(clock: Clock, port: int) -> SmtpMail:
    """Mail whose time is the test's."""
    here = SmtpServer("127.0.0.1", port, "none")
    return SmtpMail(here, SENDER, link, INSTALLATION, timedelta(seconds=20), clock=clock)


class TestBrokenServers:
    """A server that goes away or falls silent."""

    @pytest.mark.parametrize("security", ["none", "starttls", "tls"])
    def test_that_never_answer_are_given_up(self, tls: Tls, security: Security) -> None:
        """A connection that is accepted and then silent does not hold the page up."""
        with ScriptedServer(Dialogue.hear_out) as server:
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
        """Where not even the connection is answered, the time is over all the same."""
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
            # Not even this test has a name server of its own.
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
        with ScriptedServer(lambda dialogue: dialogue.say(f"{greeting}\r\n")) as server:
            with (
                closing(mail_to(server.port)) as mail,
                pytest.raises(DeliveryFailed, match=reason),
            ):
                send(mail, page())

            assert server.connections == 1

    @pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
    def test_that_hang_up_before_the_message_are_a_failure(self, command: str) -> None:
        """The server has nothing, for sure; a new connection is made for the next page only."""
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
            dialogue.answer_until("DATA")
            dialogue.say("354 Go on\r\n")
            dialogue.hear()

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
            dialogue.answer_until("DATA")
            dialogue.say("354 Go on\r\n")
            give_up.wait(PATIENCE)

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
            dialogue.answer_until("DATA")
            dialogue.take_message()
            dialogue.say("250 OK\r\n")
            dialogue.go_on_until("DATA")
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
        """Neither yes nor no: the page may have been taken."""

        def rave(dialogue: Dialogue) -> None:
            hang_up_after_final_dot(dialogue)
            dialogue.say(f"{nonsense}\r\n")
            dialogue.hear_out()

        with (
            ScriptedServer(rave) as server,
            closing(mail_to(server.port)) as mail,
            pytest.raises(DeliveryUnknown),
        ):
            send(mail, page())

    def test_that_answer_nonsense_are_not_talked_to_any_more(self) -> None:
        """Which answer is for which command, nobody knows after that."""

        def rave(dialogue: Dialogue) -> None:
            dialogue.answer_until("RCPT")
            dialogue.say("what?\r\n250 OK\r\n")
            dialogue.hear_out()

        with (
            ScriptedServer(rave, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryFailed):
                send(mail, page())
            send(mail, page())

            assert server.connections == 2

    def test_that_answer_without_end_are_a_failure(self) -> None:
        """A line that is too long to be an answer is the last one on its connection."""

        def babble(dialogue: Dialogue) -> None:
            dialogue.answer_until("RCPT")
            dialogue.say("250 " + "OK" * 10_000)
            dialogue.hear_out()

        with (
            ScriptedServer(babble, accept_everything) as server,
            closing(mail_to(server.port)) as mail,
        ):
            with pytest.raises(DeliveryFailed, match="too long"):
                send(mail, page())
            send(mail, page())

    def test_that_refuse_data_itself_get_no_message(self) -> None:
        """A message that nobody asked for would be read as commands."""

        def refuse(dialogue: Dialogue) -> None:
            dialogue.answer_until("DATA")
            dialogue.say("451 4.3.0 Not now\r\n")
            assert dialogue.hear().upper() == "RSET"
            dialogue.say("250 OK\r\n")
            dialogue.go_on_until("QUIT")

        with ScriptedServer(refuse) as server, closing(mail_to(server.port)) as mail:
            with pytest.raises(DeliveryFailed, match=r"451 4\.3\.0 Not now"):
                send(mail, page())
            send(mail, page())

            assert server.connections == 1

    @pytest.mark.parametrize("answer", ["", "502 5.5.1 What is that\r\n", "421 Bye\r\n"])
    def test_that_cannot_start_afresh_are_left(self, answer: str) -> None:
        """Where RSET fails, so does the connection, and the next page gets a new one."""

        def refuse(dialogue: Dialogue) -> None:
            dialogue.answer_until("RCPT")
            dialogue.say(f"{NO_SUCH_USER}\r\n")
            assert dialogue.hear().upper() == "RSET"
            dialogue.say(answer)
            if answer:
                dialogue.hear_out()

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


def wait_before(command: str, wait: Callable[[], None]) -> Script:
    """A good server that calls `wait` before each answer, and never answers `command`."""

    def script(dialogue: Dialogue) -> None:
        dialogue.say("220 mail.example.com\r\n")
        while not dialogue.hear().upper().startswith(command):
            wait()
            dialogue.say("250 OK\r\n")
        raise AssertionError(f"{command} came after the time was over")

    return script


class TestTheTime:
    """One send has one time, however it is spent."""

    def test_is_for_all_commands_together(self) -> None:
        """Three answers after 7 seconds each are more than 20 seconds: there is no fourth."""
        clock = Clock()
        with (
            ScriptedServer(
                wait_before("DATA", lambda: clock.advance(timedelta(seconds=7)))
            ) as server,
            closing(in_time(clock, server.port)) as mail,
            pytest.raises(DeliveryFailed, match="timed out"),
        ):
            send(mail, page())

    def test_is_not_extended_byte_by_byte(self) -> None:
        """A tarpit that sends an answer letter by letter gains nothing by it."""
        clock = Clock()

        def tarpit(dialogue: Dialogue) -> None:
            dialogue.answer_until("MAIL")
            clock.advance(timedelta(seconds=21))
            dialogue.say("2")
            dialogue.hear_out()

        with (
            ScriptedServer(tarpit) as server,
            closing(in_time(clock, server.port)) as mail,
            pytest.raises(DeliveryFailed, match="timed out"),
        ):
            send(mail, page())

    def test_that_ends_after_the_final_dot_leaves_it_unknown(self) -> None:
        """The server has the page, and says nothing in time."""
        clock = Clock()

        def fall_silent(dialogue: Dialogue) -> None:
            hang_up_after_final_dot(dialogue)
            clock.advance(timedelta(seconds=21))
            dialogue.say("2")
            dialogue.hear_out()

        with (
            ScriptedServer(fall_silent) as server,
            closing(in_time(clock, server.port)) as mail,
            pytest.raises(DeliveryUnknown, match="timed out"),
        ):
            send(mail, page())

    def test_is_not_doubled_by_a_new_connection(self) -> None:
        """A kept connection that takes all the time leaves none for another."""
        clock = Clock()

        def fall_silent(dialogue: Dialogue) -> None:
            dialogue.answer_until("DATA")
            dialogue.take_message()
            dialogue.say("250 OK\r\n")
            dialogue.go_on_until("RCPT")
            clock.advance(timedelta(seconds=21))
            dialogue.say("2")
            dialogue.hear_out()

        with (
            ScriptedServer(fall_silent, accept_everything) as server,
            closing(in_time(clock, server.port)) as mail,
        ):
            send(mail, page())
            with pytest.raises(DeliveryFailed, match="timed out"):
                send(mail, page(incident=2))

            assert server.connections == 1

    def test_starts_anew_with_each_page(self) -> None:
        """A kept connection has no clock of its own."""
        clock = Clock()
        with (
            MailServer() as server,
            closing(in_time(clock, server.port)) as mail,
        ):
            for incident in range(1, 4):
                send(mail, page(incident=incident))
                clock.advance(timedelta(seconds=19))

            assert len(server.messages) == 3
            assert server.connections == 1

    def test_of_a_goodbye_is_short(self) -> None:
        """A server that does not answer QUIT does not hold up the end."""
        clock = Clock()

        def ignore_quit(dialogue: Dialogue) -> None:
            dialogue.answer_until("QUIT")
            clock.advance(timedelta(seconds=3))
            dialogue.say("2")
            dialogue.hear_out()

        with ScriptedServer(ignore_quit) as server:
            mail = in_time(clock, server.port)
            send(mail, page())
            mail.close()


class TestTheServersUrl:
    """smtp://, smtps:// and smtp+starttls://."""

    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example.com", SmtpServer("mail.example.com", 25, "none")),
            ("smtps://mail.example.com/", SmtpServer("mail.example.com", 465, "tls")),
            ("SMTP+STARTTLS://Mail.Example.com", SmtpServer("mail.example.com", 587, "starttls")),
            ("smtp://mail.example.com:2525", SmtpServer("mail.example.com", 2525, "none")),
            ("smtp://[2001:db8::1]:26", SmtpServer("2001:db8::1", 26, "none")),
            (
                "smtps://ada:s3cret@mail.example.com",
                SmtpServer("mail.example.com", 465, "tls", "ada", "s3cret"),
            ),
            (
                "smtp+starttls://ada%40example.com:p%2Fa%3Ass%25@mail.example.com:25",
                SmtpServer("mail.example.com", 25, "starttls", "ada@example.com", "p/a:ss%"),
            ),
            ("smtp://ada:s3cret@localhost", SmtpServer("localhost", 25, "none", "ada", "s3cret")),
            ("smtp://ada:s3cret@127.0.0.2", SmtpServer("127.0.0.2", 25, "none", "ada", "s3cret")),
            ("smtp://ada:s3cret@[::1]:25", SmtpServer("::1", 25, "none", "ada", "s3cret")),
        ],
    )
    def test_says_where_the_server_is_and_how_to_log_in(self, url: str, server: SmtpServer) -> None:
        """Ports have defaults, user and password are percent-decoded, hosts may be IPv6."""
        assert SmtpServer.from_url(url) == server

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("", "looks like"),
            ("mail.example.com:25", "looks like"),
            ("smtp:mail.example.com", "looks like"),
            ("http://s3cret@mail.example.com", "looks like"),
            ("smtp://", "looks like"),
            ("smtp://ada:s3cret@", "looks like"),
            ("smtp://mail.example.com/s3cret", "looks like"),
            ("smtp://mail.example.com?s3cret", "looks like"),
            ("smtp://mail.example.com#s3cret", "looks like"),
            ("smtps://ada:s3/cret@mail.example.com", "percent-encoded"),
            ("smtps://ada:12#s3cret@mail.example.com", "percent-encoded"),
            ("smtps://ada:s3cret[@mail.example.com", "percent-encoded"),
            ("smtp://mail.example.com:s3cret", "looks like"),
            ("smtp://mail.example.com:65536", "looks like"),
            ("smtp://mail.example.com:0", "from 1 to 65535"),
            ("smtp://s3 cret", "host name"),
            ("smtps://s3cret@mail.example.com", "a user and a password, or neither"),
            ("smtps://ada:@mail.example.com", "a user and a password, or neither"),
            ("smtps://:s3cret@mail.example.com", "a user and a password, or neither"),
            ("smtps://ada:s3cret%C3%A9@mail.example.com", "printable ASCII"),
            ("smtps://ada:s3cret%00@mail.example.com", "printable ASCII"),
            ("smtp://ada:s3cret@mail.example.com", r"smtp\+starttls"),
            ("smtp://ada:s3cret@192.0.2.1", r"smtp\+starttls"),
        ],
    )
    def test_that_is_wrong_is_refused_without_being_shown(self, url: str, expected: str) -> None:
        """One sentence says what was expected; whatever was given might be a password."""
        with pytest.raises(ValueError, match=expected) as refusal:
            SmtpServer.from_url(url)

        sentence = str(refusal.value)
        assert sentence.endswith(".")
        assert "s3" not in sentence
        assert refusal.value.__cause__ is refusal.value.__context__ is None

    def test_shows_no_password_when_it_is_printed(self) -> None:
        """Neither in a log nor in a traceback."""
        assert "s3cret" not in repr(SmtpServer.from_url("smtps://ada:s3cret@mail.example.com"))
