"""What differs between two configurations, in words that people understand."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Literal, NamedTuple

from pager.configuration.configuration import Configuration
from pager.configuration.facts import AnyEntry, Facts, facts_of
from pager.configuration.managed import KINDS, Kind, Managed, applied
from pager.counted import counted

What = Literal["added", "changed", "removed"]


class Change(NamedTuple):
    """One entry that differs."""

    kind: Kind
    name: str
    """Of a property its sentence; "" for the fallback policy, which has no name."""
    what: What
    lines: tuple[str, ...] = ()
    """What was changed; of an entry that is added, what it says."""


class Difference(NamedTuple):
    """All entries that differ: kind by kind, in the order of their names."""

    changes: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    @property
    def removes(self) -> bool:
        """Whether something is there no longer afterwards."""
        return any(change.what == "removed" for change in self.changes)

    @property
    def in_words(self) -> str:
        """How many there are: 1 entry is added, 2 entries are changed."""
        count = Counter(change.what for change in self.changes)
        found = (
            f"{counted(count[what], 'entry is', 'entries are')} {what}"
            for what in ("added", "changed", "removed")
            if count[what]
        )
        return ", ".join(found) or "nothing is changed"


def difference(
    before: Configuration,
    wanted: Configuration,
    managed: Managed | None = None,
    now: datetime | None = None,
) -> Difference:
    """What applying `wanted` to `before` changes; `applied` says what is kept."""
    after = applied(before, wanted, managed or Managed(), now)
    changes = (_changes(kind, _facts(before, kind), _facts(after, kind)) for kind in KINDS)
    return Difference(tuple(chain.from_iterable(changes)))


def _facts(configuration: Configuration, kind: Kind) -> Mapping[str, Facts]:
    """What each entry of a kind says, by its name."""
    if kind == "properties":
        return {sentence: {} for sentence in configuration.properties}
    return {name: facts_of(entry) for name, entry in _entries(configuration, kind).items()}


def _entries(configuration: Configuration, kind: Kind) -> Mapping[str, AnyEntry]:
    directory = configuration.directory
    services = {name: configuration.policies[name] for name in configuration.services}
    fallback = configuration.fallback
    entries: Mapping[Kind, Mapping[str, AnyEntry]] = {
        "people": directory.people,
        "teams": directory.teams,
        "schedules": directory.schedules,
        "policies": directory.policies,
        "services": services,
        "fallback": {"": fallback} if fallback else {},
        "heartbeats": configuration.heartbeats,
        "integrations": configuration.integrations,
    }
    return entries[kind]


def _changes(
    kind: Kind, before: Mapping[str, Facts], after: Mapping[str, Facts]
) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        if name not in before:
            lines = tuple(f"{about}: {', '.join(texts)}" for about, texts in after[name].items())
            yield Change(kind, name, "added", lines)
        elif name not in after:
            yield Change(kind, name, "removed")
        elif lines := tuple(_lines(before[name], after[name])):
            yield Change(kind, name, "changed", lines)


def _lines(before: Facts, after: Facts) -> Iterator[str]:
    """What differs, in the order in which the new version says it."""
    for about in {**after, **before}:
        old, new = before.get(about, ()), after.get(about, ())
        if old != new:
            yield f"{about}: {_instead(old, new)}"


def _instead(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """What is new and what is taken out; and the order, where that does not say it."""
    taken_out, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if taken_out.total() == added.total() == 1:
        [[gone], [come]] = taken_out, added
        parts = [f"{come} instead of {gone}"]
        expected = [come if text == gone else text for text in old]
    else:
        found = {"new": added.elements(), "taken out": taken_out.elements()}
        listed = {what: ", ".join(texts) for what, texts in found.items()}
        parts = [f"{what}: {texts}" for what, texts in listed.items() if texts]
        expected = [*(text for text in old if text in new), *added.elements()]
    if expected != [*new]:
        parts.append(f"in the order: {', '.join(new)}")
    return "; ".join(parts)
