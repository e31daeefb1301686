"""What comes out of an import."""

from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from pager.adapters.imports.notes import Note, Notes
from pager.configuration.configuration import Configuration
from pager.model import Value

T = TypeVar("T", bound=Value)


class Imported(NamedTuple):
    """A configuration that can be used as it is, and what is not as it was before."""

    configuration: Configuration
    notes: tuple[Note, ...]


def valid(kind: type[T], place: str, notes: Notes, **fields: object) -> T | None:
    """The value with these fields. None where Pager refuses it: a note says why."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        reasons = "; ".join(dict.fromkeys(detail["msg"] for detail in error.errors()))
        notes.add(place, f"left out: {reasons}", serious=True)
        return None
