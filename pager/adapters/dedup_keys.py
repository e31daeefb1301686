"""What a sender calls a trouble, as the dedup key that the domain takes."""

import hashlib
from typing import get_args

from pydantic import StringConstraints

from pager.model import DedupKey

[_bounds] = [bound for bound in get_args(DedupKey) if isinstance(bound, StringConstraints)]
LONGEST_KEY = _bounds.max_length or 0


def dedup_key_of(text: str | None) -> str | None:
    """The dedup key for what a sender calls a trouble: the same text always has the same one.

    None for no text: that is the trouble without a dedup key.
    """
    return name_or_digest(text, LONGEST_KEY) if text and not text.isspace() else None


def name_or_digest(name: str, longest: int) -> str:
    """The name; of one that is too long, or cannot be shown in a line, its digest."""
    if len(name) <= longest and name.isprintable():
        return name
    return f"sha256:{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()}"
