"""The policies that name somebody: what to edit before the account of that person is removed."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection, func, or_, select

from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.directory import stored_entries
from pager.adapters.store.ports.policy_edits import current_policies
from pager.adapters.store.views.shared_targets import targets_of
from pager.model import EmailTarget
from pager.oncall.directory import Directory


def policies_naming(transactions: Transactions, address: str) -> Sequence[str]:
    """The services, by name, whose current policy has an Email Target with that `address`.

    It goes by the text of the policies, so those are found too that only another version of Pager
    can read. It looks at every current policy: it is for pages that are opened now and then. A
    shared policy counts that may ever notify the address.
    """
    current = current_policies()
    mentions = func.lower(current.c.policy).contains(address.lower(), autoescape=True)
    # The database finds "ada@example.com" in "not-ada@example.com" as well.
    field = re.compile(rf'"address": ?"{re.escape(address)}"', re.IGNORECASE)

    def find(connection: Connection) -> list[str]:
        shared = _shared_naming(stored_entries(connection).directory, address)
        query = select(current).where(or_(mentions, current.c.uses.in_(shared)))
        rows = connection.execute(query.order_by(current.c.service_id))
        return [name for name, text, uses in rows if uses in shared or field.search(text)]

    return transactions.read(find)


def _shared_naming(directory: Directory, address: str) -> list[str]:
    """The names of the shared policies that may notify the address."""
    return [
        policy.name
        for policy in directory.policies.values()
        if any(
            isinstance(target, EmailTarget) and target.address.lower() == address.lower()
            for target in targets_of(policy, directory)
        )
    ]
