"""The socket that the server listens on."""

import socket
from contextlib import closing

import pytest

from pager.adapters.addresses import Address
from pager.adapters.runtime.listening import CannotListen, listen, reachable


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_client_can_connect(host: str) -> None:
    """Port 0 takes a free one."""
    with closing(listen(Address(host, 0))) as listener:
        socket.create_connection(listener.getsockname()[:2]).close()


def test_every_address_is_one_of_ipv4_and_of_ipv6() -> None:
    """A container or a balancer may use either."""
    with closing(listen(Address("::", 0))) as listener:
        port = listener.getsockname()[1]
        for client in ("127.0.0.1", "::1"):
            socket.create_connection((client, port)).close()


@pytest.mark.parametrize("text", [":8080", "*:8080", "[::]:8080"])
def test_every_address_is_written_in_several_ways(text: str) -> None:
    """As other programs have it."""
    assert Address.parse(text) == Address("::", 8080)


def test_a_name_is_found_in_ipv4_before_ipv6() -> None:
    """A client that is told 127.0.0.1 must find it there."""
    with closing(listen(Address("localhost", 0))) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    """With the system's own reason."""
    with closing(listen(Address("127.0.0.1", 0))) as listener:
        taken = Address(*listener.getsockname()[:2])
        with pytest.raises(CannotListen) as caught:
            listen(taken)
    assert str(caught.value) == (
        f"Pager cannot listen on {taken}: Address already in use. "
        "Choose another with PAGER_LISTEN=host:port."
    )


def test_a_host_that_cannot_be_found_is_an_error_too() -> None:
    """Its number is not one of the system's errors."""
    with pytest.raises(CannotListen, match=r"on nowhere\.invalid:80: .+ Choose another"):
        listen(Address("nowhere.invalid", 80))


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::"])  # noqa: S104 - not bound to
def test_others_reach_a_server_on_every_address_by_the_name_of_its_machine(everywhere: str) -> None:
    """Such an address leads nowhere from another machine."""
    assert reachable(Address(everywhere, 80)) == Address(socket.gethostname(), 80)
    assert reachable(Address("192.0.2.1", 80)) == Address("192.0.2.1", 80)
