"""Characters that nobody sees: two names would look alike, or a line would read the other way."""

from unicodedata import category, name

BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters, marks and symbols that show nothing."""

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Some scripts and emoji are not written without them; between letters of others they do nothing.
"""
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
_JOINED = {"Lo", "Mc", "Me", "Mn", "Sk", "So"}


def invisible_in(text: str) -> str:
    """The first such character, by its number and name: U+202E (RIGHT-TO-LEFT OVERRIDE).

    "" where there is none. A plain space is one that people see.
    """
    for place, character in enumerate(text):
        hides = character in BLANK or (category(character) in _HIDDEN and character != " ")
        if hides and not (character in JOINERS and _joins(text[place - 1 : place + 2])):
            known = name(character, "")
            return f"U+{ord(character):04X}{f' ({known})' if known else ''}"
    return ""


def _joins(three: str) -> bool:
    """Whether the joiner in the middle has a letter without case, a mark or a symbol before it and
    behind it, as in Persian, Hindi and emoji."""
    return len(three) == 3 and {category(three[0]), category(three[2])} <= _JOINED  # noqa: PLR2004
