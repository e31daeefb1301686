"""Clients that are too slow: each connection costs a file descriptor, and there are not many."""

import asyncio
from datetime import timedelta

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

PATIENCE = timedelta(seconds=10)


class IdleTimeoutProtocol(H11Protocol):
    """uvicorn's HTTP/1.1. It would wait for ever: for a head, or for an answer to be read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to look, from time to time, whether the client has got on."""
        super().connection_made(transport)
        self._look_again()

    def _look_again(self) -> None:
        self.loop.call_later(PATIENCE.total_seconds(), self._look, self.cycle)

    def _look(self, request_then: object) -> None:
        """Hang up where there still is no other request, nor anything that we do for this one."""
        request: RequestResponseCycle | None = self.cycle
        idle = request is None or request.response_complete or self.flow.write_paused
        if self.transport.is_closing() and not self.flow.write_paused:
            return
        if request is request_then and idle:
            self.transport.abort()
        else:
            self._look_again()
