"""The services in memory. All the ports here have the names and the promises of `pager.ports`, and
faults on request.

They may be shared between threads. What a real adapter keeps on disk they keep in the object,
so a test "restarts" by giving the same objects to a new PagerService and a new OutboxRelay.
"""

import threading
from collections.abc import Callable
from typing import Literal

from pager.decide import Decision
from pager.errors import ConcurrentUpdate
from pager.model import Healthy, MonitoredService
from pager.ports import (
    Stored,
)
from pager.simulation.clock import Clock
from pager.simulation.crash import Crash
from pager.simulation.outbox import InMemoryOutbox
from pager.simulation.timeline import Timeline
from pager.words import (
    decision_in_words,
    effects_in_words,
)


class InMemoryMonitoredServices:
    """MonitoredServices, whose saves put their effects into an InMemoryOutbox."""

    def __init__(self, outbox: InMemoryOutbox, timeline: Timeline | None = None) -> None:
        """Start with every service Healthy, never seen."""
        self._outbox = outbox
        self._timeline = timeline or Timeline(Clock())
        self._stored: dict[str, Stored] = {}
        self._lock = threading.Lock()
        self._after_next_load: Callable[[], object] | None = None
        self._crash_at_next_save: Literal["before", "after"] | None = None
        self.decisions: list[Decision] = []
        """Every decision that was saved, in order."""

    def load(self, service_id: str) -> Stored:
        """State and version as one snapshot."""
        with self._lock:
            stored = self._stored.get(service_id, Stored(Healthy(service_id=service_id), 0))
        if (meanwhile := self._after_next_load) is not None:
            self._after_next_load = None
            meanwhile()
        return stored

    def save(self, decision: Decision, version: int) -> None:
        """Compare the version and set the state, with its effects, under one lock."""
        service_id = decision.after.service_id
        with self._lock:
            stored_version = self._stored[service_id].version if service_id in self._stored else 0
            self._timeline.add("decided", decision_in_words(decision))
            if stored_version != version:
                self._timeline.add("outrun", "somebody was faster: that is not saved")
                raise ConcurrentUpdate(service_id, version)
            crash, self._crash_at_next_save = self._crash_at_next_save, None
            if crash == "before":
                raise Crash
            self._stored[service_id] = Stored(decision.after, version + 1)
            self._outbox._add(decision.effects)  # noqa: SLF001 - the two are one store
            self.decisions.append(decision)
            effects = effects_in_words(decision.effects)
            self._timeline.add("saved", f"that, and to carry out: {effects}")
        if crash == "after":
            raise Crash

    @property
    def all(self) -> list[MonitoredService]:
        """Every service that was ever saved."""
        with self._lock:
            return [stored.service for stored in self._stored.values()]

    def after_next_load(self, meanwhile: Callable[[], object]) -> None:
        """Let `meanwhile` happen once, between the next load and its save: a race, forced."""
        self._after_next_load = meanwhile

    def crash_at_next_save(self, when: Literal["before", "after"]) -> None:
        """Let the process die right before, or right after, the next save that is not refused."""
        self._crash_at_next_save = when
