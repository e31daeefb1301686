"""What happened in a simulated Pager, in order: print it to see why a test fails."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from pager.durations import in_words
from pager.simulation.clock import Clock


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
