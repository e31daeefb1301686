"""The objects of an export: what kind each one is, and in which file it was.

Files may be answers of an API as they are, lists, single objects, or one object with all of it:
what something is, is told by its fields, or by the name of the list that it is in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.notes import Notes

DEEPEST = 4
"""How far in an object others are looked for."""


class File(NamedTuple):
    """A file of an export."""

    name: str
    content: JsonValue


class Kind(NamedTuple):
    """One kind of objects, and how they are known."""

    name: str
    """As notes say it: user, schedule."""
    lists: frozenset[str]
    """The names of lists that have such objects, and of fields that have one."""
    marks: Sequence[frozenset[str]] = ()
    """What has all fields of one of these sets is of this kind, if of no earlier one."""


def kind(name: str, lists: str, *marks: str) -> Kind:
    """A kind of objects; names of lists and of fields have a space between them."""
    return Kind(name, frozenset(lists.split()), [frozenset(one.split()) for one in marks])


class _Object(NamedTuple):
    kind: str
    value: Mapping[str, JsonValue]
    files: tuple[str, ...]


class Export:
    """All objects of an export, by their kinds."""

    def __init__(self, files: Sequence[File], kinds: Sequence[Kind], notes: Notes) -> None:
        """Find them. Notes say where nothing is found, and where the API had more to give."""
        self._kinds = kinds
        objects: dict[tuple[str, str], _Object] = {}
        pages: dict[str, list[bool]] = {}
        for file in files:
            found = list(self._objects_in(file.content, "", DEEPEST))
            if not found and not _lists_nothing(file.content):
                notes.add(f"file {file.name}", "nothing in it is known: left out", serious=True)
            for number, (kind, value) in enumerate(found):
                # What comes twice, in a list and by itself, is one object.
                key = kind, str(value.get("id") or f"{file.name} {number}")
                before = objects.get(key, _Object(kind, {}, ()))
                names = (*before.files, file.name)
                objects[key] = _Object(kind, {**before.value, **value}, names)
            if found and (goes_on := _goes_on(file.content)) is not None:
                pages.setdefault(found[0][0], []).append(goes_on)
        for kind, go_on in pages.items():
            if all(go_on):
                notes.add(f"list of {kind}s", "goes on: fetch its next page, too", serious=True)
        self._found: dict[str, list[Fields]] = {}
        self._owned: dict[tuple[str, str], list[Fields]] = {}
        for one in objects.values():
            fields = Fields(one.value, f"{one.kind} {_title(one.value)}", notes)
            self._found.setdefault(one.kind, []).append(fields)
            for owner in _owners(one):
                self._owned.setdefault((one.kind, owner), []).append(fields)

    def all(self, kind: str) -> Sequence[Fields]:
        """The objects of that kind."""
        return self._found.get(kind, [])

    def of(self, kind: str, id_: str) -> Sequence[Fields]:
        """Those that belong to what has this id: their `_parent` is it, or the name of their file
        or of its folder is it, or ends with it after a hyphen."""
        return self._owned.get((kind, id_), []) if id_ else []

    def note_unread(self) -> None:
        """Note all that nobody has read."""
        for kind, found in self._found.items():
            for fields in found:
                if fields.is_untouched:
                    fields.leave_out(f"nobody knows whose {kind} this is", serious=True)
                fields.note_unread()

    def _objects_in(
        self, value: JsonValue, kind: str, depth: int
    ) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
        """Each object and its kind; `kind` is what the name of the list says."""
        match value:
            case list():
                for item in value:
                    yield from self._objects_in(item, kind, depth)
            case dict() if known := kind or self._kind_of(value):
                yield known, value
            case dict() if depth:
                for name, inner in value.items():
                    yield from self._objects_in(inner, self._kind_in(name), depth - 1)
            case _:
                pass

    def _kind_of(self, value: Mapping[str, JsonValue]) -> str:
        return next(
            (
                kind.name
                for kind in self._kinds
                if any(marks <= value.keys() for marks in kind.marks)
            ),
            "",
        )

    def _kind_in(self, name: str) -> str:
        return next((kind.name for kind in self._kinds if name in kind.lists), "")


def _owners(one: _Object) -> Iterable[str]:
    """The ids of what it may belong to."""
    parent = one.value.get("_parent")
    if isinstance(parent, dict) and "id" in parent:
        return {str(parent["id"])}
    parts = {part.removesuffix(".json") for name in one.files for part in name.split("/")}
    return {part[start:] for part in parts for start in (0, *_after_hyphens(part))}


def _after_hyphens(part: str) -> Iterator[int]:
    return (place + 1 for place, character in enumerate(part) if character == "-")


def _title(value: Mapping[str, JsonValue]) -> str:
    names = (value.get(name) for name in ("name", "fullName", "summary", "username", "alias", "id"))
    return str(next((name for name in names if name), "without a name"))


def _goes_on(content: JsonValue) -> bool | None:
    """Whether a page of a list says that there is another; None where it is no page."""
    match content:
        case {"paging": {"next": next_page}}:
            return bool(next_page)
        case {"next": next_page} | {"more": next_page}:
            return bool(next_page)
        case {"paging": _}:
            return False
        case _:
            return None


def _lists_nothing(content: JsonValue) -> bool:
    """Whether it is an answer whose list is empty: a team without routing rules."""
    return isinstance(content, dict) and [] in content.values()
