"""Names that are written otherwise than people think."""

from pager.configuration.spelling import as_known, composed, did_you_mean, nearest

ONE, OTHER = "Zo\u00eb", "Zoe\u0308"
"""The same name, in three characters and in four."""


def test_two_ways_to_write_a_letter_are_one() -> None:
    """Nobody sees a difference."""
    assert composed(OTHER) == composed(ONE)
    assert as_known(OTHER, ["Ada", ONE]) == ONE
    assert as_known(ONE, ["Ada", OTHER]) == OTHER


def test_a_name_that_is_there_is_that_name() -> None:
    """Also where another one looks the same; and a name that nobody has is itself."""
    assert as_known(OTHER, [ONE, OTHER]) == OTHER
    assert as_known("Ada", [ONE]) == "Ada"


def test_the_nearest_name_is_asked_for() -> None:
    """Whichever letters are capitals; where none is near, nothing is asked."""
    assert did_you_mean("grace hoper", ["Ada Lovelace", "Grace Hopper"]) == (
        "Did you mean Grace Hopper?"
    )
    assert nearest(OTHER, [ONE]) == ONE
    assert did_you_mean("Edsger", ["Ada"]) == ""
