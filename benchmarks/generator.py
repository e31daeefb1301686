"""Sends requests over connections that are kept: one process, one epoll loop.

It is cheap: against a server that only answers it reaches a hundred thousand requests a second, so
that it is never what bounds a pager.
"""

import select
import socket
import ssl
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks.machine import BenchmarkError, Percentiles, percentiles

TIMEOUT = 120.0
"""Seconds without any answer after which a server is given up."""
ACCEPTED = frozenset({"200", "201", "202", "204"})
"""The statuses of an Alert that was taken."""
HEAD_END = b"\r\n\r\n"


class Answers(NamedTuple):
    """What a server answered."""

    # Of the first request, `time.time`.
    started: float
    # From the first request to the last answer.
    seconds: float
    statuses: dict[str, int]
    latency: Percentiles
    # One answer for each status.
    samples: dict[str, str]


def request(method: str, path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """An HTTP request with a JSON body."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + HEAD_END + body


class Connection:
    """A connection that is kept, and the answer to the last request on it."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        """To that port of loopback."""
        plain = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = tls.wrap_socket(plain) if tls else plain
        self.port, self.received, self.sent_at = port, b"", 0.0

    def ask(self, data: bytes) -> str:
        """Send a request and wait for the whole answer; its status. Raises BenchmarkError."""
        self.send(data)
        while not self.is_answered():
            if not self.receive():
                raise BenchmarkError("the server closed a connection before it answered")
        return self.status

    def send(self, data: bytes) -> None:
        """Send a request."""
        self.received, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> bool:
        """Take what there is; whether the connection is still open."""
        data = self.socket.recv(65536)
        while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            data += self.socket.recv(65536)
        self.received += data
        return bool(data)

    def is_answered(self) -> bool:
        """Whether the answer is here to its end."""
        end = self.received.find(HEAD_END)
        if end < 0:
            return False
        head = self.received[:end].lower()
        if (at := head.find(b"content-length:")) >= 0:
            length = int(head[at + 15 :].split(b"\r", 1)[0])
            return len(self.received) >= end + len(HEAD_END) + length
        if b"transfer-encoding: chunked" in head:
            return self.received.endswith(b"0\r\n\r\n")
        return self.status == "204"

    @property
    def status(self) -> str:
        """Of the answer, such as 202."""
        return self.received[9:12].decode()

    def is_kept(self) -> bool:
        """Whether another request may follow."""
        return b"connection: close" not in self.received.partition(HEAD_END)[0].lower()


def drive(
    requests: Sequence[bytes], ports: Sequence[int], *, connections: int = 32, tls: bool = False
) -> Answers:
    """Send each request once: on each connection the next one, once the last one is answered.

    The connections are spread over the ports. Raises BenchmarkError where a server hangs up.
    """
    context = ssl._create_unverified_context() if tls else None  # noqa: S323, SLF001 - loopback
    waiting = select.epoll()
    opened = {}
    for i in range(min(connections, len(requests))):
        connection = Connection(ports[i % len(ports)], context)
        opened[connection.socket.fileno()] = connection
        waiting.register(connection.socket.fileno(), select.EPOLLIN)
    todo = iter(requests)
    statuses: Counter[str] = Counter()
    samples: dict[str, str] = {}
    took: list[float] = []
    started, began = time.time(), time.perf_counter()
    for connection in opened.values():
        connection.send(next(todo))
    while len(took) < len(requests):
        for connection in _readable(waiting, opened):
            is_open = connection.receive()
            if not connection.is_answered():
                if not is_open:
                    raise BenchmarkError("the server closed a connection before it answered")
                continue
            took.append(time.perf_counter() - connection.sent_at)
            if not statuses[connection.status]:
                samples[connection.status] = connection.received[-300:].decode(errors="replace")
            statuses[connection.status] += 1
            if (data := next(todo, None)) is None:
                continue
            current = connection
            if not connection.is_kept():
                waiting.unregister(connection.socket.fileno())
                del opened[connection.socket.fileno()]
                connection.socket.close()
                current = Connection(connection.port, context)
                opened[current.socket.fileno()] = current
                waiting.register(current.socket.fileno(), select.EPOLLIN)
            current.send(data)
    seconds = time.perf_counter() - began
    waiting.close()
    for connection in opened.values():
        connection.socket.close()
    return Answers(started, seconds, dict(statuses), percentiles(took), samples)


def _readable(waiting: select.epoll, opened: dict[int, Connection]) -> Iterator[Connection]:
    events = waiting.poll(TIMEOUT)
    if not events:
        raise BenchmarkError(f"the server has answered nothing for {TIMEOUT:.0f} s")
    for descriptor, _ in events:
        yield opened[descriptor]
