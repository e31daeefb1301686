"""A page as an e-mail."""

import functools
import hmac
import re
import secrets
from base64 import encodebytes
from binascii import b2a_qp
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import NamedTuple

import idna
from email_validator import EmailNotValidError, validate_email

from pager.adapters.channels import code_message, test_page
from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.email import html_part, text_part
from pager.adapters.channels.test_page import TestPage
from pager.adapters.text import with_line_feeds
from pager.messages import Notification
from pager.model import INTERNAL_ADDRESS, EmailTarget

_SENDER = re.compile(
    r'(?:"?(?P<name>[^"<>\\\x00-\x1f\x7f]*?)"? *<(?P<named>[^<>\s]+)>|(?P<bare>[^<>\s]+))'
)

_LEADING_DOT = re.compile(rb"\n\.")


class Mail(NamedTuple):
    """One message for one recipient."""

    recipient: str
    needs_utf8: bool
    message_id: str
    content: bytes

    @property
    def transfer(self) -> bytes:
        """The content as DATA takes it: lines that start with a dot get another, one dot ends."""
        return _LEADING_DOT.sub(b"\n..", self.content).removesuffix(b"\r\n") + b"\r\n.\r\n"


class _Content(NamedTuple):
    """What a mail says, before it has an address."""

    at: datetime
    subject: str
    text: str
    html: bytes
    """In quoted-printable."""


class Composer:
    """Writes the e-mails of one sender."""

    def __init__(self, sender: str, installation: bytes) -> None:
        """`sender` is an address, as in pager@example.com or Pager <pager@example.com>.

        `installation` goes into every Message-ID, so that two installations, or one that started
        again with an empty database, never use the same one. Raises ValueError for a sender that
        no mail can come from.
        """
        display_name, self.sender = valid_sender(sender)
        self._from = _header(formataddr((display_name, self.sender)))
        self._domain = self.sender.rpartition("@")[2]
        self._installation = installation

    def compose(
        self, notification: Notification, target: EmailTarget, link: str, incident_page: str = ""
    ) -> Mail:
        """The page to `target`, with the `link` that acknowledges it, and one to the incident."""
        at = _now()
        why = text_part.escalation_note(notification)
        text = text_part.text(notification, link, why)
        html = html_part.page(notification, link, incident_page, why, at)
        content = _Content(at, text_part.subject(notification), text, html)
        thread = f"{notification.service_id}/{notification.incident}"
        return self._write(target, content, key=notification.idempotency_key, thread=thread)

    def compose_test_page(self, message: TestPage, target: EmailTarget) -> Mail:
        """The test page to `target`: each is another mail, and has its own Message-ID."""
        at = _now()
        html = html_part.test_page(message, at)
        content = _Content(at, test_page.SUBJECT, message.text, html)
        return self._write(target, content, key=secrets.token_hex())

    def compose_code(self, message: CodeMessage, target: EmailTarget) -> Mail:
        """The code to `target`: likewise."""
        at = _now()
        content = _Content(at, code_message.SUBJECT, message.text, html_part.code(message, at))
        return self._write(target, content, key=secrets.token_hex())

    def _write(
        self, target: EmailTarget, content: _Content, *, key: str, thread: str | None = None
    ) -> Mail:
        local_part, _, domain = target.address.rpartition("@")
        # The model has accepted the address: its domain is not validated again by newer rules.
        recipient = f"{local_part}@{domain if domain.isascii() else idna.encode(domain).decode()}"
        message_id = self._message_id(key)
        encoding, text = _encoded(content.text)
        parts = {
            b"sender": self._from,
            b"recipient": _header(recipient),
            b"subject": _header(_subject(content.subject)),
            b"date": _date(content.at),
            b"message_id": message_id.encode(),
            b"thread": b"" if thread is None else self._thread(thread),
            # Nobody knows it who writes the text of an Alert.
            b"boundary": message_id[1:33].encode(),
            b"encoding": encoding,
            b"text": text,
            b"html": content.html,
        }
        return Mail(recipient, not local_part.isascii(), message_id, _MAIL % parts)

    def _thread(self, name: str) -> bytes:
        """Headers that refer to a Message-ID which no mail has.

        Mail programs show the mails that do so as one thread. Some know only what a list of mails
        has, which is In-Reply-To.
        """
        return _THREAD % {b"id": self._message_id(name).encode()}

    def _message_id(self, key: str) -> str:
        """A hash, because a key has characters that no Message-ID may have."""
        digest = hmac.digest(self._installation, key.encode(), "sha256").hex()[:32]
        return f"<{digest}@{self._domain}>"


