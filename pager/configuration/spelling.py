"""Names that are written otherwise than people think: misspelt, or in other characters.

Zoë can be written with three characters or with four, and nobody sees which: macOS writes the
names of files with four. Both are one name to whoever reads it, so both are compared in one form.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import normalize


def composed(text: str) -> str:
    """The text in the one form in which it is compared: with as few characters as can be."""
    return normalize("NFC", text)


def as_known(name: str, names: Iterable[str]) -> str:
    """The one of these that looks the same, as it is written there; else the name as it is."""
    known = [*names]
    if name in known:
        return name
    return next((other for other in known if composed(other) == composed(name)), name)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of these that is most like the name; None where none is."""
    by_form = {composed(other).casefold(): other for other in names}
    close = get_close_matches(composed(name).casefold(), by_form, n=1)
    return by_form[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A question that names the nearest of these; empty where none is near."""
    near = nearest(name, names)
    return f"Did you mean {near}?" if near else ""
