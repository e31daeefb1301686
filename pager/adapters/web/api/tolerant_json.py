"""Reads JSON as it is sent in the world: what is wrong in one place keeps nothing else unread.

Bytes that are not UTF-8, control characters in strings, missing and trailing commas, halves of
surrogate pairs, a missing end: each has been seen in an Alert, and none of them is a reason to page
nobody.
"""

import json
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from pager.adapters.web.bodies import CutBody, is_packed
from pager.adapters.web.limits import LARGEST_BODY

# Control characters are allowed in strings.
_DECODER = json.JSONDecoder(strict=False)

# By what "surrogateescape" makes of a byte. A function for each byte would take seconds of a body.
_WINDOWS_1252 = {
    0xDC00 + byte: bytes([byte]).decode("windows-1252", "replace") for byte in range(0x80, 0x100)
}

# Brackets are passed over: an array of arrays is the Alerts in it, with or without its end.
_BETWEEN = re.compile(r"[\s,\[\]\x00\x1e]*")

# Each repetition is bounded: no text takes longer than its length.
_SERVICE = re.compile(
    r"service[_-]?id[\"']?(?:\s{0,9}[:=]\s{0,9}|\s{0,4}\n\s{0,4})"
    r"(?:\"([^\"\n]{1,1000})\"|'([^'\n]{1,1000})'|([^\s\"',;&{}\[\]]{1,1000}))",
    re.IGNORECASE,
)


class NotJson(NamedTuple):
    """A piece of a body that is not JSON."""

    text: str

    @property
    def service(self) -> str | None:
        """The service that it names; None where it names none."""
        found = _SERVICE.search(self.text)
        return found and (found[1] or found[2] or found[3])


def text_of(cut: CutBody, content_encoding: str = "") -> str:
    """The text of a body: unpacked, and decoded from whichever encoding it is in.

    JSON is UTF-8. Each byte that is not is taken for Windows-1252 (Latin-1 with more characters).
    Of an array, and of what is packed, the end is left out where the middle is missing.
    """
    body, end = cut
    if is_packed(body, content_encoding):
        body = _unpacked(body)
    elif not is_array(body[:100].decode(errors="replace")):
        body += end
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):  # UTF-16 or UTF-32, which begin with a BOM or have NULs
        return body.decode(encoding, "replace")
    text = body.decode("utf-8-sig", "surrogateescape")
    return text.translate(_WINDOWS_1252)


def _unpacked(body: bytes) -> bytes:
    """The first LARGEST_BODY bytes of what was packed by gzip or deflate; `body` if it was not."""
    try:
        return zlib.decompressobj(wbits=32 + zlib.MAX_WBITS).decompress(body, LARGEST_BODY)
    except zlib.error:
        return body


def is_array(text: str) -> bool:
    """Whether the text begins as an array."""
    return text.lstrip(" \t\r\n\ufeff").startswith("[")


def values(text: str) -> Iterator[object]:
    """The values in `text`: one, or those of an array, or one after the other.

    A piece that is not JSON comes as NotJson; the next object that names a service is read again.
    """
    at = _next(text, 0)
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield from map(_value, _pieces(text[at:]))
            return
        yield value
        at = _next(text, at)


def _next(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def _value(piece: str) -> object:
    try:
        value, _ = _DECODER.raw_decode(piece)
    except (ValueError, RecursionError):
        return NotJson(piece)
    return value


def _pieces(text: str) -> Iterator[str]:
    """`text` in pieces, of which each names one service: an object, as far as can be seen."""
    begin = 0
    named_until = 0
    for found in _SERVICE.finditer(text):
        if named_until:
            end = max(text.rfind("{", named_until, found.start()), named_until)
            yield text[begin:end]
            begin = end
        named_until = found.end()
    yield text[begin:]
