"""How much is done at a time, and how long a client is waited for."""

from datetime import timedelta
from typing import NamedTuple

LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body."""


class Limits(NamedTuple):
    """What may be set otherwise by a test."""

    requests: int = 200
    """Requests of a kind that are answered at a time."""
    bytes: int = 32 * LARGEST_BODY
    """Bytes of their bodies, together. What is parsed from them is a few times as large."""
    body_within: timedelta = timedelta(seconds=20)
    """How long the whole of a body may take to arrive."""
    passwords: int = 20
    """Passwords that wait to be verified: the next one would wait for seconds."""


LIMITS = Limits()
