"""How long a verification code works, how often it may be tried, and how many are sent."""

from datetime import timedelta

import pytest

from pager.access.verification_codes import (
    CODES,
    LIFETIME,
    LONGEST_WINDOW,
    MOST_TRIES,
    CodeIsOver,
    NotACode,
    Sending,
    TooManyCodes,
    WrongCode,
    after_wrong,
    check_sending,
    check_try,
    code_of,
    read_code,
)

ADA, GRACE = "ada@example.com", "+33612345678"
ZERO, SECOND, MINUTE = timedelta(0), timedelta(seconds=1), timedelta(minutes=1)


@pytest.mark.parametrize(("number", "code"), [(0, "000000"), (42, "000042"), (999_999, "999999")])
def test_a_code_has_six_digits(number: int, code: str) -> None:
    """The first and the last, too: all of them, and no others."""
    assert code_of(number) == code
    assert CODES == 10**6


@pytest.mark.parametrize("typed", ["042137", " 042137\n", "042 137", "042-137", "042\u00a0137"])
def test_a_code_is_read_however_people_type_it(typed: str) -> None:
    """With a space in the middle, or at the end, as it is pasted."""
    assert read_code(typed) == "042137"


@pytest.mark.parametrize("typed", ["", "42137", "0421370", "04213a", "٠٤٢١٣٧", "042_137"])
def test_anything_else_is_no_code(typed: str) -> None:
    """It is no try either: somebody has mistyped."""
    with pytest.raises(NotACode, match="six digits"):
        read_code(typed)


def test_a_code_works_for_a_quarter_of_an_hour() -> None:
    """To the moment: then it is over."""
    check_try(LIFETIME - timedelta(milliseconds=1), 0)
    with pytest.raises(CodeIsOver, match="15 min and 5 tries"):
        check_try(LIFETIME, 0)


def test_a_code_has_five_tries() -> None:
    """The sixth is none, even with the right code."""
    check_try(ZERO, MOST_TRIES - 1)
    with pytest.raises(CodeIsOver):
        check_try(ZERO, MOST_TRIES)


def test_who_mistypes_is_told_how_many_tries_are_left() -> None:
    """After the last one: that a new code is needed."""
    wrong = after_wrong(1)
    assert isinstance(wrong, WrongCode)
    assert wrong.left == 4
    assert str(wrong) == "That is not the code. Tries left: 4."
    assert isinstance(after_wrong(MOST_TRIES), CodeIsOver)


def test_an_address_gets_three_codes_within_ten_minutes() -> None:
    """Whoever sends them; and it says when there may be another."""
    earlier = [Sending(ADA, f"account {n}", n * MINUTE) for n in (9, 5, 1)]
    with pytest.raises(TooManyCodes, match="Try again in 1 min") as caught:
        check_sending(ADA, "grace", earlier)
    assert caught.value.retry_after == MINUTE
    check_sending(ADA, "grace", [earlier[0]._replace(age=10 * MINUTE), *earlier[1:]])


def test_another_address_has_codes_of_its_own() -> None:
    """So that somebody can verify an address and a number in one go."""
    check_sending(GRACE, "ada", [Sending(ADA, "ada", SECOND)] * 3)


def test_an_account_sends_twenty_an_hour() -> None:
    """To whomever: else one account could ring the phones of a whole city."""
    earlier = [Sending(f"+3361234{n:04}", "ada", timedelta(minutes=59.5)) for n in range(20)]
    with pytest.raises(TooManyCodes, match=r"20 of an account within 1 h\. Try again in 30 s"):
        check_sending(ADA, "ada", earlier)
    check_sending(ADA, "grace", earlier)
    check_sending(ADA, "ada", earlier[1:])


def test_all_that_counts_is_within_the_longest_window() -> None:
    """Whoever asks the store for the codes of that window has asked for enough."""
    check_sending(ADA, "ada", [Sending(ADA, "ada", LONGEST_WINDOW)] * 20)
