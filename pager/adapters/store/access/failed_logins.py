"""The rows of failed logins: how often in a row a password was wrong, and when it was last."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update

from pager.access.throttling import FROM_ANYWHERE, FROM_ONE_NETWORK, Throttle
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import failed_logins
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import insert_if_new

Throttles = Mapping[str, Throttle]
"""What an attempt is counted by: the key of a row, and its throttle."""


def throttles_of(name: str, network: str) -> Throttles:
    """The throttles of an attempt on account `name`, whether or not there is such an account.

    The keys are hashes: people type passwords in the place of names.
    """
    return {
        _prefix(name) + fingerprint(network)[:32]: FROM_ONE_NETWORK,
        _prefix(name): FROM_ANYWHERE,
    }


class SqlFailedLogins:
    """Failed logins, by the keys of their throttles."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Waits are measured by `now`."""
        self._transactions = transactions
        self._now = now

    def attempt(self, throttles: Throttles) -> timedelta:
        """Zero if a password may be tried now; otherwise how long to wait first.

        The attempt counts as failed until `reset`. So all attempts are counted before their
        passwords are checked, even if many come at once, on several nodes.
        """

        def count(connection: Connection) -> timedelta:
            now = self._now()
            attempts = {
                key: throttle.attempt(*_failures(connection, now, key))
                for key, throttle in throttles.items()
            }
            wait = max(attempt.wait for attempt in attempts.values())
            if not wait:
                for key, attempt in attempts.items():
                    connection.execute(
                        update(failed_logins)
                        .where(failed_logins.c.name == key)
                        .values(failures=attempt.failures, last_at=now)
                    )
            return wait

        return write_alone(self._transactions, failed_logins, count)

    def reset(self, keys: Collection[str]) -> None:
        """Forget the failures: the password was right."""
        deletion = delete(failed_logins).where(failed_logins.c.name.in_(keys))
        write_alone(
            self._transactions, failed_logins, lambda connection: connection.execute(deletion)
        )


def forget_failed_logins(connection: Connection, name: str) -> None:
    """Forget the failures of an account, from whichever network: it has another password."""
    of_name = failed_logins.c.name.startswith(_prefix(name))
    connection.execute(delete(failed_logins).where(of_name))


def _failures(connection: Connection, now: ColumnElement[int], key: str) -> tuple[int, timedelta]:
    """How many there were in a row, and how long ago the last one was."""
    connection.execute(
        insert_if_new(connection, failed_logins).values(name=key, failures=0, last_at=now)
    )
    since = (now - failed_logins.c.last_at).label("since")
    query = select(failed_logins.c.failures, since).where(failed_logins.c.name == key)
    row = connection.execute(query).one()
    return row.failures, timedelta(milliseconds=row.since)


def _prefix(name: str) -> str:
    return fingerprint(name)[:32]
