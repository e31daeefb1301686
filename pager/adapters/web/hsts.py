"""HTTP Strict Transport Security: browsers that came by https use only https from then on."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class StrictTransportSecurity:
    """ASGI middleware: adds Strict-Transport-Security to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is reached by https only."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the header to its answer."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, send_with_header)
