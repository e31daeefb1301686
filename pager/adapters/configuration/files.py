"""A folder of YAML files as one configuration: read, and written with as few changes as can be.

All *.yaml and *.yml in the folder and below it are one document, whichever of them says what. What
is there twice is said with both places.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pager.adapters.configuration.documents import document_of, read
from pager.adapters.configuration.json_schema import SCHEMA_FILE, schema_text
from pager.adapters.configuration.merging import Merged, merged, nearest
from pager.adapters.configuration.problems import WrongDocument
from pager.adapters.configuration.texts import (
    FileProblem,
    Position,
    WrongFolder,
    read_texts,
    write_texts,
)
from pager.adapters.configuration.writing import texts_of
from pager.configuration.checks import invisible_names, problems, shared_accounts
from pager.configuration.configuration import Configuration
from pager.configuration.managed import Managed
from pager.configuration.problems import Place


class Folder(NamedTuple):
    """What the files of a folder say."""

    configuration: Configuration
    managed: Managed
    positions: Mapping[Place, Position]
    """Of each value."""

    def position(self, place: Place) -> Position:
        """Where something is written; where it is not itself, the nearest thing that it is in."""
        return nearest(self.positions, place)


def read_folder(folder: Path, where_empty: str = "") -> Folder:
    """What the files say. Raises WrongFolder, which has all that is wrong with them.

    Whoever they name has to be in them, unless they say nothing of that kind: then it may be on the
    server. Where there is no file, it says `where_empty`, too.
    """
    texts = read_texts(folder)
    if not texts:
        message = f"There is no YAML file in it.{where_empty}"
        raise WrongFolder([FileProblem(Position(str(folder)), message)])
    files = merged(texts)
    configuration = _read(files)
    if found := [
        *problems(configuration, files.document.managed),
        *invisible_names(configuration),
        *shared_accounts(configuration),
    ]:
        raise WrongFolder(files.placed(found))
    return Folder(configuration, files.document.managed, files.positions)


def write_folder(
    folder: Path, configuration: Configuration, managed: Managed | None = None
) -> list[str]:
    """Write what is managed of a configuration (all kinds, unless it is said) into the folder.

    A new entry goes to the file of its kind: people.yaml. What the files say already stays as it is
    written, byte for byte, in the file that it is in; what differs is changed there, and the
    comments beside it stay. What is not in the configuration is taken out. The overrides of a
    schedule are written where the files say them, or `managed` does. A folder that is not there is
    made.

    The schema is written beside the files, for editors.

    Returns the files that have changed, by their path from the folder. Raises WrongFolder where the
    files that are there cannot be read, or are links that lead out of the folder.
    """
    managed = managed or Managed()
    folder.mkdir(parents=True, exist_ok=True)
    texts = read_texts(folder)
    said = merged(texts).document.managed.overrides
    document = document_of(configuration, managed._replace(overrides=managed.overrides | said))
    changed = texts_of(document, texts)
    write_texts(folder, {**changed, SCHEMA_FILE: schema_text()})
    return sorted(changed)


def _read(files: Merged) -> Configuration:
    try:
        return read(files.document)
    except WrongDocument as error:
        raise WrongFolder(files.placed(error.problems)) from error
