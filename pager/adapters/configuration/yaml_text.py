"""Plain values as YAML, in one style: a line for each, and quotation marks where one may wonder.

Every reader of YAML understands the same by it: a text that YAML 1.1 takes for something else, such
as no or 17:00, stands in quotation marks, too.
"""

import json
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

STEP = 2
"""Spaces by which what is inside stands to the right."""

_PLAIN = re.compile(
    r"[^\W\d_](?:(?:[\w .@+()'/-]|:(?=\w))*[\w.@+()'])?"  # a name, an address, friday 18:00
    r"|\d+ [a-z]+(?: \d+ [a-z]+)*"  # 1 hour 30 min
    r"|\d{4}-\d\d-\d\d \d\d:\d\d"  # 2027-01-18 09:00
)
_OTHERWISE = re.compile("y|n|yes|no|on|off|true|false|null", re.IGNORECASE)
"""What YAML 1.1 or 1.2 takes for something else than a text."""


def block(value: JsonValue, indent: int = 0) -> str:
    """The value in lines, of which all but the first begin with so many spaces."""
    return f"\n{' ' * indent}".join(_lines(value))


def entry(key: str, value: JsonValue, indent: int = 0) -> str:
    """One entry of a mapping, likewise."""
    return block({key: value}, indent)


def item(value: JsonValue, indent: int = 0) -> str:
    """One item of a list, likewise."""
    return block([value], indent)


def flow(value: JsonValue) -> str:
    """The value in one line."""
    match value:
        case dict():
            return f"{{{', '.join(f'{scalar(key)}: {flow(one)}' for key, one in value.items())}}}"
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case _:
            return scalar(value)


def scalar(value: JsonValue) -> str:
    """A text, a number, a truth value or nothing; not a list or a mapping."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and not _OTHERWISE.fullmatch(value) and value.isprintable():
        return value
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _lines(value: JsonValue) -> Iterator[str]:
    match value:
        case dict() if value:
            yield from _of_mapping(value)
        case list() if value:
            for one in value:
                first, *others = _lines(one)
                yield f"- {first}"
                yield from (f"{' ' * STEP}{line}" for line in others)
        case _:
            yield flow(value)


def _of_mapping(value: Mapping[str, JsonValue]) -> Iterator[str]:
    for key, one in value.items():
        lines = [*_lines(one)]
        if isinstance(one, dict | list) and one:
            yield f"{scalar(key)}:"
            yield from (f"{' ' * STEP}{line}" for line in lines)
        else:
            yield f"{scalar(key)}: {lines[0]}"
