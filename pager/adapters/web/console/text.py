"""Texts that several pages share: a Target, the first few of many, a text or a name in short."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from markupsafe import Markup, escape

from pager.model import EmailTarget, EscalationPolicy, SmsTarget, Target

MOST_NAMED = 10
"""Targets that a sentence names; it counts the others."""


def address_of(target: Target) -> str:
    """The address or the phone number, as it is in the policy."""
    match target:
        case EmailTarget():
            return target.address
        case SmsTarget():
            return target.phone_number
        case _:
            assert_never(target)


def kind_of(target: Target) -> str:
    """What it is, as people say it."""
    match target:
        case EmailTarget():
            return "e-mail"
        case SmsTarget():
            return "SMS"
        case _:
            assert_never(target)


def named(targets: Sequence[Target], most: int = MOST_NAMED) -> str:
    """The first Targets, and how many more there are."""
    return first_of(list(map(address_of, targets)), most)


def first_of(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many more there are."""
    first, others = ", ".join(names[:most]), len(names) - most
    return f"{first} and {others} more" if others > 0 else first


def targets_from(policy: EscalationPolicy, skip: int = 0) -> Sequence[tuple[int, Target]]:
    """Every Target with the number of its Level, in order, without the first `skip` ones."""
    return [
        (number, target)
        for number, level in enumerate(policy.levels, start=1)
        for target in level.targets
    ][skip:]


def start_of(policy: EscalationPolicy, number: int) -> timedelta:
    """How long after the Alert that Level is notified, if nobody acknowledges."""
    delays = (level.acknowledgement_delay for level in policy.levels[: number - 1])
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
