"""Roles of accounts, and what each role may do.

- A viewer reads everything but the accounts, the API keys and the audit log, and says how they
  themselves want to be reached.
- An engineer also acknowledges, escalates, pages again, declares services Healthy, edits policies,
  people, teams and heartbeats, and sends test pages.
- An administrator also manages accounts and API keys, and reads the audit log.
"""

from typing import Literal, get_args

from pager.errors import PagerError

Role = Literal["viewer", "engineer", "administrator"]
"""From the least to the most powerful: each role may do all that the roles before it may."""

ROLES: tuple[Role, ...] = get_args(Role)


class BadRole(PagerError):
    """Choose one of these roles: viewer, engineer, administrator."""


def role_named(text: str) -> Role:
    """The role of that name. Raises BadRole."""
    for role in ROLES:
        if role == text:
            return role
    raise BadRole


def includes(role: str, needed: Role) -> bool:
    """Whether `role` may do everything that the role `needed` may do.

    A role that is not known here, because a newer version of Pager gave it, may do nothing.
    """
    return role in ROLES[ROLES.index(needed) :]


def default_role(*, first_account: bool) -> Role:
    """The role of a new account for which none was chosen.

    The first account is an administrator's: somebody has to make the others.
    """
    return "administrator" if first_account else "engineer"
