"""Cleaning and cutting text that somebody else wrote, before it is shown or sent."""

import re
import textwrap

QUOTED_WIDTH = 72
"""Characters of a quoted line: e-mail programs wrap no shorter ones."""

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Invisible, but letters and emoji of several parts need them."""

UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters, halves of surrogate pairs, and the bidirectional controls with which a text
can make what stands beside it look like something else. Tabs and line feeds are none of these."""


def printable(text: str) -> str:
    """`text` for a terminal: U+FFFD in the place of all that is not printable; line breaks stay."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def without_controls(text: str) -> str:
    """`text` with U+FFFD in the place of control characters; tabs and line feeds stay."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)


def mended(text: str) -> str:
    """`text` that can be stored, encoded and shown: U+FFFD in the place of all that is UNSHOWABLE.

    Line breaks of Windows become line feeds.
    """
    return UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", with_line_feeds(text))


def with_line_feeds(text: str) -> str:
    """`text` with a line feed for each carriage return, alone or before a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def visible(text: str) -> str:
    """`text` without control characters and other invisible ones; white space stays."""
    return "".join(c for c in text if c.isprintable() or c.isspace())


def one_line(text: str) -> str:
    """`text` as one line: a single space for white space and control characters."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()


def quoted(text: str) -> str:
    """`text` as a quotation, in which nothing can pass for a line of ours.

    Each line begins with `> `, and is wrapped here, before a program would wrap it without that.
    What is invisible, or turns the direction of writing, is left out; so are repeated empty lines.
    """
    wrapped = [part for line in clean_lines(text) for part in _wrapped(line)]
    return "\n".join(f"> {line}".rstrip() for line in wrapped)


def clean_lines(text: str) -> list[str]:
    """The lines of `text`, each without what is invisible or turns the direction of writing.

    No line ends with a space; none is empty at the beginning or after another empty one.
    """
    lines = [_clean(line) for line in text.splitlines()]
    pairs = zip(lines, ["", *lines], strict=False)
    return [line for line, before in pairs if line or before]


def _clean(line: str) -> str:
    if line.isascii() and line.isprintable():  # most are, and this is far faster
        return line.rstrip()
    spaced = re.sub(r"\s", " ", without_controls(line.expandtabs())).rstrip()
    return "".join(c for c in spaced if c.isprintable() or c in JOINERS).rstrip()


def _wrapped(line: str) -> list[str]:
    """The line in parts of QUOTED_WIDTH. A word of ASCII, such as a URL, stays whole."""
    if len(line) <= QUOTED_WIDTH:
        return [line]
    return textwrap.wrap(line, QUOTED_WIDTH, break_long_words=not line.isascii())
