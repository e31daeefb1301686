"""What a sender calls a trouble, as the dedup key that the domain takes."""

import hashlib
from typing import get_args

from pydantic import StringConstraints

from pager.model import DedupKey

[_bounds] = [bound for bound in get_args(DedupKey) if isinstance(bound, StringConstraints)]
LONGEST_KEY = _bounds.max_length or 0


def dedup_key_of(text: str | None) -> str | None:
    """The dedup key for what a sender calls a trouble: the same text always has the same one.

    One that is too long, or cannot be shown in a line, is known by its digest. None for no text:
    that is the trouble without a dedup key.
    """
    if not text or text.isspace():
        return None
    if len(text) <= LONGEST_KEY and text.isprintable():
        return text
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"
