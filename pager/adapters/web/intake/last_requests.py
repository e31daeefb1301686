"""Notes the last request of each integration: of a storm no more than one in a second."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction

Note = Callable[[], tuple[str, str]]
"""The request as it is shown, and what became of it: made only where it is written."""


class LastRequests:
    """The first request of a second is noted with what it leads to, and the last one after it.

    A note costs a third of what the decision on an Alert does. All of this is in the event loop.
    """

    def __init__(
        self, database: Database, every: timedelta, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Write to `database`, for each integration once in `every`."""
        self._database = database
        self._every = every.total_seconds()
        self._clock = clock
        self._due_at: dict[int, float] = {}
        """Of integrations, by their ids: so there are as many as these."""
        self._kept: dict[int, Note] = {}

    def is_due(self, integration: int) -> bool:
        """Whether the request is to be noted in its own transaction; True once in the time."""
        now = self._clock()
        if now < self._due_at.get(integration, 0.0):
            return False
        self._due_at[integration] = now + self._every
        self._kept.pop(integration, None)  # it is older
        return True

    def keep(self, integration: int, note: Note) -> None:
        """Note this request later, unless there is a newer one by then. Nobody waits for it."""
        is_scheduled = integration in self._kept
        self._kept[integration] = note
        if not is_scheduled:
            wait = max(self._due_at.get(integration, 0.0) - self._clock(), 0.0)
            asyncio.get_running_loop().call_later(wait, self._write, integration)

    def _write(self, integration: int) -> None:
        note = self._kept.pop(integration, None)
        if note is not None:
            self._due_at[integration] = self._clock() + self._every
            work = partial(_note, integration=integration, note=note)
            self._database.submit(work, SqlIntegrations.lock_key)


def _note(connection: Connection, integration: int, note: Note) -> None:
    SqlIntegrations(InTransaction(connection)).note_request(integration, *note())
