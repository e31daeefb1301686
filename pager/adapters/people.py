"""People with an account: what they are called, and what they may do."""

import re
from typing import Literal, get_args

from pager.errors import PagerError

Role = Literal["viewer", "engineer", "administrator"]
"""What an account may do: each of them all that those before it may."""

ROLES: tuple[Role, ...] = get_args(Role)

_name = re.compile(r"[a-z0-9._@+-]{1,100}")


class BadName(PagerError):
    """A name has 1 to 100 letters, digits or . _ @ + - and looks like ada@example.com."""


class BadRole(PagerError):
    """A role is one of viewer, engineer, administrator."""


def account_name(text: str) -> str:
    """The name that `text` stands for: in lower case, so no two look alike. Raises BadName."""
    name = text.strip().lower()
    if not _name.fullmatch(name):
        raise BadName
    return name


def role_named(text: str) -> Role:
    """The role of that name. Raises BadRole."""
    for role in ROLES:
        if role == text:
            return role
    raise BadRole
