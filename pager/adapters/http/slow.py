"""Clients that are too slow: each connection costs a file descriptor, and there are not many."""

import asyncio
from datetime import timedelta

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

PATIENCE = timedelta(seconds=10)


class ImpatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, which of itself waits for ever for the rest of a request's head."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to look, from time to time, whether the client has got on."""
        super().connection_made(transport)
        self._look_again()

    def _look_again(self) -> None:
        self.loop.call_later(PATIENCE.total_seconds(), self._look, self.cycle)

    def _look(self, request_then: object) -> None:
        """Close where there is still no other request than there was, and none being answered."""
        if self.transport.is_closing():
            return
        request: RequestResponseCycle | None = self.cycle
        if request is request_then and (request is None or request.response_complete):
            self.transport.close()
        else:
            self._look_again()
