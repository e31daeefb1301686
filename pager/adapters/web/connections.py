"""Connections: each costs a file descriptor and memory, and a client may do nothing with its own.

One that is idle is closed after a while. Where there are too many, the one that has kept the server
waiting for the longest makes room for the next: so nobody can hold all of them.
"""

import asyncio
from datetime import timedelta

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

KEPT_FOR = timedelta(seconds=75)
"""How long a connection stays open after an answer, for the next request.

Longer than the proxies in front keep theirs, which is mostly 60 s (nginx, AWS): otherwise one could
send an Alert on a connection that is just being closed, and would answer it with 502.
"""

MOST_CONNECTIONS = 2_000

RESERVED_FILES = 200
"""For databases, mail servers and the server's own files. A connection may need a second one: for a
file that it is sent."""


class Connections:
    """The open connections of a server."""

    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        """`most` may be open at a time."""
        self._most = most
        # The one that was of use last is the last. The values say nothing.
        self._open: dict[ConnectionProtocol, None] = {}

    def used(self, connection: "ConnectionProtocol") -> None:
        """It was opened, or a request of it was answered."""
        self._open.pop(connection, None)
        self._open[connection] = None
        if len(self._open) > self._most:
            idle = next((other for other in self._open if other.waits_for_client), None)
            if idle is not None:
                del self._open[idle]
                idle.transport.abort()

    def closed(self, connection: "ConnectionProtocol") -> None:
        """It is closed."""
        self._open.pop(connection, None)


class ConnectionProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with a timeout for clients that send no request or read no answer.

    uvicorn itself would wait for ever.
    """

    idle_timeout = timedelta(seconds=10)
    """How long a connection may be idle, unless its last request was answered (KEPT_FOR)."""

    open_connections = Connections()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Check after each timeout whether the client was idle."""
        super().connection_made(transport)
        self.open_connections.used(self)
        self._check_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """It needs no place any more."""
        self.open_connections.closed(self)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """A request of it was answered.

        A client that has sent the next request already (pipelining) has to connect again for it:
        otherwise whoever sends thousands at once has them answered before those of all others.
        """
        pipelined, _ = self.conn.trailing_data
        if pipelined.strip():
            self.transport.close()
            self.loop.call_later(self.idle_timeout.total_seconds(), self.transport.abort)
        super().on_response_complete()
        if not self.transport.is_closing():
            self.open_connections.used(self)

    @property
    def waits_for_client(self) -> bool:
        """Whether the client has to do something: send a request or its body, or read."""
        request: RequestResponseCycle | None = self.cycle
        return (
            request is None
            or request.response_complete
            or request.more_body
            or self.flow.write_paused
        )

    def _check_later(self) -> None:
        self.loop.call_later(self.idle_timeout.total_seconds(), self._check, self.cycle)

    def _check(self, request_before: object) -> None:
        """Close the connection if no new request has come, and none is being worked on."""
        request: RequestResponseCycle | None = self.cycle
        # uvicorn's own timer runs from an answer until the next byte comes.
        is_kept = self.timeout_keep_alive_task is not None
        is_waiting = request is None or request.response_complete
        idle = (is_waiting and not is_kept) or self.flow.write_paused
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        if request is request_before and idle:
            self.transport.abort()
        else:
            self._check_later()


def protocol_for(open_files: int) -> type[ConnectionProtocol]:
    """The protocol of a server that may open so many files; some of them it needs for itself."""
    most = min(MOST_CONNECTIONS, (open_files - RESERVED_FILES) // 2)
    return type("Protocol", (ConnectionProtocol,), {"open_connections": Connections(max(most, 1))})
