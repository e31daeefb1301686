"""Names and identifiers of Pager for what was called otherwise: valid, and each once."""

import re
from collections.abc import Callable
from unicodedata import normalize

from pager.adapters.imports.notes import Notes
from pager.invisible import invisible_in
from pager.model import FALLBACK, shortened
from pager.oncall.names import LONGEST_NAME, is_name

LONGEST_SERVICE_ID = 200
LONGEST_HEARTBEAT_NAME = 100


def name_from(text: str) -> str:
    """The nearest name of a person, team, schedule or policy; "" where nothing is left."""
    # Two ways to write a letter with an accent look the same.
    clean = re.sub(r"(?:[\x00-\x1f\x7f]|[^\S ])+", " ", normalize("NFC", text)).replace("/", "-")
    seen = clean if not invisible_in(clean) else "".join(c for c in clean if not invisible_in(c))
    name = shortened(seen.strip(), LONGEST_NAME).strip()
    return name if is_name(name) else ""


def service_id_from(text: str) -> str:
    """The nearest identifier of a service; "" where nothing is left."""
    clean = re.sub(r"-*(?:[^A-Za-z0-9._:@+-]+-*)+", "-", text)
    service_id = clean[:LONGEST_SERVICE_ID].strip("-._:@+")
    return "" if service_id == FALLBACK else service_id


def heartbeat_name_from(text: str) -> str:
    """The nearest name of a heartbeat; "" where nothing is left."""
    return re.sub(r"[^A-Za-z0-9_ .:@+-]+", "-", text)[:LONGEST_HEARTBEAT_NAME].strip(" -.:@+")


class Names:
    """The names that things of one kind get, by what they were called by before: mostly an id."""

    def __init__(self, kind: str, notes: Notes, mended: Callable[[str], str] = name_from) -> None:
        """`kind` is what notes call such a thing: person, schedule."""
        self._kind = kind
        self._notes = notes
        self._mended = mended
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()

    def give(self, id_: str, wanted: str, hint: str = "") -> str:
        """A name for what has this id: as wanted, where that is valid and free.

        `hint` tells two of one name apart: an address. Notes say what is called otherwise.
        """
        name = self._mended(wanted) or self._mended(hint) or self._kind
        if name in self._taken and hint:
            name = self._mended(f"{shortened(name, LONGEST_NAME // 2)} ({hint})")
        first, number = name, 2
        while name in self._taken:
            name = self._mended(f"{shortened(first, LONGEST_NAME - 10)} {number}")
            number += 1
        if name != wanted:
            self._notes.add(
                f"{self._kind} {name}",
                f"was called {wanted!r} before" if wanted else "had no name before",
            )
        self._taken.add(name)
        self._names[id_] = name
        return name

    def of(self, *ids: str) -> str | None:
        """The name of what is called by any of these ids; None where there is no such thing."""
        return next((self._names[id_] for id_ in ids if id_ in self._names), None)
