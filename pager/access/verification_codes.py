"""Verification codes: sent to a contact method, typed back by whoever reads what comes there.

Six digits can be guessed, so a code lasts a quarter of an hour and five tries, and only so many are
sent. That also keeps strangers' phones from ringing all night.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from pager.access.rate_limits import RateLimit
from pager.durations import in_words
from pager.errors import PagerError

CODES = 1_000_000
"""So many codes there are: each is six digits."""

LIFETIME = timedelta(minutes=15)
"""A code works for so long."""

MOST_TRIES = 5
"""After so many wrong ones a new code is needed."""

TO_ONE = RateLimit(3, timedelta(minutes=10))
"""To the same address or number, whoever sends them, and whoever is to be reached there."""

OF_ONE_ACCOUNT = RateLimit(20, timedelta(hours=1))
"""Sent by the same account."""

LONGEST_WINDOW = max(TO_ONE.within, OF_ONE_ACCOUNT.within)
"""Codes that were sent longer ago do not count."""


class TooManyCodes(PagerError):
    """No code was sent: there may be {to_one} to an address within {to_one_within}, and {of_one} \
of an account within {of_one_within}. Try again in {retry_after}."""

    def __init__(self, retry_after: timedelta) -> None:
        """`retry_after` is when there may be another; shown in whole seconds, rounded up."""
        self.retry_after = timedelta(seconds=-(-retry_after // timedelta(seconds=1)))
        super().__init__(
            to_one=TO_ONE.most,
            to_one_within=in_words(TO_ONE.within),
            of_one=OF_ONE_ACCOUNT.most,
            of_one_within=in_words(OF_ONE_ACCOUNT.within),
            retry_after=in_words(self.retry_after),
        )


class NotACode(PagerError):
    """A code has six digits, such as 042 137."""


class WrongCode(PagerError):
    """That is not the code. Tries left: {left}."""

    def __init__(self, left: int) -> None:
        """So many tries are `left`."""
        super().__init__(left=left)
        self.left = left


class CodeIsOver(PagerError):
    """No code works there just now: it lasts {lifetime} and {tries} tries, and works once. Send a \
new one."""

    def __init__(self) -> None:
        """There is none, or not any more."""
        super().__init__(lifetime=in_words(LIFETIME), tries=MOST_TRIES)


class Sending(NamedTuple):
    """That a code was sent."""

    target: str
    """The key of the Target."""
    account: str
    """Of whoever let it be sent."""
    age: timedelta
    """How long ago."""


def check_sending(target: str, account: str, earlier: Sequence[Sending]) -> None:
    """Check that `account` may let a code be sent to `target` now. Raises TooManyCodes.

    `earlier` are those within LONGEST_WINDOW before.
    """
    wait = max(
        TO_ONE.wait(sent.age for sent in earlier if sent.target == target),
        OF_ONE_ACCOUNT.wait(sent.age for sent in earlier if sent.account == account),
    )
    if wait:
        raise TooManyCodes(wait)


def code_of(number: int) -> str:
    """The code with that number, of 0 to CODES - 1."""
    return f"{number:06}"


def read_code(typed: str) -> str:
    """The code that was typed, with or without a space in it. Raises NotACode."""
    code = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch("[0-9]{6}", code):
        raise NotACode
    return code


def check_try(age: timedelta, tries: int) -> None:
    """Check that a code may be tried, sent so long ago and tried so often. Raises CodeIsOver."""
    if age >= LIFETIME or tries >= MOST_TRIES:
        raise CodeIsOver


def after_wrong(tries: int) -> PagerError:
    """What to say after so many tries, the last of which was wrong."""
    left = MOST_TRIES - tries
    return WrongCode(left) if left else CodeIsOver()
