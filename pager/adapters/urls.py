"""Which URLs a secret may be sent to, which work on this machine only, and where others lead."""

import re
from urllib.parse import quote

import httpx2

from pager.adapters.addresses import is_loopback


def is_private(text: str) -> bool:
    """Whether nobody but its host can read what is sent to this URL: https, or http to loopback.

    False for a URL with a user name and password in it.
    """
    url = _parsed(text)
    if url is None:
        return False
    encrypted = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
    has_host = re.fullmatch(rb"[A-Za-z0-9._:-]+", url.raw_host) is not None
    return encrypted and has_host and not url.userinfo


def is_loopback_url(text: str) -> bool:
    """Whether the URL works on this machine only."""
    url = _parsed(text)
    return url is not None and is_loopback(url.host)


def is_private_base(text: str) -> bool:
    """Whether the URL is private, and a path may be added: it has no query and no fragment."""
    return is_private(text) and not any(end in text for end in "?#")


def incident_path(service_id: str, incident: int) -> str:
    """The path of the page of an incident, below the public URL."""
    return f"/incidents/{service_id}/{incident}"


FEED_PATH = "/calendars/{token}.ics"


def feed_url(public_url: str, token: str) -> str:
    """The secret address of the calendar feed with that token."""
    return public_url + FEED_PATH.format(token=quote(token, safe=""))


def _parsed(text: str) -> httpx2.URL | None:
    try:
        return httpx2.URL(text)
    except httpx2.InvalidURL:
        return None
