"""Reads people as they are pasted, one a line: a name, and how they are reached.

As in `Ada Lovelace, ada@example.com, +33 6 12 34 56 78`, or a row of a spreadsheet.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from pager.adapters.web.console.on_call.names import read_name, wrong_name
from pager.adapters.web.console.pasted_targets import LINE_BREAKS, read_targets
from pager.adapters.web.console.typed_targets import target_of
from pager.model import Target, shortened
from pager.oncall.people import MOST_METHODS, ContactMethod, Person

MOST_AT_ONCE = 100
"""People."""

LONGEST_SHOWN = 80
"""Characters of what was not understood."""


class PastedPerson(NamedTuple):
    """A line, and who it is."""

    line: str
    person: Person | None
    problem: str = ""
    """Why it is nobody."""


def read_people(typed: str) -> list[PastedPerson]:
    """Whoever is in each line that is not empty, in order."""
    lines = [line.strip() for line in LINE_BREAKS.split(typed)]
    return [_read(line) for line in lines if line]


def _read(line: str) -> PastedPerson:
    """Nothing is guessed: a line of which a part is not understood is nobody."""
    names: list[str] = []
    targets: dict[str, Target] = {}
    for pasted in read_targets(line.replace("\t", ", ")):
        target = target_of(pasted.text)
        if target is not None:
            targets[target.key] = target
        elif re.search("[@0-9<>+]", pasted.text):
            return PastedPerson(line, None, f"{_short(pasted.text)} is not understood.")
        else:
            names.append(pasted.text)
        names += [pasted.left_out] if pasted.left_out else []
    name = read_name(" ".join(names))
    if name is None:
        return PastedPerson(
            line, None, wrong_name(" ".join(names)) if names else "A name is missing."
        )
    if len(targets) > MOST_METHODS:
        return PastedPerson(line, None, f"There are more than {MOST_METHODS} addresses.")
    return PastedPerson(line, _person(name, targets.values()))


def _person(name: str, targets: Iterable[Target]) -> Person:
    """Reached everywhere at once, until they say otherwise."""
    return Person(
        name=name, contact_methods=tuple(ContactMethod(target=target) for target in targets)
    )


def _short(text: str) -> str:
    return shortened(text, LONGEST_SHOWN)
