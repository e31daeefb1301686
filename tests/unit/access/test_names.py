"""Names of accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.names import BadName, account_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada@Example.COM\n", "ada@example.com"),
        ("on-call_2+paris", "on-call_2+paris"),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_name_is_in_lower_case_without_spaces_around_it(text: str, name: str) -> None:
    """However it was typed, it is the same account."""
    assert account_name(text) == name


@pytest.mark.parametrize("text", ["", " ", "x" * 101, "Jane Doe", "ada\x00", "adä", "a/b", "a\nb"])
def test_other_characters_are_refused(text: str) -> None:
    """The error says which names there are."""
    with pytest.raises(BadName, match="1 to 100 letters, digits or"):
        account_name(text)


@given(st.text(max_size=5))
def test_a_name_is_its_own_name(text: str) -> None:
    """A name that is read on the screen and typed is that of the same account."""
    try:
        name = account_name(text)
    except BadName:
        return
    assert account_name(name) == account_name(name.upper()) == name
