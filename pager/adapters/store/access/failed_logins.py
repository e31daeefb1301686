"""Passwords that were wrong: whoever goes on guessing waits longer each time."""

from datetime import timedelta

from sqlalchemy import Connection, delete, select, update

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import failed_logins
from pager.adapters.store.dialects import insert_if_new

FREE = 5
"""So many passwords may be wrong before there is a wait: people mistype."""

LONGEST_WAIT = timedelta(minutes=1)
"""Longer would stop no stranger who goes on, and keep out an owner whose browser is a new one."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""Whoever guesses leaves a row for each name, and sometimes a password in the place of one."""


def wait_after(failures: int) -> timedelta:
    """How long after so many wrong passwords in a row the next one is looked at."""
    if failures < FREE:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE, 10)), LONGEST_WAIT)


class SqlFailedLogins:
    """Counts them by name, whether or not there is an account of it; or by session, by its id."""

    def __init__(self, database: Database, now: Now = database_clock) -> None:
        """Waits are measured by `now`."""
        self._database = database
        self._now = now

    def attempt(self, name: str) -> timedelta:
        """Zero where a password may be tried now; otherwise how long to wait.

        It counts as wrong until it is `forgiven`: however many try at once, on however many
        nodes, each is counted before it is looked at.
        """

        def count(connection: Connection) -> timedelta:
            now = self._now()
            connection.execute(
                insert_if_new(connection, failed_logins).values(name=name, failures=0, last_at=now)
            )
            row = connection.execute(
                select(failed_logins.c.failures, (now - failed_logins.c.last_at).label("since"))
                .where(failed_logins.c.name == name)
                .with_for_update()
            ).one()
            since = timedelta(milliseconds=row.since)
            failures = 0 if since > FORGOTTEN_AFTER else row.failures
            left = wait_after(failures) - since
            if left > timedelta(0):
                return left
            connection.execute(
                update(failed_logins)
                .where(failed_logins.c.name == name)
                .values(failures=failures + 1, last_at=now)
            )
            return timedelta(0)

        return self._database.submit(count, f"login {name}").result()

    def forgive(self, name: str) -> None:
        """The password was right."""
        forgotten = delete(failed_logins).where(failed_logins.c.name == name)
        self._database.submit(
            lambda connection: connection.execute(forgotten), f"login {name}"
        ).result()
