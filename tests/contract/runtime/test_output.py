"""The log and the terminal: nobody waits for a reader of them, and no stranger floods them."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from pager.adapters.runtime.output import LimitAlike, UnblockedOutput


@contextmanager
def pipe() -> Iterator[tuple[int, TextIO]]:
    """A pipe: where to read, and the stream to write to."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        yield reading, stream
    os.close(reading)


def test_what_is_written_arrives_in_order() -> None:
    """Also what the stream cannot encode."""
    with pipe() as (reading, stream):
        output = UnblockedOutput(stream)
        for word in ("one\n", "zwölf\n", "\ud83d\n"):
            output.text.write(word)
        output.drain()
        assert os.read(reading, 100).decode() == "one\nzwölf\n?\n"


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting() -> None:
    """What it has no room for is dropped, and counted once somebody reads."""
    with pipe() as (reading, stream):
        output = UnblockedOutput(stream, most_waiting=2)
        text, large = output.text, "x" * 100_000 + "\n"
        for _ in range(5):
            text.write(large)
        output.drain(longest=0)
        read = 0
        while read < 2 * len(large):
            read += len(os.read(reading, 2**20))
        output.drain()
        text.write("again\n")
        rest = b""
        while b"again" not in rest:
            rest += os.read(reading, 2**20)
        assert rest == b"(3 writes were dropped: nobody read)\nagain\n"


def test_a_reader_that_has_gone_is_no_error() -> None:
    """The server goes on without a log."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        output = UnblockedOutput(stream)
        output.text.write("for nobody\n")
        output.drain()


def record(name: str, message: str, *arguments: object) -> logging.LogRecord:
    """A line of the log."""
    return logging.LogRecord(name, logging.WARNING, "", 0, message, arguments, None)


def test_lines_that_strangers_cause_are_few() -> None:
    """Each kind by itself; the last one that is logged says so."""
    limit = LimitAlike(most=2)
    lines = [record("uvicorn.error", "Invalid HTTP request received.") for _ in range(5)]
    assert [limit.filter(line) for line in lines] == [True, True, False, False, False]
    assert lines[1].getMessage().endswith("(more lines like this one are left out for a minute)")
    assert limit.filter(record("pager.adapters.web.health", "not ready: %s", "why"))


def test_the_lines_of_pages_are_all_logged() -> None:
    """An operator needs each of them, and no stranger causes one."""
    limit = LimitAlike(most=1)
    lines = [record("pager.adapters.store.ports.outbox", "%s: failed", n) for n in range(5)]
    assert all(limit.filter(line) for line in lines)


LOGGED = """
import logging, sys
from pager.adapters.runtime.output import log_to
log_to(sys.stderr)
logging.getLogger("psycopg").warning("user=hunter database=pager")
logging.getLogger("pager").warning("an operator reads this")
"""


def test_what_the_driver_warns_of_is_not_logged() -> None:
    """It names user and host; and all of it is an error besides, which is."""
    run = subprocess.run([sys.executable, "-c", LOGGED], capture_output=True, text=True, check=True)
    assert "an operator reads this" in run.stderr
    assert "hunter" not in run.stderr
