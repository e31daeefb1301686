"""The network between a node and the database: a TCP proxy that can be told to fail."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from waiting import WAIT_TIMEOUT


class Proxy:
    """Takes connections on a port of loopback to another port. Use it with `with`."""

    def __init__(self, to_port: int) -> None:
        """Behind it is `to_port`, which need not listen all the time."""
        self._to_port = to_port
        self._open: set[asyncio.StreamWriter] = set()
        self._refusing = False
        self._unanswered = b""

    def cut(self) -> None:
        """End every connection at once, with a reset."""
        self._do(self._abort_all)

    def refuse(self) -> None:
        """Cut, and end every new connection, until `mend`."""
        self._refusing = True
        self.cut()

    def stall(self) -> None:
        """Hold back all data, both ways, until `mend`. Nothing gets lost."""
        self._do(self._flowing.clear)

    def lose_answers(self, to: bytes) -> None:
        """End every connection when the answer to `to` would come back on it, until `mend`.

        A COMMIT is carried out, and nobody hears of it.
        """
        self._unanswered = to

    def mend(self) -> None:
        """Be a good network again."""
        self._refusing = False
        self._unanswered = b""
        self._do(self._flowing.set)

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve(started)])
        self._thread.start()
        assert started.wait(WAIT_TIMEOUT), "the proxy does not start"
        return self

    def __exit__(self, *_: object) -> None:
        self.mend()
        self.refuse()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _do(self, work: Callable[[], None]) -> None:
        """Do `work` on the proxy's own thread, and return once it is done."""
        done = threading.Event()

        def do() -> None:
            work()
            done.set()

        self._loop.call_soon_threadsafe(do)
        assert done.wait(WAIT_TIMEOUT), "the proxy hangs"

    def _abort_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()

    async def _connect(
        self, from_node: asyncio.StreamReader, to_node: asyncio.StreamWriter
    ) -> None:
        if self._refusing:
            to_node.transport.abort()
            return
        try:
            from_database, to_database = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:  # it was killed
            to_node.transport.abort()
            return
        both = {to_node, to_database}
        self._open |= both
        try:
            drop_answer = asyncio.Event()
            await asyncio.gather(
                self._carry_up(from_node, to_database, drop_answer),
                self._carry_down(from_database, to_node, drop_answer),
            )
        finally:
            self._open -= both

    async def _carry_up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drop_answer: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                if self._unanswered and self._unanswered in data:
                    drop_answer.set()
                writer.write(data)
                await writer.drain()
        writer.close()  # once what is under way has arrived

    async def _carry_down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drop_answer: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                if drop_answer.is_set():
                    writer.transport.abort()
                    break
                writer.write(data)
                await writer.drain()
        writer.close()
