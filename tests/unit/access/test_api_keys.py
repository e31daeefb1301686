"""What API keys may be called, and how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.api_keys import BadKeyName, KeyParts, key_name, parse_key

SECRET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-_01234"


@pytest.mark.parametrize("text", ["ci", " ci ", "ci\n"])
def test_a_name_has_no_spaces_around_it(text: str) -> None:
    """Two keys never look as if they had the same name."""
    assert key_name(text) == "ci"


@pytest.mark.parametrize("text", ["Grafana (Paris)", "監視", "x" * 100])
def test_a_name_is_any_text_that_can_be_read(text: str) -> None:
    """It says where the key is used."""
    assert key_name(text) == text


@pytest.mark.parametrize("text", ["", " ", "x" * 101, "line\nbreak", "\x1b[2J", "a\x00b"])
def test_other_names_are_refused(text: str) -> None:
    """A name stands in the audit log, on one line."""
    with pytest.raises(BadKeyName, match="1 to 100 characters that says where it is used"):
        key_name(text)


def test_a_character_that_nobody_sees_is_named() -> None:
    """Two keys would look alike."""
    with pytest.raises(
        BadKeyName, match=r"without U\+200B \(ZERO WIDTH SPACE\), which nobody sees"
    ):
        key_name("Grafana\u200b")


def test_a_key_says_what_it_is() -> None:
    """Somebody who finds one in a log knows that it is Pager's, and so do scanners for secrets."""
    assert str(KeyParts(7, SECRET)) == f"pager_7_{SECRET}"
    assert parse_key(f"pager_7_{SECRET}") == KeyParts(7, SECRET)


@given(st.integers(1, 10**18 - 1), st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True))
def test_a_key_that_was_written_is_parsed(id_: int, secret: str) -> None:
    """Also where there are underscores in its secret."""
    parts = KeyParts(id_, secret)
    assert parse_key(str(parts)) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pager_7_",
        f"pager_0_{SECRET}",
        f"pager_07_{SECRET}",
        f"pager_-7_{SECRET}",
        f"pager_7_{SECRET}=",
        f"pager_7_{SECRET[1:]}",
        f"pager_7_{SECRET}\n",
        f" pager_7_{SECRET}",
        f"PAGER_7_{SECRET}",
        f"pager_{10**18}_{SECRET}",
        f"pager_\u0667_{SECRET}",
    ],
)
def test_what_is_not_a_key_is_not_parsed(text: str) -> None:
    """The id fits into any database, and the secret is as long as every secret."""
    assert parse_key(text) is None
