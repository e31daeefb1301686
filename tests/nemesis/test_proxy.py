"""The proxy does to a connection what its faults are named for."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from nemesis.proxy import Proxy
from waiting import WAIT_TIMEOUT

SOON = 0.2


class Echo(socketserver.BaseRequestHandler):
    """Sends back what it receives."""

    request: socket.socket
    received = b""

    def handle(self) -> None:
        """Until the other side ends it, one way or another."""
        with suppress(OSError):
            while data := self.request.recv(100):
                Echo.received += data
                self.request.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy in front of an echo."""
    Echo.received = b""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with Proxy(server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()
        thread.join()


def connect(proxy: Proxy) -> socket.socket:
    """A connection through it."""
    return socket.create_connection(("127.0.0.1", proxy.port), WAIT_TIMEOUT)


def receive(connection: socket.socket, within: float = WAIT_TIMEOUT) -> bytes:
    """What comes next; nothing where the other side has ended the connection."""
    connection.settimeout(within)
    return connection.recv(100)


def test_it_lets_everything_through(proxy: Proxy) -> None:
    """While it is told nothing else."""
    with connect(proxy) as first, connect(proxy) as second:
        first.sendall(b"one")
        second.sendall(b"other")
        assert (receive(first), receive(second)) == (b"one", b"other")


def test_a_cut_ends_every_connection_and_lets_new_ones_in(proxy: Proxy) -> None:
    """With a reset, as the kernel answers for a process that is gone."""
    with connect(proxy) as old, connect(proxy) as new:
        old.sendall(b"old")
        assert receive(old) == b"old"
        proxy.cut()
        with suppress(ConnectionResetError):
            assert receive(old) == b""
    with connect(proxy) as new:
        new.sendall(b"new")
        assert receive(new) == b"new"


def test_what_is_refused_is_ended_until_it_is_mended(proxy: Proxy) -> None:
    """New connections as well."""
    proxy.refuse()
    with connect(proxy) as refused, suppress(ConnectionResetError):
        assert receive(refused) == b""
    proxy.mend()
    with connect(proxy) as accepted:
        accepted.sendall(b"hello")
        assert receive(accepted) == b"hello"


def test_a_stall_holds_back_and_loses_nothing(proxy: Proxy) -> None:
    """It arrives once the proxy is mended."""
    with connect(proxy) as connection:
        connection.sendall(b"before")
        assert receive(connection) == b"before"
        proxy.stall()
        connection.sendall(b"meanwhile")
        with pytest.raises(TimeoutError):
            receive(connection, within=SOON)
        assert Echo.received == b"before"
        proxy.mend()
        assert receive(connection) == b"meanwhile"


def test_an_answer_that_is_lost_is_one_to_what_was_heard(proxy: Proxy) -> None:
    """A COMMIT is carried out, and the connection ends before anybody is told."""
    proxy.lose_answers(to=b"COMMIT")
    with connect(proxy) as connection:
        connection.sendall(b"begin")
        assert receive(connection) == b"begin"
        connection.sendall(b"COMMIT")
        with suppress(ConnectionResetError):
            assert receive(connection) == b""
        assert Echo.received == b"beginCOMMIT"
    proxy.mend()
    with connect(proxy) as connection:
        connection.sendall(b"COMMIT")
        assert receive(connection) == b"COMMIT"
