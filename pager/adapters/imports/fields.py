"""JSON objects that know what was read of them, so that nothing is lost silently.

Whoever reads an object asks for each field by its name. What nobody has asked for in the end is a
note. A field that means nothing to Pager, such as a link to a page, is passed over by its name: so
somebody has thought of each.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import JsonValue

from pager.adapters.imports.notes import Notes
from pager.adapters.text import one_line
from pager.model import shortened

LONGEST_SHOWN = 80
"""Characters of a value in a note."""

SECRET = re.compile(r"key|token|secret|passw|credential|link|url", re.IGNORECASE)
"""Part of the name of a field whose value is in no note."""

LARGEST = 999_999_999
"""Of the numbers that are read."""


class Fields:
    """A JSON object, and what was read of it."""

    def __init__(
        self,
        value: Mapping[str, JsonValue],
        place: str,
        notes: Notes,
        within: "Fields | None" = None,
    ) -> None:
        """`place` is what notes call it; where it is empty, they call it as what it is in."""
        self.notes = notes
        self._value = value
        self._place = place
        self._outer = within
        self._read: set[str] = set()
        self._inner: dict[str, list[Fields]] = {}

    @property
    def place(self) -> str:
        """What notes call it."""
        return self._place or (self._outer.place if self._outer else "")

    @place.setter
    def place(self, place: str) -> None:
        self._place = place

    def has(self, name: str) -> bool:
        """Whether the field says something. It does not count as read."""
        return not _is_empty(self._value.get(name))

    def text(self, *names: str) -> str:
        """The first of these fields that is a text or a number; "" where none is."""
        for name in names:
            value = self._take(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                if text := str(value).strip():
                    return text
            else:
                self._misread(name, value, "a text")
        return ""

    def number(self, name: str, default: int = 0) -> int:
        """The field as a whole number, which is not negative."""
        value = self._take(name)
        match value:
            case str() if re.fullmatch(r"[0-9]{1,9}", value.strip()):
                return int(value)
            case int() | float() if not isinstance(value, bool):
                if 0 <= value <= LARGEST and float(value).is_integer():
                    return int(value)
            case _:
                pass
        self._misread(name, value, "a whole number")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        """The field as yes or no."""
        value = self._take(name)
        if isinstance(value, bool):
            return value
        self._misread(name, value, "true or false")
        return default

    def moment(self, name: str) -> datetime | None:
        """The field as a moment, in UTC, which is the zone of one without any. None without it."""
        value = self._take(name)
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) and value else None
            if moment is not None:
                moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self._misread(name, value, "a date and a time")
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """The field as a list of texts."""
        value = self._take(name)
        if isinstance(value, list):
            for item in value:
                if not isinstance(item, str):
                    self._misread(name, item, "a text")
            return tuple(item for item in value if isinstance(item, str))
        self._misread(name, value, "a list")
        return ()

    def lists(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The field as a list of lists of texts."""
        value = self._take(name)
        items = value if isinstance(value, list) else []
        whole = all(
            isinstance(text, str) for item in items if isinstance(item, list) for text in item
        )
        if not (
            isinstance(value, list) and whole and all(isinstance(item, list) for item in items)
        ):
            self._misread(name, value, "a list of lists")
        return tuple(
            tuple(text for text in item if isinstance(text, str))
            for item in items
            if isinstance(item, list)
        )

    def one(self, name: str) -> "Fields":
        """The field as an object, which is empty where there is none; always the same."""
        if name not in self._inner:
            value = self._take(name)
            if not isinstance(value, dict):
                self._misread(name, value, "an object")
                value = {}
            self._inner[name] = [Fields(value, "", self.notes, self)]
        return self._inner[name][0]

    def many(self, name: str) -> Sequence["Fields"]:
        """The field as a list of objects; always the same ones."""
        if name not in self._inner:
            value = self._take(name)
            items = value if isinstance(value, list) else []
            if not isinstance(value, list):
                self._misread(name, value, "a list")
            for item in items:
                if not isinstance(item, dict):
                    self._misread(name, item, "an object")
            objects = [item for item in items if isinstance(item, dict)]
            self._inner[name] = [Fields(item, "", self.notes, self) for item in objects]
        return self._inner[name]

    def skip(self, *names: str) -> None:
        """Pass over fields that mean nothing to Pager."""
        self._read.update(names)

    def note(self, text: str, *, serious: bool = False) -> None:
        """Note something about it. `serious`: somebody may not be paged who was."""
        self.notes.add(self.place, text, serious=serious)

    def leave_out(self, why: str, *, serious: bool = False) -> None:
        """Note that it is left out as a whole: what is in it needs no more notes."""
        self.note(f"left out: {why}", serious=serious)
        self.pass_over()

    def pass_over(self) -> None:
        """Say nothing of what is in it: somebody has said it."""
        self.skip(*self._value)
        for inner in self._inner.values():
            for one in inner:
                one.pass_over()

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has read anything of it."""
        return not self._read

    def note_unread(self) -> None:
        """Note all that nobody has read, here and further in."""
        for name, value in self._value.items():
            if name not in self._read and not _is_empty(value):
                self.note(f"its {name} has no place in Pager: {shown(value, name)}")
        for inner in self._inner.values():
            for one in inner:
                one.note_unread()

    def _take(self, name: str) -> JsonValue:
        self._read.add(name)
        return self._value.get(name)

    def _misread(self, name: str, value: JsonValue, expected: str) -> None:
        if not _is_empty(value):
            self.note(f"its {name} is not {expected}: {shown(value, name)}", serious=True)


def _is_empty(value: JsonValue) -> bool:
    """Whether it says nothing, so that nothing is lost with it."""
    match value:
        case dict():
            return all(_is_empty(inner) for inner in value.values())
        case list():
            return all(_is_empty(item) for item in value)
        case _:
            return value is None or value == ""


def shown(value: JsonValue, name: str = "") -> str:
    """A value in a note, on one line; … in the place of what may be a secret by its name."""
    if SECRET.search(name):
        return "…"
    match value:
        case dict():
            said = (inner for inner in value if not _is_empty(value[inner]))
            text = ", ".join(f"{inner}: {shown(value[inner], inner)}" for inner in said)
        case list():
            text = ", ".join(shown(item) for item in value)
        case bool():
            text = "yes" if value else "no"
        case _:
            text = str(value)
    return shortened(one_line(text), LONGEST_SHOWN)
