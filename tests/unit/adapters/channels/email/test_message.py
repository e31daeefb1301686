"""E-mails that are written without the email package read as those that it writes."""

from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import EmailMessage
from email.policy import default

import pytest

from pager import EmailTarget, Notification
from pager.adapters.channels.email.message import Composer

ADA = EmailTarget(address="ada@example.com")
SHORT_LINK = "https://pager.example.com/a?t=x"
LONG_LINK = "https://pager.example.com/acknowledge/checkout-api/1?t=" + "Ab0=_-" * 12
MESSAGES = (
    "p99 latency above 3 s",
    ".\n..\nFrom here\n.hidden",
    "a = b; 100 %=3D; ends with a space \nand a tab\t\nand ends",
    "word " * 60,
    "x" * 75 + "\n" + "x" * 76 + "\n" + "x" * 77 + "\n" + "x" * 500,
    "\n\n\n",
    "line\r\nbreaks\rof all\x0bkinds\x0c\x85\u2028",
    "=?utf-8?q?not_a_header?=",
    "größer als 3 s",
    "データベース 🔥",
    "Bcc: eve@example.com\r\n\r\nhello",
)


def parsed(content: bytes) -> "EmailMessage[str, str]":
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def plain(message: "EmailMessage[str, str]") -> str:
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content


@pytest.mark.parametrize("link", [SHORT_LINK, LONG_LINK], ids=["short link", "long link"])
@pytest.mark.parametrize("message", MESSAGES)
def test_a_mail_has_the_text_that_the_email_package_would_write(message: str, link: str) -> None:
    """7-bit, in lines of 76 characters at the most, and the text to the last character."""
    notification = Notification(
        service_id="checkout-api", incident=1, level=2, target=ADA, message=message
    )
    content = Composer("Pager <pager@example.com>", b"x").compose(notification, ADA, link).content
    mail = parsed(content)
    text = plain(mail)
    again = EmailMessage(policy=default.clone(linesep="\r\n", cte_type="7bit", max_line_length=76))
    again.set_content(text)
    assert parsed(again.as_bytes()).get_content() == text
    assert f"Acknowledge: {link}\n" in text.replace("\r\n", "\n")
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    body = content.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert mail.defects == []
    assert [*mail.keys()] == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "References",
        "In-Reply-To",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    ]


@pytest.mark.parametrize("link", [SHORT_LINK, LONG_LINK], ids=["short link", "long link"])
def test_the_text_of_ascii_is_the_same_as_that_of_other_text(link: str) -> None:
    """Each in the encoding that is shorter for it."""

    def text(message: str) -> str:
        notification = Notification(
            service_id="checkout-api", incident=1, level=1, target=ADA, message=message
        )
        composer = Composer("Pager <pager@example.com>", b"x")
        content = composer.compose(notification, ADA, link).content
        return plain(parsed(content)).replace("\r\n", "\n")

    for message in MESSAGES:
        # Words that are longer than a line are wrapped differently, before they are encoded.
        if message.isascii() and max(map(len, message.split()), default=0) < 72:
            assert text(f"{message} o").replace(" o\n", " ö\n") == text(f"{message} ö"), message


@pytest.mark.parametrize("length", [1, 40, 50, 51, 52, 53, 54, 55, 56, 57, 120])
@pytest.mark.parametrize("word", ["x", "x ", "ö"])
def test_a_subject_reads_as_that_of_the_email_package(length: int, word: str) -> None:
    """Short ASCII is written as it is; the rest is folded or encoded."""
    message = (word * length)[:length].strip()
    notification = Notification(
        service_id="checkout-api", incident=1, level=1, target=ADA, message=message
    )
    composer = Composer("Pager <pager@example.com>", b"x")
    content = composer.compose(notification, ADA, SHORT_LINK).content
    [line] = [
        part
        for part in content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")
        if part.startswith(b"Subject: ")
    ]
    written = line.removeprefix(b"Subject: ").decode("ascii")
    text = str(make_header(decode_header(written)))
    charset = "us-ascii" if text.isascii() else "utf-8"
    expected = Header(text, charset, header_name="Subject").encode(linesep="\r\n")
    assert written == expected.replace("\r\n ", " ")
    assert text == f'[checkout-api] "{message}"'


@pytest.mark.parametrize("length", range(50, 130, 3))
def test_a_long_subject_is_folded_at_spaces(length: int) -> None:
    """In lines of 76 characters at the most; a program that unfolds it shows what was written."""
    message = ("p99 of eu-west-1, eu-west-2; and us is above 3 s since 02:15. " * 2)[
        :length
    ].strip()
    notification = Notification(
        service_id="checkout-api", incident=1, level=1, target=ADA, message=message
    )
    composer = Composer("Pager <pager@example.com>", b"x")
    headers = composer.compose(notification, ADA, SHORT_LINK).content.partition(b"\r\n\r\n")[0]
    assert max(map(len, headers.split(b"\r\n"))) <= 76
    assert f'\r\nSubject: [checkout-api] "{message}"\r\n'.encode() in headers.replace(
        b"\r\n ", b" "
    )


def test_a_subject_is_folded_after_a_word_that_is_too_long_for_a_line() -> None:
    """An address, say: what comes after it has lines of its own."""
    message = f"{'x' * 90} is down since 02:15, and so is all else"
    notification = Notification(
        service_id="checkout-api", incident=1, level=1, target=ADA, message=message
    )
    composer = Composer("Pager <pager@example.com>", b"x")
    headers = composer.compose(notification, ADA, SHORT_LINK).content.partition(b"\r\n\r\n")[0]
    folded = f'Subject: [checkout-api]\r\n "{"x" * 90}\r\n is down since 02:15'
    assert folded.encode() in headers


@pytest.mark.parametrize("value", ["a\r\nBcc: b", "a\nb", "a\rb", "a\r\n", "a\r\n\r\nb"])
def test_a_header_is_one_line(value: str) -> None:
    """Whatever is checked before: a line break that begins another header is never written."""
    composer = Composer("Pager <pager@example.com>", b"x")
    target = ADA.model_copy(update={"address": f"{value}@example.com"})
    notification = Notification(
        service_id="checkout-api", incident=1, level=1, target=ADA, message="down"
    )
    with pytest.raises(ValueError, match="line break"):
        composer.compose(notification, target, SHORT_LINK)
