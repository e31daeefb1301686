"""Adds people, teams and schedules whose name is free, many in one transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.directory import last_edit
from pager.oncall.directory import Entry, check_names, directory_of
from pager.oncall.names import check_new_name
from pager.oncall.people import Person


class OnCallAdditions:
    """What adds nobody twice, however often a form is sent."""

    lock_key = SqlOnCall.lock_key

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """They are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def add(self, author: str, entries: Sequence[Entry], note: str = "") -> set[str]:
        """Add those whose name nobody of their kind has: their names.

        Of two with one name the first is added. A person whose account is another person's gets
        none: an account is one person's. `note` says in the history where they come from.

        Adds nobody and raises NobodyOfThatName where one names somebody who is not there, and
        InvisibleName.
        """

        def add(connection: Connection) -> set[str]:
            on_call = SqlOnCall(InTransaction(connection), self._now)
            directory = on_call.directory()
            with_new = directory_of([*directory.entries, *entries])
            for entry in entries:  # before anything is written
                check_new_name(entry.name)
                check_names(entry, with_new)
            taken = {person.account for person in directory.people.values()}
            added: set[str] = set()
            for entry in entries:
                if last_edit(connection, entry.type, entry.name).value is None:
                    new = entry
                    if isinstance(new, Person):
                        account = None if new.account in taken else new.account
                        new = new.model_copy(update={"account": account})
                        taken.add(account)
                    on_call.put(new, author, note=note)
                    added.add(new.name)
            return added

        return write_alone(self._transactions, policy_edits, add)
