"""Conditions that several queries use."""

from collections.abc import Collection
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, func, true

T = TypeVar("T")


def equal_if_given(column: ColumnElement[T], value: T | None) -> ColumnElement[bool]:
    """Rows with that value; all rows where it is None."""
    return true() if value is None else column == value


def less_if_given(column: ColumnElement[int], value: int | None) -> ColumnElement[bool]:
    """Rows with a smaller value; all rows where it is None."""
    return true() if value is None else column < value


class Names(NamedTuple):
    """Which identifiers of services are wanted."""

    search: str = ""
    """What they contain, in any case and to the letter."""
    after: str = ""
    """The one after which they come: where the page before ended."""
    among: Collection[str] | None = None
    """Those that may be read; None: all."""

    def include(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Rows with such an identifier in that column."""
        conditions: list[ColumnElement[bool]] = []
        if self.search:
            text = self.search.lower()
            conditions.append(func.lower(column).contains(text, autoescape=True))
        if self.after:
            conditions.append(column > self.after)
        if self.among is not None:
            conditions.append(column.in_(self.among))
        return and_(true(), *conditions)
