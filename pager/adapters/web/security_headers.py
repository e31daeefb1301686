"""The security headers of every answer, whichever route or error it comes from."""

from starlette.datastructures import MutableHeaders
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
        self._headers = browser_headers()
        self._docs_headers = {**self._headers, "Content-Security-Policy": DOCS_POLICY}
        if is_https:
            for headers in (self._headers, self._docs_headers):
                headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_docs = rule_of(scope).kind == "docs"
                for name, value in (self._docs_headers if is_docs else self._headers).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
