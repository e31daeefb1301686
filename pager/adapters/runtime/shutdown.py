"""How the server process stops: what was begun is finished, and nothing is lost."""

import logging
import os
import threading
import time
from datetime import timedelta

import uvicorn

TO_LOG_IT = 0.5
"""Seconds for the last line of the log."""

LONGEST_SHUTDOWN = timedelta(seconds=10)
"""How long requests that are being answered may take, once the process was told to stop."""


LONGEST_STOP = timedelta(seconds=20)
"""After this the process ends, whatever hangs: a halted database, a pipe that nobody reads."""

logger = logging.getLogger(__name__)


def end_within(longest: timedelta = LONGEST_STOP) -> None:
    """End the process after `longest`, if it has not ended by then.

    Nothing is lost by that: what was committed is carried out after the next start, as after a
    crash.
    """

    def end() -> None:
        time.sleep(longest.total_seconds())
        logger.error(
            "not everything has stopped within %g s: Pager ends now, and carries out what is left "
            "after its next start",
            longest.total_seconds(),
        )
        time.sleep(TO_LOG_IT)
        os._exit(1)

    threading.Thread(target=end, name="last resort", daemon=True).start()


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
