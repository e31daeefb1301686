"""The files of a folder as one document, and where each value of it is written."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, ConfigurationDocument
from pager.adapters.configuration.problems import problems_of
from pager.adapters.configuration.references import as_declared
from pager.adapters.configuration.texts import FileProblem, Position, WrongFolder
from pager.adapters.configuration.yaml_values import Spot, WrongYaml, read_yaml
from pager.configuration.managed import KINDS
from pager.configuration.problems import Place, Problem, in_words


class Merged(NamedTuple):
    """What several files say together."""

    document: ConfigurationDocument
    positions: Mapping[Place, Position]
    """Of each value."""

    def placed(self, problems: Iterable[Problem]) -> list[FileProblem]:
        """The problems with where they are written."""
        return placed(problems, self.positions)


def merged(texts: Mapping[str, str]) -> Merged:
    """What the texts say, each of which has the name of its file. Raises WrongFolder."""
    merging = _Merging()
    for file, text in texts.items():
        merging.add(file, text)
    if merging.problems:
        raise WrongFolder(merging.problems)
    try:
        document = DOCUMENT.validate_json(json.dumps(as_declared(merging.kinds)))
    except ValidationError as error:
        raise WrongFolder(placed(problems_of(error), merging.positions)) from error
    return Merged(document, merging.positions)


def placed(problems: Iterable[Problem], positions: Mapping[Place, Position]) -> list[FileProblem]:
    """The problems with where they are written."""
    return [FileProblem(nearest(positions, problem.place), str(problem)) for problem in problems]


def nearest(positions: Mapping[Place, Position], place: Place) -> Position:
    """Where something is written; where it is not itself, the nearest thing that it is in."""
    steps = range(len(place), -1, -1)
    found = (positions[place[:length]] for length in steps if place[:length] in positions)
    return next(found, Position("."))


class _Merging:
    """What the files have said so far."""

    def __init__(self) -> None:
        self.kinds: dict[str, JsonValue] = {}
        self.positions: dict[Place, Position] = {}
        self.problems: list[FileProblem] = []

    def add(self, file: str, text: str) -> None:
        """Add what a file says."""
        try:
            values = read_yaml(text)
        except WrongYaml as error:
            self.problems += [
                FileProblem(Position(file, *spot), message) for spot, message in error.problems
            ]
            return
        if isinstance(values.value, dict):
            self._add(file, values.value, values.spots)
        elif values.value is not None:
            message = f"Here is no kind of entries: {', '.join(KINDS)}."
            self.problems.append(FileProblem(Position(file, 1), message))

    def _add(self, file: str, kinds: dict[str, JsonValue], spots: Mapping[Place, Spot]) -> None:
        """Add the entries of each kind; a list goes on after that of another file."""
        after: Counter[str | int] = Counter()
        for kind, said in kinds.items():
            match self.kinds.get(kind), said:
                case dict() as before, dict() if kind != "fallback":
                    for name in sorted(before.keys() & said.keys()):
                        self._twice((kind, name), Position(file, *spots[kind, name]))
                    self.kinds[kind] = {**before, **said}
                case list() as before, list():
                    after[kind] = len(before)
                    self.kinds[kind] = [*before, *said]
                case _ if kind in self.kinds:
                    self._twice((kind,), Position(file, *spots[(kind,)]))
                case _:
                    self.kinds[kind] = said
        for place, spot in spots.items():
            self.positions.setdefault(_later(place, after), Position(file, *spot))

    def _twice(self, place: Place, at: Position) -> None:
        message = f"The {in_words(place)} is there twice: {self.positions[place]} has it, too."
        self.problems.append(FileProblem(at, message))


def _later(place: Place, after: Mapping[str | int, int]) -> Place:
    """The place of an item of a list that goes on after so many others."""
    match place:
        case (kind, int() as number, *rest):
            return (kind, number + after[kind], *rest)
        case _:
            return place
