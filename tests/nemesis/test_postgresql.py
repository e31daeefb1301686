"""The database is killed for good, and what was committed is there again."""

from pathlib import Path

import psutil
import psycopg
import pytest

from nemesis.postgresql import Postgresql


@pytest.mark.proof
def test_what_was_committed_outlives_a_kill(tmp_path: Path) -> None:
    """And what was not is gone; none of its processes is left meanwhile."""
    with Postgresql(tmp_path) as postgresql:
        url = postgresql.url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        open_still = psycopg.connect(url)
        open_still.execute("INSERT INTO kept VALUES (2)")
        postgresql.kill()
        assert not [
            process
            for process in psutil.process_iter(["cmdline", "status"])
            if str(tmp_path) in " ".join(process.info["cmdline"] or [])
        ]
        with pytest.raises(psycopg.OperationalError):
            open_still.execute("SELECT 1")
        open_still.close()
        postgresql.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(1,)]
