"""What happened in an InMemoryPager, in order: print it when a test surprises you."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pager.words import in_words


class Clock:
    """A clock that only the test moves. It starts at zero, which is `start` on the wall."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = timedelta(0)
        self.start = datetime(2027, 1, 15, tzinfo=UTC)

    @property
    def moment(self) -> datetime:
        """The moment that it is now."""
        return self.start + self.now

    def advance(self, by: timedelta) -> None:
        """Let `by` pass. Raises ValueError where that is less than nothing."""
        if by < timedelta(0):
            raise ValueError("time passes forwards only")
        self.now += by


class Entry(NamedTuple):
    """One thing that happened."""

    at: timedelta
    """How long after the start."""
    verb: str
    """received, decided, saved, sent, set …"""
    what: str


class Timeline:
    """Everything that happened, in order. As a `str` it is a line for each."""

    def __init__(self, clock: Clock) -> None:
        """Moments go by `clock`."""
        self._clock = clock
        self.entries: list[Entry] = []

    def add(self, verb: str, what: str) -> None:
        """Note what has just happened."""
        self.entries.append(Entry(self._clock.now, verb, what))

    def __str__(self) -> str:
        """A line for each thing that happened."""
        return "\n".join(lines(self.entries))


def lines(entries: Sequence[Entry]) -> list[str]:
    """A line for each entry; its moment is named where it is another than the one above."""
    moments = [in_words(entry.at) for entry in entries]
    width = max([10, *map(len, moments)])
    return [
        f"{moment if moment != above else '':>{width}}  {entry.verb:<10} {entry.what}"
        for entry, moment, above in zip(entries, moments, ["", *moments], strict=False)
    ]
