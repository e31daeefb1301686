"""Names of accounts, API keys and integrations."""

import re

from pager.errors import PagerError
from pager.invisible import invisible_in

LONGEST_NAME = 100
"""Characters of the name of an API key or an integration."""

_account_name = re.compile(r"[a-z0-9._@+-]{1,100}")


class BadName(PagerError):
    """A name has 1 to 100 letters, digits or . _ @ + - (such as ada@example.com)."""


def account_name(text: str) -> str:
    """The name that `text` stands for: in lower case, so no two look alike. Raises BadName."""
    name = text.strip().lower()
    if not _account_name.fullmatch(name):
        raise BadName
    return name


class BadGivenName(PagerError):
    """Give it a name of 1 to {longest} characters{without}."""

    def __init__(self, invisible: str = "") -> None:
        """The name is empty, too long or not printable; `invisible` is a character in it."""
        without = f", without {invisible}, which nobody sees" if invisible else ""
        super().__init__(longest=LONGEST_NAME, without=without)


def given_name(text: str, refusal: type[BadGivenName]) -> str:
    """The name that somebody gives to a key or an integration, without spaces around it.

    Raises `refusal` where that is empty, too long or not printable.
    """
    name = text.strip()
    invisible = invisible_in(name)
    if invisible or not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise refusal(invisible)
    return name
