"""A gate between a client and a Pager: it notes what passes, and can say for a while that Pager is
busy. With a certificate it takes https, which some clients insist on."""

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from waiting import WAIT_TIMEOUT

BUSY = b'{"message": "Pager is busy"}'
HOP_BY_HOP = frozenset({"connection", "host", "transfer-encoding", "content-length"})


class Exchange(NamedTuple):
    """A request of a client, and what it was answered."""

    method: str
    target: str
    body: str
    status: int
    answer: str
    was_busy: bool
    """Whether the gate answered, and not Pager."""


class Gate:
    """The gate on a free port of this machine. Use it with `with`."""

    def __init__(self, pager_url: str, tls: ssl.SSLContext | None = None) -> None:
        """Requests are passed on to `pager_url`, which may change: a Pager that was restarted."""
        self.pager_url = pager_url
        self.is_busy = False
        self._exchanges: list[Exchange] = []
        self._changed = threading.Condition()
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self._chunks() if "Transfer-Encoding" in self.headers else self._body()
                status, headers, answer = gate._pass_on(
                    self.command, self.path, dict(self.headers.items()), body
                )
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def _body(self) -> bytes:
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def _chunks(self) -> bytes:
                chunks = []
                while length := int(self.rfile.readline().partition(b";")[0], 16):
                    chunks.append(self.rfile.read(length))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(chunks)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - its interface

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.host = f"localhost:{self._server.server_address[1]}"
        self.url = f"{scheme}://{self.host}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if error is not None:
            print(*self.exchanges, sep="\n")  # noqa: T201 - pytest shows it beside the failure

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """What has passed so far."""
        with self._changed:
            return list(self._exchanges)

    def wait_for(
        self,
        happened: Callable[[Sequence[Exchange]], bool],
        what: str,
        timeout: float = WAIT_TIMEOUT,
    ) -> None:
        """Return once what has passed is so."""
        with self._changed:
            in_time = self._changed.wait_for(lambda: happened(self._exchanges), timeout)
        assert in_time, f"waited in vain until {what}"

    def _pass_on(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Sequence[tuple[str, str]], bytes]:
        was_busy = self.is_busy
        if was_busy:
            status, answered, answer = 503, [("Retry-After", "1")], BUSY
        else:
            status, answered, answer = self._ask_pager(method, target, headers, body)
        exchange = Exchange(
            method, target, body.decode(errors="replace"), status, answer.decode(), was_busy
        )
        with self._changed:
            self._exchanges.append(exchange)
            self._changed.notify_all()
        return status, answered, answer

    def _ask_pager(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
        connection = http.client.HTTPConnection(urlsplit(self.pager_url).netloc, timeout=30)
        try:
            connection.request(method, target, body, kept)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        except OSError as error:  # Pager is not there, as behind any proxy
            return 502, [], json.dumps({"message": str(error)}).encode()
        finally:
            connection.close()
