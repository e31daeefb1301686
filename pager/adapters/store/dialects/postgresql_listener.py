"""LISTEN: a node hears what the other nodes have committed."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, cast, get_args

from sqlalchemy import URL

from pager.adapters.store.dialects.postgresql_engine import LISTENER, postgresql_engine
from pager.adapters.store.dialects.postgresql_statements import prepares
from pager.messages import Channel

if TYPE_CHECKING:
    import psycopg  # only there with the extra `postgresql`

NOTIFICATION_CHANNEL = "pager"
STOPS_WITHIN = timedelta(seconds=1)
"""A listener ends at most so long after it is told to stop."""

CHANNELS: dict[str, Channel] = {channel: channel for channel in get_args(Channel)}

logger = logging.getLogger(__name__)


class PostgresqlListener:
    """Listens for what nodes commit. A lost notification loses no page: the workers also poll."""

    def __init__(
        self, url: URL, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> None:
        """Call `on_work` for each notification, and for every channel when it begins to listen.

        `reconnect_after`: the pause before a lost connection is tried again.
        """
        self._engine = postgresql_engine(url, LISTENER)
        self._on_work = on_work
        self._reconnect_after = reconnect_after.total_seconds()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Listen until `stop`, and again whenever the connection was lost."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - the driver has errors of its own
                logger.warning("not listening to the other nodes: %s", type(error).__name__)
                self._stopping.wait(self._reconnect_after)
        self._engine.dispose()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    def _listen(self) -> None:
        with self._engine.connect() as connection:
            driver = cast("psycopg.Connection", connection.connection.driver_connection)
            if not prepares(driver):
                self._stopping.set()
                logger.info("a pooler is in front of PostgreSQL: workers find work by polling")
                return
            connection.exec_driver_sql(f"LISTEN {NOTIFICATION_CHANNEL}")
            for channel in CHANNELS.values():
                self._on_work(channel)  # what was committed while nobody listened
            while not self._stopping.is_set():
                for notification in driver.notifies(timeout=STOPS_WITHIN.total_seconds()):
                    # A newer node may have channels that are unknown here.
                    if (named := CHANNELS.get(notification.payload)) is not None:
                        self._on_work(named)
