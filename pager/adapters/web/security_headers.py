"""The security headers of every answer, whichever route or error it comes from."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pager.adapters.web.responses import browser_headers
from pager.adapters.web.route_rules import rule_of

HSTS = "max-age=31536000"
"""Strict-Transport-Security: browsers that came by https use only https from then on."""

DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of the documentation: Swagger UI has its script in the page."""


class SecurityHeaders:
    """ASGI middleware: adds the headers that an answer does not have."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        """`is_https`: people reach the server by https, and by nothing else."""
        self._app = app
        headers = browser_headers()
        if is_https:
            headers["Strict-Transport-Security"] = HSTS
        self._headers = _encoded(headers)
        self._docs_headers = _encoded({**headers, "Content-Security-Policy": DOCS_POLICY})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_docs = rule_of(scope).kind == "docs"
                sent = message.get("headers", ())
                names = {name.lower() for name, _ in sent}
                added = self._docs_headers if is_docs else self._headers
                message["headers"] = [*sent, *(pair for pair in added if pair[0] not in names)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
