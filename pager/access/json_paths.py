"""Paths into JSON, such as `incident.title`, `alerts[0].labels.host` or `labels["a.b/c"]`."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[([0-9]{1,6})\]|\["([^"]+)"\]')

_BRACKETS = r'\[[0-9]{1,6}\]|\["[^"]+"\]'
_NAME = r'[^.\[\]"]+'
_PATTERN = rf"^\$?\.?({_NAME}|{_BRACKETS})(\.?{_NAME}|{_BRACKETS})*$"
"""The same for a whole path, for whoever reads the description of the API."""


class _NoPathError(ValueError):
    """The text is no path."""


def _steps(path: str) -> Iterator[str]:
    """The names and numbers of a path. Raises _NoPathError."""
    path, at = path.removeprefix("$").removeprefix("."), 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (at == 0 and path.startswith(".")):
            raise _NoPathError
        yield step[1] or step[2] or step[3]
        at = step.end()


def _valid(path: str) -> str:
    try:
        is_path = bool(list(_steps(path)))
    except _NoPathError:
        is_path = False
    if not is_path:
        raise PydanticCustomError(
            "json_path",
            'This is not a path. Good ones are incident.title, alerts[0].labels.host and \
labels["app.kubernetes.io/name"].',
        )
    return path


JsonPath = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, strip_whitespace=True),
    AfterValidator(_valid),
    Field(json_schema_extra={"pattern": _PATTERN}),
]
"""Names with dots between them, and numbers from 0 in brackets for the items of an array. A name
that has a dot or a bracket in it stands in brackets and quotation marks. It may begin with `$.`."""


def value_at(value: JsonValue, path: str) -> JsonValue:
    """What is at that path; None where nothing is, or where it is no path."""
    if isinstance(value, dict) and path in value:
        return value[path]
    try:
        for step in _steps(path):
            match value:
                case dict():
                    value = value.get(step)
                case list() if step.isdecimal() and int(step) < len(value):
                    value = value[int(step)]
                case _:
                    return None
    except _NoPathError:
        return None
    return value
