"""Which URLs a secret may be sent to."""

import pytest

from pager.adapters.urls import is_loopback_url, is_private, is_private_base


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://login.example.com/a?b#c", True),
        ("http://127.0.0.1:9400", True),
        ("http://[::1]:9400", True),
        ("http://localhost/a", True),
        ("http://login.example.com", False),
        ("ftp://127.0.0.1", False),
        ("https://me:secret@login.example.com", False),
        ("https://", False),
        ("https://[", False),
        ("https://log in.example.com", False),
        ("", False),
    ],
)
def test_a_secret_goes_over_tls_or_stays_on_this_machine(url: str, *, private: bool) -> None:
    """And never to a URL with a user and a password in it."""
    assert is_private(url) is private


def test_a_base_has_neither_query_nor_fragment() -> None:
    """A path may be added to it."""
    assert is_private_base("https://login.example.com/realm/")
    assert not is_private_base("https://login.example.com/?a=b")
    assert not is_private_base("https://login.example.com/#a")
    assert not is_private_base("http://login.example.com/")


def test_a_url_of_this_machine_leads_nowhere_from_another() -> None:
    """Whatever its scheme is."""
    assert is_loopback_url("http://localhost:8080/")
    assert not is_loopback_url("https://pager.example.com/")
    assert not is_loopback_url("https://[")
