"""What is said of an import: all that is in Pager not as it was before."""

from typing import NamedTuple


class Note(NamedTuple):
    """One line of the report."""

    place: str
    """What it is about: "schedule Database, rotation Nights"."""
    text: str
    serious: bool = False
    """Whether somebody may not be paged who was."""


class Notes:
    """The notes, as they come up; each once."""

    def __init__(self) -> None:
        """There are none yet."""
        self._notes: dict[Note, None] = {}

    def add(self, place: str, text: str, *, serious: bool = False) -> None:
        """Note it. `serious`: somebody may not be paged who was."""
        self._notes[Note(place, text, serious)] = None

    @property
    def all(self) -> tuple[Note, ...]:
        """All of them, the serious ones first."""
        return tuple(sorted(self._notes, key=lambda note: not note.serious))