_LINE_BREAK = re.compile(r"\r\n(?![ \t])|(?<!\r)\n|\r(?!\n)")

# The email package would take a fifth of a millisecond for it. The better part comes last.
_MAIL = b"""\
From: %(sender)b\r
To: %(recipient)b\r
Subject: %(subject)b\r
Date: %(date)b\r
Message-ID: %(message_id)b\r
%(thread)bAuto-Submitted: auto-generated\r
Content-Type: multipart/alternative;\r
 boundary="=_%(boundary)b"\r
Content-Transfer-Encoding: 7bit\r
MIME-Version: 1.0\r
\r
--=_%(boundary)b\r
Content-Type: text/plain; charset="utf-8"\r
Content-Language: en\r
Content-Transfer-Encoding: %(encoding)b\r
\r
%(text)b\r
--=_%(boundary)b\r
Content-Type: text/html; charset="utf-8"\r
Content-Language: en\r
Content-Transfer-Encoding: quoted-printable\r
\r
%(html)b\r
--=_%(boundary)b--\r
"""

_THREAD = b"""\
References: %(id)b\r
In-Reply-To: %(id)b\r
"""

# 7bit: not every server takes 8 bits. 76: the longest line of quoted-printable.
_LONGEST_LINE = 76


def _now() -> datetime:
    """In whole seconds, as mails say it."""
    return datetime.now(UTC).replace(microsecond=0)


def _header(value: str) -> bytes:
    """The value of a header, which may be folded. Raises ValueError where it begins another."""
    if _LINE_BREAK.search(value):
        raise ValueError("a header has a line break in it")
    return value.encode()


@functools.lru_cache(maxsize=1)
def _date(at: datetime) -> bytes:
    """Cached, because many mails are written in one second."""
    return format_datetime(at).encode()


def _subject(text: str) -> str:
    """The value of the header, which is folded where it is long. `text` is one line."""
    if not text.isascii() or "=?" in text:
        return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")
    folded, room = "", _LONGEST_LINE - len("Subject: ")
    while len(text) > room and " " in text[1:]:
        end = text.rfind(" ", 1, room + 1)
        if end < 0:
            end = text.index(" ", 1)  # after a word that is longer than a line
        folded, text, room = f"{folded}{text[:end]}\r\n", text[end:], _LONGEST_LINE
    return folded + text


def _encoded(text: str) -> tuple[bytes, bytes]:
    """The name of the shortest encoding in short lines of ASCII, and the text in it."""
    lines = with_line_feeds(text).replace("\n", "\r\n").encode()
    if lines.isascii() and max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        return b"7bit", lines
    quoted_printable = b2a_qp(lines)
    if not lines.isascii():
        base64 = encodebytes(lines).replace(b"\n", b"\r\n")
        if len(base64) < len(quoted_printable):
            return b"base64", base64
    return b"quoted-printable", quoted_printable


def valid_sender(sender: str) -> tuple[str, str]:
    """The display name, which may be empty, and the address, which is ASCII."""
    try:
        address = validate_email(
            sender, check_deliverability=False, test_environment=True, allow_display_name=True
        )
    except EmailNotValidError as error:
        # Of one's own network: the operator knows what the mail server takes, even a bare host.
        if parts := _SENDER.fullmatch(sender):
            internal = parts["named"] or parts["bare"]
            if any(map(INTERNAL_ADDRESS.fullmatch, (internal, f"{internal}.localdomain"))):
                return parts["name"] or "", internal
        raise ValueError(f"{error} A good sender looks like Pager <pager@example.com>.") from error
    if address.ascii_email is None:
        raise ValueError("The sender's address must be ASCII in front of the @.")
    return address.display_name or "", address.ascii_email
