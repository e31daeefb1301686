"""The security headers of every answer, whichever route or error it comes from."""

from collections.abc import Mapping

from starlette.types import Message

from pager.adapters.web.responses import browser_headers
from pager.adapters.web.route_rules import Kind

HSTS = "max-age=31536000"
"""Strict-Transport-Security: browsers that came by https use only https from then on."""

DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of the documentation: Swagger UI has its script in the page."""


class SecurityHeaders:
    """Adds the headers that an answer does not have."""

    def __init__(self, *, is_https: bool) -> None:
        """`is_https`: people reach the server by https, and by nothing else."""
        headers = browser_headers()
        if is_https:
            headers["Strict-Transport-Security"] = HSTS
        self._headers = _encoded(headers)
        self._docs_headers = _encoded({**headers, "Content-Security-Policy": DOCS_POLICY})
        self._names = {name for name, _ in self._headers}

    def add_to(self, start: Message, kind: Kind) -> None:
        """Add them to `start` (http.response.start), the answer of a route of that kind."""
        added = self._docs_headers if kind == "docs" else self._headers
        sent = start.get("headers", ())
        names = {name.lower() for name, _ in sent}
        if not names.isdisjoint(self._names):
            added = [pair for pair in added if pair[0] not in names]
        start["headers"] = [*sent, *added]


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
