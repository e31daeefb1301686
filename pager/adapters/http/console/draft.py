"""A policy as it stands in the editor: texts, right or wrong, that may become a policy.

The form holds them in the order of the page: the Targets of a Level, then its delay.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from pager.adapters.http.console.form import ForeignForm
from pager.adapters.http.console.words import written
from pager.adapters.spans import span_of
from pager.model import EscalationPolicy, Level
from pager.words import in_words

MOST_LEVELS = 100
"""As in the model."""

MOST_TARGETS = 1_000
"""On all Levels together: what a page can hold. The API takes larger policies."""

ISO: TypeAdapter[timedelta] = TypeAdapter(timedelta)

SENTENCES = {
    "at_least_one": "This Level notifies nobody: name an e-mail address or a phone number.",
    "iso_duration": "How long? Such as 15 min, 1 h 30 min, or 2 days.",
    "time_delta_parsing": "How long? Such as 15 min, 1 h 30 min, or 2 days.",
    "greater_than": "They need some time to acknowledge: more than none.",
    "less_than_equal": "That is too long: at most 7 days.",
    "string_too_long": "That is too long.",
}
"""What is better said otherwise on a page; for the rest, the model's own messages are."""

Errors = dict[str, str]
"""What is wrong, by the id of the field beside which it stands, from top to bottom."""


class LevelDraft(NamedTuple):
    """One Level, as typed."""

    targets: tuple[str, ...] = ("",)
    delay: str = in_words(Level.model_fields["acknowledgement_delay"].default)


class Draft(NamedTuple):
    """The Levels of a policy, as typed: one at least, each with one field for a Target at least."""

    levels: tuple[LevelDraft, ...] = (LevelDraft(),)

    @property
    def may_grow(self) -> bool:
        """Whether there is room for another Target."""
        return sum(len(level.targets) for level in self.levels) < MOST_TARGETS

    @property
    def may_rise(self) -> bool:
        """Whether there is room for another Level."""
        return self.may_grow and len(self.levels) < MOST_LEVELS

    def without_blanks(self) -> "Draft":
        """Without the fields for Targets that were left empty."""
        return Draft(
            tuple(
                LevelDraft(tuple(filter(None, level.targets)) or ("",), level.delay)
                for level in self.levels
            )
        )

    def after(self, button: str) -> tuple["Draft", str]:
        """The draft as that button of the page changes it, and the id of what it leads to.

        Raises ForeignForm for a button that the page does not have.
        """
        action, *numbers = button.split(" ")
        if not all(re.fullmatch("[1-9][0-9]{0,3}", number) for number in numbers):
            raise ForeignForm
        try:
            return self._after(action, [int(number) for number in numbers])
        except IndexError as error:
            raise ForeignForm from error

    def _after(self, action: str, numbers: list[int]) -> tuple["Draft", str]:
        levels = list(self.levels)
        last = len(levels)
        match [action, *numbers]:
            case ["add-level"] if self.may_rise:
                levels.append(LevelDraft())
                leads_to = f"target-{last + 1}-1"
            case ["remove-level", int(n)] if last > 1:
                del levels[n - 1]
                leads_to = f"level-{min(n, last - 1)}"
            case ["up", int(n)] if n > 1:
                levels.insert(n - 2, levels.pop(n - 1))
                leads_to = f"level-{n - 1}"
            case ["down", int(n)] if n < last:
                levels.insert(n, levels.pop(n - 1))
                leads_to = f"level-{n + 1}"
            case ["add-target", int(n)] if self.may_grow:
                targets = levels[n - 1].targets
                levels[n - 1] = levels[n - 1]._replace(targets=(*targets, ""))
                leads_to = f"target-{n}-{len(targets) + 1}"
            case ["remove-target", int(n), int(m)]:
                rest = list(levels[n - 1].targets)
                del rest[m - 1]
                levels[n - 1] = levels[n - 1]._replace(targets=tuple(rest) or ("",))
                leads_to = f"level-{n}"
            case _:
                raise ForeignForm
        return Draft(tuple(levels)), leads_to

    def policy(self, service_id: str) -> EscalationPolicy | Errors:
        """The policy that this is, or what is wrong with it; empty fields do not count."""
        levels = tuple(
            {
                "targets": tuple(_recognised(target) for target in level.targets if target),
                "acknowledgement_delay": span_of(level.delay),
            }
            for level in self.without_blanks().levels
        )
        try:
            return EscalationPolicy.model_validate({"service_id": service_id, "levels": levels})
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            return {_field(each["loc"]): SENTENCES.get(each["type"], each["msg"]) for each in found}


def draft_of(policy: EscalationPolicy) -> Draft:
    """The policy as people would type it."""
    return Draft(
        tuple(
            LevelDraft(
                tuple(map(written, level.targets)),
                _said(level.acknowledgement_delay),
            )
            for level in policy.levels
        )
    )


def fits(policy: EscalationPolicy) -> bool:
    """Whether a page can hold it."""
    return sum(len(level.targets) for level in policy.levels) <= MOST_TARGETS


def read_draft(fields: Sequence[tuple[str, str]]) -> Draft:
    """The draft in the fields of a form. Raises ForeignForm where no page can have sent it."""
    levels: list[LevelDraft] = []
    targets: list[str] = []
    for name, value in fields:
        if name == "target":
            targets.append(value.strip())
        elif name == "delay":
            levels.append(LevelDraft(tuple(targets), value.strip()))
            targets = []
    read = Draft(tuple(levels))
    room = (
        len(levels) <= MOST_LEVELS and sum(len(level.targets) for level in levels) <= MOST_TARGETS
    )
    if targets or not levels or not room or not all(level.targets for level in levels):
        raise ForeignForm
    return read


def fields_of(draft: Draft) -> list[tuple[str, str]]:
    """The fields that hold the draft in a form."""
    return [
        field
        for level in draft.levels
        for field in [*(("target", target) for target in level.targets), ("delay", level.delay)]
    ]


def _recognised(text: str) -> dict[str, str]:
    """An Email Target or an SMS Target, still to be checked."""
    if re.match(r"[+(0-9]", text) and "@" not in text:
        return {"type": "sms", "phone_number": text}
    return {"type": "email", "address": text}


def _said(delay: timedelta) -> str:
    """In words, where those leave nothing out."""
    words = in_words(delay)
    if span_of(words) == delay:
        return words
    return ISO.dump_json(delay).decode().strip('"')


def _field(location: tuple[int | str, ...]) -> str:
    """The id of the field that a part of a policy is typed in."""
    match location:
        case ("levels", int(level), "targets", int(target), *_):
            return f"target-{level + 1}-{target + 1}"
        case ("levels", int(level), "targets", *_):
            return f"targets-{level + 1}"
        case ("levels", int(level), *_):
            return f"delay-{level + 1}"
        case _:
            return "levels"
