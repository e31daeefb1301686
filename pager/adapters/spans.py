"""How long something takes, as people type it: 15 min, 1 h 30 min, 2 days."""

import re
from datetime import timedelta

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
# The last number may stand alone: these are minutes.
PART = (
    r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *"
    r"(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|$)(?![a-z])"
)


def span_of(text: str) -> timedelta | str:
    """How long that is, a bare number being minutes; or the text itself, for ISO 8601."""
    said = text.lower().replace(",", ".")
    if not re.fullmatch(f"(?:{PART} *){{1,4}}", said):
        return text
    parts = re.findall(PART, said)
    return sum((timedelta(**{UNITS[(unit or "m")[0]]: float(n)}) for n, unit in parts), timedelta())
