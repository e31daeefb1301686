"""The threads that carry out what was committed, and let the timers go off."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import assert_never, get_args

from pydantic import ValidationError
from sqlalchemy import Connection

from pager.adapters.bell import CLAIMED_AT_ONCE, Bell, Bells
from pager.adapters.sql.database import Database, Within
from pager.adapters.sql.ports import SqlPorts
from pager.decide import Decision
from pager.messages import Channel
from pager.ports import Gateways
from pager.relay import OutboxRelay
from pager.service import PagerService

POLL = timedelta(milliseconds=500)
"""How often a worker looks by itself: for timers, retries, and what another process committed."""

TIMERS_A_TRANSACTION = 100

PAUSE_AFTER_FAILURE = timedelta(seconds=1)
"""So that what goes on failing does not fill the log."""

logger = logging.getLogger(__name__)


class Workers:
    """Relays for mail and SMS on threads of their own, and one thread for the timers.

    Each channel has its threads, so that a mail server which hangs holds up neither the SMS
    nor the escalation.
    """

    def __init__(
        self,
        database: Database,
        bells: Bells,
        gateways: Gateways,
        *,
        mail_relays: int,
        sms_relays: int,
    ) -> None:
        """`mail_relays` and `sms_relays`: how many pages of each are sent at the same time."""
        self._database = database
        self._bells = bells
        self._ports = SqlPorts(database)
        self._relay_within = partial(_relay, gateways=gateways)
        self._relay = self._relay_within(self._ports)
        self._stopping = threading.Event()
        self._threads = [
            self._thread(f"{channel}-{n}", work, bells.of(channel))
            for channel in get_args(Channel)
            for work, threads in [self._work(channel, mail_relays, sms_relays)]
            for n in range(threads)
        ]

    def start(self) -> None:
        """Start with what is left from before: due pages, and timers that came due meanwhile."""
        if self._database.serves_alone:
            self._ports.outbox.recover()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each page that is being sent be finished, give back the others, and end."""
        self._stopping.set()
        self._relay.stop()
        self._bells.ring_all(len(self._threads))
        for thread in self._threads:
            thread.join()

    def _thread(self, name: str, work: Callable[[], int], bell: Bell) -> threading.Thread:
        return threading.Thread(name=name, target=self._loop, args=(work, bell), daemon=True)

    def _loop(self, work: Callable[[], int], bell: Bell) -> None:
        while not self._stopping.is_set():
            heard = bell.rings
            try:
                busy = work()
            except Exception:
                # A lost database, a full disk: the next round may do better.
                logger.exception("a worker failed, and goes on")
                self._stopping.wait(PAUSE_AFTER_FAILURE.total_seconds())
                busy = 0
            if not busy:
                bell.wait(heard, POLL)

    def _work(self, channel: Channel, mails: int, sms: int) -> tuple[Callable[[], int], int]:
        """What a thread of `channel` does, and how many there are: none is without one."""
        match channel:
            case "email":
                return partial(self._relay.run_once, channel, CLAIMED_AT_ONCE), mails
            case "sms":
                return partial(self._relay.run_once, channel, CLAIMED_AT_ONCE), sms
            case "timer":
                return self._run_timers, 1
            case _:
                assert_never(channel)

    def _run_timers(self) -> int:
        set_ = self._database.write(self._set) if self._ports.outbox.is_due("timer") else 0
        fired = self._database.write(_fire) if self._ports.timer.due(1) else []
        self._bells.ring_for(effect for decision in fired for effect in decision.effects)
        return set_ + len(fired)

    def _set(self, connection: Connection) -> int:
        """Set the timers that were decided: claimed, set and settled in one transaction."""
        relay = self._relay_within(SqlPorts(Within(connection)))
        return relay.run_once("timer", TIMERS_A_TRANSACTION)


def _relay(ports: SqlPorts, gateways: Gateways) -> OutboxRelay:
    return OutboxRelay(ports.outbox, ports.services, gateways, ports.timer)


def _fire(connection: Connection) -> list[Decision]:
    """Let the Pager receive what is due: each timeout is done in the transaction it leads to."""
    ports = SqlPorts(Within(connection))
    pager = PagerService(ports.policies, ports.services)
    fired = []
    for timeout in ports.timer.due(TIMERS_A_TRANSACTION):
        try:
            with connection.begin_nested():
                fired.append(pager.receive(timeout))
        except ValidationError:
            # A service or a policy that cannot be read must not stop the timers of the others.
            logger.exception("%s cannot be read: its escalation ends here", timeout.service_id)
        ports.timer.done(timeout)
    return fired
