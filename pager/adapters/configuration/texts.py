"""The YAML files of a folder as texts: which they are, and how large they may be."""

import codecs
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pager.adapters.configuration.problems import MOST_PROBLEMS
from pager.adapters.text import printable
from pager.errors import PagerError

SUFFIXES = (".yaml", ".yml")
LARGEST_FOLDER = 10 * 1024 * 1024
"""Bytes of all files: they are read into memory."""
MOST_FILES = 1_000


class Position(NamedTuple):
    """Where something is written."""

    file: str
    """From the folder on."""
    line: int | None = None
    """Counted from 1; None for the whole file."""

    def __str__(self) -> str:
        """As editors and compilers write it."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class FileProblem(NamedTuple):
    """Something is wrong in a file."""

    at: Position
    message: str

    def __str__(self) -> str:
        """Where, and what."""
        return f"{self.at}: {self.message}"


class WrongFolder(PagerError):
    """{problems}"""

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        """All that is wrong with the files, of which the first MOST_PROBLEMS are kept."""
        kept = tuple(problems[:MOST_PROBLEMS])
        super().__init__(problems="\n".join(printable(str(problem)) for problem in kept))
        self.problems = kept


def read_texts(folder: Path) -> dict[str, str]:
    """The text of each YAML file in the folder and below it, by its path from there.

    Names that begin with a dot are passed over. Raises WrongFolder.
    """
    if not folder.is_dir():
        raise WrongFolder([FileProblem(Position(str(folder)), "This is no folder.")])
    texts: dict[str, str] = {}
    problems: list[FileProblem] = []
    left = LARGEST_FOLDER
    for path in _paths(folder):
        file = path.relative_to(folder).as_posix()
        try:
            content = _content(path, folder, left)
            texts[file] = content.decode("utf-8-sig")
            left -= len(content)
        except _Unreadable as error:
            problems.append(FileProblem(Position(file), str(error)))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problems.append(FileProblem(Position(file, line), "This is not UTF-8."))
        except OSError as error:
            problems.append(FileProblem(Position(file), f"It cannot be read ({error.strerror})."))
    if problems:
        raise WrongFolder(problems)
    return texts


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Write these files; one that has no text is removed. Returns the files, in their order."""
    for file, text in texts.items():
        path = folder / file
        if text:
            marked = path.exists() and path.read_bytes().startswith(codecs.BOM_UTF8)
            path.write_text(text, encoding="utf-8-sig" if marked else "utf-8", newline="")
        else:
            path.unlink()
    return sorted(texts)


class _Unreadable(Exception):
    """A file that is not read."""


def _paths(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(root, name)
            for name in sorted(names)
            if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
        if len(found) > MOST_FILES:
            message = f"There are more than {MOST_FILES:,} YAML files: name the folder of Pager's."
            raise WrongFolder([FileProblem(Position(str(folder)), message)])
    return found


def _content(path: Path, folder: Path, at_most: int) -> bytes:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _Unreadable("This link leads out of the folder.")
    if not path.is_file():
        raise _Unreadable("This is no file.")
    with path.open("rb") as opened:
        content = opened.read(at_most + 1)
    if len(content) > at_most:
        raise _Unreadable(f"With this file there are more than {LARGEST_FOLDER:,} bytes.")
    return content
