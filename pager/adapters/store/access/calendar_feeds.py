"""The rows of calendar feeds: secret addresses under which a calendar program reads shifts.

A calendar program can send no header, so whoever has the address may read the feed, and nothing
else. Each account has one address for each person and schedule: a new one takes its place. They go
with their account.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from pager.adapters.store.access.accounts import existing_account
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import accounts, calendar_feeds
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.errors import PagerError

FeedKind = Literal["person", "schedule"]
MOST_FEEDS = 100
"""Of an account."""


class TooManyFeeds(PagerError):
    """You have {most} calendar feeds already: revoke one that you no longer need."""

    def __init__(self) -> None:
        """The limit is MOST_FEEDS."""
        super().__init__(most=MOST_FEEDS)


class FeedSubject(NamedTuple):
    """Whose shifts a feed has."""

    kind: FeedKind
    name: str
    """Of a person or a schedule, which may be there no longer."""


class StoredFeed(NamedTuple):
    """A feed as its owner sees it: its address is not kept."""

    subject: FeedSubject
    created_at: datetime


class SqlCalendarFeeds:
    """The feeds. The token of one is all that it takes to read it."""

    lock_key = accounts.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """They are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def make(self, account: str, subject: FeedSubject) -> str:
        """The token of a new feed of that account, which cannot be shown again.

        The one that the account had of the same `subject` is no longer good. Raises UnknownAccount
        and TooManyFeeds.
        """
        token = new_token()

        def make(connection: Connection) -> str:
            owner = existing_account(connection, account).id
            connection.execute(delete(calendar_feeds).where(_of(owner, subject)))
            own = calendar_feeds.c.account == owner
            count = select(func.count()).select_from(calendar_feeds).where(own)
            if connection.execute(count).scalar_one() >= MOST_FEEDS:
                raise TooManyFeeds
            values = {
                "secret_hash": fingerprint(token),
                "account": owner,
                "kind": subject.kind,
                "name": subject.name,
                "created_at": self._now(),
            }
            connection.execute(insert(calendar_feeds).values(values))
            log = SqlAuditLog(InTransaction(connection), self._now)
            log.add(account, "calendar feed made", subject.name, subject.kind)
            return token

        return write_alone(self._transactions, accounts, make)

    def revoke(self, account: str, subject: FeedSubject) -> bool:
        """Revoke the feed of that account; False where it has none. Raises UnknownAccount."""

        def revoke(connection: Connection) -> bool:
            owner = existing_account(connection, account).id
            feed = delete(calendar_feeds).where(_of(owner, subject))
            if not connection.execute(feed).rowcount:
                return False
            log = SqlAuditLog(InTransaction(connection), self._now)
            log.add(account, "calendar feed revoked", subject.name, subject.kind)
            return True

        return write_alone(self._transactions, accounts, revoke)

    def of_account(self, account: str) -> Sequence[StoredFeed]:
        """The feeds of that account, by kind and name."""
        columns = calendar_feeds.c
        query = (
            select(columns.kind, columns.name, columns.created_at)
            .join(accounts, columns.account == accounts.c.id)
            .where(accounts.c.name == account, columns.kind.in_(get_args(FeedKind)))
            .order_by(columns.kind, columns.name)
        )

        def find(connection: Connection) -> list[StoredFeed]:
            return [
                StoredFeed(FeedSubject(row.kind, row.name), moment(row.created_at))
                for row in connection.execute(query)
            ]

        return self._transactions.read(find)

    def subject_of(self, token: str) -> FeedSubject | None:
        """Whose shifts the feed with that token has; None if there is no such feed (any more)."""
        columns = calendar_feeds.c
        query = select(columns.kind, columns.name).where(
            columns.secret_hash == fingerprint(token),
            columns.kind.in_(get_args(FeedKind)),  # a newer version may have others
        )
        row = self._transactions.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else FeedSubject(row.kind, row.name)


def _of(owner: int, subject: FeedSubject) -> ColumnElement[bool]:
    columns = calendar_feeds.c
    is_subject = (columns.kind == subject.kind) & (columns.name == subject.name)
    return (columns.account == owner) & is_subject
