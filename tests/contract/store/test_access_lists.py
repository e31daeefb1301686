"""Parts of the lists of accounts, API keys and the audit log, in either database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Update, update

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.access.scopes import EVERYTHING
from pager.adapters.store.access.accounts import AccountFilter, SqlAccounts, UnknownAccount
from pager.adapters.store.access.api_keys import KeyFilter, SqlApiKeys
from pager.adapters.store.access.audit_log import AuditLogFilter, SqlAuditLog
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import api_keys, changes, policy_edits
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.policies_naming import policies_naming

ADA, GRACE = "ada@example.com", "grace@example.com"


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty database of either kind."""
    return either_database


def change(database: Database, statement: Update) -> None:
    """Change rows behind Pager's back."""
    database.write(lambda connection: connection.execute(statement))


def test_accounts_are_found_by_name_role_and_password(database: Database) -> None:
    """All conditions together; what is searched for is no pattern."""
    accounts = SqlAccounts(database)
    accounts.add("a test", ADA, "administrator")
    accounts.add("a test", GRACE, "engineer")
    accounts.add("a test", "a_b", "engineer")
    accounts.change_password("a test", GRACE, "hashed")
    for which, names in (
        (AccountFilter(), ["a_b", ADA, GRACE]),
        (AccountFilter("EXAMPLE"), [ADA, GRACE]),
        (AccountFilter("A_"), ["a_b"]),
        (AccountFilter(role="engineer"), ["a_b", GRACE]),
        (AccountFilter(cannot_sign_in=True), ["a_b", ADA]),
        (AccountFilter("example", "administrator", cannot_sign_in=True), [ADA]),
    ):
        assert sorted(account.name for account in accounts.all(which=which)) == sorted(names)
        assert accounts.count(which) == len(names)


def test_keys_are_found_by_name_maker_and_use(database: Database) -> None:
    """A new key that was never used is not an unused one yet."""
    keys = SqlApiKeys(database)
    for name, author in (("ci", ADA), ("old", GRACE), ("older", ADA), ("new", GRACE)):
        keys.make(author, name, EVERYTHING)
    month = timedelta(days=30)
    old = api_keys.c.name.in_(["old", "older"])
    change(database, update(api_keys).where(old).values(created_at=0))
    far_future = 2**45  # milliseconds
    change(database, update(api_keys).where(api_keys.c.name == "older").values(used_at=far_future))
    for which, names in (
        (KeyFilter(), ["ci", "new", "old", "older"]),
        (KeyFilter("OLD"), ["old", "older"]),
        (KeyFilter(created_by=GRACE), ["new", "old"]),
        (KeyFilter(unused_for=month), ["old"]),
        (KeyFilter("ld", ADA), ["older"]),
    ):
        assert sorted(key.name for key in keys.all(which=which)) == names
        assert keys.count(which) == len(names)


def test_a_key_is_revoked_once(database: Database) -> None:
    """Who is slower is told that there was none, and the audit log has one entry."""
    keys = SqlApiKeys(database)
    keys.make(ADA, "ci", EVERYTHING)
    [key] = keys.all()
    assert keys.numbered(key.id) == key
    assert [keys.revoke(ADA, key.id), keys.revoke(GRACE, key.id)] == ["ci", None]
    assert keys.numbered(key.id) is None
    assert [entry.author for entry in SqlAuditLog(database).last(1)] == [ADA]
    assert len(SqlAuditLog(database).last(9)) == 2


def test_entries_are_found_by_person_action_and_day(database: Database) -> None:
    """A day is from midnight to midnight, in UTC."""
    log = SqlAuditLog(database)
    log.add(ADA, "role changed", GRACE, "viewer to engineer")
    log.add(GRACE, "API key made", "ci")
    log.add("linus", "API key made", "100%")
    noon = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1_000
    half_a_day = 43_200_000
    for subject, at in ((GRACE, noon - half_a_day), ("ci", noon + half_a_day - 1), ("100%", noon)):
        change(database, update(changes).where(changes.c.subject == subject).values(at=at))
    log.add("linus", "API key revoked", "100%")  # now
    day = date(2026, 3, 1)
    for which, subjects in (
        (AuditLogFilter("GRACE"), ["ci", GRACE]),
        (AuditLogFilter("grace", "API key made"), ["ci"]),
        (AuditLogFilter("0%"), ["100%", "100%"]),
        (AuditLogFilter(first_day=day, last_day=day), ["100%", "ci", GRACE]),
        (AuditLogFilter(last_day=day - timedelta(days=1)), []),
        (AuditLogFilter(first_day=day + timedelta(days=1)), ["100%"]),
        (AuditLogFilter("linus", "API key revoked", day, date.max), ["100%"]),
    ):
        assert [entry.subject for entry in log.last(9, which=which)] == subjects
    newest, *older = log.last(9)
    assert log.last(9, newest.id) == older


def test_ending_a_session_says_whether_there_was_one(database: Database) -> None:
    """So that a second press can be answered with the truth."""
    accounts, sessions = SqlAccounts(database), SqlSessions(database)
    accounts.add("a test", ADA, "viewer")
    accounts.change_password("a test", ADA, "hashed")
    ada = accounts.named(ADA)
    assert ada is not None
    tokens = [sessions.begin(ada, "Firefox") or "" for _ in range(4)]
    ids = [sessions.id_of(token) for token in tokens]
    assert [sessions.end(ADA, ids[0]), sessions.end(ADA, ids[0])] == [True, False]
    assert [sessions.end_others(ADA, ids[1]), sessions.end_others(ADA, ids[1])] == [2, 0]


def test_policies_that_name_an_address_are_found_by_their_text(database: Database) -> None:
    """In any case; of the current policies, also those that only a newer version can read."""
    policies = SqlPorts(database).policies

    def put(service_id: str, *addresses: str) -> None:
        levels = tuple(Level(targets=(EmailTarget(address=each),)) for each in addresses)
        policies.put(EscalationPolicy(service_id=service_id, levels=levels))

    put("last", "linus@example.com", "Ada@example.com")
    put("first", ADA)
    put("longer", "not-ada@example.com", "ada@example.com.test")
    put("removed", ADA)
    policies.remove("removed")
    put("edited", ADA)
    put("edited", GRACE)
    sms = SmsTarget(phone_number="+33612345678")
    policies.put(EscalationPolicy(service_id="sms", levels=(Level(targets=(sms,)),)))
    put("newer", ADA)
    text = '{"levels": [{"targets": [{"type": "pigeon", "address": "ada@example.com"}]}]}'
    newer = policy_edits.c.service_id == "newer"
    change(database, update(policy_edits).where(newer).values(policy=text))
    assert policies_naming(database, ADA) == ["first", "last", "newer"]
    assert policies_naming(database, "adaXexample.com") == []


def test_an_account_that_is_gone_cannot_leave(database: Database) -> None:
    """It was removed just now."""
    with pytest.raises(UnknownAccount):
        SqlAccounts(database).check_may_leave(ADA)
