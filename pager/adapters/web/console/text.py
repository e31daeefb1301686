"""Texts that several pages share: a Target, the first few of many, a text or a name in short."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, assert_never

from markupsafe import Markup, escape

from pager.model import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)

AnyLevel = Level | PolicyLevel
AnyPolicy = EscalationPolicy | SharedPolicy
"""A policy that can be written: one of a single service, or a shared one."""

MOST_NAMED = 10
"""Targets that a sentence names; it counts the others."""


def address_of(target: PolicyTarget) -> str:
    """The address or the phone number, as it is in the policy; or whom it names."""
    match target:
        case EmailTarget():
            return target.address
        case SmsTarget():
            return target.phone_number
        case PersonTarget():
            return target.name
        case ScheduleTarget() | TeamTarget():
            return f"{target.type} {target.name}"
        case _:
            assert_never(target)


def key_of(target: PolicyTarget) -> str:
    """Identifies the Target among all of its policy."""
    if isinstance(target, EmailTarget | SmsTarget):
        return target.key
    return f"{target.type} {target.name}"


def kind_of(target: PolicyTarget) -> str:
    """What it is, as people say it; "" where its text says so."""
    match target:
        case EmailTarget():
            return "e-mail"
        case SmsTarget():
            return "SMS"
        case PersonTarget() | ScheduleTarget() | TeamTarget():
            return ""
        case _:
            assert_never(target)


NOBODY: Mapping[str, str] = {}
"""Where no address is known as that of a person."""


def named(
    targets: Sequence[PolicyTarget], most: int = MOST_NAMED, people: Mapping[str, str] = NOBODY
) -> str:
    """The first Targets, and how many more there are.

    `people` are the names of those whose addresses they are, by the keys of the Targets.
    """
    return first_of([_whose(target, people) for target in targets], most)


def _whose(target: PolicyTarget, people: Mapping[str, str]) -> str:
    name = people.get(key_of(target))
    return f"{name} by {kind_of(target)}" if name else address_of(target)


def first_of(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many more there are."""
    first, others = ", ".join(names[:most]), len(names) - most
    return f"{first} and {others} more" if others > 0 else first


def targets_from(policy: AnyPolicy, skip: int = 0) -> Sequence[tuple[int, PolicyTarget]]:
    """Every Target with the place of its Level, in order, without the first `skip` ones."""
    levels: Sequence[AnyLevel] = policy.levels
    return [
        (place, target) for place, level in enumerate(levels, start=1) for target in level.targets
    ][skip:]


class LevelName(NamedTuple):
    """What people call a Level."""

    number: int
    continues: bool
    """Whether it is the Level before it, by the next contact methods."""


def level_names(policy: AnyPolicy) -> Sequence[LevelName]:
    """What people call each Level: by its number, also where those before it are left out."""
    if isinstance(policy, EscalationPolicy):
        return [LevelName(number, level.continues) for number, level in policy.numbered_levels()]
    return [LevelName(number, continues=False) for number, _ in enumerate(policy.levels, 1)]


def start_of(policy: AnyPolicy, place: int) -> timedelta:
    """How long after the Alert the Level there is notified, if nobody acknowledges."""
    delays = (level.acknowledgement_delay for level in policy.levels[: place - 1])
    return sum(delays, timedelta(0))


def first_line(text: str) -> str:
    """The first line that is not empty: what stands in a row for the whole text."""
    return next((line for line in map(str.strip, text.splitlines()) if line), "(an empty text)")


def short_name(name: str) -> str:
    """A person in a row: of an e-mail address what stands before the @."""
    return name.partition("@")[0] or name


MOST_LINKS = 30
"""In one text; other addresses are plain text."""

_URL = re.compile(r"https?://[^\s<>\"'`…]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}*_"


def linked(text: str) -> Markup:
    """The text, escaped, with the web addresses in it as links.

    A link opens a page of its own, which learns nothing of where it was opened. An address that was
    cut is no link: it would lead elsewhere.
    """
    parts, end = [], 0
    for found in [*_URL.finditer(text)][:MOST_LINKS]:
        url = found[0].rstrip(_TRAILING)
        if text[found.end() : found.end() + 1] == "…" or len(url) <= len("https://"):
            continue
        link = Markup('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>').format(url)
        parts += [escape(text[end : found.start()]), link]
        end = found.start() + len(url)
    return Markup("").join([*parts, escape(text[end:])])
