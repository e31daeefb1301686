"""The idle timeout of connections: each one costs a file descriptor, and there are not many."""

import asyncio
from datetime import timedelta

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

KEPT_FOR = timedelta(seconds=75)
"""How long a connection stays open after an answer, for the next request.

Longer than the proxies in front keep theirs, which is mostly 60 s (nginx, AWS): otherwise one could
send an Alert on a connection that is just being closed, and would answer it with 502.
"""


class IdleTimeoutProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with a timeout for clients that send no request or read no answer.

    uvicorn itself would wait for ever.
    """

    idle_timeout = timedelta(seconds=10)
    """How long a connection may be idle, unless its last request was answered (KEPT_FOR)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Check after each timeout whether the client was idle."""
        super().connection_made(transport)
        self._check_later()

    def _check_later(self) -> None:
        self.loop.call_later(self.idle_timeout.total_seconds(), self._check, self.cycle)

    def _check(self, request_before: object) -> None:
        """Close the connection if no new request has come, and none is being worked on."""
        request: RequestResponseCycle | None = self.cycle
        # uvicorn's own timer runs from an answer until the next byte comes.
        is_kept = self.timeout_keep_alive_task is not None
        is_waiting = request is None or request.response_complete
        idle = (is_waiting and not is_kept) or self.flow.write_paused
        if self.transport.is_closing() and not self.flow.write_paused:
            return
        if request is request_before and idle:
            self.transport.abort()
        else:
            self._check_later()
