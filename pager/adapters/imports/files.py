"""The files of an export, as they are on a disk."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from pager.adapters.imports.export import File
from pager.adapters.json_keys import KeyTwice, read_json

MOST_FILES = 20_000
LARGEST = 200_000_000
"""Bytes of all files together."""

DEEPEST = 50
"""Objects and lists within each other: no API nests more than a few."""


class Read(NamedTuple):
    """What could be read."""

    files: tuple[File, ...]
    unread: tuple[str, ...]
    """Sentences on what could not be."""


def read_files(paths: Iterable[Path]) -> Read:
    """The JSON of these files, and of all *.json in these folders and below."""
    files: list[File] = []
    unread: list[str] = []
    left = LARGEST
    for path, name in _named(paths):
        try:
            with path.open("rb") as opened:  # its size says nothing, where it is no plain file
                text = opened.read(left + 1)
            if len(text) > left or len(files) == MOST_FILES:
                unread.append(f"{name} is too much to read.")
                continue
            left -= len(text)
            content = read_json(text)
            if _is_deeper(content, DEEPEST):
                unread.append(f"{name} has more than {DEEPEST} objects within each other.")
            else:
                files.append(File(name, content))
        except OSError as error:
            unread.append(f"{name} cannot be read: {error.strerror}.")
        except KeyTwice as error:
            unread.append(f"{name} has the key {str(error)!r} twice in one object.")
        except (ValueError, RecursionError):
            unread.append(f"{name} is no JSON.")
    return Read(tuple(files), tuple(unread))


def _is_deeper(value: JsonValue, most: int) -> bool:
    match value:
        case dict() | list() if not most:
            return True
        case dict():
            return any(_is_deeper(inner, most - 1) for inner in value.values())
        case list():
            return any(_is_deeper(item, most - 1) for item in value)
        case _:
            return False


def _named(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each file, and what it is called: of one in a folder, from there on."""
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.json"))
            yield from ((one, one.relative_to(path).as_posix()) for one in found)
        else:
            yield path, path.name
