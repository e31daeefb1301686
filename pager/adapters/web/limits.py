"""The limits of the web server: how much is done at a time, and how long a body may take."""

from datetime import timedelta
from typing import NamedTuple

LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body."""

LARGEST_CONFIGURATION = 10 * LARGEST_BODY
"""The same of a whole configuration: with 50,000 services it has about a third of that."""

LARGEST_REPORT = 16 * 1024
"""The same of a provider's report: Twilio's have about 500, and new parameters now and then."""


class Limits(NamedTuple):
    """The limits of a server."""

    requests: int = 1_000
    """Requests of a kind that are answered at a time."""
    requests_of_one: int = 500
    """The same, of one caller: it keeps nobody else out."""
    bytes: int = 32 * LARGEST_BODY
    """Bytes of the bodies of a kind, together. What is parsed from them is a few times as large."""
    body_within: timedelta = timedelta(seconds=20)
    """How long the whole of a body may take to arrive."""
    login_within: timedelta = timedelta(seconds=10)
    """How long a login may wait for its turn, after wrong passwords of the same name."""

    refusals_written_every: timedelta = timedelta(seconds=1)
    """How often the refused Alerts are written to the database, at most."""
    requests_noted_every: timedelta = timedelta(seconds=1)
    """How often the last request of an integration is noted, at most."""


LIMITS = Limits()
