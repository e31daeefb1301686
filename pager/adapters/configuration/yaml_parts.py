"""Where in a text of YAML the entries of its mappings and the items of its lists stand."""

import re
from typing import NamedTuple

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_ALIAS = re.compile(r"\s*\*[^\s,\]}]+")
_COMMENT = re.compile(" *#")
_EMPTY = re.compile(r"[ \t]*(?:\n|$)")


class CannotEdit(Exception):
    """What is written cannot be edited where it stands: it has to be written anew."""


class Part(NamedTuple):
    """An entry of a mapping or an item of a list, as it is written."""

    value: Node | None
    """None of an alias: its value stands elsewhere."""
    start: int
    """Of the key, or of the dash."""
    end: int
    """Of the value; a comment may follow."""


class Parts:
    """The parts of one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def entries(self, mapping: MappingNode) -> dict[str, Part]:
        """The entries of a mapping that is written in lines, by their keys."""
        return {
            str(key.value): self._part(value, key.start_mark.index, key.end_mark.index + 1)
            for key, value in mapping.value
        }

    def items(self, sequence: SequenceNode) -> list[Part]:
        """The items of a list that is written in lines. Raises CannotEdit where one is odd."""
        found: list[Part] = []
        for value in sequence.value:
            dash = self._text.find("-", found[-1].end if found else sequence.start_mark.index)
            found.append(self._part(value, dash, dash + 1))
        return found

    def _part(self, value: Node, start: int, after: int) -> Part:
        """The part that begins at `start`, and whose value stands somewhere after `after`."""
        if alias := _ALIAS.match(self._text, after):
            return Part(None, start, alias.end())
        return Part(value, start, self._end(value, after))

    def _end(self, value: Node, after: int) -> int:
        if isinstance(value, MappingNode) and not value.flow_style:
            return max(part.end for part in self.entries(value).values())
        if isinstance(value, SequenceNode) and not value.flow_style:
            return max(part.end for part in self.items(value))
        if isinstance(value, ScalarNode) and value.start_mark.index == value.end_mark.index:
            return after  # nothing is written there
        end = int(value.end_mark.index)
        while self._text[end - 1].isspace():
            end -= 1
        return end

    def column(self, part: Part) -> int:
        """How many characters stand before it in its line."""
        return part.start - self._line(part.start)

    def begins_line(self, part: Part) -> bool:
        """Whether only spaces stand before it."""
        return not self._text[self._line(part.start) : part.start].strip()

    def with_comment(self, part: Part) -> int:
        """Where its first line begins, or that of the comment directly above it."""
        start = self._line(part.start)
        while start and self._comment(self._line(start - 1)) == self.column(part):
            start = self._line(start - 1)
        return start

    def line_end(self, part: Part) -> int:
        """The end of its last line; a comment below it that stands further right belongs to it."""
        end = self._end_of_line(part.end)
        while self._comment(end + 1) > self.column(part):
            end = self._end_of_line(end + 1)
        return end

    def next_line(self, part: Part) -> int:
        """Where the text goes on after it, and after empty lines."""
        start = self.line_end(part) + 1
        while start < len(self._text) and (empty := _EMPTY.match(self._text, start)):
            start = empty.end()
        return start

    def _line(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _end_of_line(self, index: int) -> int:
        end = self._text.find("\n", index)
        return len(self._text) if end < 0 else end

    def _comment(self, line: int) -> int:
        """How far from the left the comment stands that a line is; -1 where it is none."""
        found = _COMMENT.match(self._text, line)
        return found.end() - line - 1 if found else -1
