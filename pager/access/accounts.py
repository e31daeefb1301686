"""Accounts: who can sign in, and the rule that an administrator who can sign in must remain."""

from collections.abc import Iterable
from typing import NamedTuple

from pager.errors import PagerError


class LastAdministrator(PagerError):
    """{name} is the only administrator who can sign in. Make somebody else an administrator \
first."""

    def __init__(self, name: str) -> None:
        """`name` is the account's."""
        super().__init__(name=name)


class Account(NamedTuple):
    """An account of a person."""

    id: int
    name: str
    role: str
    """A Role; or one that only a newer version of Pager knows, which may do nothing here."""
    password: str | None
    """Its hash; None if the owner has not chosen a password."""
    identity: str | None
    """The OpenID identity (issuer and subject) that it is linked to; None if there is none."""

    @property
    def can_sign_in(self) -> bool:
        """Whether there is a way to sign in: a password, or single sign-on."""
        return self.password is not None or self.identity is not None

    @property
    def is_linkable(self) -> bool:
        """Whether single sign-on may link an identity to it: once, and never another one."""
        return self.identity is None


def check_administrator_remains(leaving: Account, accounts: Iterable[Account]) -> None:
    """Check that `leaving` may be removed, or lose its role, as far as administrators go.

    `accounts` are all accounts, or at least all administrators. Raises LastAdministrator if
    `leaving` is an administrator, and no other administrator among them can sign in.
    """
    if leaving.role != "administrator":
        return
    others = (account for account in accounts if account.id != leaving.id)
    if not any(other.role == "administrator" and other.can_sign_in for other in others):
        raise LastAdministrator(leaving.name)
