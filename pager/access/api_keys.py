"""API keys: what they may be called, and how a key is written: `pager_<id>_<secret>`."""

import re
from typing import NamedTuple

from pager.access.names import BadGivenName, given_name

# The id fits into 64 bits; the secret is 32 bytes in URL-safe base64.
_key = re.compile(r"pager_(?P<id>[1-9][0-9]{0,17})_(?P<secret>[A-Za-z0-9_-]{43})")


class BadKeyName(BadGivenName):
    """Give the key a name of 1 to {longest} characters that says where it is used{without}."""


class KeyParts(NamedTuple):
    """What a written key consists of."""

    id: int
    """Tells which key it is."""
    secret: str
    """Proves that the caller has it."""

    def __str__(self) -> str:
        """As programs send it."""
        return f"pager_{self.id}_{self.secret}"


def key_name(text: str) -> str:
    """The name that `text` stands for, without spaces around it. Raises BadKeyName."""
    return given_name(text, BadKeyName)


def parse_key(text: str) -> KeyParts | None:
    """The parts of a written key; None if `text` is not one."""
    parts = _key.fullmatch(text)
    return None if parts is None else KeyParts(int(parts["id"]), parts["secret"])
