"""Which passwords may be chosen, and what is hashed of them."""

import pytest

from pager.access.passwords import WeakPassword, check_password, normalized


@pytest.mark.parametrize("password", ["x" * 12, "x" * 1_000, "vier Wörter: é", " " * 12])
def test_any_password_that_is_long_enough_may_be_chosen(password: str) -> None:
    """Rules about digits and capitals would make it no harder to guess."""
    check_password(password)


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 1_001])
def test_a_password_is_neither_short_nor_endless(password: str) -> None:
    """The error says how long it must be."""
    with pytest.raises(WeakPassword) as caught:
        check_password(password)
    assert str(caught.value) == (
        "Choose a password of 12 to 1,000 characters, such as a few words of your own."
    )


def test_the_same_characters_are_the_same_password_on_every_keyboard() -> None:
    """One keyboard sends an é, another one an e and an accent."""
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert composed != decomposed
    assert normalized(composed) == normalized(decomposed)


def test_other_characters_are_another_password() -> None:
    """Neither its case nor its spaces are changed."""
    assert normalized(" Café ") == " Café "
    assert normalized("CAFÉ") != normalized("café")


def test_a_huge_password_costs_no_more_than_a_long_one() -> None:
    """And is still not the same as the longest one that somebody can have."""
    assert normalized("x" * 1_000) == "x" * 1_000
    assert normalized("x" * 1_000_000) == "x" * 1_001
