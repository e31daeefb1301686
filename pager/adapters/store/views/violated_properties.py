"""How many properties do not hold, in two facts."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from pager.adapters.store.core.clock import optional_moment
from pager.adapters.store.core.schema import property_verdicts


class ViolatedProperties(NamedTuple):
    """What was found when properties were verified last."""

    number: int
    """How many were violated."""
    verified_at: datetime | None
    """When one was verified last; None where none ever was."""


def violated_properties(connection: Connection) -> ViolatedProperties:
    """Of all properties."""
    columns = property_verdicts.c
    query = select(func.count(columns.violated_since), func.max(columns.verified_at))
    number, verified_at = connection.execute(query).one()
    return ViolatedProperties(number, optional_moment(verified_at))
