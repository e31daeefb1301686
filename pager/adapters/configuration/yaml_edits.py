"""A text of YAML that is to mean something else: only what differs is written anew.

All else stays byte for byte as somebody wrote it, with its comments, its order and its quotation
marks. What is taken out takes along the comment that stands directly above it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from pager.adapters.configuration.yaml_parts import CannotEdit, Part, Parts
from pager.adapters.configuration.yaml_text import entry, flow, item, scalar

NONE = -1
"""The number of an item that is not there."""


class Edit(NamedTuple):
    """A part of the text, and what is to stand in its place."""

    start: int
    end: int
    text: str


def edited(text: str, before: JsonValue, after: JsonValue) -> str:
    """The text, which means `before`, so that it means `after`. Raises CannotEdit.

    `before` has the values, too, that the text does not name as they are the usual ones.
    """
    root = YAML(typ="safe", pure=True).compose(text)
    edits = sorted(_Editor(Parts(text)).of(root, before, after), key=lambda edit: edit.start)
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class _Editor:
    """The edits of one text."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def of(self, node: Node | None, before: JsonValue, after: JsonValue) -> Iterator[Edit]:
        """What is to be changed in a value that differs. Raises CannotEdit."""
        match node, before, after:
            case MappingNode(flow_style=False), dict(), dict() if after:
                yield from self._of_mapping(self._parts.entries(node), before, after)
            case SequenceNode(flow_style=False), list(), list() if after:
                yield from self._of_list(self._parts.items(node), before, after)
            case CollectionNode(flow_style=True), _, dict() | list() if before and _one_line(node):
                yield Edit(node.start_mark.index, node.end_mark.index, flow(after))
            case ScalarNode(style=None | "'" | '"'), _, str() | int() if _one_line(node):
                yield Edit(node.start_mark.index, node.end_mark.index, scalar(after))
            case _:
                raise CannotEdit

    def _of_mapping(
        self,
        parts: Mapping[str, Part],
        before: Mapping[str, JsonValue],
        after: Mapping[str, JsonValue],
    ) -> Iterator[Edit]:
        last = None
        for key, part in parts.items():
            if key in after:
                last = part
                if before.get(key) != after[key]:
                    text = entry(key, after[key], self._parts.column(part))
                    yield from self._of_part(part, before.get(key), after[key], text)
            elif key in before:
                yield self._taken_out(part)
        for key, value in after.items():
            if key not in parts and before.get(key) != value:
                if last is None:
                    raise CannotEdit
                yield self._inserted(last, entry(key, value, self._parts.column(last)))

    def _of_list(
        self, parts: Sequence[Part], before: Sequence[JsonValue], after: Sequence[JsonValue]
    ) -> Iterator[Edit]:
        last, column = None, self._parts.column(parts[0])
        for old, new in _aligned(before, after):
            text = item(after[new], column)
            if new == NONE:
                yield self._taken_out(parts[old])
            elif old == NONE:
                yield self._inserted(last, text) if last else self._first(parts[0], text)
            else:
                last = parts[old]
                if before[old] != after[new]:
                    yield from self._of_part(last, before[old], after[new], text)

    def _of_part(
        self, part: Part, before: JsonValue, after: JsonValue, text: str
    ) -> Iterator[Edit]:
        """What is to be changed in a part; where that cannot be, `text` in its place."""
        try:
            yield from list(self.of(part.value, before, after))
        except CannotEdit:
            yield Edit(part.start, part.end, text)

    def _taken_out(self, part: Part) -> Edit:
        if not self._parts.begins_line(part):
            raise CannotEdit
        return Edit(self._parts.with_comment(part), self._parts.next_line(part), "")

    def _inserted(self, after: Part, text: str) -> Edit:
        end = self._parts.line_end(after)
        return Edit(end, end, f"\n{' ' * self._parts.column(after)}{text}")

    def _first(self, before: Part, text: str) -> Edit:
        start = self._parts.with_comment(before)
        return Edit(start, start, f"{' ' * self._parts.column(before)}{text}\n")


def _aligned(before: Sequence[JsonValue], after: Sequence[JsonValue]) -> Iterator[tuple[int, int]]:
    """Which item of the one list is which of the other, by number; NONE where it has none."""
    old, new = ([json.dumps(one, sort_keys=True) for one in items] for items in (before, after))
    for _, *bounds in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        start, end, new_start, new_end = bounds
        yield from zip_longest(range(start, end), range(new_start, new_end), fillvalue=NONE)


def _one_line(node: Node) -> bool:
    """Whether it stands in one line; where nothing is written, it stands nowhere."""
    start, end = node.start_mark, node.end_mark
    return bool(start.line == end.line and start.index < end.index)
