"""YAML as plain values, with the place of each; what is no plain value is said, and not guessed.

It is YAML 1.2, in which `on`, `no` and 09:00 are texts. No tag makes an object, dates stay texts,
and what is written by aliases counts as often as it is meant.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from pager.configuration.problems import Place
from pager.model import shortened

MOST_VALUES = 500_000
DEEPEST = 30
"""Lists and mappings within each other: those of a configuration are not half as deep."""

LONGEST_MESSAGE = 300
"""Characters: what is wrong may be as long as a file."""

_A_SIGN = "a text that begins with such a sign needs quotation marks."
_NOT_WITH_THOSE = (
    "this line does not go with those above. See how far each is indented, and whether brackets are"
    " closed."
)
IN_WORDS = {
    "character '\\t'": "a line begins with a tab. Indent it with spaces.",
    "cannot start any token": _A_SIGN,
    "expected alphabetic or numeric": _A_SIGN,
    "expected URI": _A_SIGN,
    "expected a comment or a line break": _A_SIGN,
    "expected chomping": _A_SIGN,
    "mapping keys are not allowed": _A_SIGN,
    "sequence entries are not allowed": "an item with a - cannot stand here. Write the list in"
    " lines below its name.",
    "<document start>": _NOT_WITH_THOSE,
    "found '<stream end>'": "the file ends where a value or a bracket is expected.",
    "expected the node content": "a bracket is closed here that is not open, or a value is"
    " missing.",
    "expected ',' or": "a { or [ above is not closed. Write } or ], or a comma between two items.",
    "undefined alias": "what begins with * is an alias, and there is no such & above. A text that"
    " begins with * needs quotation marks.",
    "end of stream": "quotation marks are opened here and not closed.",
    "mapping values are not allowed": "there is a colon too many. A text that has a colon and a"
    " space in it needs quotation marks.",
    "<block end>": _NOT_WITH_THOSE,
    "another document": "--- begins another document. Write it in a file of its own.",
    "could not find expected ':'": "a name without a colon. Write one behind it.",
}
"""By what the parser says."""

_KIND = "tag:yaml.org,2002:"
_TEXTS = {_KIND + "str", _KIND + "timestamp"}
_SCALARS = {*_TEXTS, _KIND + "null", _KIND + "bool", _KIND + "int", _KIND + "float"}


class Spot(NamedTuple):
    """A place in a text, counted from 1."""

    line: int
    column: int = 1


class SpotProblem(NamedTuple):
    """Something is wrong at a place in a text."""

    at: Spot
    message: str


class WrongYaml(Exception):
    """The text cannot be read as plain values."""

    def __init__(self, *problems: SpotProblem) -> None:
        """What is wrong, place by place."""
        super().__init__(problems)
        self.problems = problems


class Values(NamedTuple):
    """What a text says, and where each value stands."""

    value: JsonValue
    spots: dict[Place, Spot]


def read_yaml(text: str) -> Values:
    """What the text says; None where it says nothing. Raises WrongYaml."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise WrongYaml(_in_words(error)) from error
    except ReaderError as error:
        column = error.position - text.rfind("\n", 0, error.position)
        spot = Spot(text.count("\n", 0, error.position) + 1, column)
        raise WrongYaml(SpotProblem(spot, f"YAML allows no U+{error.character:04X}.")) from error
    except YAMLError as error:
        raise WrongYaml(SpotProblem(Spot(1), f"This is not YAML: {error}.")) from error
    except RecursionError as error:
        raise WrongYaml(SpotProblem(Spot(1), _TOO_DEEP)) from error
    reading = _Reading()
    value = None if root is None else reading.value(root, ())
    if reading.problems:
        raise WrongYaml(*reading.problems)
    return Values(value, reading.spots)


def _in_words(error: MarkedYAMLError) -> SpotProblem:
    """What the parser says, for those who do not know how it reads."""
    problem, mark = str(error.problem), error.problem_mark
    if "end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark  # where the quotation begins, and not the end of the file
    said = next((text for sign, text in IN_WORDS.items() if sign in problem), f"{problem}.")
    return SpotProblem(_spot(mark) if mark else Spot(1), f"This is not YAML: {said}")


def _spot(mark: StreamMark) -> Spot:
    return Spot(mark.line + 1, mark.column + 1)


_TOO_DEEP = f"Lists and mappings are more than {DEEPEST} deep within each other."


class _Reading:
    """What was found on the way."""

    def __init__(self) -> None:
        self.spots: dict[Place, Spot] = {}
        self.problems: list[SpotProblem] = []
        self._values = 0

    def value(self, node: Node, place: Place) -> JsonValue:
        """What a node says."""
        self._values += 1
        spot = _spot(node.start_mark)
        self.spots.setdefault(place, spot)
        if self._values > MOST_VALUES or len(place) > DEEPEST:
            # Aliases can make very much of a short text, and something endless, too.
            message = f"There are more than {MOST_VALUES:,} values: aliases count, too."
            self.problems.append(SpotProblem(spot, _TOO_DEEP if len(place) > DEEPEST else message))
            raise WrongYaml(*self.problems)
        match node:
            case MappingNode(tag="tag:yaml.org,2002:map"):
                return dict(self._entries(node, place))
            case SequenceNode(tag="tag:yaml.org,2002:seq"):
                return [self.value(item, (*place, at)) for at, item in enumerate(node.value)]
            case ScalarNode(tag=str(tag)) if tag in _SCALARS:
                return self._scalar(node, tag)
        self._note(node, f"The tag {node.tag} is not understood: leave it out.")
        return None

    def _entries(self, node: MappingNode, place: Place) -> Iterator[tuple[str, JsonValue]]:
        first: dict[str, int] = {}
        for key, value in node.value:
            name = self._key(key)
            if name is None:
                continue
            spot = _spot(key.start_mark)
            if name in first:
                self._note(key, f"{name} is there twice: it is in line {first[name]}, too.")
                continue
            first[name] = spot.line
            self.spots[*place, name] = spot
            yield name, self.value(value, (*place, name))

    def _key(self, key: Node) -> str | None:
        """The name of an entry; None where it is none."""
        if isinstance(key, ScalarNode) and key.tag in _TEXTS:
            return self._text(key)
        if isinstance(key, ScalarNode) and key.tag == _KIND + "merge":
            self._note(key, "<< is no part of YAML 1.2: write out what is meant.")
        elif isinstance(key, ScalarNode) and not key.value:
            self._note(key, "A name is missing before the colon.")
        elif isinstance(key, ScalarNode):
            self._note(key, f"{key.value} is no text to YAML: put quotation marks round it.")
        else:
            self._note(key, "A name is expected, and here is a list or a mapping.")
        return None

    def _scalar(self, node: ScalarNode, tag: str) -> str | float | bool | None:
        match tag.removeprefix(_KIND):
            case "null":
                return None
            case "bool":
                return str(node.value).lower() == "true"
            case "int" | "float":
                return _number(str(node.value))
            case _:
                return self._text(node)

    def _text(self, node: ScalarNode) -> str:
        try:
            # JSON writes a character beyond 16 bits as two halves.
            return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._note(node, "Half of a surrogate pair is no character.")
            return ""

    def _note(self, node: Node, message: str) -> None:
        spot = _spot(node.start_mark)
        self.problems.append(SpotProblem(spot, shortened(message, LONGEST_MESSAGE)))


def _number(text: str) -> int | float:
    try:
        return int(text) if len(text) < 20 else float(text)  # noqa: PLR2004 - digits of 64 bits
    except ValueError:
        return 0.5  # in hexadecimal, or not a number at all: nowhere in a document
