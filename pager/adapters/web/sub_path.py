"""A server below a path of its host: PAGER_PUBLIC_URL=https://example.com/pager.

The proxy in front may take the path off, or leave it on. Inside, every path is as ASGI has it: with
the sub-path, which is the `root_path`. So the routes are the same below any path, and what is sent
to a browser gets the sub-path here: the address of a redirect, and the links of a page.
"""

import re
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_PATHS = frozenset(
    {
        "acknowledge",
        "acknowledgements",
        "alerts",
        "api",
        "calendars",
        "configuration",
        "console",
        "docs",
        "escalation-policies",
        "escalations",
        "healthy-events",
        "healthz",
        "heartbeats",
        "incidents",
        "integrations",
        "maintenance-windows",
        "metrics",
        "on-call",
        "openapi.json",
        "past-incidents",
        "people",
        "policies",
        "properties",
        "readyz",
        "repeated-pages",
        "resolves",
        "schedules",
        "services",
        "static-offline-docs",
        "teams",
        "v1",
        "v2",
    }
)
"""What the paths of Pager's routes begin with."""

_link = re.compile(rb'(\b(?:href|src|action|formaction)=")(/(?!/)[^"]*)')
"""A quotation mark in what somebody wrote is escaped: these are of our templates."""


def check_sub_path(sub_path: str) -> None:
    """Raise ValueError for a sub-path that begins like a path of Pager's own."""
    first = sub_path.strip("/").partition("/")[0]
    if first in OWN_PATHS:
        raise ValueError(f"/{first} is a path of Pager's own: put it below another one")


def sub_path_of(public_url: str) -> str:
    """The sub-path of the public URL: "/pager", or "" where it has none."""
    return urlsplit(public_url).path.rstrip("/")


def below(sub_path: str, path: str) -> str:
    """`path` below the sub-path, where it may be already."""
    return path if f"{path}/".startswith(f"{sub_path}/") else sub_path + path


def links_below(sub_path: str, page: bytes) -> bytes:
    """An HTML page whose links and forms lead to paths below the sub-path."""
    if not sub_path:
        return page
    return _link.sub(lambda found: found[1] + below(sub_path, found[2].decode()).encode(), page)


class SubPath:
    """ASGI middleware: makes an application work below the path of its public URL."""

    def __init__(self, app: ASGIApp, sub_path: str) -> None:
        """`sub_path` is one of `sub_path_of`, and not ""."""
        self._app = app
        self._sub_path = sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as if the proxy had left the path on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = below(self._sub_path, scope["path"])
        if path == self._sub_path:
            path += "/"
        raw: bytes | None = scope.get("raw_path")
        raw_path = None if raw is None else below(self._sub_path, raw.decode("latin-1")).encode()
        inner = {**scope, "root_path": self._sub_path, "path": path, "raw_path": raw_path}

        async def send_below(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                location = headers.get("location", "")
                if location.startswith("/") and not location.startswith("//"):
                    headers["location"] = below(self._sub_path, location)
            await send(message)

        await self._app(inner, receive, send_below)
