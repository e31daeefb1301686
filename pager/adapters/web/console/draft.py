"""The draft of a policy in the editor: texts, valid or not, that may become a policy.

A draft is kept in the form of its page and nowhere else: nothing is stored until it is saved.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, TypeVar

from markupsafe import escape
from pydantic import ValidationError

from pager.adapters.web.console.form import InvalidForm
from pager.adapters.web.console.pasted_targets import Pasted
from pager.adapters.web.console.text import AnyLevel, AnyPolicy
from pager.adapters.web.console.typed_targets import NO_NAMES, Names
from pager.durations import BadDuration, in_iso, in_words, parse_duration
from pager.model import MOST_REPEATS, EscalationPolicy, Level, shortened
from pager.oncall.policies import SharedPolicy

P = TypeVar("P", EscalationPolicy, SharedPolicy)

LARGEST_DRAFT = 32_000
"""Bytes of a page that the fields may take: the API takes larger policies."""

LEVEL_OVERHEAD = 1_100
"""Bytes of the fields and buttons of one Level, without what is typed."""

LONGEST_SHOWN = 60
"""Characters of a wrong Target, beside what is wrong with it."""

SENTENCES = {
    "at_least_one": "This Level notifies nobody: name an e-mail address or a phone number.",
    "too_short": "This Level notifies nobody: name a person, a team, a schedule or an address.",
    "iso_duration": "How long? Such as 15 min, 1 h 30 min, or 2 days.",
    "time_delta_parsing": "How long? Such as 15 min, 1 h 30 min, or 2 days.",
    "greater_than": "They need some time to acknowledge: more than none.",
    "less_than_equal": "That is too long: at most 7 days.",
    "string_too_long": "That is too long.",
    "too_long": "A Level has at most {max_length:,} Targets.",
}
"""What the page says instead of the model's own message, by the type of the error."""

SENTENCES_OF_FIELDS = {
    ("repeat", "int_type"): "How many times? A number such as 2, or nothing.",
    ("repeat", "greater_than_equal"): "Not fewer than none.",
    ("repeat", "less_than_equal"): f"That is too often: at most {MOST_REPEATS} times.",
    ("expiry", "greater_than"): "More than none; or nothing, and it never expires.",
    ("levels", "too_long"): "A policy has at most {max_length} Levels.",
}
"""The same for one field only."""

Errors = dict[str, list[str]]
"""What is wrong, by the id of the field that has it, from top to bottom."""


class LevelDraft(NamedTuple):
    """One Level, as typed."""

    targets: str = ""
    delay: str = in_words(Level.model_fields["acknowledgement_delay"].default)
    was: str = ""
    """The number that the Level had when the work began; "" for a new one."""

    def pasted(self, names: Names = NO_NAMES) -> list[Pasted]:
        """Each Target, and what was left out beside it; `names` are those that may be typed."""
        return names.read(self.targets)

    def target_texts(self, names: Names = NO_NAMES) -> list[str]:
        """Each Target; what was left out and empty lines do not count."""
        return [target.text for target in self.pasted(names)]

    @property
    def parsed_delay(self) -> timedelta | str:
        """The delay; or as it was typed, where that is none."""
        return _delay(self.delay)

    def tidy(self, names: Names = NO_NAMES) -> "LevelDraft":
        """With one Target on each line, and no empty lines."""
        return self._replace(targets="\n".join(self.target_texts(names)), delay=self.delay.strip())

    @property
    def size(self) -> int:
        """How many bytes of a page it takes, about."""
        return (
            LEVEL_OVERHEAD + len(escape(self.targets).encode()) + len(escape(self.delay).encode())
        )


