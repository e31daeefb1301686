"""Ports for programs that have to be told on which one they listen."""

import random
import socket

BELOW_EPHEMERAL = range(20_000, 30_000)
"""Systems give ephemeral ports, which are higher, to programs that connect. So no other program
gets one of these before the program listens, or while it is started again."""


def free_port() -> int:
    """One on which nobody listens."""
    while True:
        port = random.choice(BELOW_EPHEMERAL)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as who listens there does
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
