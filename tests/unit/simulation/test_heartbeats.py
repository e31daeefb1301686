"""Heartbeats in memory."""

from datetime import timedelta

from pager.heartbeats import Heartbeat
from pager.messages import Alert, Message
from pager.simulation.clock import Clock
from pager.simulation.heartbeats import InMemoryHeartbeats

HOUR = timedelta(hours=1)


def test_what_is_missing_stays_missing_while_pager_hears_nothing() -> None:
    """And is raised once."""
    clock, received = Clock(), list[Message]()
    heartbeats = InMemoryHeartbeats(clock, received.append)
    for name in ("backup", "reports"):
        beat = Heartbeat(name=name, service_id=name, interval=HOUR, grace=timedelta(minutes=5))
        heartbeats.put(beat)
    heartbeats.ping("backup")
    clock.advance(2 * HOUR)
    heartbeats.ping("reports")
    heartbeats.raise_overdue()
    heartbeats.stop_listening_for(HOUR)
    heartbeats.raise_overdue()
    assert [(type(message), message.service_id) for message in received] == [(Alert, "backup")]
