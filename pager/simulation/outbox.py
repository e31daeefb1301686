"""The outbox in memory: claims, leases, and what is reported of what was sent."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pager.delivery import outcome_of, replaces
from pager.durations import in_words
from pager.lease import Lease
from pager.messages import Channel, Effect, Notification
from pager.ports import GIVEN_UP, Claim, DeliveryReport, Outcome
from pager.simulation.clock import Clock
from pager.simulation.timeline import Timeline
from pager.simulation.timer import InMemoryTimer
from pager.words import effect_in_words

LEASE = Lease(timedelta(minutes=1))


@dataclass
class _Entry:
    effect: Effect
    position: int
    due: timedelta
    attempt: int = 0
    leased_until: timedelta | None = None
    outcome: Outcome | None = None
    reports: dict[str, DeliveryReport] = field(default_factory=dict)
    """The last delivery report of each copy, by its receipt."""

    @property
    def is_given_up(self) -> bool:
        """Whether the page reaches nobody: it is refused, or its last copy was not delivered."""
        status = self.outcome.status if self.outcome else None
        return status in GIVEN_UP or (status == "failed" and self.undelivered > 0)

    @property
    def undelivered(self) -> int:
        """How many copies were not delivered."""
        return sum(report.status == "undelivered" for report in self.reports.values())

    @property
    def turn(self) -> tuple[int, int, timedelta]:
        """The smaller, the sooner it is claimed."""
        return (self.attempt, self.position if self.attempt == 0 else 0, self.due)


class InMemoryOutbox:
    """Outbox: what InMemoryMonitoredServices saved and no relay has carried out yet."""

    def __init__(
        self, clock: Clock, timeline: Timeline | None = None, timer: "InMemoryTimer | None" = None
    ) -> None:
        """Leases and retries go by `clock`; `timer` is told which steps are unreachable."""
        self._clock = clock
        self._timeline = timeline or Timeline(clock)
        self._timer = timer or InMemoryTimer(clock, self._timeline)
        self._entries: list[_Entry] = []
        # The open ones by themselves: a search for due effects does not pass all settled ones.
        self._open: dict[int, _Entry] = {}
        self._lock = threading.Lock()

    def claim(self, channel: Channel, at_most: int) -> Sequence[Claim]:
        """Take due effects, for a lease of one minute."""
        with self._lock:
            due = [
                (*entry.turn, id_)
                for id_, entry in self._open.items()
                if entry.effect.channel == channel
                and entry.due <= self._clock.now
                and (entry.leased_until is None or entry.leased_until <= self._clock.now)
            ]
            return [self._lease(id_) for *_, id_ in sorted(due)[:at_most]]

    def holds(self, claim: Claim) -> bool:
        """Whether the claim is still the last one, and its lease allows a send."""
        with self._lock:
            entry = self._entries[claim.id]
            return (
                entry.attempt == claim.attempt
                and entry.leased_until is not None
                and LEASE.allows_send(entry.leased_until - self._clock.now)
            )

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome; one that is to be tried again is due after `retry_after`."""
        with self._lock:
            entry = self._entries[claim.id]
            is_late = entry.attempt != claim.attempt or claim.id not in self._open
            if is_late and outcome.status != "sent":
                return
            early = entry.reports.get(outcome.detail) if outcome.status == "sent" else None
            if early is not None and early.status == "undelivered":
                outcome = outcome_of(early, entry.undelivered)
            self._settle(claim.id, outcome)

    def page(self, key: str) -> Notification | None:
        """The page with that idempotency key."""
        found = self._find(key)
        effect = self._entries[found].effect if found is not None else None
        return effect if isinstance(effect, Notification) else None

    def record(self, key: str, report: DeliveryReport, *, is_wanted: bool) -> None:
        """Record the delivery report, and what follows from it."""
        with self._lock:
            id_ = self._find(key)
            if id_ is None:
                return
            entry = self._entries[id_]
            known = entry.reports.get(report.receipt)
            is_known = report.status == "accepted" and id_ not in self._open
            if is_known or not replaces(report.status, known.status if known else None):
                return
            entry.reports[report.receipt] = report
            self._timeline.add(report.status, _ending(entry.effect, Outcome("sent", report.detail)))
            if report.status == "undelivered":
                if is_wanted and entry.outcome == Outcome("sent", report.receipt):
                    self._settle(id_, outcome_of(report, entry.undelivered))
            elif id_ in self._open or (entry.is_given_up and report.status == "delivered"):
                self._settle(id_, Outcome("sent", report.receipt))

    def _find(self, key: str) -> int | None:
        keys = (entry.effect.idempotency_key for entry in self._entries)
        return next((id_ for id_, other in enumerate(keys) if other == key), None)

    def _settle(self, id_: int, outcome: Outcome) -> None:
        entry = self._entries[id_]
        entry.outcome = outcome
        entry.leased_until = None
        if outcome.retry_after is None:
            self._open.pop(id_, None)
        else:
            self._open[id_] = entry
            entry.due = self._clock.now + outcome.retry_after
        if outcome.status != "sent":  # the ports note what was sent or set
            self._timeline.add(outcome.status, _ending(entry.effect, outcome))
        page = entry.effect
        if entry.is_given_up and isinstance(page, Notification) and self._is_unreachable(page):
            self._timer.give_at_once(page.unreachable)

    def release(self, claim: Claim) -> None:
        """Make the effect due again now, if the claim is still the last one."""
        with self._lock:
            entry = self._entries[claim.id]
            if entry.attempt == claim.attempt and entry.leased_until is not None:
                entry.leased_until = None
                entry.attempt -= 1

    def recover(self) -> None:
        """Make all claimed effects due at once: every relay that claimed them has died."""
        with self._lock:
            for entry in self._entries:
                entry.leased_until = None

    @property
    def outcomes(self) -> list[tuple[Effect, Outcome | None]]:
        """Every effect that was saved, with the outcome of its last attempt."""
        with self._lock:
            return [(entry.effect, entry.outcome) for entry in self._entries]

    @property
    def next_due(self) -> timedelta | None:
        """When the next effect that nobody holds is due, if there is one."""
        with self._lock:
            return min(
                (max(entry.due, entry.leased_until or entry.due) for entry in self._open.values()),
                default=None,
            )

    def _add(self, effects: Sequence[Effect]) -> None:
        with self._lock:
            for position, effect in enumerate(effects):
                entry = _Entry(effect, position, self._clock.now)
                self._open[len(self._entries)] = entry
                self._entries.append(entry)

    def _is_unreachable(self, page: Notification) -> bool:
        """Whether every page of the same step is given up."""
        return all(
            entry.is_given_up
            for entry in self._entries
            if isinstance(entry.effect, Notification)
            and entry.effect.unreachable == page.unreachable
        )

    def _lease(self, id_: int) -> Claim:
        entry = self._entries[id_]
        entry.attempt += 1
        entry.leased_until = self._clock.now + LEASE.duration
        return Claim(id_, entry.effect, entry.attempt, self._clock.moment)


def _ending(effect: Effect, outcome: Outcome) -> str:
    """What was not sent, why, and when it is tried again."""
    parts = [effect_in_words(effect)]
    if outcome.detail:
        parts.append(outcome.detail)
    if outcome.retry_after is not None:
        parts.append(f"again in {in_words(outcome.retry_after)}")
    return "; ".join(parts)
