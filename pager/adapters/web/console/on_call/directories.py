"""The directory of who can be on call, as the pages read it: with the time at which it is so."""

from collections.abc import Sequence

from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.directory import DirectoryNow, Key, KnownDirectory
from pager.oncall.directory import Directory
from pager.oncall.people import Person


class Directories:
    """Reads the directory: only what was edited since it was read last is read again."""

    def __init__(self, database: Database, known: KnownDirectory) -> None:
        """It may be shared between threads, and by all pages; `known` is what was read before."""
        self._database = database
        self._known = known

    def now(self) -> DirectoryNow:
        """The directory as it is now, and the time, by the database's clock."""
        return self._database.read(lambda one: self._known.read(one, database_clock))

    def now_with_unreadable(self) -> tuple[DirectoryNow, Sequence[Key]]:
        """The same; with kind and name of the entries that this version of Pager cannot read."""
        return self.now(), sorted(self._known.unreadable)


def person_of_account(directory: Directory, account: str) -> Person | None:
    """The person who signs in with that account; None where nobody does."""
    people = directory.people.values()
    return next((person for person in people if person.account == account), None)
