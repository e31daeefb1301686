"""The draft of a policy in the editor: texts, valid or not, that may become a policy.

A draft is kept in the form of its page and nowhere else: nothing is stored until it is saved.
The form has the texts in the order of the page: the Targets of a Level, one on each line, then its
delay; and below the Levels how often the policy begins again, and when an Acknowledgement expires.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

from markupsafe import escape
from pydantic import TypeAdapter, ValidationError

from pager.adapters.store.core.codecs import has_unknown_fields
from pager.adapters.web.console.form import InvalidForm
from pager.adapters.web.console.pasted_targets import Pasted, read_targets
from pager.adapters.web.console.text import address_of
from pager.adapters.web.parsing import number_in
from pager.durations import BadDuration, in_iso, in_words, parse_duration
from pager.errors import PagerError
from pager.model import MOST_REPEATS, EscalationPolicy, Level, Target, Value, shortened

V = TypeVar("V", bound=Value)

LARGEST_DRAFT = 32_000
"""Bytes of a page that the fields may take: the API takes larger policies."""

LEVEL_OVERHEAD = 1_100
"""Bytes of the fields and buttons of one Level, without what is typed."""

LONGEST_TARGET = 320
"""Characters of an address."""

LONGEST_SHOWN = 60
"""Characters of a wrong Target, beside what is wrong with it."""

OTHER_FIELDS = frozenset({"csrf", "begun", "version", "acknowledged", "seen", "do"})
"""Fields of the editor's form beside those of the policy."""

SENTENCES = {
    "at_least_one": "This Level notifies nobody: name an e-mail address or a phone number.",
    "iso_duration": "How long? Such as 15 min, 1 h 30 min, or 2 days.",
    "time_delta_parsing": "How long? Such as 15 min, 1 h 30 min, or 2 days.",
    "greater_than": "They need some time to acknowledge: more than none.",
    "less_than_equal": "That is too long: at most 7 days.",
    "string_too_long": "That is too long.",
    "too_long": "A Level has at most 1,000 Targets.",
}
"""What the page says instead of the model's own message, by the type of the error."""

SENTENCES_OF_FIELDS = {
    ("repeat", "int_type"): "How many times? A number such as 2, or nothing.",
    ("repeat", "greater_than_equal"): "Not fewer than none.",
    ("repeat", "less_than_equal"): f"That is too often: at most {MOST_REPEATS} times.",
    ("expiry", "greater_than"): "More than none; or nothing, and it never expires.",
}
"""The same for one field only."""

Errors = dict[str, list[str]]
"""What is wrong, by the id of the field that has it, from top to bottom."""


class TooLarge(PagerError):
    """This is more than can be edited on a page, and nothing was saved: PUT \
/escalation-policies/{service_id} takes larger policies."""


