"""Hosts and ports."""

from ipaddress import ip_address
from typing import NamedTuple, Self

HIGHEST_PORT = 65_535


class Address(NamedTuple):
    """A host and a port, to listen on or to connect to."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read host:port, an IPv6 host in brackets. Raises ValueError for anything else.

        :port and *:port are every address of the machine.
        """
        host, colon, port = text.rpartition(":")
        if not colon or not (port.isascii() and port.isdecimal()) or int(port) > HIGHEST_PORT:
            raise ValueError("expected host:port, such as 127.0.0.1:8080")
        return cls("::" if host in ("", "*") else host.strip("[]"), int(port))

    def __str__(self) -> str:
        """host:port, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to the host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
