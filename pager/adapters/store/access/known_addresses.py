"""Which e-mail addresses are accounts, or were: a policy may name somebody who has left."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, select

from pager.adapters.store.access.audit_log import Action
from pager.adapters.store.core.schema import accounts, changes
from pager.adapters.store.core.transactions import Readable

ACCOUNT_REMOVED: Action = "account removed"

ADDRESSES_AT_ONCE = 500
"""In one query: a database takes some thousands of parameters."""


class KnownAddresses(NamedTuple):
    """What is known of some addresses, in lower case."""

    are_names: bool = False
    """Whether any account has an address for its name: otherwise no address says anything."""
    accounts: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    """Those whose account was removed, as far as the audit log goes back."""


def known_addresses(database: Readable, addresses: Collection[str]) -> KnownAddresses:
    """Which of these addresses, in lower case, are accounts, and which were."""

    def find(connection: Connection) -> KnownAddresses:
        like_address = select(accounts.c.id).where(accounts.c.name.contains("@")).limit(1)
        if connection.scalar(like_address) is None:
            return KnownAddresses()
        existing: set[str] = set()
        removed: set[str] = set()
        wanted = sorted(set(addresses))
        for start in range(0, len(wanted), ADDRESSES_AT_ONCE):
            some = wanted[start : start + ADDRESSES_AT_ONCE]
            existing.update(
                connection.scalars(select(accounts.c.name).where(accounts.c.name.in_(some)))
            )
            missing = [address for address in some if address not in existing]
            gone = select(changes.c.subject).where(
                changes.c.action == ACCOUNT_REMOVED, changes.c.subject.in_(missing)
            )
            removed.update(connection.scalars(gone))
        return KnownAddresses(
            are_names=True, accounts=frozenset(existing), removed=frozenset(removed)
        )

    return database.read(find)
