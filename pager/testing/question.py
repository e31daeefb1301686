"""What a scenario asks about a time ahead."""

from math import ceil
from typing import NamedTuple

DAYS_OF_A_MONTH = 365.2425 / 12


class Question(NamedTuple):
    """What a scenario asks about a time ahead, instead of about one Alert."""

    service: str | None
    """None for all."""
    months: int

    @property
    def days(self) -> int:
        """How far ahead."""
        return ceil(self.months * DAYS_OF_A_MONTH)
