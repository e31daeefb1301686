"""What is wrong with a configuration: where, and a sentence that says what."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pager.model import shortened
from pager.oncall.names import LONGEST_NAME

Place = tuple[str | int, ...]
"""Where something stands: its kind, its name, then the place in the entry."""

NOUNS = {
    "people": "person",
    "teams": "team",
    "schedules": "schedule",
    "policies": "policy",
    "services": "service",
    "heartbeats": "heartbeat",
    "integrations": "integration",
    "properties": "property",
}
"""What one entry of a kind is called."""


class Problem(NamedTuple):
    """Something is wrong with a configuration."""

    place: Place
    message: str
    """A sentence."""

    def __str__(self) -> str:
        """Where, and what."""
        return f"{in_words(self.place)}: {self.message}" if self.place else self.message


def in_words(place: Place) -> str:
    """A place, as people say it: schedule Database, layer 1, rotation 2, starts."""
    kind, *rest = place
    if kind == "teams" and len(rest) > 1 and isinstance(rest[1], int):
        rest.insert(1, "members")  # the list of a team is all that it has
    if isinstance(kind, str) and kind in NOUNS and rest:
        return ", ".join([_counted(NOUNS[kind], rest[0]), *_steps(rest[1:])])
    return ", ".join(_steps(list(place)))


def _steps(steps: list[str | int]) -> Iterator[str]:
    """The steps below an entry: a list and the number of its item are one."""
    for number, step in enumerate(steps):
        follows = steps[number + 1] if number + 1 < len(steps) else None
        if isinstance(step, int):
            before = steps[number - 1] if number else ""
            yield _counted(_singular(str(before)), step)
        elif not isinstance(follows, int):
            yield shortened(step.replace("_", " "), LONGEST_NAME)


def _counted(noun: str, item: str | int) -> str:
    return f"{noun} {item + 1 if isinstance(item, int) else shortened(item, LONGEST_NAME)}"


def _singular(name: str) -> str:
    return re.sub("s$", "", name.replace("_", " "))
