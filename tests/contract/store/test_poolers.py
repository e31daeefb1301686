"""PostgreSQL behind a pooler: a real PgBouncer, as it is by default and in transaction mode."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from contract.store.test_statements import pipeline_modes
from pager.adapters.store.core.database import Database
from pager.adapters.store.dialects import dialect_of_url
from pager.adapters.store.dialects.postgresql_engine import StatementPooling
from pgbouncer import PoolMode, pgbouncer


def _time_outs(connection: Connection) -> list[str]:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    return [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]


def test_time_outs_are_set_in_each_transaction(postgresql_database: str) -> None:
    """A pooler refuses a connection that asks for them when it starts."""
    database = Database(postgresql_database)
    assert database.write(_time_outs) == ["5s", "30s", "10s"]
    assert database.read(_time_outs) == ["5s", "30s", "0"]
    database.close()


def test_the_time_outs_of_the_url_are_kept(postgresql_database: str) -> None:
    """Whoever sets one in PAGER_DATABASE_URL has a reason."""
    database = Database(f"{postgresql_database}&options=-c%20lock_timeout%3D7s")
    assert database.write(_time_outs) == ["7s", "30s", "10s"]
    database.close()


@pytest.mark.proof
@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_many_transactions_go_through_a_pooler(
    new_postgresql_database: str, tmp_path: Path, mode: PoolMode
) -> None:
    """Each may have another connection to the server: nothing may be left in one."""
    with pgbouncer(new_postgresql_database, mode, tmp_path) as url:
        database = Database(url)

        def work(number: int) -> int:
            query = text("SELECT CAST(:number AS INTEGER)")
            read: int = database.read(lambda c: c.execute(query, {"number": number}).scalar_one())
            write: int = database.write(lambda c: c.execute(query, {"number": number}).scalar_one())
            assert read == write
            return write

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(work, range(400))) == list(range(400))
        assert database.write(_time_outs) == ["5s", "30s", "10s"]
        database.close()


@pytest.mark.proof
def test_behind_a_pooler_nothing_is_sent_in_a_pipeline(
    postgresql_database: str, tmp_path: Path
) -> None:
    """Not every pooler knows how."""
    with pgbouncer(postgresql_database, "transaction", tmp_path) as url:
        database = Database(url)
        assert database.write(pipeline_modes) == ["OFF", "OFF"]
        database.close()


@pytest.mark.proof
def test_behind_a_pooler_nobody_listens(
    postgresql_database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection would be the next transaction's: workers find work by polling."""
    caplog.set_level("INFO")
    with pgbouncer(postgresql_database, "transaction", tmp_path) as url:
        parsed = make_url(url)
        listener = dialect_of_url(parsed).listener(parsed, print, timedelta(seconds=1))
        assert listener is not None
        listener.run()
    assert "a pooler is in front of PostgreSQL" in caplog.text


@pytest.mark.proof
def test_statement_mode_stops_the_start(postgresql_database: str, tmp_path: Path) -> None:
    """It has no transactions."""
    with (
        pgbouncer(postgresql_database, "statement", tmp_path) as url,
        pytest.raises(StatementPooling, match="set its pool_mode to transaction or session"),
    ):
        Database(url)
