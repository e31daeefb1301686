"""What the Givens of a scenario say is so, and whether it still is when the first When begins."""

from collections.abc import Callable
from typing import NamedTuple

from pager.testing.expect import Unmet, expect


class _Claim(NamedTuple):
    """What a Given says is so."""

    sentence: str
    is_so: Callable[[], bool]


class Givens:
    """The Givens of a scenario."""

    def __init__(self) -> None:
        self.are_over = False
        """Whether the first When has begun."""
        self._claims: dict[str, _Claim] = {}

    def claim(self, subject: str, sentence: str, is_so: Callable[[], bool]) -> None:
        """Note what a Given says of `subject`, which no other Given may say or undo."""
        if self.are_over:
            return  # a When may change it
        if (other := self._claims.get(subject)) is not None:
            raise Unmet(
                f"Two Givens say what {subject} is: “{other.sentence}” and “{sentence}”."
                " Remove one of them. (What happens later is a When.)"
            )
        self._claims[subject] = _Claim(sentence, is_so)

    def end(self) -> None:
        """Expect, before the first When, that each Given is so."""
        self.are_over = True
        for sentence, is_so in self._claims.values():
            expect(
                is_so(),
                f"“{sentence}” is no longer so when the first When begins: a Given below it undoes"
                " it. Remove one of the two, or make the one below a When.",
            )
