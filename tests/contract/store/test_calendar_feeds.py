"""The rows of calendar feeds, in either database."""

import pytest
from sqlalchemy import insert, select

from pager.adapters.store.access.accounts import SqlAccounts, UnknownAccount
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.calendar_feeds import (
    MOST_FEEDS,
    FeedSubject,
    SqlCalendarFeeds,
    TooManyFeeds,
)
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import accounts, calendar_feeds

ADA = FeedSubject("person", "Ada")
DATABASE = FeedSubject("schedule", "Database, nights")


@pytest.fixture
def database(either_database: Database) -> Database:
    """A database of either kind, with two accounts."""
    SqlAccounts(either_database).add("root", "ada", "administrator")
    SqlAccounts(either_database).add("root", "grace", "viewer")
    return either_database


@pytest.fixture
def feeds(database: Database) -> SqlCalendarFeeds:
    """The feeds in it."""
    return SqlCalendarFeeds(database)


def test_the_token_stands_for_the_feed_and_is_not_stored(
    database: Database, feeds: SqlCalendarFeeds
) -> None:
    """What is stored is its fingerprint, which is no token."""
    token = feeds.make("grace", DATABASE)
    assert feeds.subject_of(token) == DATABASE
    assert feeds.subject_of(fingerprint(token)) is None
    stored = database.read(lambda connection: connection.execute(select(calendar_feeds)).one())
    assert token not in str(stored)


def test_a_new_one_takes_the_place_of_the_one_before(feeds: SqlCalendarFeeds) -> None:
    """Of the same account and subject: an address that leaked is made anew."""
    old, other, foreign = (
        feeds.make("grace", ADA),
        feeds.make("grace", DATABASE),
        feeds.make("ada", ADA),
    )
    new = feeds.make("grace", ADA)
    assert feeds.subject_of(old) is None
    assert [feeds.subject_of(token) for token in (new, other, foreign)] == [ADA, DATABASE, ADA]
    assert [feed.subject for feed in feeds.of_account("grace")] == [ADA, DATABASE]
    assert [feed.subject for feed in feeds.of_account("ada")] == [ADA]


def test_a_feed_that_is_revoked_is_gone(database: Database, feeds: SqlCalendarFeeds) -> None:
    """Only that of the account; the audit log says who has made and revoked it."""
    token, other = feeds.make("grace", ADA), feeds.make("ada", ADA)
    assert feeds.revoke("grace", ADA)
    assert not feeds.revoke("grace", ADA)
    assert (feeds.subject_of(token), feeds.subject_of(other)) == (None, ADA)
    entries = [entry[1:5] for entry in SqlAuditLog(database).last(3)]
    assert entries == [
        ("grace", "calendar feed revoked", "Ada", "person"),
        ("ada", "calendar feed made", "Ada", "person"),
        ("grace", "calendar feed made", "Ada", "person"),
    ]


def test_the_feeds_of_an_account_go_with_it(database: Database, feeds: SqlCalendarFeeds) -> None:
    """Whoever has left reads no shifts."""
    token, other = feeds.make("grace", ADA), feeds.make("ada", ADA)
    SqlAccounts(database).remove("ada", "grace")
    assert (feeds.subject_of(token), feeds.subject_of(other)) == (None, ADA)
    with pytest.raises(UnknownAccount):
        feeds.make("grace", ADA)
    with pytest.raises(UnknownAccount):
        feeds.revoke("grace", ADA)


def test_an_account_has_so_many_at_most(feeds: SqlCalendarFeeds) -> None:
    """One of them can still be made anew."""
    for number in range(MOST_FEEDS):
        feeds.make("grace", FeedSubject("person", f"Ada {number}"))
    with pytest.raises(TooManyFeeds, match=f"{MOST_FEEDS} calendar feeds"):
        feeds.make("grace", DATABASE)
    feeds.make("grace", FeedSubject("person", "Ada 0"))
    feeds.make("ada", DATABASE)


def test_a_kind_that_only_a_newer_version_knows_is_no_feed(
    database: Database, feeds: SqlCalendarFeeds
) -> None:
    """It is left alone."""
    owner = select(accounts.c.id).where(accounts.c.name == "grace").scalar_subquery()
    new = insert(calendar_feeds).values(
        secret_hash=fingerprint("token"), account=owner, kind="team", name="SRE", created_at=0
    )
    database.write(lambda connection: connection.execute(new))
    assert feeds.subject_of("token") is None
    assert feeds.of_account("grace") == []
