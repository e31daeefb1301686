"""The files of an export, as they are on a disk."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pager.adapters.imports.export import File

MOST_FILES = 20_000
LARGEST = 200_000_000
"""Bytes of all files together."""


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
            size = path.stat().st_size
            if size > left or len(files) == MOST_FILES:
                unread.append(f"{name} is too much to read.")
                continue
            left -= size
            files.append(File(name, json.loads(path.read_bytes())))
        except OSError as error:
            unread.append(f"{name} cannot be read: {error.strerror}.")
        except (ValueError, RecursionError):
            unread.append(f"{name} is no JSON.")
    return Read(tuple(files), tuple(unread))


def _named(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each file, and what it is called: of one in a folder, from there on."""
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.json"))
            yield from ((one, one.relative_to(path).as_posix()) for one in found)
        else:
            yield path, path.name
