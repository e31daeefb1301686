"""Reads Targets as people paste them: out of mail programs, spreadsheets, documents and chats.

Names and bullets are left out, and what was left out is told. Nothing is guessed: what is not
understood stays as it is, and the model says what is wrong with it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks of direction and the like, which are pasted with phone numbers and addresses."""

LINE_BREAKS = re.compile("[\n\r\u2028\u2029]")
"""Between the entries of a list. Between the cells of a row is a tab."""

BULLET = re.compile(r"\A\s*(?:[-*\u2013\u2014o]\s+|[•·‣▪●◦]\s*|[0-9]{1,3}[.)]\s+|\[[ xX]?\]\s+)")
"""Before an entry: - or 1. or [ ]."""

ENTRY = re.compile(r'(?:"[^"<>]*"|[^,;"]|")+')
"""What stands between commas or semicolons; those within quotation marks separate nothing."""

IN_BRACKETS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
"""As in Ada Lovelace <ada@example.com>."""

ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
"""A word: which characters an address may have says the model."""

NUMBER = re.compile(r"(?:\+|\b00)[0-9](?:[0-9 ().-]{0,40}[0-9])?")
"""In a text with something else, a phone number begins with + or 00."""

DIALLED = re.compile(r"[+(0-9][0-9 ().-]*")
"""Nothing but a phone number, with or without its country."""


class Pasted(NamedTuple):
    """A Target that was read."""

    text: str
    """The address or the phone number; or what was typed, where it is not understood."""
    left_out: str = ""
    """The name beside it."""


def read_targets(typed: str, is_name: Callable[[str], bool] = lambda _: False) -> list[Pasted]:
    """Each Target in what was typed, in order. A line that `is_name` is a Target as a whole."""
    return [
        target for line in LINE_BREAKS.split(typed) for target in _read_line(line.strip(), is_name)
    ]


_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2010": "-", "\u2011": "-"})


def _read_line(typed: str, is_name: Callable[[str], bool]) -> Iterator[Pasted]:
    line = BULLET.sub("", INVISIBLE.sub("", typed).translate(_PLAIN), count=1).strip()
    if (name := next(filter(is_name, (typed, line)), None)) is not None:
        yield Pasted(name)
        return
    cells = line.split("\t")
    is_row = len(cells) > 1 and any(ADDRESS.search(cell) or NUMBER.search(cell) for cell in cells)
    if is_row:  # of a spreadsheet: its other cells are names
        cells = [cell for cell in cells if not _may_be_name(cell)]
    for cell in cells:
        yield from _read_cell(cell)


def _read_cell(cell: str) -> Iterator[Pasted]:
    waiting: list[str] = []
    for match in ENTRY.finditer(cell):
        entry = match[0].strip()
        if not entry:
            continue
        if IN_BRACKETS.search(entry):
            # Outlook writes: Lovelace, Ada <ada@example.com>
            yield from _read_entry(", ".join([*waiting, entry]))
            waiting.clear()
        elif _may_be_name(entry):
            waiting.append(entry)
        else:
            yield from map(Pasted, waiting)
            waiting.clear()
            yield from _read_entry(entry)
    yield from map(Pasted, waiting)


def _may_be_name(entry: str) -> bool:
    return not re.search("[@0-9<>+]", entry)


def _read_entry(entry: str) -> list[Pasted]:
    """The Targets of an entry; itself where something in it is not understood."""
    alone = _unwrapped(entry)
    if "@" in alone and not re.search(r"[\s<>]", alone):
        return [Pasted(alone)]
    dialled = _plain_number(entry)
    if DIALLED.fullmatch(dialled) and dialled.count("+") < 2:  # noqa: PLR2004 - else, several
        return [Pasted(dialled)]
    rest = entry
    places: list[tuple[int, str]] = []
    for pattern, text_of in _PATTERNS:
        places += [(match.start(), text_of(match)) for match in pattern.finditer(rest)]
        rest = pattern.sub(lambda match: "\0" * len(match[0]), rest)
    left_out = _name_in(rest)
    if not places or left_out is None:
        return [Pasted(entry)]
    first, *others = [text for _, text in sorted(places)]
    return [Pasted(first, left_out), *map(Pasted, others)]


def _unwrapped(address: str) -> str:
    """An address without what is written round it in a text."""
    bare = address.lstrip('("').rstrip(')".:')
    bare = bare[1:-1] if re.fullmatch("'.+'|<.+>", bare) else bare
    return re.sub("^mailto:", "", bare, flags=re.IGNORECASE)


def _plain_number(text: str) -> str:
    """The number with + for 00, and with spaces for slashes."""
    number = text.removeprefix("tel:").replace("/", " ").strip()
    return re.sub("^00 ?(?=[1-9])", "+", number)


def _name_in(rest: str) -> str | None:
    """What stands beside the Targets of an entry, as a name; None where it may mean something."""
    if re.search(r"[0-9@<>+]", rest):
        return None
    words = re.sub(r"(?:mailto|tel):(?=\0)", "", rest).replace("\0", " ")
    return re.sub(r"\s+", " ", words).strip(" \"'()/|:-=\u2013\u2014").strip()


_PATTERNS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = (
    (IN_BRACKETS, lambda match: _unwrapped(match[1])),
    (ADDRESS, lambda match: _unwrapped(match[0])),
    (NUMBER, lambda match: _plain_number(match[0])),
)
"""What is looked for in an entry, one after the other, and its text."""
