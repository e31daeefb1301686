"""A node: one `pager serve` after the other, as a supervisor starts them again."""

import itertools
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from nemesis.postgresql import url_on_port
from nemesis.proxy import Proxy
from system.program import Program

START_TIMEOUT = 60.0
"""Seconds."""


class Node:
    """Use it with `with`, which kills what still runs at the end."""

    def __init__(
        self, name: str, directory: Path, network: Proxy, settings: Mapping[str, str]
    ) -> None:
        """`name` begins the host name of the links that it mails, and the number of the start.

        `network` leads to its database. It leaves its log in `directory`.
        """
        self.name = name
        self.network = network
        self.url = ""
        """Where it listens, or listened until it was killed."""
        self._directory = directory
        self._settings = {**settings, "PAGER_DATABASE_URL": url_on_port(network.port)}
        self._starts = itertools.count(1)
        self._program: Program | None = None
        self._said: list[str] = []

    def start(self) -> None:
        """Start it, again and again while it refuses to: its database may be down."""
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            public_url = f"http://{self.name}-{next(self._starts)}.example.com"
            program = Program(self._directory, **self._settings, PAGER_PUBLIC_URL=public_url)
            try:
                program.__enter__()
            except AssertionError:
                program.kill()
                self._said.append(program.output)
                if time.monotonic() > deadline:
                    raise
            else:
                self.url = str(program.http.base_url).rstrip("/")
                self._program = program
                return

    def kill(self) -> None:
        """SIGKILL."""
        if self._program is not None:
            self._program.kill()
            self._said.append(self._program.output)
            self._program = None

    def freeze(self) -> None:
        """SIGSTOP."""
        assert self._program is not None
        self._program.freeze()

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._program is not None
        self._program.thaw()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        (self._directory / f"{self.name}.log").write_text("".join(self._said))
