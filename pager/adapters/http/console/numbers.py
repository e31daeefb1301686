"""Numbers in a URL or a form: versions, incidents, keys."""

import re


def number_in(text: str) -> int | None:
    """The number that `text` is in plain digits; None for anything else.

    It has 18 digits at most, which every database can look for.
    """
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None
