"""A Target as it is typed: an address, a phone number, or the name of somebody who is on call.

`Grace Hopper` is a person, `schedule Database` and `team Payments` say what they are. Where nobody
else has the name, the word before it may be left out.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pydantic import TypeAdapter, ValidationError

from pager.adapters.web.console.pasted_targets import Pasted, read_targets
from pager.adapters.web.console.text import address_of
from pager.model import Target
from pager.oncall.directory import Directory
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyTarget,
    ScheduleTarget,
    TeamTarget,
)

LONGEST_TARGET = 320
"""Characters of an address."""

KINDS: Final[dict[str, type[OnCallTarget]]] = {
    "person": PersonTarget,
    "schedule": ScheduleTarget,
    "team": TeamTarget,
}
"""By the word before a name. A name without one is looked for in this order."""


class Names:
    """Whom a policy may name beside addresses and phone numbers."""

    def __init__(self, directory: Directory) -> None:
        """They are those in the directory."""
        self.directory = directory

    def read(self, typed: str) -> list[Pasted]:
        """Each Target in what was typed, in order."""
        return read_targets(typed, lambda line: self._named(line) is not None)

    def target_of(self, text: str) -> PolicyTarget | None:
        """The Target that is meant by `text`; None where there is none."""
        return self._named(text) or target_of(text)

    def text_of(self, target: PolicyTarget) -> str:
        """What is typed for that Target."""
        text = address_of(target)
        if isinstance(target, PersonTarget) and self._named(text) != target:
            return f"person {text}"
        return text

    def fields_of(self, text: str) -> PolicyTarget | dict[str, str]:
        """The Target; or its fields, so that the model says what is wrong with them."""
        return self.target_of(text) or _fields_of_target(text)

    def what_is_wrong(self, text: str) -> str | None:
        """Why there is nobody of that name; None where it was not meant as a name."""
        kind, _, name = text.partition(" ")
        if kind.lower() in KINDS and name:
            return f"There is no {kind.lower()} of that name."
        if "@" in text or is_phone_number(text) or not any(self.directory):
            return None
        return "Nobody is called that: choose one of the names, or add them first."

    @property
    def all(self) -> Iterator[str]:
        """What may be typed: schedules first, because a Level should name those."""
        schedules, teams, people = (
            sorted(self.directory.schedules),
            sorted(self.directory.teams),
            sorted(self.directory.people),
        )
        yield from (self.text_of(ScheduleTarget(name=name)) for name in schedules)
        yield from (self.text_of(TeamTarget(name=name)) for name in teams)
        yield from (self.text_of(PersonTarget(name=name)) for name in people)

    def _named(self, text: str) -> OnCallTarget | None:
        """The one in the directory who is meant by `text`."""
        word, _, rest = text.partition(" ")
        kind = KINDS.get(word.lower())
        if kind is not None and (named := self._of_kind(kind, rest.strip())) is not None:
            return named
        found = (self._of_kind(kind, text) for kind in KINDS.values())
        return next((named for named in found if named is not None), None)

    def _of_kind(self, kind: type[OnCallTarget], name: str) -> OnCallTarget | None:
        # What was never checked is no name yet.
        named = kind.model_construct(name=name)
        return kind(name=name) if self.directory.has(named) else None


NO_NAMES: Final = Names(Directory())
"""A policy of a single service names nobody: it has addresses and phone numbers."""


def target_key(text: str) -> str:
    """The key of the Target that `text` names; it may be one that was valid once."""
    targets = read_targets(text)
    typed = targets[0].text if len(targets) == 1 else text.strip()
    target = target_of(typed)
    return target.key if target else typed.lower()


def is_phone_number(text: str) -> bool:
    """Whether a Target looks like a phone number; otherwise it is meant as an e-mail address."""
    return re.match(r"[+(0-9]", text) is not None and "@" not in text


def target_of(text: str) -> Target | None:
    """The address or phone number that is meant by `text`; None where the model refuses it."""
    return _valid_target(text) if len(text) <= LONGEST_TARGET else None


# A draft is read again each time it is rehearsed, and a validation takes 0.1 ms.
@lru_cache(maxsize=4_000)
def _valid_target(text: str) -> Target | None:
    try:
        return _targets.validate_python(_fields_of_target(text))
    except ValidationError:
        return None


_targets: TypeAdapter[Target] = TypeAdapter(Target)


def _fields_of_target(text: str) -> dict[str, str]:
    if is_phone_number(text):
        return {"type": "sms", "phone_number": text}
    return {"type": "email", "address": text}