class LevelDraft(NamedTuple):
    """One Level, as typed."""

    targets: str = ""
    delay: str = in_words(Level.model_fields["acknowledgement_delay"].default)
    was: str = ""
    """The number that the Level had when the work began; "" for a new one."""

    @property
    def pasted(self) -> list[Pasted]:
        """Each Target, and what was left out beside it."""
        return read_targets(self.targets)

    @property
    def target_texts(self) -> list[str]:
        """Each Target; names and empty lines do not count."""
        return [target.text for target in self.pasted]

    @property
    def parsed_delay(self) -> timedelta | str:
        """The delay; or as it was typed, where that is none."""
        return _delay(self.delay)

    @property
    def tidy(self) -> "LevelDraft":
        """With one Target on each line, and no empty lines."""
        return self._replace(targets="\n".join(self.target_texts), delay=self.delay.strip())

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

    @property
    def left_out(self) -> list[list[str]]:
        """The names that were pasted beside the Targets of each Level."""
        return [
            [target.left_out for target in level.pasted if target.left_out] for level in self.levels
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

    @property
    def tidy(self) -> "Draft":
        """With one Target on each line, and no empty lines."""
        levels = tuple(level.tidy for level in self.levels)
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
        typed_targets = [level.target_texts for level in self.levels]
        levels = tuple(
            {
                "targets": tuple(map(_target_of, targets)),
                "acknowledgement_delay": _delay(level.delay),
            }
            for targets, level in zip(typed_targets, self.levels, strict=True)
        )
        fields = {"service_id": service_id, "levels": levels, "repeat": self.parsed_repeat}
        try:
            return EscalationPolicy.model_validate(
                fields | {"acknowledgement_expiry": self.parsed_expiry}
            )
        except ValidationError as error:
            return _errors_of(error, typed_targets)


def _errors_of(error: ValidationError, typed_targets: Sequence[Sequence[str]]) -> Errors:
    errors: Errors = {}
    for wrong in error.errors(include_url=False, include_context=False, include_input=False):
        field, typed = _field_of(wrong["loc"], typed_targets)
        sentence = SENTENCES.get(wrong["type"], wrong["msg"])
        sentence = SENTENCES_OF_FIELDS.get((field, wrong["type"]), sentence)
        errors.setdefault(field, []).append(f"“{typed}”: {sentence}" if typed else sentence)
    return errors


def draft_of(policy: EscalationPolicy) -> Draft:
    """The policy as people would type it."""
    return Draft(
        tuple(
            LevelDraft(
                "\n".join(map(address_of, level.targets)),
                _delay_text(level.acknowledgement_delay),
                str(number),
            )
            for number, level in enumerate(policy.levels, start=1)
        ),
        *rule_texts(policy),
    )


def rule_texts(policy: EscalationPolicy) -> tuple[str, str]:
    """How often the policy begins again, and when an Acknowledgement expires, as one types it."""
    expiry = policy.acknowledgement_expiry
    return str(policy.repeat or ""), _delay_text(expiry) if expiry is not None else ""


def keep_unknown(
    policy: EscalationPolicy, draft: Draft, base: EscalationPolicy | None
) -> EscalationPolicy:
    """`policy`, which was typed as `draft`, with what only a newer version knows of `base`.

    `base` is the policy with which the work began. What it has beside the fields that can be edited
    stays with its Level, wherever that was moved, and with its Target.
    """
    if base is None or not has_unknown_fields(base):
        return policy
    targets = {target.key: target for level in base.levels for target in level.targets}
    levels = []
    for typed, level in zip(draft.levels, policy.levels, strict=True):
        kept = tuple(_updated(targets.get(target.key), target) for target in level.targets)
        number = number_in(typed.was)
        former = base.levels[number - 1] if number and number <= len(base.levels) else None
        levels.append(_updated(former, level.model_copy(update={"targets": kept})))
    return _updated(base, policy.model_copy(update={"levels": tuple(levels)}))


def _updated(former: V | None, value: V) -> V:
    """`value`, with the unknown fields of `former`."""
    if former is None:
        return value
    known = {name: getattr(value, name) for name in type(value).model_fields}
    return former.model_copy(update=known)


def read_draft(fields: Sequence[tuple[str, str]], service_id: str) -> Draft:
    """The draft in the fields of a form.

    Raises InvalidForm where it is not a form of ours, and TooLarge where no page can hold it.
    """
    typed = [(name, value) for name, value in fields if name not in OTHER_FIELDS]
    # The page of an older version has neither: what the policy says of them would be lost.
    if [name for name, _ in typed[-2:]] != ["repeat", "expiry"]:
        raise InvalidForm
    (_, repeat), (_, expiry) = typed[-2:]
    typed = typed[:-2]
    texts = [(name, value) for name, value in typed if name != "was"]
    targets, delays = texts[::2], texts[1::2]
    # A field that is not known here is of the page of a newer version: without it, what was typed
    # in it would be lost.
    if not texts or [name for name, _ in texts] != ["targets", "delay"] * (len(texts) // 2):
        raise InvalidForm
    # The page of an older version does not say which Level is which.
    numbers = [value for name, value in typed if name == "was"]
    numbers = numbers or [str(number) for number in range(1, len(targets) + 1)]
    if len(numbers) != len(targets):
        raise InvalidForm
    levels = zip(targets, delays, numbers, strict=True)
    drafts = tuple(LevelDraft(text, delay, was) for (_, text), (_, delay), was in levels)
    draft = Draft(drafts, repeat, expiry)
    if not draft.fits:
        raise TooLarge(service_id=service_id)
    return draft


def fields_of(draft: Draft) -> list[tuple[str, str]]:
    """The fields that hold the draft in a form."""
    levels = [field for level in draft.levels for field in level._asdict().items()]
    return [*levels, ("repeat", draft.repeat), ("expiry", draft.expiry)]


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
    """The Target that is meant by `text`; None where the model refuses it."""
    return _valid_target(text) if len(text) <= LONGEST_TARGET else None


# A draft is read again each time it is rehearsed, and a validation takes 0.1 ms.
@lru_cache(maxsize=4_000)
def _valid_target(text: str) -> Target | None:
    try:
        return _targets.validate_python(_fields_of_target(text))
    except ValidationError:
        return None


_targets: TypeAdapter[Target] = TypeAdapter(Target)


def _target_of(text: str) -> Target | dict[str, str]:
    """The Target; or its fields, so that the model says what is wrong with them."""
    return target_of(text) or _fields_of_target(text)


def _fields_of_target(text: str) -> dict[str, str]:
    if is_phone_number(text):
        return {"type": "sms", "phone_number": text}
    return {"type": "email", "address": text}


def _delay_text(delay: timedelta) -> str:
    """In words, or in ISO 8601 where words would leave something out."""
    words = in_words(delay)
    return words if parse_duration(words) == delay else in_iso(delay)
