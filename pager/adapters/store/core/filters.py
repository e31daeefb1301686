"""Conditions that several queries use."""

from typing import TypeVar

from sqlalchemy import ColumnElement, true

T = TypeVar("T")


def equal_if_given(column: ColumnElement[T], value: T | None) -> ColumnElement[bool]:
    """Rows with that value; all rows where it is None."""
    return true() if value is None else column == value
