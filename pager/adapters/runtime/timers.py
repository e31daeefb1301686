"""The timers: those of earlier versions are set, and what is due is handed to the Pager."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.requests import NotTaken
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.loaded_services import LoadedServices
from pager.messages import TimerEffect, TimerMessage
from pager.ports import Claim, Outcome
from pager.relay import why_not

AT_ONCE = 500

logger = logging.getLogger(__name__)


class Timers:
    """What the thread of the timers does."""

    def __init__(
        self, database: Database, ports: SqlPorts, inbox: Inbox, retry_unreadable_after: timedelta
    ) -> None:
        """`inbox` takes what is due; what it cannot read is due again `retry_unreadable_after`."""
        self._database = database
        self._ports = ports
        self._inbox = inbox
        self._retry_unreadable_after = retry_unreadable_after

    def work(self) -> int:
        """Set those that wait, and let those go off that are due: with how many."""
        set_ = self._database.write(self._set_timers) if self._ports.outbox.is_due("timer") else 0
        fired = self._fire(self._ports.timer.due(AT_ONCE))
        return max(set_, fired)

    def _set_timers(self, connection: Connection) -> int:
        """Set the timers that wait in the outbox: claim, set and settle them in one transaction.

        The server sets a timer with its decision. Older versions of Pager leave it in the outbox.
        """
        ports = SqlPorts(InTransaction(connection))
        claims = ports.outbox.claim("timer", AT_ONCE)
        services = LoadedServices(connection, [claim.effect.service_id for claim in claims])
        delays: list[TimerEffect] = []
        outcomes: list[tuple[Claim, Outcome]] = []
        for claim in claims:
            outcome = why_not(claim, services.load)
            if outcome is None and isinstance(claim.effect, TimerEffect):
                delays.append(claim.effect)
                outcome = Outcome("sent")
            if outcome is not None:
                outcomes.append((claim, outcome))
        ports.timer.set_all(delays)
        ports.outbox.settle_all(outcomes)
        return len(claims)

    def _fire(self, messages: Sequence[TimerMessage]) -> int:
        """Let the Pager receive the timer's messages; return how many it took."""
        if not messages:
            return 0
        not_taken = [
            (message, answer.error)
            for message, answer in zip(
                messages, self._inbox.submit_all(messages).result(), strict=True
            )
            if isinstance(answer, NotTaken)
        ]
        for message, error in not_taken:
            if not isinstance(error, Unreadable):
                raise error
            # It must not stop the timers of other services; a newer node may be able to read it.
            logger.error("its escalation waits: %s", error)
            self._ports.timer.postpone(message, self._retry_unreadable_after)
        return len(messages) - len(not_taken)
