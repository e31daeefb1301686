"""The proxy does to a connection what its faults are named for."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from nemesis.proxy import Proxy

PATIENCE = 10
SOON = 0.2


class Echo(socketserver.BaseRequestHandler):
    """Says what it hears, on a connection of TCP."""

    request: socket.socket
    heard = b""

    def handle(self) -> None:
        """Until the other side ends it, one way or another."""
        with suppress(OSError):
            while said := self.request.recv(100):
                Echo.heard += said
                self.request.sendall(said)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy in front of an echo."""
    Echo.heard = b""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with Proxy(server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()
        thread.join()


def connect(proxy: Proxy) -> socket.socket:
    """A connection through it."""
    return socket.create_connection(("127.0.0.1", proxy.port), PATIENCE)


def hears(connection: socket.socket, within: float = PATIENCE) -> bytes:
    """What comes next; nothing where the other side has ended it."""
    connection.settimeout(within)
    return connection.recv(100)


def test_it_lets_everything_through(proxy: Proxy) -> None:
    """While it is told nothing else."""
    with connect(proxy) as one, connect(proxy) as other:
        one.sendall(b"one")
        other.sendall(b"other")
        assert (hears(one), hears(other)) == (b"one", b"other")


def test_a_cut_ends_every_connection_and_lets_new_ones_in(proxy: Proxy) -> None:
    """With a reset, as the kernel answers for a process that is gone."""
    with connect(proxy) as old, connect(proxy) as new:
        old.sendall(b"old")
        assert hears(old) == b"old"
        proxy.cut()
        with suppress(ConnectionResetError):
            assert hears(old) == b""
    with connect(proxy) as new:
        new.sendall(b"new")
        assert hears(new) == b"new"


def test_what_is_refused_is_ended_until_it_is_mended(proxy: Proxy) -> None:
    """New connections as well."""
    proxy.refuse()
    with connect(proxy) as refused, suppress(ConnectionResetError):
        assert hears(refused) == b""
    proxy.mend()
    with connect(proxy) as accepted:
        accepted.sendall(b"hello")
        assert hears(accepted) == b"hello"


def test_a_stall_holds_back_and_loses_nothing(proxy: Proxy) -> None:
    """It arrives once the proxy is mended."""
    with connect(proxy) as connection:
        connection.sendall(b"before")
        assert hears(connection) == b"before"
        proxy.stall()
        connection.sendall(b"meanwhile")
        with pytest.raises(TimeoutError):
            hears(connection, within=SOON)
        assert Echo.heard == b"before"
        proxy.mend()
        assert hears(connection) == b"meanwhile"


def test_an_answer_that_is_lost_is_one_to_what_was_heard(proxy: Proxy) -> None:
    """A COMMIT is carried out, and the connection ends before anybody is told."""
    proxy.lose_answers(to=b"COMMIT")
    with connect(proxy) as connection:
        connection.sendall(b"begin")
        assert hears(connection) == b"begin"
        connection.sendall(b"COMMIT")
        with suppress(ConnectionResetError):
            assert hears(connection) == b""
        assert Echo.heard == b"beginCOMMIT"
    proxy.mend()
    with connect(proxy) as connection:
        connection.sendall(b"COMMIT")
        assert hears(connection) == b"COMMIT"
