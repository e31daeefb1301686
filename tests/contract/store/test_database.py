"""The database under the SQL ports: one writer, shared commits, a schema with a history."""

import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError

from databases import block_writer, engine_of, schema_differences
from pager import NoEscalationPolicy
from pager.adapters.store.access.signing_keys import load_signing_keys
from pager.adapters.store.core.database import Database, ReadOnlyDatabase
from pager.adapters.store.core.jobs import Job, SeparateJobs
from pager.adapters.store.core.migrations import OtherSchema, upgrade
from pager.adapters.store.core.writer import DatabaseClosed
from pager.adapters.store.dialects import database_url, dialect_of_url
from pager.adapters.store.dialects.sqlite_file import (
    DatabaseFileGone,
    DatabaseFileMissing,
    DatabaseInUse,
)
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.journal import Journal
from pager.testing.contract.store import POLICY, at_once
from waiting import WAIT_TIMEOUT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database file is to be."""
    return tmp_path / "pager.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """An empty SQLite database, with a table of the test's own."""
    database = Database(f"sqlite:///{path}")
    database.write(lambda connection: connection.execute(text("CREATE TABLE notes (note TEXT)")))
    yield database
    database.close()


def add(connection: Connection, word: str) -> str:
    """Write `word` down, and return it."""
    connection.execute(text("INSERT INTO notes VALUES (:word)"), {"word": word})
    return word


def notes(database: Database) -> list[str]:
    """What is committed."""
    return database.read(
        lambda connection: list(connection.scalars(text("SELECT note FROM notes ORDER BY rowid")))
    )


def test_what_was_written_is_committed_when_write_returns(database: Database) -> None:
    """Another connection sees it."""
    assert database.write(lambda connection: add(connection, "one")) == "one"
    assert notes(database) == ["one"]


def test_what_has_queued_up_is_committed_in_one_transaction(database: Database) -> None:
    """The last of them already sees the first, though that is not committed yet."""
    go_on = block_writer(database)
    database.submit(lambda connection: add(connection, "one"))
    seen_by_others = database.submit(lambda _: notes(database))
    seen_within = database.submit(
        lambda connection: list(connection.scalars(text("SELECT note FROM notes")))
    )
    go_on.set()
    assert seen_within.result() == ["one"]
    assert seen_by_others.result() == []


def test_one_that_fails_does_not_take_the_others_with_it(database: Database) -> None:
    """It alone gets the error; the others are committed, once each."""
    go_on = block_writer(database)
    one = database.submit(lambda connection: add(connection, "one"))
    bad = database.submit(lambda connection: connection.execute(text("NONSENSE")))
    two = database.submit(lambda connection: add(connection, "two"))
    go_on.set()
    assert (one.result(), two.result()) == ("one", "two")
    with pytest.raises(OperationalError):
        bad.result()
    assert notes(database) == ["one", "two"]


def test_while_nobody_can_begin_all_who_wait_are_told_at_once(
    database: Database, path: Path
) -> None:
    """A database that is locked, or away, costs them one wait and not one after the other."""
    go_on = block_writer(database)
    waiting = [database.submit(lambda connection: add(connection, "one")) for _ in range(3)]
    path.unlink()
    go_on.set()
    first, *others = [job.exception() for job in waiting]
    assert isinstance(first, DatabaseFileGone)
    assert all(other is first for other in others)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_gone_takes_no_more_writes(
    database: Database, path: Path, *, replaced: bool
) -> None:
    """What would be written to it would be gone at the next start."""
    path.rename(path.with_suffix(".old"))
    if replaced:
        path.touch()
    with pytest.raises(DatabaseFileGone, match=str(path)):
        database.write(lambda connection: add(connection, "one"))
    path.with_suffix(".old").rename(path)
    assert database.write(lambda connection: add(connection, "two")) == "two"
    assert notes(database) == ["two"]


def test_a_commit_that_failed_is_not_done_again(database: Database) -> None:
    """It may have been carried out: every caller gets the error."""
    done: list[str] = []

    def fail_at_the_commit(connection: Connection) -> None:
        done.append("once")
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(text("INSERT INTO attempts VALUES (404, 1, 0, 'sent', '', NULL)"))

    go_on = block_writer(database)
    one = database.submit(lambda connection: add(connection, "one"))
    bad = database.submit(fail_at_the_commit)
    go_on.set()
    for failed in (one, bad):
        with pytest.raises(IntegrityError):
            failed.result()
    assert (done, notes(database)) == (["once"], [])
    assert database.write(lambda connection: add(connection, "two")) == "two"


