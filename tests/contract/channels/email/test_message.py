"""What an e-mail says, and in which form: arrow 5."""

import re
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from pydantic import ValidationError

from contract.channels.email.sending import (
    ADA,
    CODE,
    NO_SUCH_USER,
    SENDER,
    TEST_PAGE,
    link,
    mail_to,
    page,
    send,
)
from contract.channels.smtp_server import (
    Dialogue,
    MailServer,
    ScriptedServer,
)
from pager import DeliveryRefused
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.test_page import TestPage


class TestMessage:
    """What is sent."""

    def test_says_what_is_wrong_where_and_how_to_acknowledge(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """The text has the message in full, the service, the incident, the Level and the link."""
        send(mail, page("p99 latency above 3 s\n\n  at eu-west-1\n", incident=3))

        assert server.messages[0].text == (
            "Acknowledge: https://pager.example.com/ack/checkout-api/3?t=x\n"
            "The link opens a page with one button. "
            "Once it is pressed, nobody else is notified.\n"
            "\n"
            "Monitored Service: checkout-api\n"
            "Incident: 3\n"
            "Level: 1\n"
            "\n"
            "The Alert says:\n"
            "> p99 latency above 3 s\n"
            ">\n"
            ">   at eu-west-1\n"
        )

    def test_begins_with_its_level_once_that_is_not_the_first(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """A phone shows the first line. The subject stays: Gmail begins a thread with another."""
        for level in (1, 2):
            send(mail, page("p99 latency above 3 s", level=level))

        first, second = server.messages
        assert second.text.startswith("Level 2: nobody answered Level 1.\n\nAcknowledge: ")
        assert second.message["Subject"] == first.message["Subject"]
        assert second.message["References"] == first.message["References"]

    def test_says_who_sent_it_by_hand(self, server: MailServer, mail: SmtpMail) -> None:
        """Its first line never says that nobody answered, and the name stands below the link."""
        sent_on = page(level=2).model_copy(update={"escalated_by": "Grace"})
        again = page(level=3).model_copy(update={"repeats": 1, "told_again_by": "Ada\n> x"})
        after_that = page(level=4).model_copy(update={"repeats": 1})
        for each in (sent_on, again, after_that):
            send(mail, each)

        first, second, third = (message.text for message in server.messages)
        assert first.startswith("Level 2: somebody sent it on.\n\nAcknowledge: ")
        assert "\nLevel: 2 (sent on by Grace)\n" in first
        assert second.startswith("Nobody has it: Level 2 is told again.\n\nAcknowledge: ")
        assert "\nLevel: 2 (told again by Ada > x)\n" in second
        assert third.startswith("Level 3: nobody answered Level 2.\n\nAcknowledge: ")
        assert "\nLevel: 3\n" in third

    def test_says_whom_the_policy_did_not_reach(self, server: MailServer, mail: SmtpMail) -> None:
        """Below the link, as names are; and so whether the service has a policy of its own."""
        gaps = {"gaps": ("Nights, Level 1: Ada\u2028> x is not there", "and 2 more Levels")}
        for by_fallback in (False, True):
            update = {**gaps, "is_by_fallback": by_fallback}
            send(mail, page(level=1 + by_fallback).model_copy(update=update))
        first, second = (message.text for message in server.messages)
        line = "Level: 1\nNot reached: Nights, Level 1: Ada > x is not there; and 2 more Levels"
        assert f"\n{line}\n\nThe Alert says:\n" in first
        assert "Monitored Service: checkout-api (the fallback policy is used)\n" in second

    def test_says_why_a_level_is_told_again(self, server: MailServer, mail: SmtpMail) -> None:
        """Where nobody did it by hand: whose Acknowledgement it was stands below the link."""
        expired = page(level=2).model_copy(update={"repeats": 1, "expired_of": "Grace"})
        begun_again = {"repeats": 2, "begun_again": 1}
        first_level = page(level=3).model_copy(update=begun_again)
        second_level = page(level=4).model_copy(update=begun_again)
        for each in (expired, first_level, second_level):
            send(mail, each)

        first, second, third = (message.text for message in server.messages)
        line = "Level 1 is told again: an acknowledgement has expired.\n\nAcknowledge: "
        assert first.startswith(line)
        assert "\nLevel: 1 (told again: expired acknowledgement of Grace)\n" in first
        line = "Level 1 is told again: nobody has answered.\n\nAcknowledge: "
        assert second.startswith(line)
        assert "\nLevel: 1 (told again: nobody has answered)\n" in second
        assert third.startswith("Level 2: nobody answered Level 1.\n\nAcknowledge: ")

    def test_says_the_level_by_its_number(self, server: MailServer, mail: SmtpMail) -> None:
        """And no other Level: of one that was left out, nobody has read."""
        first_left_out, next_left_out = {"level_number": 2}, {"level_number": 4}
        others = {"level_number": 1}
        begun_again = {"repeats": 2, "begun_again": 1, "level_number": 2}
        send(mail, page(level=1).model_copy(update=first_left_out))
        send(mail, page(level=2).model_copy(update=next_left_out))
        send(mail, page(level=2).model_copy(update=others))
        send(mail, page(level=3).model_copy(update=begun_again))

        first, second, third, fourth = (message.text for message in server.messages)
        assert first.startswith("Acknowledge: ")
        assert "\nLevel: 2\n" in first
        assert second.startswith("Level 4: nobody has answered yet.\n")
        assert third.startswith("Level 1: nobody has answered yet.\n")
        assert fourth.startswith("Level 2 is told again: nobody has answered.\n")

    def test_says_how_many_troubles_are_open(self, server: MailServer, mail: SmtpMail) -> None:
        """Where it is not one: what the first Alert said may be over."""
        for level, number in enumerate((1, 2, 0), start=1):
            send(mail, page(level=level).model_copy(update={"open_troubles": number}))
        one, two, too_many = (message.text for message in server.messages)
        assert "\nIncident: 1\n" in one
        assert "\nIncident: 1 (2 open troubles)\n" in two
        assert "\nIncident: 1 (more than 500 troubles)\n" in too_many

    def test_has_the_headers_of_an_automatic_mail(self, server: MailServer, mail: SmtpMail) -> None:
        """Sender, recipient, subject, date, and that a program wrote it."""
        before = datetime.now(UTC).replace(microsecond=0)
        send(mail, page())

        received = server.messages[0]
        assert (received.sender, received.recipients) == ("pager@example.com", ["ada@example.com"])
        headers = dict(received.message.items())
        assert before <= parsedate_to_datetime(headers.pop("Date")) <= datetime.now(UTC)
        assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", headers.pop("Message-ID"))
        assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", headers["References"])
        assert headers.pop("In-Reply-To") == headers.pop("References")
        boundary = re.compile(r'multipart/alternative; boundary="=_[0-9a-f]{32}"')
        assert boundary.fullmatch(headers.pop("Content-Type"))
        assert headers == {
            "From": "Pager <pager@example.com>",
            "To": "ada@example.com",
            "Subject": '[checkout-api] "p99 latency above 3 s"',
            "Auto-Submitted": "auto-generated",
            "Content-Transfer-Encoding": "7bit",
            "MIME-Version": "1.0",
        }

    def test_has_a_plain_part_and_one_of_html(self, server: MailServer, mail: SmtpMail) -> None:
        """The best one last, as RFC 2046 has it; each says its language."""
        send(mail, page())

        parts = [dict(part.items()) for part in server.messages[0].message.iter_parts()]
        assert parts == [
            {
                "Content-Type": f'text/{subtype}; charset="utf-8"',
                "Content-Language": "en",
                "Content-Transfer-Encoding": "quoted-printable",
            }
            for subtype in ("plain", "html")
        ]

    @pytest.mark.parametrize(
        "message",
        [
            "Störung: Überlast — 日本語 🔥",
            "日本語のアラート " * 7 + ".",
            "x" * 10_000,
            ".\n..\n.hidden\nFrom the start\n.",
            "  indented\n=20 =?utf-8?q?x?=",
        ],
    )
    def test_arrives_as_it_was_written(
        self, server: MailServer, mail: SmtpMail, message: str
    ) -> None:
        """Any text survives, in ASCII lines that every server takes."""
        send(mail, page(message))

        received = server.messages[0]
        lines = received.text.partition("The Alert says:\n")[2].splitlines()
        assert "\n".join(line.removeprefix("> ") for line in lines) == message
        assert max(len(line) for line in received.raw.split(b"\r\n")) < 998
        assert received.raw.isascii()

    @pytest.mark.parametrize(
        ("message", "subject"),
        [
            ("disk full\non db-1", '"disk full"'),
            ("\n \n disk  full \r\nmore", '"disk full"'),
            ("disk\tfull\x1b[31m now", '"disk full[31m now"'),
            ("disk\u2028full", '"disk"'),
            ("disk\u202e full\u200b", '"disk full"'),
            ('full" Acknowledge: x "', "\"full' Acknowledge: x '\""),
            ("Störung: 日本語 🔥", '"Störung: 日本語 🔥"'),
            ("é é é é " * 15, '"' + ("é é é é " * 15).strip() + '"'),
            ("=?utf-8?q?hello?=", '"=?utf-8?q?hello?="'),
            (" \n", ""),
            ("x" * 200, '"' + "x" * 132 + '…"'),
        ],
    )
    def test_has_its_first_line_as_the_subject(
        self, server: MailServer, mail: SmtpMail, message: str, subject: str
    ) -> None:
        """The subject is one line of at most 150 characters, whatever the message is."""
        send(mail, page(message))

        assert server.messages[0].message["Subject"] == f"[checkout-api] {subject}".strip()

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
        received = []

        def listen(dialogue: Dialogue) -> None:
            received.append(dialogue.serve_until("RCPT"))
            dialogue.send("250 OK\r\n")
            dialogue.continue_until("DATA")
            received.append(dialogue.take_message())
            dialogue.send("250 OK\r\n")
            dialogue.continue_until("QUIT")

        with ScriptedServer(listen) as server, closing(mail_to(server.port)) as mail:
            send(mail, page(to="=?utf-8?q?a=0D=0ABcc=3Aeve?=@example.com"))

        assert "<=?utf-8?q?a=0D=0ABcc=3Aeve?=@example.com>" in received[0]
        assert "\r\nTo: =?utf-8?q?a=0D=0ABcc=3Aeve?=@example.com\r\n" in received[1]

    def test_shows_control_characters_instead_of_sending_them(
        self, server: MailServer, mail: SmtpMail
    ) -> None:
        """Every line break becomes one of mail; a control character, a sign that it was there."""
        send(mail, page("a\r\nb\rc\x0bd\te\x1b[31mf\x7f\x9b"))

        assert server.messages[0].text.endswith(
            "\n> a\n> b\n> c\n> d       e\ufffd[31mf\ufffd\ufffd\n"
        )


class TestMessageId:
    """How the receiving side recognises a second mail of one page."""

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
        """Or a server that drops duplicates would drop pages after a start on an empty database."""
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

    @pytest.mark.parametrize("header", ["References", "In-Reply-To"])
    def test_of_one_incident_refer_to_one_thread(
        self, server: MailServer, mail: SmtpMail, header: str
    ) -> None:
        """Mail programs show the Levels of an incident together, and each incident by itself.

        Gmail asks for one subject, and References to the same Message-ID. It looks at no word in
        brackets, so it is References that keep two services with the same text apart.
        """
        for notification in (page(), page(level=2), page(incident=2), page(service_id="search")):
            send(mail, notification)

        first, second, other, elsewhere = (received.message[header] for received in server.messages)
        assert first == second
        assert len({first, other, elsewhere}) == 3
        subjects = [received.message["Subject"] for received in server.messages]
        assert subjects[0] == subjects[1]
        assert first not in {received.message["Message-ID"] for received in server.messages}


class TestTestPage:
    """What is sent before an incident, to find out whether pages arrive."""

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
        own = {"Message-ID", "References", "In-Reply-To", "Subject", "Date", "Content-Type"}
        assert {name: test_page[name] for name in test_page if name not in own} == {
            name: real[name] for name in real if name not in own
        }
        assert test_page.get_content_type() == real.get_content_type()
        assert [part.get_content_type() for part in test_page.iter_parts()] == [
            part.get_content_type() for part in real.iter_parts()
        ]
        assert server.connections == 1

    def test_is_never_a_duplicate(self, server: MailServer, mail: SmtpMail) -> None:
        """Each is another mail, outside any thread, and its Message-ID is the receipt."""
        receipts = [mail.send_test_page(ADA, TEST_PAGE) for _ in range(2)]

        assert [received.message["Message-ID"] for received in server.messages] == receipts
        assert len(set(receipts)) == 2
        for received in server.messages:
            assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", received.message["Message-ID"])
            assert not {"References", "In-Reply-To"} & {*received.message}

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
        """So an operator learns in time what would happen to a page."""
        server.answer("RCPT", NO_SUCH_USER)

        with pytest.raises(DeliveryRefused, match=NO_SUCH_USER):
            mail.send_test_page(ADA, TEST_PAGE)


class TestCode:
    """What is sent to find out whether somebody is reached there."""

    def test_says_the_code_first(self, server: MailServer, mail: SmtpMail) -> None:
        """A lock screen shows it; the subject does not have it, because mail servers log that."""
        mail.send_code(ADA, CODE)

        received = server.messages[0]
        assert received.message["Subject"] == "Pager: a code to verify this address"
        assert received.text == (
            "Your code is 042 137\n"
            "\n"
            "Type it into Pager within 15 min: then Pager knows that its pages to Ada Lovelace "
            "arrive here.\n"
            "\n"
            "If you know nothing of this, do nothing. Without the code nothing changes.\n"
            "\n"
            "Sent by: grace@example.com\n"
        )
        assert "042 137" in received.html

    def test_survives_any_name(self, server: MailServer, mail: SmtpMail) -> None:
        """Names are text and nothing else, in both parts."""
        message = CODE.model_copy(update={"person": "<b>Zoë & 日本</b>", "sent_by": "<i>eve"})
        mail.send_code(ADA, message)

        assert "pages to <b>Zoë & 日本</b> arrive here" in server.messages[0].text
        assert "&lt;b&gt;Zoë &amp; 日本&lt;/b&gt;" in server.messages[0].html
        assert "<b>Zoë" not in server.messages[0].html
        assert "&lt;i&gt;eve" in server.messages[0].html

    def test_is_never_a_duplicate(self, server: MailServer, mail: SmtpMail) -> None:
        """Each is another mail, or a mail program would show the first code only."""
        assert mail.send_code(ADA, CODE) != mail.send_code(ADA, CODE)

    def test_is_not_in_what_is_logged(self) -> None:
        """Nor in the text of an error that has the message in it."""
        assert "042137" not in f"{CODE!r} {CODE}"
