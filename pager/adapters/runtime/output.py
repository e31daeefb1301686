"""What the server writes to its log and its terminal: nobody waits for it, and nobody can flood it.

Whoever started the server may not read what it writes: a pipe is full after 64 KiB, and a write to
it waits for ever.
"""

import io
import logging
import os
import threading
import time
from collections import deque
from contextlib import suppress
from typing import BinaryIO, TextIO, cast

from pager.counted import counted

MOST_WAITING = 2_000
"""Writes that wait for a reader. What comes after them is dropped, and counted."""

ALIKE_A_MINUTE = 10
"""Lines of one kind that strangers can cause: more of them say nothing new."""

# uvicorn says what was wrong with a request, and the web server who could not sign on.
BY_STRANGERS = ("uvicorn", "asyncio", "pager.adapters.web")

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class UnblockedOutput(io.RawIOBase):
    """A stream in front of another one: a thread of its own writes, in order."""

    def __init__(self, stream: TextIO, most_waiting: int = MOST_WAITING) -> None:
        """Write to the file descriptor of `stream`, past its buffer."""
        self._descriptor, self._is_terminal = stream.fileno(), stream.isatty()
        self._most_waiting = most_waiting
        self._waiting: deque[bytes] = deque()
        self._dropped = 0
        self._changed = threading.Condition()
        self.text: TextIO = io.TextIOWrapper(
            cast("BinaryIO", self), stream.encoding, errors="replace", write_through=True
        )
        """It, for text."""
        threading.Thread(target=self._run, name="output", daemon=True).start()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._is_terminal

    def fileno(self) -> int:
        """Of the stream."""
        return self._descriptor

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes are all it is given
        """Have `data` written soon, or drop it where nobody reads."""
        with self._changed:
            if len(self._waiting) < self._most_waiting:
                if self._dropped:
                    writes = counted(self._dropped, "write was", "writes were")
                    left_out = f"({writes} dropped: nobody read)\n"
                    self._waiting.append(left_out.encode())
                    self._dropped = 0
                self._waiting.append(data)
                self._changed.notify_all()
            else:
                self._dropped += 1
        return len(data)

    def drain(self, longest: float = 1.0) -> None:
        """Wait until all is written, but no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, longest)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data = self._waiting[0]
            # Where the reader has gone, there is nobody to tell.
            with suppress(OSError):
                while data:
                    data = data[os.write(self._descriptor, data) :]
            with self._changed:
                self._waiting.popleft()
                self._changed.notify_all()


class LimitAlike(logging.Filter):
    """Lets few lines of one kind a minute through, of those that strangers can cause."""

    def __init__(self, most: int = ALIKE_A_MINUTE) -> None:
        """`most` is for each kind: a logger, and the text of its call."""
        super().__init__()
        self._most = most
        self._minute = 0
        self._counts: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` is logged; the last one that is says that no more will be."""
        if not record.name.startswith(BY_STRANGERS):
            return True
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        kind = (record.name, str(record.msg)[:200])
        self._counts[kind] = count = self._counts.get(kind, 0) + 1
        if count == self._most:
            record.msg = f"{record.msg} (more lines like this one are left out for a minute)"
        return count <= self._most


def log_to(stream: TextIO) -> None:
    """Log to `stream` from now on: what an operator must see, and not each request."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(LimitAlike())
    logging.basicConfig(level=logging.INFO, format=FORMAT, handlers=[handler])
    for noisy in ("alembic", "httpx2", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # What it warns of is raised as well, and it names host and user.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
