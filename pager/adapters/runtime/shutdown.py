"""How the server process stops: what was begun is finished, and nothing is lost."""

from datetime import timedelta

import uvicorn

LONGEST_SHUTDOWN = timedelta(seconds=10)
"""How long requests that are being answered may take, once the process was told to stop."""


class GracefulShutdown:
    """Stops the server when a signal asks for it, also while the process still starts.

    A start is finished first, and takes seconds. To interrupt it, a signal handler would have to
    raise an exception wherever Python is at that moment, and Python drops what is raised in a
    destructor.
    """

    def __init__(self) -> None:
        """No signal has come yet."""
        self.requested = False
        """Whether a signal has come."""
        self._server: uvicorn.Server | None = None

    def request(self, *_: object) -> None:
        """Stop the server; a signal handler."""
        self.requested = True
        if self._server is not None:
            self._server.should_exit = True

    def attach(self, server: uvicorn.Server) -> None:
        """`server` is the one to stop; it ends at once if a signal came before."""
        self._server = server
        server.should_exit = self.requested
