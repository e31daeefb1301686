"""Backups: made while Pager runs, noticed when they are in the wrong place, and restored."""

import shutil
import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from contract.store.on_call_entries import ADA, GRACE
from pager import Alert, EmailTarget, HealthyEvent, Notification, Unhealthy
from pager.access.integrations import Routing
from pager.access.scopes import EVERYTHING
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks, BadLink
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.calendar_feeds import FeedSubject, SqlCalendarFeeds
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.access.invitations import BadInvitation, SqlInvitations
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.access.signing_keys import load_signing_keys
from pager.adapters.store.core.database import Database, ReadOnlyDatabase
from pager.adapters.store.core.installation import CopiedDatabase, OlderDatabase, RestoredMeanwhile
from pager.adapters.store.core.schema import accounts
from pager.adapters.store.dialects.postgresql import NotAFile
from pager.adapters.store.dialects.sqlite_file import (
    BackupInPlace,
    DatabaseFileDamaged,
    DatabaseFileNew,
    DatabaseInUse,
    EmptyCopy,
    IncompleteCopy,
    NoDatabase,
)
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.policies import PolicyChanged
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.upkeep.backup import FileExists, back_up
from pager.adapters.store.upkeep.probe import Probe
from pager.adapters.store.upkeep.restore import Access, NothingToRestore, restore
from pager.adapters.store.views.incident_list import IncidentList
from pager.oncall.people import Person
from pager.service import PagerService
from pager.testing.contract.store import POLICY

SERVICE = POLICY.service_id
KEEP = Access(keeps_api_keys=True, keeps_passwords=True)
REVOKE = Access(keeps_api_keys=False, keeps_passwords=False)


