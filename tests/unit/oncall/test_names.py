"""The names that people give."""

import pytest

from pager.oncall.names import InvisibleName, check_new_name, is_name
from pager.oncall.people import Person

TURNED = "Ada\u202eecalevoL"


def test_a_new_name_has_nothing_that_nobody_sees() -> None:
    """The character is named: it cannot be found otherwise."""
    check_new_name("Ada Lovelace")
    with pytest.raises(InvisibleName, match=r"U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"):
        check_new_name(TURNED)


def test_whoever_has_such_a_name_keeps_it() -> None:
    """It was given before the rule: they are on call, and are paged."""
    assert is_name(TURNED)
    assert Person(name=TURNED).name == TURNED
