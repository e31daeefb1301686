"""Verifies what people have changed: soon after, by itself, whoever has changed it and wherever.

Nothing waits for it, and it gives way to whatever else runs.
"""

import threading
import time
from datetime import timedelta

from pager.adapters.runtime.verification.recording import verify_all
from pager.adapters.runtime.wakeups import Wakeup
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import SqlVerdicts
from pager.configuration.properties import NO_EMPTY_LEVEL

EVERY = timedelta(minutes=1)
"""How often a node looks whether something was changed, where nobody asks."""

RESTS = 4
"""How many times as long as it took it rests: many edits in a row do not keep a core busy."""

WITHIN = timedelta(minutes=10)


class BackgroundVerification:
    """Verifies all properties once what they are about was changed."""

    def __init__(
        self,
        database: Database,
        asked: Wakeup,
        stopping: threading.Event,
        within: timedelta = WITHIN,
        now: Now = database_clock,
    ) -> None:
        """Whoever wakes `asked` asks for it. It ends at once where `stopping` is set."""
        self._database = database
        self._asked = asked
        self._asked_before = 0
        self._stopping = stopping
        self._within = within
        self._now = now
        self._pause = EVERY

    def work(self) -> None:
        """Wait until somebody asks, or it is time to look; then verify, if there is need."""
        self._asked.wait(self._asked_before, self._pause)
        if self._stopping.is_set():
            return
        is_asked, self._asked_before = self._asked.count > self._asked_before, self._asked.count
        began = time.monotonic()
        self.look(is_asked=is_asked)
        took = timedelta(seconds=time.monotonic() - began)
        self._pause = max(EVERY, RESTS * took)

    def look(self, *, is_asked: bool = False) -> None:
        """Verify all of them where one is not verified since the last change; or somebody asks."""
        if is_asked or self._is_outdated():
            verify_all(self._database, self._within, self._now, self._stopping)

    def _is_outdated(self) -> bool:
        try:
            sentences = SqlProperties(self._database).versioned().sentences
        except Unreadable:  # a newer version has written them, and verifies them
            return False
        verdicts = SqlVerdicts(self._database).all()
        return any(
            sentence not in verdicts or verdicts[sentence].is_outdated
            for sentence in (NO_EMPTY_LEVEL, *sentences)
        )
