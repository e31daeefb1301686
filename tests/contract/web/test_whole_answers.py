"""Answers that come in storms: they are what uvicorn would have sent, in one packet."""

import asyncio
import logging

import pytest
from starlette.types import Message, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pager.adapters.web.whole_answers import Answer

LENGTH = (b"content-length", b"2")
JSON = (b"content-type", b"application/json")


class Recording(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.writes.append(bytes(data))

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self.is_closed


class Exchange:
    """A request on a connection of its own, and what is sent as its answer."""

    def __init__(self, *, keep_alive: bool = True) -> None:
        self.transport = Recording()
        self.answered = 0
        logger = logging.getLogger("test")
        self.request = RequestResponseCycle(
            scope={"type": "http", "method": "POST"},  # type: ignore[typeddict-item]  # all it reads
            transport=self.transport,
            flow=FlowControl(self.transport),
            logger=logger,
            access_logger=logger,
            access_log=False,
            default_headers=[(b"date", b"Mon, 30 Nov 2026 17:00:00 GMT")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._answer,
        )

    def _answer(self) -> None:
        self.answered += 1


def start(status: int = 202, *headers: tuple[bytes, bytes]) -> Message:
    """The head of an answer."""
    return {"type": "http.response.start", "status": status, "headers": [LENGTH, JSON, *headers]}


def body(part: bytes = b"{}", *, more: bool = False) -> Message:
    """A part of its body."""
    return {"type": "http.response.body", "body": part, "more_body": more}


def sent(send: Send, messages: list[Message]) -> None:
    """Send all of it."""

    async def all_of_it() -> None:
        for message in messages:
            await send(message)

    asyncio.run(all_of_it())


def test_the_answer_to_an_alert_is_written_at_once() -> None:
    """Head and body in one packet; then the connection is ready for the next request."""
    exchange = Exchange()
    sent(Answer(exchange.request).send, [start(), body()])
    assert len(exchange.transport.writes) == 1
    assert exchange.request.response_complete
    assert exchange.answered == 1


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize(
    "messages",
    [
        [start(), body()],
        [start(200), body()],
        [start(503, (b"connection", b"close")), body()],
        [start(202, (b"connection", b"close")), body()],
        [start(), body(b"{", more=True), body(b"}")],
        [{"type": "http.response.start", "status": 202, "headers": [JSON]}, body()],
    ],
    ids=["accepted", "ok", "refused", "closing", "in parts", "of no length"],
)
def test_each_answer_is_what_uvicorn_would_send(
    messages: list[Message], *, keep_alive: bool
) -> None:
    """Byte for byte, and the connection is closed where it would be."""
    ours, theirs = Exchange(keep_alive=keep_alive), Exchange(keep_alive=keep_alive)
    sent(Answer(ours.request).send, messages)
    sent(theirs.request.send, messages)  # type: ignore[arg-type]  # uvicorn has types of its own
    assert b"".join(ours.transport.writes) == b"".join(theirs.transport.writes)
    assert ours.transport.is_closed == theirs.transport.is_closed
    assert ours.answered == theirs.answered == 1


def test_a_header_that_would_be_read_as_two_is_not_sent() -> None:
    """It is a fault, as uvicorn says."""
    exchange = Exchange()
    with pytest.raises(RuntimeError, match="Invalid HTTP header value"):
        sent(Answer(exchange.request).send, [start(202, (b"x-name", b"a\r\nx-other: b")), body()])
    assert not exchange.transport.writes


def test_nothing_is_written_to_a_client_that_is_gone() -> None:
    """It has closed its connection while the Alert was committed."""
    exchange = Exchange()
    exchange.request.disconnected = True
    sent(Answer(exchange.request).send, [start(), body()])
    assert not exchange.transport.writes
