"""The YAML files of a folder as texts: which they are, and how large they may be."""

import codecs
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pager.adapters.configuration.problems import MOST_PROBLEMS
from pager.adapters.text import printable
from pager.errors import PagerError

SUFFIXES = (".yaml", ".yml")
LARGEST_FOLDER = 10 * 1024 * 1024
"""Bytes of all files: they are read into memory."""
MOST_FILES = 1_000
DEEPEST = 50
"""Folders within each other."""
LEADS_OUT = "This link leads out of the folder."


class Position(NamedTuple):
    """Where something is written."""

    file: str
    """From the folder on."""
    line: int | None = None
    """Counted from 1; None for the whole file."""
    column: int | None = None
    """Likewise; None for the whole line."""

    def __str__(self) -> str:
        """As editors and compilers write it, without the column."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    @property
    def exactly(self) -> str:
        """With the column, where there is one."""
        return str(self) if self.column is None else f"{self}:{self.column}"


class FileProblem(NamedTuple):
    """Something is wrong in a file."""

    at: Position
    message: str

    def __str__(self) -> str:
        """Where, and what."""
        return f"{self.at.exactly}: {self.message}"


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
    for path in _paths(folder, problems):
        if len(texts) + len(problems) == MOST_FILES:
            message = f"There are more than {MOST_FILES:,} YAML files: name the folder of Pager's."
            raise WrongFolder([FileProblem(Position(str(folder)), message)])
        file = path.relative_to(folder).as_posix()
        try:
            content = _content(path, folder, left)
            texts[file] = content.decode("utf-8-sig")
            left -= len(content)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problems.append(FileProblem(Position(file, line), "This is not UTF-8."))
        except (_Unreadable, OSError) as error:
            problems.append(FileProblem(Position(file), _reason(error)))
    if problems:
        raise WrongFolder(problems)
    return texts


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write these files; one that has no text is removed.

    Raises WrongFolder, and writes nothing, where one is a link that leads out of the folder.
    """
    if outside := [file for file in texts if _leads_out(folder / file, folder)]:
        raise WrongFolder([FileProblem(Position(file), LEADS_OUT) for file in outside])
    for file, text in texts.items():
        path = folder / file
        if text:
            marked = path.exists() and path.read_bytes().startswith(codecs.BOM_UTF8)
            path.write_text(text, encoding="utf-8-sig" if marked else "utf-8", newline="")
        else:
            path.unlink()


def _leads_out(path: Path, folder: Path) -> bool:
    # Path.resolve raises what it likes for a link that leads to itself.
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


class _Unreadable(Exception):
    """A file that is not read."""


def _paths(folder: Path, problems: list[FileProblem], below: Path | None = None) -> Iterator[Path]:
    """The files; a folder that is not looked into is a problem: what is in it would be missed."""
    place = (below or folder).relative_to(folder)
    try:
        found = _in_folder(below or folder, depth=len(place.parts))
    except (_Unreadable, OSError) as error:
        problems.append(FileProblem(Position(place.as_posix()), _reason(error)))
        return
    for path in found:
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _paths(folder, problems, path)
        elif path.is_dir() or path.name.endswith(SUFFIXES):
            yield path


def _in_folder(folder: Path, depth: int) -> list[Path]:
    if depth > DEEPEST:
        raise _Unreadable(f"Folders are more than {DEEPEST} deep within each other.")
    return sorted(folder.iterdir())


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"It cannot be read ({error.strerror})."
    return str(error)


def _content(path: Path, folder: Path, at_most: int) -> bytes:
    if path.is_dir():
        raise _Unreadable("This link to a folder is not followed.")
    if _leads_out(path, folder):
        raise _Unreadable(LEADS_OUT)
    if not path.is_file():
        raise _Unreadable("This is no file.")
    with path.open("rb") as opened:
        content = opened.read(at_most + 1)
    if len(content) > at_most:
        raise _Unreadable(f"With this file there are more than {LARGEST_FOLDER:,} bytes.")
    return content
