"""The socket that the server listens on, and the address at which others reach it."""

import os
import resource
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path

from pager.adapters.addresses import Address
from pager.errors import PagerError


class CannotListen(PagerError):
    """Pager cannot listen on {address}: {reason}. Choose another with {setting}."""

    def __init__(
        self, address: Address | Path, reason: str, setting: str = "PAGER_LISTEN=host:port"
    ) -> None:
        """`reason` is the operating system's."""
        super().__init__(address=address, reason=reason, setting=setting)


def listen_for_mail(address: Address | Path) -> socket.socket:
    """A socket that listens on `address`, or on a Unix socket in that place.

    A Unix socket that is left from before is replaced. Raises CannotListen.
    """
    setting = "PAGER_LMTP_LISTEN"
    if isinstance(address, Address):
        return listen(address, setting)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if address.exists() and stat.S_ISSOCK(address.stat().st_mode) and not _is_served(address):
            address.unlink()
        listener.bind(str(address))
        # The mail server runs as another user: its group may write.
        address.chmod(0o660)
        listener.listen()
    except OSError as error:
        listener.close()
        raise CannotListen(address, error.strerror or str(error), setting) from error
    return listener


def _is_served(address: Path) -> bool:
    """Whether a program listens on that Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        return client.connect_ex(str(address)) == 0


def listen(address: Address, setting: str = "PAGER_LISTEN=host:port") -> socket.socket:
    """A socket that listens on `address`; on [::] by IPv4 as well. Raises CannotListen."""
    try:
        family, host = _family(address)
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, address.port), family=family, dualstack_ipv6=both)
    except OSError as error:
        # A name that cannot be found has a number too, but not one of the system's errors.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise CannotListen(address, reason, setting) from error


def _family(address: Address) -> tuple[socket.AddressFamily, str]:
    """The address family of the host, and the host in it: IPv4 if it has both."""
    if address.host == "::" and not socket.has_dualstack_ipv6():
        return socket.AF_INET, "0.0.0.0"  # noqa: S104 - the operator has said so
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    return min((family, str(place[0])) for family, _, _, _, place in found)


def reachable(address: Address) -> Address:
    """The address by which others reach a server that listens on every address it has."""
    everywhere = address.host in ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
    return Address(socket.gethostname(), address.port) if everywhere else address


def raise_open_files_limit() -> int:
    """Allow as many connections as the system permits: its default is for smaller programs.

    Returns how many files may be open.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says "unlimited", and does not mean it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if now == resource.RLIM_INFINITY else now
