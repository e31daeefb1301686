"""The rows of accounts, sessions and failed logins, in either database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from databases import sql_clock
from pager.access.accounts import Account, LastAdministrator
from pager.access.throttling import FORGOTTEN_AFTER, FROM_ANYWHERE, FROM_ONE_NETWORK
from pager.adapters.store.access.accounts import AccountExists, SqlAccounts
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.failed_logins import SqlFailedLogins, throttles_of
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import failed_logins, sessions
from pager.testing import Clock

ADA = "ada@example.com"


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty database of either kind."""
    return either_database


@pytest.fixture
def ada(database: Database) -> Account:
    """Ada's account: she is an engineer."""
    return account(database, ADA)


def account(database: Database, name: str) -> Account:
    """The account of that name; a new one of an engineer where there is none."""
    accounts = SqlAccounts(database)
    if accounts.named(name) is None:
        accounts.add("a test", name, "engineer")
        accounts.change_password("a test", name, "hashed")
    found = accounts.named(name)
    assert found is not None
    return found


def begin(database: Database, account: Account) -> str:
    """The token of a new session."""
    token = SqlSessions(database).begin(account, "Firefox on a phone")
    assert token is not None
    return token


def age(database: Database, column: str, by: timedelta) -> None:
    """Move that time of every session back."""
    earlier = update(sessions).values({column: sessions.c[column] - milliseconds(by)})
    database.write(lambda connection: connection.execute(earlier))


def test_a_session_is_of_the_account_as_it_is_now(database: Database, ada: Account) -> None:
    """Its name and role. The id of a session, which is stored, signs nobody in."""
    token = begin(database, ada)
    kept = SqlSessions(database)
    assert kept.of(token) == (ADA, "engineer")
    [session] = kept.all_of(ADA)
    assert session.device == "Firefox on a phone"
    assert kept.of(session.id) is None


@pytest.mark.parametrize(
    ("column", "lifetime"), [("used_at", timedelta(days=3)), ("begun_at", timedelta(days=14))]
)
def test_a_session_ends_by_itself(
    database: Database, ada: Account, column: str, lifetime: timedelta
) -> None:
    """Three days after its last use, fourteen days after its beginning."""
    token, kept = begin(database, ada), SqlSessions(database)
    age(database, column, lifetime - timedelta(minutes=1))
    assert kept.all_of(ADA)
    age(database, column, timedelta(minutes=1))
    assert kept.of(token) is None
    assert kept.all_of(ADA) == []


@pytest.mark.parametrize(("since", "noted"), [(30, 0), (60, 1)])
def test_use_is_noted_once_a_minute(
    database: Database, ada: Account, since: int, noted: int
) -> None:
    """A page that reloads itself every few seconds must not cause a write each time."""
    token, kept = begin(database, ada), SqlSessions(database)
    age(database, "used_at", timedelta(seconds=since))
    [before] = kept.all_of(ADA)
    assert kept.of(token)
    database.close()  # whatever was queued is done
    [after] = kept.all_of(ADA)
    assert (after.used_at > before.used_at) == noted


@pytest.mark.parametrize("change", ["role", "password", "account"])
def test_every_change_of_an_account_ends_its_sessions(
    database: Database, ada: Account, change: str
) -> None:
    """The sessions of other accounts go on."""
    token, other = begin(database, ada), begin(database, account(database, "grace@example.com"))
    accounts = SqlAccounts(database)
    if change == "role":
        accounts.change_role("a test", ADA, "viewer")
    elif change == "password":
        accounts.change_password("a test", ADA, "another")
    else:
        accounts.remove("a test", ADA)
    assert SqlSessions(database).of(token) is None
    assert SqlSessions(database).of(other)


def test_a_session_does_not_begin_with_a_password_that_was_changed_meanwhile(
    database: Database, ada: Account
) -> None:
    """The account was verified before the change, and the session begins after it."""
    SqlAccounts(database).change_password("a test", ADA, "another")
    assert SqlSessions(database).begin(ada, "Firefox") is None


def test_somebody_signs_out_one_of_their_sessions_or_all_others(
    database: Database, ada: Account
) -> None:
    """Never the sessions of somebody else."""
    kept = SqlSessions(database)
    tokens = [begin(database, ada) for _ in range(3)]
    foreign = begin(database, account(database, "grace@example.com"))
    [graces] = kept.all_of("grace@example.com")
    kept.end(ADA, graces.id)
    assert kept.of(foreign)
    kept.end(ADA, kept.id_of(tokens[0]))
    assert [kept.of(token) is not None for token in tokens] == [False, True, True]
    kept.end_others(ADA, kept.id_of(tokens[1]))
    assert [kept.of(token) is not None for token in tokens] == [False, True, False]
    assert kept.of(foreign)


def test_two_accounts_never_have_the_same_name(database: Database, ada: Account) -> None:
    """The error names it."""
    with pytest.raises(AccountExists, match="already an account 'ada"):
        SqlAccounts(database).add("a test", ADA, "viewer")


