"""A host and a port, as people write them."""

import pytest

from pager.adapters.addresses import Address, is_loopback


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("pager.example.com:0", Address("pager.example.com", 0)),
        ("[2001:db8::1]:65535", Address("2001:db8::1", 65_535)),
    ],
)
def test_an_address_is_read_as_it_is_written(text: str, address: Address) -> None:
    """An IPv6 host is in brackets."""
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["", "8080", "host:", "host:http", "host:65536"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """With a sentence that has an example."""
    with pytest.raises(ValueError, match=r"expected host:port, such as 127\.0\.0\.1:8080"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104 - compared with, not bound to
        ("::", False),
        ("192.168.0.1", False),
        ("localhost.example.com", False),
    ],
)
def test_only_this_machine_reaches_a_loopback_host(host: str, *, expected: bool) -> None:
    """Whatever else its name has in it."""
    assert is_loopback(host) is expected
    assert Address(host, 80).is_loopback is expected
