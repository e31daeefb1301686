"""Properties: how long they may be, and how many."""

import pytest
from pydantic import ValidationError

from pager.configuration.properties import LONGEST_PROPERTY, MOST_PROPERTIES, Properties


def test_a_property_is_a_line() -> None:
    """Without the spaces around it."""
    assert Properties(properties=(" no Level is empty ",)).properties == ("no Level is empty",)


@pytest.mark.parametrize(
    "wrong", ["", "  ", "no Level\nis empty", "x" * (LONGEST_PROPERTY + 1), "\x00"]
)
def test_what_is_no_line_is_refused(wrong: str) -> None:
    """Empty, too long, or with a line break in it."""
    with pytest.raises(ValidationError):
        Properties(properties=(wrong,))


def test_a_property_is_there_once() -> None:
    """Twice says no more than once."""
    with pytest.raises(ValidationError, match="is there twice: once is enough"):
        Properties(properties=("no Level is empty", "no Level is empty"))


def test_there_are_not_too_many() -> None:
    """Each takes its time when it is verified."""
    numbered = tuple(f"property {number}" for number in range(MOST_PROPERTIES + 1))
    with pytest.raises(ValidationError):
        Properties(properties=numbered)
