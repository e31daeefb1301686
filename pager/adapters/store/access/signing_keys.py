"""The rows of signing keys: with these keys links are signed. They outlive a restart."""

import secrets

from sqlalchemy import Connection, insert, select

from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import signing_keys
from pager.adapters.store.core.transactions import Transactions


def load_signing_keys(transactions: Transactions) -> list[bytes]:
    """All keys, the newest last; the first key is made if there is none."""

    def load(connection: Connection) -> list[bytes]:
        query = select(signing_keys.c.key).order_by(signing_keys.c.id)
        keys = list(connection.scalars(query))
        if not keys:
            keys = [secrets.token_bytes(32)]
            connection.execute(insert(signing_keys).values(id=1, key=keys[0]))
        return keys

    return write_alone(transactions, signing_keys, load)
