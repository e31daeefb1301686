"""The fields of an alert that mean nothing to the domain: as their sender gave them, bounded."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from pager.adapters.dedup_keys import name_or_digest
from pager.adapters.text import mended
from pager.model import shortened

LONGEST_ALIAS = 512
LONGEST_MESSAGE = 1_000
LONGEST_DESCRIPTION = 15_000
LONGEST_ENTITY = 512
LONGEST_SOURCE = 100
LONGEST_USER = 100
MOST_TAGS = 20
LONGEST_TAG = 50
MOST_DETAILS = 100
LONGEST_DETAIL_NAME = 500
LONGEST_DETAILS = 8_000
"""Characters of all details, their names and their values."""

PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
NO_PRIORITY = "P3"
"""What an alert has whose sender gave it none."""


class MoreFields(BaseModel):
    """What is stored as JSON. Fields of a newer version are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    description: str = ""
    details: Mapping[str, str] = {}
    owner: str = ""
    """Whom the sender has assigned it to. Pager pages by its policy all the same."""


class AlertFields(NamedTuple):
    """What a sender can change of its alert."""

    message: str
    entity: str = ""
    source: str = ""
    priority: str = NO_PRIORITY
    tags: tuple[str, ...] = ()
    more: MoreFields = MoreFields()


def stored_alias(alias: str) -> str:
    """The alias as it is stored and looked for: one that is too long or odd by its digest."""
    return name_or_digest(alias, LONGEST_ALIAS)


def bounded(text: str, longest: int) -> str:
    """The text as it can be stored."""
    return shortened(mended(text).strip(), longest)


def bounded_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The first MOST_TAGS of them, each once."""
    kept = dict.fromkeys(bounded(tag, LONGEST_TAG) for tag in tags)
    return tuple(tag for tag in kept if tag)[:MOST_TAGS]


def bounded_details(details: Mapping[str, str]) -> Mapping[str, str]:
    """As many of them as LONGEST_DETAILS has room for."""
    kept: dict[str, str] = {}
    left = LONGEST_DETAILS
    for name, value in list(details.items())[:MOST_DETAILS]:
        short_name = bounded(name, LONGEST_DETAIL_NAME)
        short_value = bounded(value, left)
        left -= len(short_name) + len(short_value)
        if left < 0:
            break
        kept[short_name] = short_value
    return kept


def tags_in_json(tags: Iterable[str]) -> str:
    """The tags as they are stored: a condition can look for one of them in this text."""
    return json.dumps(list(tags), ensure_ascii=False, separators=(",", ":"))
