"""Which passwords may be chosen: any, if they are long enough (as NIST SP 800-63B advises)."""

import unicodedata

from pager.errors import PagerError

SHORTEST = 12
LONGEST = 1_000


class WeakPassword(PagerError):
    """Choose a password of {shortest} to {longest:,} characters, such as a few words of your \
own."""

    def __init__(self) -> None:
        """The password is too short or too long."""
        super().__init__(shortest=SHORTEST, longest=LONGEST)


def check_password(password: str) -> None:
    """Check a password that somebody chooses. Raises WeakPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword


def normalized(password: str) -> str:
    """The password as it is hashed: the same on every keyboard (Unicode NFC).

    What is longer than LONGEST is no account's password. It is cut before it is hashed, so that a
    huge one costs no more than the longest.
    """
    return unicodedata.normalize("NFC", password[: LONGEST + 1])
