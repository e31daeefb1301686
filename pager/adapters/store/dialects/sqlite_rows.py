# ruff: noqa: S608 - the statements are our own texts
"""The rows that a statement works on: SQLite is given each value as a parameter of its own.

So nothing is escaped and parsed again, as it would be in JSON. SQLite compiles a statement anew for
each number of places. So there are places for 1, 2, 4, 8 … rows, and those that are left over stay
empty. More rows than MOST_PLACES are one parameter, as JSON.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain

from sqlalchemy import Column, bindparam, column, text
from sqlalchemy.sql.selectable import Subquery

from pager.adapters.store.dialects.dialect import ROWS, Compiled

MOST_PLACES = 256
"""Rows whose values are parameters."""

_GIVEN = re.compile(r"given_([0-9]+)\(\?\)")
"""What stands in the text of a statement for rows of so many columns."""


def rows(  # type: ignore[explicit-any]  # SQLAlchemy's Column has one
    columns: Sequence[Column[object]],
) -> Subquery:
    """Rows of these columns, in a statement that is run `with_rows`."""
    names = ", ".join(f'column{place} AS "{each.name}"' for place, each in enumerate(columns, 1))
    given = text(f"SELECT {names} FROM given_{len(columns)}(:{ROWS})")
    typed = [column(each.name, each.type) for each in columns]
    return given.bindparams(bindparam(ROWS)).columns(*typed).subquery("given")


def with_rows(
    statement: Compiled, given: Sequence[Sequence[object]], values: Mapping[str, object]
) -> tuple[str, Sequence[object]]:
    """The statement in SQL, and its parameters in their order."""
    number = len(given)
    places = 1 << (number - 1).bit_length() if 0 < number <= MOST_PLACES else 0
    parameters: list[object] = []
    for name in statement.positions:
        if name != ROWS:
            parameters.append(values[name])
        elif not places:
            parameters.append(json.dumps(given, ensure_ascii=False, separators=(",", ":")))
        else:
            parameters += chain.from_iterable(given)
            parameters += [None] * ((places - number) * len(given[0]))
            parameters.append(number)
    return _with_places(statement.text, places), parameters


@lru_cache(maxsize=1_000)
def _with_places(statement: str, places: int) -> str:
    """The statement with places for so many rows; with one for their JSON where that is 0."""

    def given(found: re.Match[str]) -> str:
        width = int(found[1])
        if places:
            row = f"({', '.join('?' * width)})"
            return f"(SELECT * FROM (VALUES {', '.join([row] * places)}) LIMIT ?)"
        columns = (f"json_extract(value, '$[{at}]') AS column{at + 1}" for at in range(width))
        return f"(SELECT {', '.join(columns)} FROM json_each(?))"

    return _GIVEN.sub(given, statement)
