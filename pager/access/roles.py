"""Roles of accounts: what each may do."""

from typing import Literal, get_args

from pager.errors import PagerError

Role = Literal["viewer", "engineer", "administrator"]
"""What an account may do: each of them all that those before it may."""

ROLES: tuple[Role, ...] = get_args(Role)


class BadRole(PagerError):
    """A role is one of viewer, engineer, administrator."""


def role_named(text: str) -> Role:
    """The role of that name. Raises BadRole."""
    for role in ROLES:
        if role == text:
            return role
    raise BadRole
