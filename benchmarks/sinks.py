"""SMTP servers that take every e-mail, and say when each was accepted for whom."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from benchmarks.machine import free_port, wait_for_port

RECIPIENT = re.compile(r"^X-Rcpt-Args: <([^>]*)>", re.MULTILINE)
LOOK_EVERY = 0.01
"""Seconds, at the least."""
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, which no disk slows down


class Accepted(NamedTuple):
    """An e-mail that a sink has accepted."""

    at: float
    recipient: str


class Sink(ABC):
    """A running SMTP server."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    @abstractmethod
    def count(self) -> int:
        """How many e-mails it has accepted."""

    def wait(self, number: int, deadline: float) -> bool:
        """Wait for so many e-mails, until `time.time()` is `deadline`; whether they came.

        To count takes time that a pager needs: it is done during a twentieth of the time.
        """
        while True:
            began = time.monotonic()
            if self.count() >= number:
                return True
            if time.time() > deadline:
                return False
            time.sleep(max(LOOK_EVERY, 20 * (time.monotonic() - began)))

    @abstractmethod
    def accepted(self) -> list[Accepted]:
        """All that it has accepted, the earliest first."""


class _Folder(Sink):
    """Postfix's smtp-sink: a file an e-mail, whose time is that of its last byte."""

    def __init__(self, port: int, pid: int, folder: Path) -> None:
        super().__init__(port, pid)
        self._folder = folder

    def count(self) -> int:
        with os.scandir(self._folder) as files:
            return sum(1 for _ in files)

    def accepted(self) -> list[Accepted]:
        found = []
        with os.scandir(self._folder) as files:
            for file in files:
                text = Path(file.path).read_text(errors="replace")
                at = file.stat().st_mtime
                found += [Accepted(at, recipient) for recipient in RECIPIENT.findall(text)]
        return sorted(found)


class _Log(Sink):
    """The one below: a line an e-mail."""

    def __init__(self, port: int, pid: int, log: Path) -> None:
        super().__init__(port, pid)
        self._log = log

    def count(self) -> int:
        return self._log.read_bytes().count(b"\n")

    def accepted(self) -> list[Accepted]:
        lines = (line.split(" ") for line in self._log.read_text().splitlines())
        return sorted(Accepted(int(at) / 1e9, recipient) for at, recipient in lines)


def smtp_sink() -> str | None:
    """Where Postfix's smtp-sink is."""
    return shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running_sink(*, delay: float = 0.0, exact: bool = False) -> Iterator[Sink]:
    """Postfix's smtp-sink where it is installed; our own where it is not, or for more than it does.

    `delay` is how many seconds each e-mail takes; `exact` asks for times that are finer than the
    4 ms of a file's.
    """
    folder = Path(tempfile.mkdtemp(prefix="sink-", dir=MEMORY if MEMORY.is_dir() else None))
    port, program = free_port(), smtp_sink()
    is_own = exact or delay > 0 or program is None
    log, mails = folder / "log", folder / "mails"
    if is_own or program is None:
        log.touch()
        command = [sys.executable, "-m", "benchmarks.sinks", str(port), str(log), str(delay)]
    else:
        mails.mkdir()
        folder.chmod(0o755)
        command = [program, "-4", "-m", "20000", "-d", f"{mails}/", f"127.0.0.1:{port}", "4096"]
        if os.geteuid() == 0:
            shutil.chown(mails, "nobody")
            command[1:1] = ["-u", "nobody"]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603
    try:
        wait_for_port(port, process, folder / "output")
        yield _Log(port, process.pid, log) if is_own else _Folder(port, process.pid, mails)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


class _Session(asyncio.Protocol):
    """One client. It takes pipelined commands."""

    def __init__(self, log: TextIO, delay: float) -> None:
        self._log, self._delay = log, delay
        self._received, self._recipient, self._in_data = b"", "", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            end = b"\r\n.\r\n" if self._in_data else b"\r\n"
            text, found, rest = self._received.partition(end)
            if not found:
                return
            self._received = rest
            if self._in_data:
                self._in_data = False
                asyncio.get_running_loop().call_later(self._delay, self._accept, self._recipient)
            else:
                self._command(text)

    def _command(self, line: bytes) -> None:
        match line[:4].upper():
            case b"EHLO":
                self._transport.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            case b"RCPT":
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                self._transport.write(b"250 2.1.5 Ok\r\n")
            case b"DATA":
                self._in_data = True
                self._received = b"\r\n" + self._received
                self._transport.write(b"354 go on\r\n")
            case b"QUIT":
                self._transport.write(b"221 2.0.0 Bye\r\n")
                self._transport.close()
            case _:
                self._transport.write(b"250 2.0.0 Ok\r\n")

    def _accept(self, recipient: str) -> None:
        self._log.write(f"{time.time_ns()} {recipient}\n")
        self._transport.write(b"250 2.0.0 Ok: queued\r\n")


async def _serve(port: int, log: Path, delay: float) -> None:
    with log.open("a", buffering=1) as lines:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Session(lines, delay), "127.0.0.1", port, backlog=4096
        )
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
