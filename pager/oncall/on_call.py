"""What a schedule means: who is on call at a moment."""

from datetime import datetime

from pager.oncall.schedules import Schedule


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The names of those who are on call at that moment, each once; nobody in a gap."""
    for override in reversed(schedule.overrides):
        if override.starts_at <= at < override.ends_at:
            return (override.person,)
    return tuple(dict.fromkeys(r.participants[0] for r in schedule.rotations))
