"""What pydantic finds wrong with a document, as sentences with their places."""

from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pager.adapters.configuration.targets import TAG
from pager.adapters.configuration.wrong_values import message
from pager.configuration.problems import Place, Problem
from pager.errors import PagerError
from pager.oncall.schedules import Restriction

MOST_PROBLEMS = 100
"""More are not listed."""

_TAGS_OF_THE_DOMAIN = {
    kind.model_fields["type"].default for kind in get_args(get_args(Restriction)[0])
}


class WrongDocument(PagerError):
    """The configuration cannot be read:
    {problems}"""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """All that is wrong with it, of which the first MOST_PROBLEMS are kept."""
        super().__init__(problems="\n".join(f"  {problem}" for problem in problems[:MOST_PROBLEMS]))
        self.problems = tuple(problems[:MOST_PROBLEMS])


def problems_of(error: ValidationError, before: Place = ()) -> Iterator[Problem]:
    """What is wrong, each once; `before` is the place of what was validated."""
    details = error.errors(include_url=False)
    places = [_place(detail) for detail in details]
    for place, detail in zip(places, details, strict=True):
        # pydantic counts only the items that are right: without them a list may be too short.
        inner = any(len(other) > len(place) and other[: len(place)] == place for other in places)
        if not (detail["type"] == "too_short" and inner):
            yield Problem((*before, *place), message(detail))


def _place(detail: ErrorDetails) -> Place:
    """The place of an error, without the tags that tell short forms apart."""
    location = detail["loc"]
    steps = [step for step in location if not str(step).startswith(TAG)]
    if steps and steps[-1] == "[key]":
        del steps[-1]
    return tuple(step for step in steps if step not in _TAGS_OF_THE_DOMAIN)