def test_the_writer_outlives_a_connection_that_is_lost_in_the_middle_of_its_work(
    postgresql_database: str,
) -> None:
    """Whatever else goes wrong at the same moment: there is no other writer."""
    database = Database(postgresql_database)

    def lose_it(connection: Connection) -> None:
        with suppress(OperationalError):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise KeyError("and this, too")

    with pytest.raises(KeyError):
        database.write(lose_it)
    assert database.write(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    database.close()


@pytest.mark.parametrize(
    ("options", "lock_timeout"),
    [
        ("-c lock_timeout=1s", "1s"),
        ("-clock_timeout=1s", "1s"),
        ("--lock-timeout=1s", "1s"),
        ("-c work_mem=8MB -c Lock_Timeout=1s", "1s"),
        ("-c deadlock_timeout=2s", "5s"),
        ("-c application_name=lock_timeout", "5s"),
    ],
)
def test_one_limit_of_the_url_leaves_the_others_as_they_are(
    postgresql_database: str, options: str, lock_timeout: str
) -> None:
    """A node that is halted in a transaction must not keep the others waiting for ever."""
    url = make_url(postgresql_database).update_query_dict({"options": options})
    database = Database(url.render_as_string(hide_password=False))
    limits = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    assert database.write(
        lambda connection: [connection.scalar(text(f"SHOW {limit}")) for limit in limits]
    ) == [lock_timeout, "30s", "10s"]
    database.close()


def test_rows_are_locked_in_one_order_by_every_node(database: Database) -> None:
    """And what concerns one row is done as it came."""
    go_on = block_writer(database)
    for word, row in [("b1", "b"), ("c1", "c"), ("a1", "a"), ("b2", "b")]:
        database.submit(lambda connection, word=word: add(connection, word), row)  # type: ignore[misc]  # mypy can't infer a default
    last = database.submit(lambda connection: add(connection, "z"), "z")
    go_on.set()
    last.result()
    assert notes(database) == ["a1", "b1", "b2", "c1", "z"]


def submit_urgent(database: Database, note: str, times: int = 1) -> list[Job[object]]:
    """Add this note so many times: work that does not wait behind other work."""
    jobs: list[Job[object]] = [Job(partial(add, word=note), "9") for _ in range(times)]
    database.add(SeparateJobs(), jobs, urgent=True)
    return jobs


def test_urgent_work_goes_before_all_that_waits(database: Database) -> None:
    """In a transaction of its own, and what waits goes on after it, as it came."""
    go_on = block_writer(database)
    for number in range(3):
        database.submit(lambda connection, n=number: add(connection, f"late {n}"), str(number))  # type: ignore[misc]  # mypy can't infer a default
    seen_by_others = database.submit(lambda _: notes(database), "9")
    [urgent] = submit_urgent(database, "urgent")
    go_on.set()
    assert urgent.future.result() == "urgent"
    assert seen_by_others.result() == ["urgent"]
    assert notes(database) == ["urgent", "late 0", "late 1", "late 2"]


def test_urgent_work_does_not_keep_the_rest_waiting_for_ever(path: Path) -> None:
    """However much of it there is: the two take turns."""
    database = Database(f"sqlite:///{path}", longest_transaction=timedelta(0))
    database.write(lambda connection: connection.execute(text("CREATE TABLE notes (note TEXT)")))
    go_on = block_writer(database)
    *_, last = submit_urgent(database, "urgent", times=3)
    database.submit(lambda connection: add(connection, "other"))
    go_on.set()
    last.future.result()
    assert notes(database) == ["urgent", "other", "urgent", "urgent"]
    database.close()


def test_a_long_transaction_takes_no_more_jobs(path: Path) -> None:
    """What is done is committed; the others are for the next."""
    database = Database(f"sqlite:///{path}", longest_transaction=timedelta(0))
    database.write(lambda connection: connection.execute(text("CREATE TABLE notes (note TEXT)")))
    go_on = block_writer(database)
    database.submit(lambda connection: add(connection, "one"))
    seen_by_others = database.submit(lambda _: notes(database))
    go_on.set()
    assert seen_by_others.result() == ["one"]
    database.close()


def test_a_refusal_is_an_answer_and_not_a_failure(database: Database) -> None:
    """The caller gets the PagerError, and the transaction goes on."""

    def refuse(_: Connection) -> None:
        raise NoEscalationPolicy("checkout-api")

    go_on = block_writer(database)
    refused = database.submit(refuse)
    one = database.submit(lambda connection: add(connection, "one"))
    go_on.set()
    with pytest.raises(NoEscalationPolicy):
        refused.result()
    assert one.result() == "one"


def test_a_job_that_was_cancelled_does_not_stop_the_writer(database: Database) -> None:
    """It is not done; the others are."""
    go_on = block_writer(database)
    given_up = database.submit(lambda connection: add(connection, "one"))
    two = database.submit(lambda connection: add(connection, "two"))
    assert given_up.cancel()
    go_on.set()
    assert two.result(WAIT_TIMEOUT) == "two"
    assert notes(database) == ["two"]


def test_what_was_submitted_is_committed_before_the_database_closes(path: Path) -> None:
    """Nothing that somebody waits for is dropped."""
    database = Database(f"sqlite:///{path}")
    database.write(lambda connection: connection.execute(text("CREATE TABLE notes (note TEXT)")))
    go_on = block_writer(database)
    words = [database.submit(lambda connection: add(connection, "one")) for _ in range(3)]
    go_on.set()
    database.close()
    assert [word.result() for word in words] == ["one"] * 3


def test_what_comes_after_it_is_closed_is_told_so(path: Path) -> None:
    """A caller that waited for it for ever would keep the process from ending."""
    database = Database(f"sqlite:///{path}")
    database.close()
    late = database.submit(lambda connection: add(connection, "one"))
    assert isinstance(late.exception(WAIT_TIMEOUT), DatabaseClosed)


def test_readers_cannot_write(database: Database) -> None:
    """There is one writer."""
    with pytest.raises(OperationalError, match="readonly"):
        database.read(lambda connection: add(connection, "one"))


def test_the_file_is_durable_and_nobody_elses(database: Database, path: Path) -> None:
    """WAL, synchronous=FULL, and no permission for group or others."""
    pragmas = database.write(
        lambda connection: [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    )
    assert pragmas == ["wal", 2, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("is_new", [True, False])
def test_what_a_statement_might_take_back_is_kept_in_memory(path: Path, *, is_new: bool) -> None:
    """Whoever serves has no use for a temporary file, on a new connection as well."""
    if not is_new:
        Database(f"sqlite:///{path}").close()
    database = Database(f"sqlite:///{path}")

    def place(connection: Connection) -> object:
        return connection.execute(text("PRAGMA temp_store")).scalar()

    places = [database.write(place)]
    with pytest.raises(OperationalError):
        database.write(lambda connection: connection.execute(text("NONSENSE")))
    places.append(database.write(place))
    database.close()
    in_memory = 2
    assert places == [in_memory, in_memory]


def test_a_file_is_served_by_one_process_at_a_time(database: Database, path: Path) -> None:
    """The error of the second names the file and says what to do; the first goes on."""
    with pytest.raises(DatabaseInUse, match=str(path)):
        Database(f"sqlite:///{path}")
    assert database.write(lambda connection: add(connection, "one")) == "one"


def test_a_file_that_was_let_go_of_can_be_served_again(path: Path) -> None:
    """The lock does not outlive its process."""
    Database(f"sqlite:///{path}").close()
    Database(f"sqlite:///{path}").close()


def test_a_file_that_is_gone_is_not_begun_anew(path: Path) -> None:
    """While its -wal is still there: a new file would be the end of what is in that."""
    wal = path.with_name("pager.db-wal")
    wal.write_bytes(b"what was committed last")
    with pytest.raises(DatabaseFileMissing, match="put the file back"):
        Database(f"sqlite:///{path}")
    assert (path.exists(), wal.read_bytes()) == (False, b"what was committed last")


def test_a_new_file_is_said_to_be_empty(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A warning for those who have a Pager already; the next start does not warn."""
    for warnings in (1, 0):
        caplog.clear()
        Database(f"sqlite:///{path}").close()
        assert [
            record.message.endswith("nobody can be paged yet") for record in caplog.records
        ] == [True] * warnings


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    """And it can be tried again: nothing is kept locked."""
    path.write_bytes(b"this is not a database" * 100)
    for _ in range(2):
        with pytest.raises(Exception, match="not a database"):
            Database(f"sqlite:///{path}")
    assert path.read_bytes() == b"this is not a database" * 100


def test_a_read_is_one_snapshot_however_many_queries_it_makes(url: str) -> None:
    """What is committed meanwhile is for the next one."""
    database = Database(url)

    def read_twice(connection: Connection) -> list[int | None]:
        query = text("SELECT COUNT(*) FROM signing_keys")
        first = connection.scalar(query)
        load_signing_keys(database)
        return [first, connection.scalar(query)]

    assert database.read(read_twice) == [0, 0]
    assert database.read(read_twice) == [1, 1]
    database.close()


def test_the_migrations_lead_to_the_schema(new_url: str) -> None:
    """A changed table without its migration fails here."""
    Database(new_url).close()
    assert schema_differences(new_url) == []


def test_a_policy_from_before_there_was_a_journal_is_kept(new_url: str) -> None:
    """As an edit that was made when the schema was brought up to date."""
    with engine_of(new_url) as engine, engine.begin() as connection:
        upgrade(connection, "0001")
        old = text("INSERT INTO escalation_policies VALUES ('checkout-api', :policy)")
        connection.execute(old, {"policy": POLICY.model_dump_json()})
    database = Database(new_url)
    assert SqlEscalationPolicies(database).of("checkout-api") == POLICY
    assert [entry.type for entry in Journal(database).of("checkout-api")] == ["policy-edit"]
    assert list(audit(database).differences) == []
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    """An older Pager refuses to open it, and the newer one can go on with it."""
    Database(url).close()
    with engine_of(url) as engine:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for open_ in (Database, ReadOnlyDatabase):
            with pytest.raises(OtherSchema):
                open_(url)
        with engine.begin() as connection:
            kept = connection.scalar(text("SELECT version_num FROM alembic_version"))
        assert kept == "9999"


def test_a_slow_migration_keeps_its_lock(new_postgresql_database: str) -> None:
    """On a busy machine more than 10 s may pass between two of its steps."""
    url = database_url(new_postgresql_database)
    writer = dialect_of_url(url).writer(url)
    with writer.begin() as connection:
        dialect_of_url(url).lock_migrations(connection)
        for name, limit in (
            ("lock_timeout", "0"),
            ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", "10min"),
        ):
            assert connection.execute(text(f"SHOW {name}")).scalar_one() == limit
    writer.dispose()


def test_servers_that_start_together_share_one_new_schema(new_postgresql_database: str) -> None:
    """Each waits for the one that migrates; only a server database can have several."""
    opened = at_once([lambda: Database(new_postgresql_database)] * 4)
    assert [type(database) for database in opened] == [Database] * 4
    for database in opened:
        assert isinstance(database, Database)
        database.close()


def test_any_name_of_a_file_will_do(tmp_path: Path) -> None:
    """Readers find the same file as the writer."""
    folder = tmp_path / "a#b?c%20d"
    folder.mkdir()
    database = Database(URL.create("sqlite", database=str(folder / "pager.db")).render_as_string())
    [key] = load_signing_keys(database)
    query = text("SELECT key FROM signing_keys")
    assert database.read(lambda connection: connection.scalar(query)) == key
    database.close()


def test_the_signing_key_is_made_once_and_kept(path: Path) -> None:
    """A link that was sent yesterday works after a restart."""
    keys = []
    for _ in range(2):
        database = Database(f"sqlite:///{path}")
        keys.append(load_signing_keys(database))
        database.close()
    [first], [second] = keys
    assert first == second
    assert len(first) == 32


def starting(url: str) -> str | None:
    parsed = database_url(url)
    return dialect_of_url(parsed).starting(parsed)


def test_a_server_that_is_not_reached_may_be_starting(postgresql: str, tmp_path: Path) -> None:
    """Its address is refused, or its socket or its name is not there yet."""
    assert starting(postgresql) is None
    assert starting(f"sqlite:///{tmp_path / 'new.db'}") is None
    with socket.socket() as nobody:  # its port is nobody else's, and nobody listens
        nobody.bind(("127.0.0.1", 0))
        refused = f"127.0.0.1:{nobody.getsockname()[1]}"
        for server in (refused, quote(str(tmp_path), safe=""), "db.invalid"):
            assert starting(f"postgresql://postgres@{server}/pager") is not None


def test_a_server_that_refuses_us_is_not_starting(postgresql: str) -> None:
    """To wait would not help: the setting is wrong."""
    url = make_url(postgresql)
    for wrong in (url.set(username="nobody-here"), url.set(database="no-such-database")):
        assert starting(wrong.render_as_string(hide_password=False)) is None


def test_a_file_behind_a_link_is_served_once(path: Path, tmp_path: Path) -> None:
    """Whichever of its names it is opened by, and whatever is in them."""
    link = tmp_path / "a link with 100% of it.db"
    link.symlink_to(path)
    database = Database(f"sqlite:///{link}")
    assert database.write(lambda connection: connection.execute(text("SELECT 1")).scalar()) == 1
    with pytest.raises(DatabaseInUse):
        Database(f"sqlite:///{path}")
    url = database_url(f"sqlite:///{link}")
    dialect_of_url(url).check_whole(url, None)  # as after `kill -9`: its -wal is beside the file
    database.close()
    Database(f"sqlite:///{path}").close()
    ReadOnlyDatabase(f"sqlite:///{link}").close()
