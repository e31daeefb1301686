"""The rows of failed logins: how often in a row a password was wrong, and when it was last."""

from datetime import timedelta

from sqlalchemy import Connection, delete, select, update

from pager.access.throttling import attempt
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.database import Transactions
from pager.adapters.store.core.schema import failed_logins
from pager.adapters.store.dialects import insert_if_new


class SqlFailedLogins:
    """Failed logins by name, whether or not there is such an account; or by the id of a session."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Waits are measured by `now`."""
        self._transactions = transactions
        self._now = now

    def attempt(self, name: str) -> timedelta:
        """Zero if a password may be tried now; otherwise how long to wait first.

        The attempt counts as failed until `reset`. So all attempts are counted before their
        passwords are checked, even if many come at once, on several nodes.
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
            wait, failures = attempt(row.failures, timedelta(milliseconds=row.since))
            if not wait:
                connection.execute(
                    update(failed_logins)
                    .where(failed_logins.c.name == name)
                    .values(failures=failures, last_at=now)
                )
            return wait

        return self._transactions.write(count, _lock_key(name))

    def reset(self, name: str) -> None:
        """Forget the failures: the password was right."""
        deletion = delete(failed_logins).where(failed_logins.c.name == name)
        self._transactions.write(lambda connection: connection.execute(deletion), _lock_key(name))


def _lock_key(name: str) -> str:
    """The lock key of the row with that name."""
    return f"{failed_logins.name} {name}"