@pytest.fixture
def path(sqlite_database: str) -> Path:
    """A database that nobody serves."""
    return Path(sqlite_database.removeprefix("sqlite:///"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Where a copy is to be."""
    return tmp_path / "copy.db"


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def raise_alert(database: Database, service_id: str = SERVICE) -> int:
    """Raise an Alert, and return the number of its incident."""
    ports = SqlPorts(database)
    ports.policies.put(POLICY.model_copy(update={"service_id": service_id}))
    alert = Alert(service_id=service_id, message="p99 above 3 s")
    decision = PagerService(ports.policies, ports.services).receive(alert)
    assert isinstance(decision.after, Unhealthy)
    return decision.after.incident


def run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def close_incident(database: Database) -> None:
    ports = SqlPorts(database)
    PagerService(ports.policies, ports.services).receive(HealthyEvent(service_id=SERVICE))


def incidents(path: Path) -> int:
    """The number of the last incident in that file."""
    with closing(ReadOnlyDatabase(url_of(path))) as database:
        query = text("SELECT COALESCE(MAX(incident), 0) FROM monitored_services")
        return int(database.read(lambda connection: connection.execute(query).scalar_one()))


# --- a backup


def test_a_backup_has_all_that_is_committed_while_pager_runs(path: Path, copy: Path) -> None:
    """It is one file, only for its owner, and nothing of it is in a -wal."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        contents = back_up(url_of(path), copy)
        close_incident(database)
    assert (contents.services, contents.decisions) == (1, 1)
    assert contents.last_decision is not None
    assert incidents(copy) == 1
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(file.name for file in copy.parent.glob("copy.db*")) == ["copy.db"]


def test_a_backup_never_replaces_a_file(path: Path) -> None:
    """Least of all the database itself."""
    before = path.read_bytes()
    with pytest.raises(FileExists, match="name another file"):
        back_up(url_of(path), path)
    assert path.read_bytes() == before


def test_what_is_not_there_has_no_backup(tmp_path: Path, copy: Path) -> None:
    """And nothing is created."""
    with pytest.raises(NoDatabase):
        back_up(url_of(tmp_path / "nowhere.db"), copy)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_without_its_wal_has_no_backup(path: Path, copy: Path) -> None:
    """It would look like a good one."""
    with closing(Database(url_of(path))):
        shutil.copy(path, copy)
    with pytest.raises(IncompleteCopy):
        back_up(url_of(copy), copy.with_name("backup.db"))
    assert not copy.with_name("backup.db").exists()


def test_a_damaged_database_has_no_backup(path: Path, copy: Path) -> None:
    """The copy is checked before it gets its name."""
    with closing(Database(url_of(path))) as database:
        for number in range(20):
            raise_alert(database, f"service-{number}")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 3 * 4096)
        file.write(b"\xff" * 3 * 4096)
    with pytest.raises(DatabaseFileDamaged):
        back_up(url_of(path), copy)
    assert list(copy.parent.glob("copy.db*")) == []


def test_postgresql_is_backed_up_by_its_own_tools(postgresql_database: str, copy: Path) -> None:
    """The sentence says how."""
    with pytest.raises(NotAFile, match="pg_dump"):
        back_up(postgresql_database, copy)
    with pytest.raises(NotAFile, match="pg_restore"):
        restore(postgresql_database, copy, KEEP)
    assert not copy.exists()


# --- a start notices what it must not serve


def test_a_plain_copy_of_a_running_pager_is_not_served(path: Path, copy: Path) -> None:
    """Its last commits are in the -wal: whether it has anything, or only the schema."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        shutil.copy(path, copy)
    with pytest.raises(IncompleteCopy, match="without its -wal"):
        Database(url_of(copy))


def test_a_copy_of_a_new_pager_is_not_served(tmp_path: Path, copy: Path) -> None:
    """Not even in its first minute is it taken for an empty Pager."""
    with closing(Database(url_of(tmp_path / "new.db"))):
        shutil.copy(tmp_path / "new.db", copy)
    with pytest.raises(IncompleteCopy):
        Database(url_of(copy))


def test_the_copy_of_an_older_pager_that_has_nothing_is_not_served(copy: Path) -> None:
    """An older version kept even the schema in the -wal: its copy was 4,096 bytes of nothing."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert copy.stat().st_size == 4096
    with pytest.raises(EmptyCopy, match="nothing in the database file"):
        Database(url_of(copy))


def test_a_copy_with_its_wal_is_served(path: Path, copy: Path) -> None:
    """As the file of a server that was killed: SQLite finds the last commits there."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    with closing(Database(url_of(copy))) as database:
        assert raise_alert(database, "search-api") == 1
    assert incidents(copy) == 1


def test_a_copy_of_a_pager_that_was_stopped_is_served(path: Path, copy: Path) -> None:
    """All that was committed is in the file."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
    shutil.copy(path, copy)
    Database(url_of(copy)).close()
    assert incidents(copy) == 1


def test_a_wal_that_another_program_has_merged_is_no_loss(path: Path) -> None:
    """Somebody had the file open when the server was killed: it is not taken for a copy."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        killed = {file: file.read_bytes() for file in path.parent.glob("pager.db*")}
    for file, content in killed.items():
        file.write_bytes(content)
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT * FROM installation").fetchall()
    assert not path.with_name("pager.db-wal").exists()
    with closing(Database(url_of(path))) as database:
        close_incident(database)
        assert raise_alert(database) == 2


def test_a_copy_without_its_wal_is_not_served_in_the_place_of_the_database(path: Path) -> None:
    """What is noted beside it has come further, from the first second on."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        copy, note = path.read_bytes(), path.with_name("pager.db.served").read_bytes()
    path.write_bytes(copy)
    path.with_name("pager.db.served").write_bytes(note)  # as if it had been killed right then
    with pytest.raises(OlderDatabase, match="a copy without its -wal"):
        Database(url_of(path))


def test_a_database_that_could_not_be_closed_is_served(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk was full, for example: all that was committed is in the file."""
    full = "CREATE TRIGGER full BEFORE UPDATE ON installation BEGIN SELECT RAISE(FAIL, 'full'); END"
    with closing(Database(url_of(path))) as database:
        database.write(partial(run, statement=full))
    assert "the database was not closed in good order: full" in caplog.text
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER full")
    Database(url_of(path)).close()


def test_a_backup_is_not_served_as_it_is(path: Path, copy: Path) -> None:
    """Wherever it is."""
    back_up(url_of(path), copy)
    with pytest.raises(BackupInPlace, match="pager restore"):
        Database(url_of(copy))


def test_an_older_database_is_not_served_where_a_newer_one_was(path: Path, copy: Path) -> None:
    """A copy that was made while Pager was stopped, for example."""
    shutil.copy(path, copy)
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
    shutil.copy(copy, path)
    with pytest.raises(OlderDatabase, match="older than the one that was served"):
        Database(url_of(path))


@pytest.mark.parametrize("is_there", [True, False])
def test_an_empty_database_is_not_served_where_there_was_one(path: Path, *, is_there: bool) -> None:
    """It would begin with nothing, without a word."""
    Database(url_of(path)).close()
    path.unlink()
    if is_there:
        path.touch()
    with pytest.raises(DatabaseFileNew, match=r"delete pager\.db\.served"):
        Database(url_of(path))
    path.with_name("pager.db.served").unlink()
    Database(url_of(path)).close()


def test_the_database_of_another_installation_is_served(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not older, and the log says so."""
    Database(url_of(path)).close()
    Database(url_of(tmp_path / "other.db")).close()
    (tmp_path / "other.db").replace(path)
    Database(url_of(path)).close()
    assert "another installation's database" in caplog.text


@pytest.mark.parametrize("noted", ["", "{", "[]", '{"name": 1}', "\x00"])
def test_a_note_that_cannot_be_read_stops_nothing(path: Path, noted: str) -> None:
    """It may have been cut by a power cut."""
    path.with_name("pager.db.served").write_text(noted)
    Database(url_of(path)).close()


def test_a_dump_that_was_restored_is_not_served(postgresql_database: str) -> None:
    """Its tables are others than those that were served, even if all is in them."""
    with closing(Database(postgresql_database)) as database:
        raise_alert(database)
        dumped_and_restored = [
            "CREATE TABLE restored (LIKE installation INCLUDING ALL)",
            "INSERT INTO restored SELECT * FROM installation",
            "DROP TABLE installation",
            "ALTER TABLE restored RENAME TO installation",
        ]
        for statement in dumped_and_restored:
            database.write(partial(run, statement=statement))
    with pytest.raises(CopiedDatabase, match="pager restore"):
        Database(postgresql_database)
    restored = restore(postgresql_database, None, KEEP)
    assert restored.last_incident == 2_000
    with closing(Database(postgresql_database)) as database:
        close_incident(database)
        assert raise_alert(database) == 2_001
        assert IncidentList(database).neighbours("checkout-api", 1) == (None, 2_001)


def test_a_node_that_was_not_stopped_for_a_restore_is_not_ready(postgresql_database: str) -> None:
    """Its links are signed with the key of before."""
    with closing(Database(postgresql_database)) as node:
        probe = Probe(node)
        node.write(probe.write)
        restore(postgresql_database, None, KEEP)
        with pytest.raises(RestoredMeanwhile, match="restart it"):
            node.write(probe.write)
    with closing(Database(postgresql_database)) as node:
        node.write(Probe(node).write)


def test_a_second_node_is_not_a_copy(postgresql_database: str) -> None:
    """Any number of nodes serve one database, one after the other and side by side."""
    with closing(Database(postgresql_database)), closing(Database(postgresql_database)):
        pass
    Database(postgresql_database).close()


# --- a restore


@pytest.fixture
def backup(path: Path, copy: Path) -> Path:
    """A backup, after which two more incidents have begun and ended."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        back_up(url_of(path), copy)
        close_incident(database)
        raise_alert(database)
        close_incident(database)
        raise_alert(database)
    return copy


def test_a_restored_database_has_what_the_backup_has(path: Path, backup: Path) -> None:
    """The one that was there is moved aside; the backup is still one."""
    restored = restore(url_of(path), backup, KEEP)
    assert (restored.contents.services, restored.contents.decisions) == (1, 1)
    assert restored.unhealthy == [SERVICE]
    assert incidents(path) == 1
    assert restored.moved is not None
    assert incidents(restored.moved) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(BackupInPlace):
        Database(url_of(backup))


def test_new_incidents_have_numbers_that_no_incident_has_had(path: Path, backup: Path) -> None:
    """Of a service that the backup knows, and of one that it does not."""
    restore(url_of(path), backup, KEEP)
    with closing(Database(url_of(path))) as database:
        close_incident(database)
        assert raise_alert(database) == 2_001
        close_incident(database)
        assert raise_alert(database) == 2_002
        assert raise_alert(database, "search-api") == 2_001
        assert list(audit(database).differences) == []


def test_a_second_restore_gives_no_number_out_again(path: Path, backup: Path) -> None:
    """Not those that were given out after the first one either."""
    restore(url_of(path), backup, KEEP)
    with closing(Database(url_of(path))) as database:
        close_incident(database)
        assert raise_alert(database) == 2_001
    assert restore(url_of(path), backup, KEEP).last_incident == 4_000
    with closing(Database(url_of(path))) as database:
        close_incident(database)
        assert raise_alert(database) == 4_001


def test_an_edit_that_was_begun_before_a_restore_is_refused(url: str) -> None:
    """No later version has the number of one that the backup does not know."""
    with closing(Database(url)) as database:
        policies = SqlPorts(database).policies
        policies.put(POLICY.model_copy(update={"levels": POLICY.levels[:1]}))
        version = policies.put(POLICY)
    restore(url, None, KEEP)
    with closing(Database(url)) as database:
        policies = SqlPorts(database).policies
        assert policies.of(SERVICE) == POLICY
        policies.remove(SERVICE)
        assert policies.versioned(SERVICE).version == 2_001
        for lost in range(version, version + 10):
            with pytest.raises(PolicyChanged):
                policies.put(POLICY, expected=lost)


def test_an_edit_of_a_person_that_was_begun_before_a_restore_is_refused(url: str) -> None:
    """As one of a policy."""
    with closing(Database(url)) as database:
        version = SqlOnCall(database).put(ADA)
    restore(url, None, KEEP)
    with closing(Database(url)) as database:
        on_call = SqlOnCall(database)
        assert on_call.versioned(Person, "Ada") == (ADA, 2_000)
        for lost in range(version, version + 10):
            with pytest.raises(EntryChanged):
                on_call.put(GRACE.model_copy(update={"name": "Ada"}), expected=lost)


def test_a_link_of_before_is_no_longer_good(path: Path, backup: Path) -> None:
    """The key that signed it is gone; with it, Message-IDs change as well."""
    page = Notification(
        service_id=SERVICE,
        incident=2,
        level=1,
        target=EmailTarget(address="ada@example.com"),
        message="p99 above 3 s",
    )
    with closing(Database(url_of(path))) as database:
        before = load_signing_keys(database)
    link = AcknowledgeLinks("https://pager.example.com", before).link(page)
    restore(url_of(path), backup, KEEP)
    with closing(Database(url_of(path))) as database:
        after = load_signing_keys(database)
    assert not set(after) & set(before)
    with pytest.raises(BadLink):
        AcknowledgeLinks("https://pager.example.com", after).read(link.rpartition("/")[2])


@pytest.mark.parametrize("access", [KEEP, REVOKE], ids=["keep", "revoke"])
def test_what_was_taken_away_since_is_for_the_operator_to_decide(
    path: Path, copy: Path, access: Access
) -> None:
    """Sessions and invitations are never good again."""
    with closing(Database(url_of(path))) as database:
        SqlAccounts(database).add("pager invite", "ada", "administrator")
        SqlAccounts(database).change_password("ada", "ada", "hashed")
        token = SqlInvitations(database).for_new_password("pager invite", "ada")
        ada = SqlAccounts(database).named("ada")
        assert ada is not None
        session = SqlSessions(database).begin(ada, "a browser")
        assert session is not None
        key = SqlApiKeys(database).make("ada", "checkout", EVERYTHING)
        routing = Routing(service_id="checkout-api")
        sender = SqlIntegrations(database).make("ada", "grafana", "grafana", routing).key
        feed = SqlCalendarFeeds(database).make("ada", FeedSubject("schedule", "Database"))
        back_up(url_of(path), copy)
    restored = restore(url_of(path), copy, access)
    with closing(Database(url_of(path))) as database:
        assert SqlSessions(database).of(session) is None
        with pytest.raises(BadInvitation):
            SqlInvitations(database).of(token)
        assert (SqlApiKeys(database).authenticate(key) is not None) == access.keeps_api_keys
        known = SqlIntegrations(database).authenticate(sender)
        assert (known is not None) == access.keeps_api_keys
        subject = SqlCalendarFeeds(database).subject_of(feed)
        assert (subject is not None) == access.keeps_api_keys
        query = select(accounts.c.password)
        [password] = database.read(lambda connection: connection.scalars(query).all())
        assert password == ("hashed" if access.keeps_passwords else None)
        [entry, *_] = SqlAuditLog(database).last(1)
    assert (entry.author, entry.action) == ("pager restore", "database restored")
    assert restored.accounts == ["ada (administrator)"]
    assert restored.api_keys == (["checkout"] if access.keeps_api_keys else [])
    assert restored.integrations == (["grafana"] if access.keeps_api_keys else [])


def test_a_running_pager_is_not_restored(path: Path, backup: Path) -> None:
    """It must be stopped first; nothing has changed."""
    with closing(Database(url_of(path))) as database:
        with pytest.raises(DatabaseInUse):
            restore(url_of(path), backup, KEEP)
        close_incident(database)
        assert raise_alert(database) == 4


def test_a_restored_database_may_be_where_there_was_none(tmp_path: Path, backup: Path) -> None:
    """On a new machine."""
    new = tmp_path / "new machine.db"
    assert restore(url_of(new), backup, KEEP).moved is None
    Database(url_of(new)).close()


def test_a_database_behind_a_link_is_restored_where_it_is(
    path: Path, backup: Path, tmp_path: Path
) -> None:
    """The link stays a link."""
    link = tmp_path / "link.db"
    link.symlink_to(path)
    restore(url_of(link), backup, KEEP)
    assert link.is_symlink()
    assert incidents(path) == 1


@pytest.mark.parametrize("content", [b"", b"not a database" * 1_000])
def test_what_is_no_backup_replaces_nothing(path: Path, copy: Path, content: bytes) -> None:
    """The database stays as it was."""
    Database(url_of(path)).close()
    copy.write_bytes(content)
    with pytest.raises((NothingToRestore, DatabaseFileDamaged)):
        restore(url_of(path), copy, KEEP)
    with pytest.raises(NoDatabase):
        restore(url_of(path), copy.with_name("nowhere"), KEEP)
    Database(url_of(path)).close()
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "copy.db",
        "pager.db",
        "pager.db.lock",
        "pager.db.served",
    ]


def test_an_incomplete_copy_goes_on_if_there_is_nothing_better(path: Path, copy: Path) -> None:
    """The operator has decided so."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        shutil.copy(path, copy)
    assert restore(url_of(copy), None, KEEP).contents.services == 0
    Database(url_of(copy)).close()
    with pytest.raises(NoDatabase):
        restore(url_of(copy.with_name("nowhere.db")), None, KEEP)


def test_a_backup_of_an_older_version_is_restored(path: Path, copy: Path) -> None:
    """As SQLite's own tool makes it; the schema is brought up to date."""
    with closing(Database(url_of(path))) as database:
        raise_alert(database)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    restore(url_of(path), copy, KEEP)
    assert incidents(path) == 1


def test_what_was_due_in_the_backup_is_due_again(path: Path, backup: Path) -> None:
    """What was running goes on."""
    restore(url_of(path), backup, KEEP)
    with closing(Database(url_of(path))) as database:
        assert SqlPorts(database).outbox.is_due("email")
