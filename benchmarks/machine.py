"""The machine: what it is, who uses it, and how long it takes to commit to its disk."""

import importlib.metadata
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import psutil

QUIET = 0.15
"""CPUs in use: a machine below it is idle."""


class BenchmarkError(Exception):
    """What was measured did not work, so there is no number; the message says what went wrong."""


class Percentiles(NamedTuple):
    """Of durations, in milliseconds."""

    p50_ms: float
    p99_ms: float


def percentiles(seconds: list[float]) -> Percentiles:
    """The median and the 99th percentile."""
    in_order = sorted(seconds)
    return Percentiles(
        round(in_order[len(in_order) // 2] * 1e3, 2),
        round(in_order[min(len(in_order) - 1, int(len(in_order) * 0.99))] * 1e3, 2),
    )


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)  # noqa: T201 - a command


def busy_seconds() -> float:
    """The CPU seconds that everything on this machine has used since it started.

    Time stolen by other machines on the same hardware counts: it disturbs a run as well.
    """
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def wait_until_quiet(timeout: float) -> float:
    """Wait up to `timeout` seconds for an idle machine; the CPUs that were in use at the end."""
    deadline = time.monotonic() + timeout
    while True:
        before = busy_seconds()
        time.sleep(1)
        in_use = busy_seconds() - before
        if in_use < QUIET or time.monotonic() > deadline:
            return round(in_use, 2)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once somebody listens there. Raises BenchmarkError where the process ends before."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise BenchmarkError(f"does not start:\n{log.read_text(errors='replace')[-2000:]}")


def cpu_model() -> str:
    """Its name, as Linux has it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Of the machine's software and of what Pager is made of."""
    found = {"Linux": platform.release(), "Python": platform.python_version()}
    found["SQLite"] = sqlite3.sqlite_version
    for name in ("pydantic", "SQLAlchemy", "uvicorn", "uvloop", "httptools", "fastapi", "psycopg"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def cores() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0))


def commit_time(folder: Path, *, seconds: float = 2.0) -> Percentiles:
    """How long SQLite takes to commit one row durably (WAL, synchronous=FULL) in that folder."""
    path = folder / "commits.db"
    took = []
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("pragma synchronous=full")
        database.execute("create table rows(id integer primary key, text text)")
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            database.execute("insert into rows(text) values ('p99 latency above 3 s')")
            took.append(time.perf_counter() - began)
    database.close()
    for file in folder.glob("commits.db*"):
        file.unlink()
    return percentiles(took)
