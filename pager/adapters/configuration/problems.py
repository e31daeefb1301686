"""What pydantic finds wrong with a document, as sentences with their places."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pager.adapters.configuration.fields import Document, duration_text
from pager.adapters.configuration.targets import TAG
from pager.configuration.problems import Place, Problem
from pager.errors import PagerError
from pager.model import shortened
from pager.oncall.schedules import Restriction

MOST_PROBLEMS = 100
"""More are not listed."""

_TAGS_OF_THE_DOMAIN = {
    kind.model_fields["type"].default for kind in get_args(get_args(Restriction)[0])
}


BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
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
            yield Problem((*before, *place), _message(detail))


def _place(detail: ErrorDetails) -> Place:
    """The place of an error, without the tags that tell short forms apart."""
    location = detail["loc"]
    steps = [step for step in location if not str(step).startswith(TAG)]
    if steps and steps[-1] == "[key]":
        del steps[-1]
    return tuple(step for step in steps if step not in _TAGS_OF_THE_DOMAIN)


def _message(detail: ErrorDetails) -> str:
    message = detail["msg"]
    match detail["type"]:
        case "string_type" if isinstance(detail["input"], int | float):
            message = "This is a number, true or false to YAML: put quotation marks round it"
        case "string_pattern_mismatch":
            message = f"{shortened(str(detail['input']), 50)!r} has a character that cannot be here"
        case "extra_forbidden":
            message = f"There is no such field{_did_you_mean(str(detail['loc'][-1]))}"
        case "greater_than" | "greater_than_equal" | "less_than_equal" as bound:
            [limit] = detail["ctx"].values()
            message = f"It must be {BOUNDS[bound]} {_limit(str(limit))}"
        case "missing":
            message = "This is missing"
        case "too_short":
            message = f"There must be at least {detail['ctx']['min_length']}"
        case "too_long":
            message = f"There may be at most {detail['ctx']['max_length']}"
        case _:
            pass
    return message if message.endswith((".", "?")) else f"{message}."


def _limit(limit: str) -> str:
    """A limit, where pydantic may have no more of a duration than its repr."""
    if not limit.startswith("datetime.timedelta("):
        return limit
    return duration_text(
        timedelta(**{unit: int(n) for unit, n in re.findall(r"(\w+)=(\d+)", limit)})
    )


def _did_you_mean(field: str) -> str:
    # One that is known elsewhere is no help here.
    close = get_close_matches(field, sorted({*_fields(Document)} - {field}), n=1)
    return f". Did you mean {close[0]}?" if close else ""


def _fields(kind: type[Document]) -> list[str]:
    """The names of all fields of documents."""
    own = [field.alias or name for name, field in kind.model_fields.items()]
    return own + [name for below in kind.__subclasses__() for name in _fields(below)]
