"""Ports for programs that are told which one to listen on."""

import random
import socket

UNSHARED = range(20_000, 30_000)
"""Below those that systems give to whoever connects, or asks for any port: so nobody is given it
before the program listens, or while it is started again."""


def free_port() -> int:
    """One on which nobody listens."""
    while True:
        port = random.choice(UNSHARED)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as who listens there does
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
