"""What one node commits wakes the workers of the others: PostgreSQL's LISTEN and NOTIFY.

A notification that is lost costs no page: the workers also look by themselves.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, cast, get_args

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from pager.adapters.store.dialects.engines import LIMITS, postgresql
from pager.messages import Channel, Effect

if TYPE_CHECKING:
    import psycopg  # only there with the extra `postgresql`

NAME = "pager"
CHANNELS: dict[str, Channel] = {channel: channel for channel in get_args(Channel)}
PAUSE = timedelta(seconds=1)
"""Before the next attempt to listen, and at most until a listener hears that it is to stop."""

logger = logging.getLogger(__name__)


def notify(connection: Connection, effects: Iterable[Effect]) -> None:
    """Tell the other nodes, once the transaction is committed, what there is to carry out."""
    if connection.dialect.name == "postgresql":
        for channel in sorted({effect.channel for effect in effects}):
            connection.execute(select(func.pg_notify(NAME, channel)))


class Listener:
    """Hears what the other nodes commit."""

    def __init__(self, url: str, heard: Callable[[Channel], object]) -> None:
        """Call `heard` for each notification, and for every channel when it begins to listen."""
        self._engine = postgresql(make_url(url), LIMITS, pool_size=1, isolation_level="AUTOCOMMIT")
        self._heard = heard
        self._stopping = threading.Event()

    def run(self) -> None:
        """Listen until `stop`, and again whenever the connection was lost."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except SQLAlchemyError as error:
                logger.warning("not listening to the other nodes: %s", type(error).__name__)
                self._stopping.wait(PAUSE.total_seconds())
        self._engine.dispose()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    def _listen(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"LISTEN {NAME}")
            for channel in CHANNELS.values():
                self._heard(channel)  # what was committed while nobody listened
            driver = cast("psycopg.Connection", connection.connection.driver_connection)
            while not self._stopping.is_set():
                for notification in driver.notifies(timeout=PAUSE.total_seconds()):
                    if (found := CHANNELS.get(notification.payload)) is not None:
                        self._heard(found)
