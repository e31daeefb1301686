"""Characters that nobody sees."""

import pytest

from pager.invisible import invisible_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ada\u202eecalevoL", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("Ada\u200b", "U+200B (ZERO WIDTH SPACE)"),
        ("\ufeffAda", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("Ada\u00a0Lovelace", "U+00A0 (NO-BREAK SPACE)"),
        ("Ada\u3164", "U+3164 (HANGUL FILLER)"),
        ("Ada\u0085", "U+0085"),
        ("A\u200dda", "U+200D (ZERO WIDTH JOINER)"),
        ("\u200dAda", "U+200D (ZERO WIDTH JOINER)"),
        ("Ada\u200d", "U+200D (ZERO WIDTH JOINER)"),
        ("\u0645\u06cc\u200c\u200c\u062e", "U+200C (ZERO WIDTH NON-JOINER)"),
    ],
)
def test_the_first_one_is_named(text: str, found: str) -> None:
    """By its number, and its name where it has one."""
    assert invisible_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace",
        "Zoe\u0308",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "\N{WOMAN}\u200d\N{FIRE ENGINE}",
        "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "Datenbank (N\u00e4chte)",
    ],
    ids=["Latin", "an accent of its own", "Persian", "Hindi", "emoji", "a variant", "German"],
)
def test_what_people_write_has_none(text: str) -> None:
    """Joiners belong to some scripts, and to emoji."""
    assert invisible_in(text) == ""
