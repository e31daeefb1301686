"""Heartbeats in memory, with a clock that is moved by hand."""

from collections.abc import Callable
from datetime import timedelta

from pager.heartbeats import Heartbeat, Listening, Watch, alert
from pager.messages import Message
from pager.simulation.clock import Clock


class InMemoryHeartbeats:
    """The heartbeats of a Pager, and when it has listened."""

    def __init__(self, clock: Clock, receive: Callable[[Message], object]) -> None:
        """`receive` takes the Alert of one that stays away, and the Resolve at its return."""
        self._clock = clock
        self._receive = receive
        self._listening = Listening(clock.moment, clock.moment)
        self._heartbeats: dict[str, Heartbeat] = {}
        self._watches: dict[str, Watch] = {}
        self._missing: set[str] = set()

    def listen(self) -> None:
        """Listen from now on, as a Pager that has just been started."""
        self._listening = Listening(self._clock.moment, self._clock.moment)

    def put(self, heartbeat: Heartbeat) -> None:
        """Add or replace a heartbeat. It waits for its first ping."""
        self._heartbeats[heartbeat.name] = heartbeat
        self._watches[heartbeat.name] = Watch(heartbeat.interval, heartbeat.grace)

    def ping(self, name: str) -> None:
        """Take a ping of the heartbeat."""
        if name in self._missing:
            self._receive(self._heartbeats[name].resolve)
            self._missing.remove(name)
        self._watches[name] = self._watches[name].pinged(self._clock.moment)

    @property
    def next_due(self) -> timedelta | None:
        """When the next one stays away, unless it is pinged before."""
        deadlines = (
            watch.deadline for name, watch in self._watches.items() if name not in self._missing
        )
        return min((at - self._clock.start for at in deadlines if at is not None), default=None)

    def raise_overdue(self) -> None:
        """Raise the Alert of each that stays away by now."""
        for name, watch in self._watches.items():
            if name not in self._missing and watch.overdue_since(self._clock.moment) is not None:
                self._receive(alert(self._heartbeats[name], watch, self._listening))
                self._missing.add(name)

    def stop_listening_for(self, duration: timedelta) -> None:
        """Let `duration` pass, in which Pager hears nothing, and listen again."""
        before = self._listening.at(self._clock.moment)
        self._clock.advance(duration)
        self._listening = before.at(self._clock.moment)
        if self._listening.since > before.since:
            for name, watch in self._watches.items():
                if name not in self._missing:
                    self._watches[name] = watch.after_gap(self._listening)
