"""Cleaning and cutting text that somebody else wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.adapters.text import (
    JOINERS,
    QUOTED_WIDTH,
    clean_lines,
    one_line,
    printable,
    quoted,
    visible,
    without_controls,
)
from pager.model import shortened

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Störung 日本 🔥", "Störung 日本 🔥"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred\a", "\ufffd[31mred\ufffd"),
        ("tab\tand return\r", "tab\ufffdand return\ufffd"),
        ("\u202eright to left", "\ufffdright to left"),
    ],
)
def test_printable_text_cannot_steer_a_terminal(text: str, expected: str) -> None:
    """A replacement character shows where something was."""
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Störung 日本 🔥 {FAMILY}\u202e", f"Störung 日本 🔥 {FAMILY}\u202e"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31m \x00\x7f\x9b\r", "\ufffd[31m \ufffd\ufffd\ufffd\ufffd"),
    ],
)
def test_text_without_controls_keeps_all_that_can_be_read(text: str, expected: str) -> None:
    """Joined emoji, tabs and line breaks too."""
    assert without_controls(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("als \u200b\u202e3", "als 3"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("two\r\n\tlines\u2028and\xa0more", "two\r\n\tlines\u2028and\xa0more"),
    ],
)
def test_visible_text_has_no_character_that_cannot_be_seen(text: str, expected: str) -> None:
    """White space stays."""
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disk full", "disk full"),
        ("  two\r\n\tlines\u2028and\x85more ", "two lines and more"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("\x00\n", ""),
    ],
)
def test_one_line_has_single_spaces(text: str, expected: str) -> None:
    """In the place of line breaks and control characters."""
    assert one_line(text) == expected


@given(st.text())
def test_one_line_is_one_line_of_any_text(text: str) -> None:
    """It cannot forge a header, or a line of a log."""
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == one_line(line) == without_controls(line)


@pytest.mark.parametrize(
    ("text", "longest", "ellipsis", "expected"),
    [
        ("checkout", 8, "…", "checkout"),
        ("checkout-api", 8, "…", "checkou…"),
        ("checkout-api", 8, "...", "check..."),
        ("", 8, "…", ""),
    ],
)
def test_text_is_cut_to_its_greatest_length(
    text: str, longest: int, ellipsis: str, expected: str
) -> None:
    """The ellipsis counts."""
    assert shortened(text, longest, ellipsis) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disk full", "> disk full"),
        ("one\n\n  two\tthree", "> one\n>\n>   two   three"),
        ("fine\n\n\n\n\nAcknowledge: x", "> fine\n>\n> Acknowledge: x"),
        ("a\u2028b\x85c\x0bd\x1ee\rf", "> a\n> b\n> c\n> d\n> e\n> f"),
        ("\u202egnorw\u2066 \u200b\x1b[31m\0", "> gnorw \ufffd[31m\ufffd"),
        (f"Störung 日本 🔥 {FAMILY}", f"> Störung 日本 🔥 {FAMILY}"),
        (f"{'x ' * 40}Acknowledge:", f"> {('x ' * 36).strip()}\n> {'x ' * 4}Acknowledge:"),
        (f"{'x' * 80}\u2003Acknowledge:", f"> {'x' * 80}\n> Acknowledge:"),
        ("\u3164" * 73 + "Acknowledge:", "> " + "\u3164" * 72 + "\n> \u3164Acknowledge:"),
        (f"https://example.com/{'x' * 80} ok", f"> https://example.com/{'x' * 80}\n> ok"),
        ("", ""),
    ],
)
def test_a_quotation_cannot_pass_for_a_line_of_ours(text: str, expected: str) -> None:
    """Each line is marked, no line is wrapped by somebody else, and nothing is invisible."""
    assert quoted(text) == expected


@given(st.text())
def test_each_line_of_a_quotation_is_marked(text: str) -> None:
    """Whatever the Alert says."""
    for line in quoted(text).splitlines():
        assert line == ">" or line.startswith("> ")
        assert len(line) <= QUOTED_WIDTH + 2 or " " not in line[2:]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("disk full", ["disk full"]),
        ("\n \none\n\n\n  two  \n\n", ["one", "", "  two", ""]),
        ("a\tb\x1b[31m\u202e\u200b \u200b\nc", ["a       b\ufffd[31m", "c"]),
        (" \u200b\n\u200b\n", []),
        (f"Störung 日本 {FAMILY}", [f"Störung 日本 {FAMILY}"]),
    ],
)
def test_clean_lines_have_nothing_that_cannot_be_seen(text: str, lines: list[str]) -> None:
    """Indentation stays; empty lines do not pile up."""
    assert clean_lines(text) == lines


@given(st.text())
def test_clean_lines_can_be_shown_whatever_the_text_is(text: str) -> None:
    """What could be seen of the text is still there, in the same order."""
    lines = clean_lines(text)
    assert all(c.isprintable() or c in JOINERS for line in lines for c in line)
    assert [line.rstrip() for line in lines] == lines
    assert all(line or before for line, before in zip(lines, ["", *lines], strict=False))
    seen = "".join(c for c in "".join(lines) if c not in "\ufffd ")
    assert seen == "".join(
        c for c in text if c != "\ufffd" and (c.isprintable() or c in JOINERS) and c != " "
    )
