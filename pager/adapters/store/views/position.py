"""A place in the journal: where a page of it ends, and the next one begins."""

from typing import Annotated, NamedTuple

from pydantic import Field

from pager.adapters.store.core.schema import LARGEST_INT64
from pager.model import NO_NUL

RowNumber = Annotated[int, Field(ge=0, le=LARGEST_INT64)]
Receipt = Annotated[str, Field(max_length=100, pattern=NO_NUL)]


class Position(NamedTuple):
    """A place in the journal of an incident: for each kind of entry, the last one before it.

    None where no entry of that kind was shown yet. It names rows, so it stays right however many
    entries are added meanwhile.
    """

    edit: RowNumber | None = None
    version: RowNumber | None = None
    attempt: tuple[RowNumber, RowNumber, RowNumber] | None = None
    report: tuple[RowNumber, RowNumber, Receipt] | None = None
    note: RowNumber | None = None

    def passing(self, entry: "Position") -> "Position":
        """The place behind an entry, which is named by one field."""
        return Position(
            self.edit if entry.edit is None else entry.edit,
            self.version if entry.version is None else entry.version,
            entry.attempt or self.attempt,
            entry.report or self.report,
            self.note if entry.note is None else entry.note,
        )