def test_the_last_administrator_stays(database: Database, ada: Account) -> None:
    """Administrators who have not chosen a password yet do not count."""
    accounts = SqlAccounts(database)
    accounts.change_role("a test", ADA, "administrator")
    accounts.add("a test", "grace@example.com", "administrator")
    with pytest.raises(LastAdministrator):
        accounts.remove("a test", ADA)
    with pytest.raises(LastAdministrator):
        accounts.change_role("a test", ADA, "engineer")
    accounts.change_password("a test", "grace@example.com", "hashed")
    accounts.change_role("a test", ADA, "engineer")
    assert [(account.name, account.role) for account in accounts.all()] == [
        (ADA, "engineer"),
        ("grace@example.com", "administrator"),
    ]


def test_every_change_is_in_the_audit_log_with_its_author(database: Database, ada: Account) -> None:
    """Who did what, and to whom."""
    accounts = SqlAccounts(database)
    accounts.change_role("grace@example.com", ADA, "viewer")
    accounts.change_role("grace@example.com", ADA, "viewer")
    accounts.remove("grace@example.com", ADA)
    assert [entry[1:5] for entry in reversed(SqlAuditLog(database).last(9))] == [
        ("a test", "account made", ADA, "engineer"),
        ("a test", "password changed", ADA, ""),
        ("grace@example.com", "role changed", ADA, "engineer to viewer"),
        ("grace@example.com", "account removed", ADA, "viewer"),
    ]


GUESSED = throttles_of(ADA, "192.0.2.1/32")
FREE = FROM_ONE_NETWORK.free_attempts


def test_guessing_is_slowed_and_forgotten(database: Database) -> None:
    """After the free attempts there is a wait, and after an hour there is none."""
    clock = Clock()
    failed = SqlFailedLogins(database, sql_clock(clock))
    assert [failed.attempt(GUESSED) for _ in range(FREE)] == [timedelta(0)] * FREE
    many = update(failed_logins).values(failures=20)
    database.write(lambda connection: connection.execute(many))
    clock.advance(timedelta(seconds=1))
    assert failed.attempt(GUESSED) == timedelta(seconds=3)
    clock.advance(timedelta(seconds=3))
    assert [failed.attempt(GUESSED) for _ in range(2)] == [timedelta(0), timedelta(seconds=4)]
    clock.advance(FORGOTTEN_AFTER + timedelta(milliseconds=1))
    assert [failed.attempt(GUESSED) for _ in range(FREE)] == [timedelta(0)] * FREE
    failed.reset(GUESSED)
    assert [failed.attempt(GUESSED) for _ in range(FREE)] == [timedelta(0)] * FREE


def test_guesses_from_one_network_are_not_counted_against_another(database: Database) -> None:
    """Until they are so many that they must be those of one attacker with many networks."""
    failed, owner = SqlFailedLogins(database), throttles_of(ADA, "198.51.100.7/32")
    for _ in range(FREE):
        failed.attempt(GUESSED)
    assert failed.attempt(GUESSED) > timedelta(0)
    assert failed.attempt(owner) == timedelta(0)
    many = update(failed_logins).values(failures=FROM_ANYWHERE.free_attempts)
    in_all = failed_logins.c.name == min(owner, key=len)
    database.write(lambda connection: connection.execute(many.where(in_all)))
    assert timedelta(0) < failed.attempt(owner) <= FROM_ANYWHERE.longest_wait


def test_a_new_password_forgets_the_failures_of_every_network(database: Database) -> None:
    """An administrator's link helps somebody whose name is being guessed."""
    accounts, failed = SqlAccounts(database), SqlFailedLogins(database)
    accounts.add("a test", ADA, "viewer")
    for _ in range(FREE):
        failed.attempt(GUESSED)
    accounts.change_password("a test", ADA, "hashed")
    assert failed.attempt(GUESSED) == timedelta(0)


def test_attempts_on_two_nodes_are_counted_together(postgresql_database: str) -> None:
    """However many come at once, no more than the free attempts may go on."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    at_once = sql_clock(Clock())
    failed = [SqlFailedLogins(node, at_once) for node in nodes]

    with ThreadPoolExecutor() as threads:
        waits = list(threads.map(lambda n: failed[n % 2].attempt(GUESSED), range(40)))
    for node in nodes:
        node.close()
    assert waits.count(timedelta(0)) == FREE


def test_two_administrators_cannot_remove_each_other(postgresql_database: str) -> None:
    """At the same moment, on two nodes: one of the two stays."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    names = ["ada", "grace"]
    for name in names:
        SqlAccounts(nodes[0]).add("a test", name, "administrator")
        SqlAccounts(nodes[0]).change_password("a test", name, "hashed")

    with ThreadPoolExecutor() as threads:
        removals = [
            threads.submit(SqlAccounts(node).remove, "a test", name)
            for node, name in zip(nodes, names, strict=True)
        ]
        refusals = [str(removal.exception()) for removal in removals if removal.exception()]
    left = SqlAccounts(nodes[0]).all()
    for node in nodes:
        node.close()
    assert len(left) == 1
    assert refusals == [
        f"{left[0].name} is the only administrator who can sign in. "
        "Make somebody else an administrator first."
    ]
