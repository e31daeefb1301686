"""The policies that name somebody: what to edit before the account of that person is removed."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.policy_edits import current_policies


def policies_naming(transactions: Transactions, address: str) -> Sequence[str]:
    """The services, by name, whose current policy has an Email Target with that `address`.

    It goes by the text of the policies, so those are found too that only another version of Pager
    can read. It looks at every current policy: it is for pages that are opened now and then.
    """
    current = current_policies()
    mentions = func.lower(current.c.policy).contains(address.lower(), autoescape=True)
    query = select(current).where(mentions).order_by(current.c.service_id)
    # The database finds "ada@example.com" in "not-ada@example.com" as well.
    field = re.compile(rf'"address": ?"{re.escape(address)}"', re.IGNORECASE)

    def find(connection: Connection) -> list[str]:
        return [name for name, text in connection.execute(query) if field.search(text)]

    return transactions.read(find)
