"""A folder of YAML files as one configuration.

All *.yaml and *.yml in the folder and below it are one document, whichever of them says what. What
is there twice is said with both places.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, read
from pager.adapters.configuration.problems import WrongDocument, problems_of
from pager.adapters.configuration.texts import FileProblem, Position, WrongFolder, read_texts
from pager.adapters.configuration.yaml_values import WrongYaml, read_yaml
from pager.configuration.checks import problems
from pager.configuration.configuration import Configuration
from pager.configuration.managed import KINDS, Managed
from pager.configuration.problems import Place, Problem, in_words


class Folder(NamedTuple):
    """What the files of a folder say."""

    configuration: Configuration
    managed: Managed
    positions: Mapping[Place, Position]
    """Of each value."""

    def position(self, place: Place) -> Position:
        """Where something is written; the nearest thing that it is in, where it is not itself."""
        return _nearest(self.positions, place)


def read_folder(folder: Path) -> Folder:
    """What the files say. Raises WrongFolder, which has all that is wrong with them.

    Whoever they name has to be in them, unless they say nothing of that kind: then it may be on the
    server.
    """
    texts = read_texts(folder)
    if not texts:
        raise WrongFolder([FileProblem(Position(str(folder)), "There is no YAML file in it.")])
    merged = _Merged()
    for file, text in texts.items():
        merged.add(file, text)
    if merged.problems:
        raise WrongFolder(merged.problems)
    try:
        document = DOCUMENT.validate_json(json.dumps(merged.document))
        configuration = read(document)
    except ValidationError as error:
        raise WrongFolder(merged.placed(problems_of(error))) from error
    except WrongDocument as error:
        raise WrongFolder(merged.placed(error.problems)) from error
    if found := problems(configuration, document.managed):
        raise WrongFolder(merged.placed(found))
    return Folder(configuration, document.managed, merged.positions)


class _Merged:
    """The files as one document, and where each value of it stands."""

    def __init__(self) -> None:
        self.document: dict[str, JsonValue] = {}
        self.positions: dict[Place, Position] = {}
        self.problems: list[FileProblem] = []

    def add(self, file: str, text: str) -> None:
        """Add what a file says."""
        try:
            values = read_yaml(text)
        except WrongYaml as error:
            self.problems += [
                FileProblem(Position(file, line), message) for line, message in error.problems
            ]
            return
        if isinstance(values.value, dict):
            self._add(file, values.value, values.lines)
        elif values.value is not None:
            message = f"Here is no kind of entries: {', '.join(KINDS)}."
            self.problems.append(FileProblem(Position(file, 1), message))

    def _add(self, file: str, kinds: dict[str, JsonValue], lines: Mapping[Place, int]) -> None:
        """Add the entries of each kind; a list goes on after that of another file."""
        after: Counter[str | int] = Counter()
        for kind, said in kinds.items():
            match self.document.get(kind), said:
                case dict() as before, dict():
                    for name in before.keys() & said.keys():
                        self._twice((kind, name), Position(file, lines[kind, name]))
                    self.document[kind] = {**before, **said}
                case list() as before, list():
                    after[kind] = len(before)
                    self.document[kind] = [*before, *said]
                case _ if kind in self.document:
                    self._twice((kind,), Position(file, lines[(kind,)]))
                case _:
                    self.document[kind] = said
        for place, line in lines.items():
            self.positions.setdefault(_later(place, after), Position(file, line))

    def _twice(self, place: Place, at: Position) -> None:
        message = f"The {in_words(place)} is there twice: {self.positions[place]} has it, too."
        self.problems.append(FileProblem(at, message))

    def placed(self, found: Iterable[Problem]) -> list[FileProblem]:
        """The problems with where they are written."""
        return [
            FileProblem(_nearest(self.positions, problem.place), str(problem)) for problem in found
        ]


def _later(place: Place, after: Mapping[str | int, int]) -> Place:
    """The place of an item of a list that goes on after so many others."""
    match place:
        case (kind, int() as number, *rest):
            return (kind, number + after[kind], *rest)
        case _:
            return place


def _nearest(positions: Mapping[Place, Position], place: Place) -> Position:
    steps = range(len(place), -1, -1)
    found = (positions[place[:length]] for length in steps if place[:length] in positions)
    return next(found, Position("."))
