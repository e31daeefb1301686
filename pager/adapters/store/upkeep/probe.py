"""A probe: does the database do what an Alert and its pages need?"""

import uuid
from datetime import timedelta
from typing import get_args

from sqlalchemy import Connection

from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.messages import AcknowledgementTimeout, Channel


class Probe:
    """Writes as an Alert does and reads as a relay does."""

    def __init__(self, database: Database) -> None:
        """Probe that database."""
        self._database = database
        self._outbox = SqlPorts(database).outbox
        # A service of its own, so that no node waits for the probe of another one that hangs.
        service_id = f"probe:{uuid.uuid4()}"
        self._timeout = AcknowledgementTimeout(service_id=service_id, incident=1, level=1)

    def write(self, connection: Connection) -> None:
        """Set a timer and remove it, in one transaction: the disk is written, nothing is kept.

        Raises RestoredMeanwhile.
        """
        self._database.check_epoch(connection)
        timer = SqlPorts(InTransaction(connection)).timer
        timer.set(self._timeout, timedelta(days=1))
        timer.done(self._timeout)

    def read(self) -> None:
        """Look for due effects. Readers have connections of their own, and may fail alone."""
        for channel in get_args(Channel):
            self._outbox.is_due(channel)
