"""Ends snoozes: who snoozes an alert has acknowledged its incident, until a certain time only."""

import logging
from datetime import timedelta

from pager.adapters.runtime.inbox import Inbox
from pager.adapters.store.alerts.snoozes import forget_snoozes, snoozes_over
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database

EVERY = timedelta(seconds=5)
"""How often a node looks for snoozes that are over."""

logger = logging.getLogger(__name__)


def end_snoozes(database: Database, inbox: Inbox) -> None:
    """Let the Level be told again that was told last, where nothing has happened meanwhile.

    Two nodes, or one that was killed in between, do it twice: the second time it is stale.
    """
    over: list[int] = []
    for number, message in snoozes_over(database):
        try:
            inbox.submit(message).result()
        except Unreadable as error:  # a newer node may be able to read it
            logger.error("a snooze is not ended yet: %s", error)  # noqa: TRY400 - it says all
        else:
            over.append(number)
    if over:
        forget_snoozes(database, over)
