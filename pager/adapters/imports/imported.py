"""What comes out of an import."""

from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from pager.adapters.imports.notes import Note, Notes
from pager.configuration.configuration import Configuration
from pager.configuration.managed import Kind, Managed
from pager.model import Value

T = TypeVar("T", bound=Value)


class Imported(NamedTuple):
    """A configuration that can be used as it is, and what is not as it was before."""

    configuration: Configuration
    notes: tuple[Note, ...]

    @property
    def managed(self) -> Managed:
        """What it says: the kinds that it has something of, and the overrides of schedules.

        Of a kind that the other pager does not have, what a server has stays as it is.
        """
        directory, senders = self.configuration.directory, self.configuration
        kinds: dict[Kind, object] = {
            "people": directory.people,
            "teams": directory.teams,
            "schedules": directory.schedules,
            "policies": directory.policies,
            "services": senders.services,
            "heartbeats": senders.heartbeats,
            "integrations": senders.integrations,
        }
        overridden = (one.name for one in directory.schedules.values() if one.overrides)
        return Managed(frozenset(kind for kind in kinds if kinds[kind]), frozenset(overridden))


def valid(kind: type[T], place: str, notes: Notes, **fields: object) -> T | None:
    """The value with these fields. None where Pager refuses it: a note says why."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        reasons = "; ".join(dict.fromkeys(detail["msg"] for detail in error.errors()))
        notes.add(place, f"left out: {reasons}", serious=True)
        return None
