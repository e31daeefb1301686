"""The result of checking a Target of a policy."""

from enum import Enum
from typing import NamedTuple


class Check(Enum):
    """The result of a check, the most severe first."""

    INVALID = "✗ not valid"
    TWICE = "✗ twice on this level"
    NOBODY = "⚠ nobody just now"
    NO_METHOD = "⚠ no contact method"
    NOT_SET_UP = "⚠ not set up"
    REMOVED = "⚠ its account was removed"
    NOT_VERIFIED = "? not verified"
    UNKNOWN = "? nobody's account"
    GOOD = "✓"

    @property
    def is_error(self) -> bool:
        """Whether the policy cannot be saved with it."""
        return self in {Check.INVALID, Check.TWICE}

    @property
    def style(self) -> str:
        """The class of its text on a page."""
        if self is Check.GOOD:
            return "tick"
        return "warn" if self.value.startswith("⚠") else ""


SEVERITY = list(Check)


class CheckedTarget(NamedTuple):
    """A Target, and what is known of it."""

    text: str
    """As it was typed, where it is not valid."""
    kind: str
    key: str
    """"" where it is not valid."""
    check: Check
    path: str = ""
    """Where more is said of it; "" where nothing is."""
