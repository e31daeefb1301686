"""The SMTP server that mail is handed over to, out of a URL."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pager.adapters.addresses import HIGHEST_PORT, Address, is_loopback

Security = Literal["none", "starttls", "tls"]

_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
}
_EXPECTED = (
    "An SMTP URL looks like smtp+starttls://user:password@host:port (or smtps://, or smtp://), "
    "with the characters @ : / ? # % of user and password percent-encoded."
)


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over, and how: plainly, after STARTTLS, or over TLS from the start.

    Raises ValueError for what cannot work or would show a password to the network. Neither its
    message nor the repr has the password in it.
    """

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError, as `from_url` does."""
        if not re.fullmatch(r"[^\s\x00-\x1f/?#@%\[\]]+", self.host):
            raise ValueError("An SMTP server has a host name or an IP address.")
        if not 0 < self.port <= HIGHEST_PORT:
            raise ValueError("The port of an SMTP server is a number from 1 to 65535.")
        if bool(self.user) != bool(self.password):
            raise ValueError("An SMTP server is given a user and a password, or neither.")
        if not all(_is_plain(secret) for secret in (self.user, self.password)):
            raise ValueError("The user and the password of an SMTP server are printable ASCII.")
        if self.password and self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                "A password is not sent unencrypted to another host: use smtp+starttls:// or "
                "smtps://."
            )

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read smtp://user:password@host:port, smtps:// or smtp+starttls://.

        The port may be left out: it is 25, 465 or 587. User and password may be left out, and
        are percent-decoded. Raises ValueError with one sentence that says what was expected
        and has nothing of the URL in it: a wrong one may have a password anywhere.
        """
        server = cls._parsed(url)
        if server is None:
            raise ValueError(_EXPECTED)
        return server

    @classmethod
    def _parsed(cls, url: str) -> Self | None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # not chained: it quotes what it could not read
            return None
        if parts.scheme not in _SCHEMES or not parts.hostname:
            return None
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            return None
        security, default_port = _SCHEMES[parts.scheme]
        return cls(
            host=parts.hostname,
            port=default_port if port is None else port,
            security=security,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )

    @property
    def address(self) -> Address:
        """Host and port, for people."""
        return Address(self.host, self.port)

    def without_secrets(self, text: str) -> str:
        """`text` without the password, as it is or as AUTH sends it: a server may echo either."""
        if self.user and self.password:
            plain = f"\0{self.user}\0{self.password}"
            for secret in (_base64(plain), _base64(self.password), self.password):
                text = text.replace(secret, "***")
        return text


def _is_plain(text: str | None) -> bool:
    """Whether smtplib can log in with it: it encodes both as ASCII."""
    return text is None or (text.isascii() and text.isprintable())


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