class Draft(NamedTuple):
    """A policy, as typed: at least one Level."""

    levels: tuple[LevelDraft, ...] = (LevelDraft(),)
    repeat: str = ""
    """How many times it begins again; "" for never."""
    expiry: str = ""
    """How long an Acknowledgement is good for; "" where it never expires."""

    @property
    def fits(self) -> bool:
        """Whether a page can hold it."""
        rules = sum(len(escape(text).encode()) for text in (self.repeat, self.expiry))
        return sum(level.size for level in self.levels) + rules <= LARGEST_DRAFT

    def left_out(self, names: Names = NO_NAMES) -> list[list[str]]:
        """The names that were pasted beside the Targets of each Level."""
        return [
            [target.left_out for target in level.pasted(names) if target.left_out]
            for level in self.levels
        ]

    @property
    def starts(self) -> list[timedelta | None]:
        """How long after the Alert each Level is notified, and then when nobody is left.

        None after a delay that is not valid.
        """
        start: timedelta | None = timedelta(0)
        starts = [start]
        for level in self.levels:
            delay = level.parsed_delay
            start = None if start is None or isinstance(delay, str) else start + delay
            starts.append(start)
        return starts

    @property
    def parsed_repeat(self) -> int | str:
        """How many times it begins again; or as it was typed, where that is no number."""
        typed = self.repeat.strip()
        return int(typed or "0") if re.fullmatch("[0-9]{0,4}", typed) else typed

    @property
    def parsed_expiry(self) -> timedelta | str | None:
        """How long an Acknowledgement is good for; or as it was typed, where that is no time."""
        return _delay(self.expiry) if self.expiry.strip() else None

    @property
    def has_room_for_level(self) -> bool:
        """Whether there is room for another Level."""
        return self._replace(levels=(*self.levels, LevelDraft())).fits

    def tidy(self, names: Names = NO_NAMES) -> "Draft":
        """With one Target on each line, and no empty lines."""
        levels = tuple(level.tidy(names) for level in self.levels)
        return Draft(levels, self.repeat.strip(), self.expiry.strip())

    def after(self, button: str) -> tuple["Draft", str]:
        """The draft after that button is pressed, and the id of the element to focus.

        Raises InvalidForm for a button that the page does not have.
        """
        action, *numbers = button.split(" ")
        if not all(re.fullmatch("[1-9][0-9]{0,3}", number) for number in numbers):
            raise InvalidForm
        try:
            return self._after(action, [int(number) for number in numbers])
        except IndexError as error:
            raise InvalidForm from error

    def _after(self, action: str, numbers: list[int]) -> tuple["Draft", str]:
        levels = list(self.levels)
        last = len(levels)
        match [action, *numbers]:
            case ["add-level"] if self.has_room_for_level:
                levels.append(LevelDraft())
                focus = f"targets-{last + 1}"
            case ["remove-level", int(n)] if last > 1:
                del levels[n - 1]
                focus = f"level-{min(n, last - 1)}"
            case ["up", int(n)] if n > 1:
                levels.insert(n - 2, levels.pop(n - 1))
                focus = f"level-{n - 1}"
            case ["down", int(n)] if n < last:
                levels.insert(n, levels.pop(n - 1))
                focus = f"level-{n + 1}"
            case _:
                raise InvalidForm
        return self._replace(levels=tuple(levels)), focus

    def policy(self, service_id: str) -> EscalationPolicy | Errors:
        """The policy that the draft is, or what is wrong with it."""
        return self._valid(EscalationPolicy, {"service_id": service_id}, NO_NAMES)

    def shared_policy(self, name: str, names: Names) -> SharedPolicy | Errors:
        """The shared policy that the draft is, or what is wrong with it."""
        return self._valid(SharedPolicy, {"name": name}, names)

    def _valid(self, kind: type[P], fields: dict[str, str], names: Names) -> P | Errors:
        typed_targets = [level.target_texts(names) for level in self.levels]
        levels = tuple(
            {
                "targets": tuple(map(names.fields_of, targets)),
                "acknowledgement_delay": _delay(level.delay),
            }
            for targets, level in zip(typed_targets, self.levels, strict=True)
        )
        rules = {"repeat": self.parsed_repeat, "acknowledgement_expiry": self.parsed_expiry}
        try:
            return kind.model_validate({**fields, "levels": levels, **rules})
        except ValidationError as error:
            return _errors_of(error, typed_targets, names)


def _errors_of(
    error: ValidationError, typed_targets: Sequence[Sequence[str]], names: Names
) -> Errors:
    errors: Errors = {}
    for wrong in error.errors(include_url=False):
        if wrong["type"] == "too_short" and wrong["input"]:
            continue  # Some are there, and none of them is valid: each says so.
        field, typed = _field_of(wrong["loc"], typed_targets)
        known = SENTENCES_OF_FIELDS.get((field, wrong["type"])) or SENTENCES.get(wrong["type"])
        sentence = known.format(**wrong.get("ctx", {})) if known else wrong["msg"]
        if typed:
            sentence = f"“{typed}”: {names.what_is_wrong(typed) or sentence}"
        errors.setdefault(field, []).append(sentence)
    return errors


def draft_of(policy: AnyPolicy, names: Names = NO_NAMES) -> Draft:
    """The policy as people would type it."""
    levels: Sequence[AnyLevel] = policy.levels
    return Draft(
        tuple(
            LevelDraft(
                "\n".join(map(names.text_of, level.targets)),
                _delay_text(level.acknowledgement_delay),
                str(number),
            )
            for number, level in enumerate(levels, start=1)
        ),
        *rule_texts(policy),
    )


def rule_texts(policy: AnyPolicy) -> tuple[str, str]:
    """How often the policy begins again, and when an Acknowledgement expires, as one types it."""
    expiry = policy.acknowledgement_expiry
    return str(policy.repeat or ""), _delay_text(expiry) if expiry is not None else ""


def _field_of(
    location: tuple[int | str, ...], typed_targets: Sequence[Sequence[str]]
) -> tuple[str, str]:
    """The id of the field for that part of a policy, and the Target that is meant, if one is."""
    match location:
        case ("levels", int(level), "targets", int(target), *_):
            return f"targets-{level + 1}", shortened(typed_targets[level][target], LONGEST_SHOWN)
        case ("levels", int(level), "targets", *_):
            return f"targets-{level + 1}", ""
        case ("levels", int(level), *_):
            return f"delay-{level + 1}", ""
        case ("repeat", *_):
            return "repeat", ""
        case ("acknowledgement_expiry", *_):
            return "expiry", ""
        case _:
            return "levels", ""


def _delay(text: str) -> timedelta | str:
    """The duration; or the text, so that the model says what is wrong with it."""
    try:
        return parse_duration(text)
    except BadDuration:
        return text.strip()


def _delay_text(delay: timedelta) -> str:
    """In words, or in ISO 8601 where words would leave something out."""
    words = in_words(delay)
    return words if parse_duration(words) == delay else in_iso(delay)
