"""Answers that come in storms: each is written at once, with a head that is made only once.

uvicorn would check each header of each answer, and write the head and the body one after the other:
each write is a system call, and a packet for which the client wakes up.
"""

from functools import lru_cache
from http import HTTPStatus

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

STATUS = HTTPStatus.ACCEPTED
"""What a storm is answered with. No answer of this status has a secret in its head."""

SPECIAL = frozenset({b"connection", b"transfer-encoding"})
"""Headers that uvicorn acts on."""

Headers = tuple[tuple[bytes, bytes], ...]


class Answer:
    """The answer to a request. Any that does not come in storms is left to uvicorn."""

    def __init__(self, request: RequestResponseCycle) -> None:
        """Nothing of it is sent yet."""
        self._request = request
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Send the next part, as in ASGI. The head waits for the part after it."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            head = self._head(start, message)
            if head is not None:
                self._write(head + message["body"])
                return
            await self._request.send(start)  # type: ignore[arg-type]  # uvicorn has types of its own
        await self._request.send(message)  # type: ignore[arg-type]  # as above

    def _head(self, start: Message, message: Message) -> bytes | None:
        """The head of a whole answer after which the connection is kept; None for any other."""
        request = self._request
        is_kept = request.keep_alive and not request.disconnected and not request.flow.write_paused
        if start["status"] != STATUS or message.get("more_body") or not is_kept:
            return None
        return _head_with((*request.default_headers, *start["headers"]), len(message["body"]))

    def _write(self, answer: bytes) -> None:
        request = self._request
        request.response_started = request.response_complete = True
        request.transport.write(answer)
        request.message_event.set()
        request.on_response()


@lru_cache(maxsize=1_000)
def _head_with(headers: Headers, length: int) -> bytes | None:
    """The head with these headers; None where uvicorn would do more than to write them.

    They differ in the length of the body alone, and once a second in the date.
    """
    has_length = (b"content-length", b"%d" % length) in headers
    if not has_length or not SPECIAL.isdisjoint(name for name, _ in headers):
        return None
    lines = [b"%s: %s" % header for header in headers]
    # Otherwise one header may be read as two, and uvicorn says so.
    is_plain = b"".join(lines).decode("latin-1").isprintable()
    return STATUS_LINE[STATUS] + b"\r\n".join([*lines, b"\r\n"]) if is_plain else None
