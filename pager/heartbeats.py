"""Heartbeats: jobs that say regularly that they are alive. One that stays away raises an Alert.

A ping says that a heartbeat is alive. It stays away once its interval and its grace are over
without another ping. Then it raises an Alert under its dedup key, and its return resolves that key:
both are messages as any other (`decide`), and there is no second rule for them.

Pager must not page because it was down itself. A ping may have come while it did not listen. So
when Pager listens again, every heartbeat that did not stay away before has its whole interval and
grace once more.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from pager.durations import BadDuration, in_words, parse_duration
from pager.messages import Alert, Resolve
from pager.model import DedupKey, ServiceId, Value

HeartbeatName = Annotated[
    str,
    StringConstraints(
        max_length=100, pattern="^[A-Za-z0-9_](?:[A-Za-z0-9_ .:@+-]*[A-Za-z0-9_.:@+-])?$"
    ),
]
"""The name of a heartbeat: letters from A to Z, digits, spaces, . _ : @ + - (nightly-backup)."""

SHORTEST_INTERVAL = timedelta(seconds=1)
LONGEST_INTERVAL = timedelta(days=366)
"""Of an interval, and of a grace."""

DEFAULT_GRACE = timedelta(minutes=1)

LONGEST_PAUSE = timedelta(seconds=5)
"""A node that listens notes so each second. After a longer pause it counts as a gap.

A restart is shorter. Whoever sends a ping must try again for longer than that."""


def _read_duration(value: object) -> object:
    """Take ISO 8601 and a number of seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return timedelta(seconds=value)
        except (OverflowError, ValueError):
            pass
    elif isinstance(value, timedelta):
        return value
    elif isinstance(value, str) and value.startswith("P"):
        try:
            return parse_duration(value)
        except BadDuration:
            pass
    raise PydanticCustomError(
        "duration", "A duration is expected: ISO 8601, such as PT5M (5 minutes), or seconds."
    )


_Iso = Annotated[str, WithJsonSchema({"type": "string", "format": "duration"})]
_LONGEST = int(LONGEST_INTERVAL.total_seconds())

A_MILLISECOND = timedelta(milliseconds=1)


def _whole_milliseconds(duration: timedelta) -> timedelta:
    """Rounded up, so that nothing is due too early: the stores keep no shorter time."""
    return -(-duration // A_MILLISECOND) * A_MILLISECOND


Interval = Annotated[
    timedelta,
    BeforeValidator(
        _read_duration, json_schema_input_type=_Iso | Annotated[int, Field(ge=1, le=_LONGEST)]
    ),
    Field(ge=SHORTEST_INTERVAL, le=LONGEST_INTERVAL),
    AfterValidator(_whole_milliseconds),
]
Grace = Annotated[
    timedelta,
    BeforeValidator(
        _read_duration, json_schema_input_type=_Iso | Annotated[int, Field(ge=0, le=_LONGEST)]
    ),
    Field(ge=timedelta(0), le=LONGEST_INTERVAL),
    AfterValidator(_whole_milliseconds),
]


class Heartbeat(Value):
    """A heartbeat, as people set it up."""

    name: HeartbeatName
    service_id: ServiceId
    """The Monitored Service that is in trouble if it stays away."""
    interval: Interval
    """It is pinged at least once in each interval."""
    grace: Grace = DEFAULT_GRACE
    """How much later a ping may come."""
    dedup_key: DedupKey | None = None
    """Of its Alert; None: `heartbeat:` and its name."""

    @field_validator("dedup_key")
    @classmethod
    def _none_where_it_is_the_usual(
        cls, key: str | None, info: ValidationInfo[object]
    ) -> str | None:
        # Whoever writes it out means the same, and stores do not tell the two apart.
        return None if key == f"heartbeat:{info.data.get('name')}" else key

    @property
    def key(self) -> str:
        """The dedup key of its Alert."""
        return self.dedup_key or f"heartbeat:{self.name}"

    @property
    def resolve(self) -> Resolve:
        """It has returned, or nobody waits for it any more."""
        return Resolve(service_id=self.service_id, dedup_key=self.key)


class Listening(NamedTuple):
    """When Pager has listened: a period without a gap, and the gap before it."""

    since: datetime
    until: datetime
    """When a node said last that it listens."""
    gap_from: datetime | None = None
    """When the period before ended; None if there was none."""

    def at(self, now: datetime) -> "Listening":
        """As it is `now`, when a node listens.

        After a long pause a new period begins. Where `until` is yet to come, the clock was set
        back: the period is moved by as much.
        """
        if now < self.until:
            back = self.until - now
            gap_from = None if self.gap_from is None else self.gap_from - back
            return Listening(self.since - back, now, gap_from)
        if now - self.until > LONGEST_PAUSE:
            return Listening(now, now, self.until)
        return self._replace(until=now)


State = Literal["waiting", "on time", "late", "missing"]
"""It waits for its first ping; it was pinged in its interval; in its grace; or it stays away."""

STATES: tuple[State, ...] = ("missing", "late", "on time", "waiting")
"""The worst first."""


class Watch(NamedTuple):
    """What Pager knows of the pings of one heartbeat."""

    interval: timedelta
    grace: timedelta
    pinged_at: datetime | None = None
    """The last ping; None before the first."""
    counts_from: datetime | None = None
    """Since when its interval counts: the last ping, or the end of a gap after it."""

    @property
    def deadline(self) -> datetime | None:
        """When it stays away, unless it is pinged before; None before its first ping."""
        if self.counts_from is None:
            return None
        return self.counts_from + self.interval + self.grace

    def pinged(self, now: datetime) -> "Watch":
        """A ping has come."""
        return self._replace(pinged_at=now, counts_from=now)

    def after_gap(self, listening: Listening) -> "Watch":
        """`listening` has just begun after a gap, in which a ping may have come unheard.

        It counts anew, unless it stayed away before the gap.
        """
        deadline, gap_from = self.deadline, listening.gap_from
        if deadline is None or gap_from is None or deadline <= gap_from:
            return self
        return self._replace(counts_from=listening.since)

    def set_back(self, by: timedelta) -> "Watch":
        """The clock was set back: as much of its time is left as before."""
        if self.pinged_at is None or self.counts_from is None:
            return self
        return self._replace(pinged_at=self.pinged_at - by, counts_from=self.counts_from - by)

    def overdue_since(self, now: datetime) -> datetime | None:
        """Since when it stays away; None if it does not."""
        deadline = self.deadline
        return deadline if deadline is not None and deadline <= now else None

    def state(self, now: datetime) -> State:
        """How it is `now`."""
        if self.counts_from is None:
            return "waiting"
        if self.overdue_since(now) is not None:
            return "missing"
        return "late" if self.counts_from + self.interval <= now else "on time"


def alert(heartbeat: Heartbeat, watch: Watch, listening: Listening) -> Alert:
    """The Alert of a heartbeat that stays away, with what Pager could not hear."""
    assert watch.pinged_at is not None  # before its first ping it does not stay away
    grace = f", and {in_words(watch.grace)} later at the most" if watch.grace else ""
    lines = [
        f"{heartbeat.name} has been silent since {_clock(watch.pinged_at)}.",
        f"It is expected every {in_words(watch.interval)}{grace}.",
    ]
    if listening.gap_from is not None and listening.since > watch.pinged_at:
        lines.append(
            f"Pager itself could not hear from {_clock(listening.gap_from)} to "
            f"{_clock(listening.since)}: it has waited anew since then."
        )
    return Alert(service_id=heartbeat.service_id, message="\n".join(lines), dedup_key=heartbeat.key)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
