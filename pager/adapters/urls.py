"""Which URLs a secret may be sent to, and which lead nowhere from elsewhere."""

import re

import httpx2

from pager.adapters.addresses import is_loopback


def is_private(text: str) -> bool:
    """Whether what is sent to this URL is for its host alone to read: https, or http to loopback.

    A URL with a user name and password in it is not.
    """
    url = _parsed(text)
    if url is None:
        return False
    encrypted = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
    has_host = re.fullmatch(rb"[A-Za-z0-9._:-]+", url.raw_host) is not None
    return encrypted and has_host and not url.userinfo


def is_of_this_machine(text: str) -> bool:
    """Whether the URL leads nowhere from any other machine."""
    url = _parsed(text)
    return url is not None and is_loopback(url.host)


def is_private_base(text: str) -> bool:
    """Whether it is private, and a path may be added to it: it has no query and no fragment."""
    return is_private(text) and not any(end in text for end in "?#")


def _parsed(text: str) -> httpx2.URL | None:
    try:
        return httpx2.URL(text)
    except httpx2.InvalidURL:
        return None
