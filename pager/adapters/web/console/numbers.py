"""Gauges in a URL or a form: versions, incidents, keys."""

import re
from typing import Annotated

from fastapi import Query

LARGEST = 10**18 - 1
"""Every database can look for this number, and for the one after it."""

Skip = Annotated[int, Query(ge=0, le=1_000_000)]
"""How many of a list are on the pages before this one."""


def number_in(text: str) -> int | None:
    """The number, up to the LARGEST, that `text` is in plain digits; None for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None
