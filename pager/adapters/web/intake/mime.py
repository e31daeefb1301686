"""An e-mail as text: its headers, and what a person reads in it. Attachments are left out.

What somebody sends must not cost minutes, and the parsers of Python take as long for some texts.
So all that they are given is cut, and headers are read by the policy compat32: the newer one reads
them by a grammar.
"""

import re
from collections.abc import Sequence
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from html import unescape
from typing import NamedTuple

from pager.adapters.text import one_line, with_line_feeds

LARGEST_READ = 400_000
"""Bytes of a message that are read: its text comes before its attachments."""

LARGEST_TEXT = 200_000
"""Bytes of a text or HTML part that are read: a page tells 10,000 characters."""

LONGEST_HEADER = 2_000
"""Characters of a header that are read."""

MOST_PARTS = 200
"""Parts of a message that are looked at."""

_BLOCKS = re.compile(
    "/?(?:address|article|aside|blockquote|br|caption|center|div|dl|dt|dd|fieldset|figure|footer|form"
    "|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|tr|ul)"
)
_BREAK = "\x0b"
"""Stands for the end of a line: a line break of the source is a space."""
_NAME = re.compile(r"/?[a-z][a-z0-9]*|[!?]", re.IGNORECASE)
_URL = re.compile(r"""\bhref\s*=\s*["']?(https?://[^"'\s>]+)""", re.IGNORECASE)
_UNSEEN = [
    (re.compile("<!--"), re.compile("-->")),
    *(
        (re.compile(rf"<{tag}\b", re.IGNORECASE), re.compile(rf"</{tag}\b[^<>]*>?", re.IGNORECASE))
        for tag in ("script", "style", "title", "template")
    ),
]
"""What no person sees, from one text to another."""


class Email(NamedTuple):
    """An e-mail, as far as Pager reads it."""

    message: "Message[str, str]"
    text: str

    def header(self, name: str) -> str:
        """The first header of that name as one line of text; "" where there is none."""
        value = self.message.get(name)
        return "" if value is None else one_line(_decoded(value))


def read_email(content: bytes) -> Email:
    """Read a whole message (RFC 5322). Raises errors of any kind where it is too broken."""
    message = message_from_bytes(content[:LARGEST_READ], policy=_POLICY)
    return Email(message, _text(message))


class _ShortHeaders(Compat32):
    """Reads the beginning of headers that are too long."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


_POLICY = _ShortHeaders()
_SLOW_CHARSETS = frozenset({"idna", "punycode"})
"""They take minutes for a long text, and no mail program uses them for one."""


def _decoded(value: object) -> str:
    """A header whose encoded words (RFC 2047) are decoded, whatever is wrong with them."""
    try:
        # Python gives a header with bytes that are not ASCII as a Header, and others as text.
        parts = decode_header(value)  # type: ignore[arg-type]  # its annotation knows only text
    except (HeaderParseError, ValueError):
        return str(value)
    return "".join(
        part if isinstance(part, str) else _text_of(part, charset) for part, charset in parts
    )


def _text_of(content: bytes, charset: str | None) -> str:
    """`content` in that charset, or as it can be read best."""
    for name in (charset, "utf-8"):
        try:
            if name is not None and name not in _SLOW_CHARSETS:
                return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", errors="replace")


def _text(message: "Message[str, str]") -> str:
    """The text part; that of the HTML part where there is no other."""
    html = ""
    for part in list(_parts(message)):
        kind = part.get_content_type()
        if (
            kind not in {"text/plain", "text/html"}
            or part.get_content_disposition() == "attachment"
        ):
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        text = _text_of(content[:LARGEST_TEXT], part.get_content_charset())
        if kind == "text/plain" and text.strip():
            return with_line_feeds(text).strip()
        html = html or text
    return html_as_text(html)


def _parts(message: "Message[str, str]") -> Sequence["Message[str, str]"]:
    """The parts, in their order; without recursion, since they may be nested at any depth."""
    parts: list[Message[str, str]] = []
    waiting = [message]
    while waiting and len(parts) < MOST_PARTS:
        part = waiting.pop(0)
        parts.append(part)
        if part.is_multipart():
            inner = part.get_payload()
            waiting = [each for each in inner if isinstance(each, Message)] + waiting
    return parts


def html_as_text(html: str) -> str:
    """What a person reads in `html`: a line for a block, and links with their URL.

    It reads each character once: the parser of Python takes minutes for some texts.
    """
    for begin, end in _UNSEEN:
        html = _without(html, begin, end)
    before, *tagged = html.split("<")
    pieces, link = [before], ""
    for piece in tagged:
        markup, closed, text = piece.partition(">")
        name = _NAME.match(markup)
        if not closed or name is None:
            pieces.append(f"<{piece}")  # it is no tag
            continue
        tag = name[0].lower()
        if _BLOCKS.fullmatch(tag):
            pieces.append(_BREAK)
        elif tag in {"td", "th"}:
            pieces.append(" ")
        elif tag == "a":
            url = _URL.search(markup)
            link = url[1] if url else ""
        elif tag == "/a" and link:
            pieces.append(f" ({link})")
            link = ""
        pieces.append(text)
    lines = (" ".join(unescape(line).split()) for line in "".join(pieces).split(_BREAK))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without(html: str, begin: re.Pattern[str], end: re.Pattern[str]) -> str:
    """`html` without what stands from `begin` to `end`, or to its own end."""
    pieces, position = [], 0
    while (first := begin.search(html, position)) is not None:
        pieces.append(html[position : first.start()])
        last = end.search(html, first.end())
        position = len(html) if last is None else last.end()
    return "".join([*pieces, html[position:]])
