"""A number with what it counts."""

import pytest

from pager.counted import counted


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 services"), (1, "1 service"), (2, "2 services"), (5000, "5,000 services")],
)
def test_one_of_them_has_no_s(number: int, text: str) -> None:
    """All other numbers have one."""
    assert counted(number, "service") == text


def test_some_words_have_another_plural() -> None:
    """It is given."""
    assert counted(1, "person", "people") == "1 person"
    assert counted(2, "person", "people") == "2 people"
