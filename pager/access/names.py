"""Names of accounts."""

import re

from pager.errors import PagerError

_account_name = re.compile(r"[a-z0-9._@+-]{1,100}")


class BadName(PagerError):
    """A name has 1 to 100 letters, digits or . _ @ + - (such as ada@example.com)."""


def account_name(text: str) -> str:
    """The name that `text` stands for: in lower case, so no two look alike. Raises BadName."""
    name = text.strip().lower()
    if not _account_name.fullmatch(name):
        raise BadName
    return name
