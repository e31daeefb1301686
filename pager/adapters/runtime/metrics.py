"""The metrics for Prometheus. `docs/operations.md` explains each one, and a test compares."""

from collections.abc import Sequence
from itertools import product
from typing import Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from pager.adapters.store.refused_alerts import REASONS
from pager.adapters.store.views.gauges import Gauges
from pager.decide import Decision
from pager.errors import PagerError
from pager.messages import Channel, Escalate, Message, TimerMessage
from pager.model import Exhausted, Unhealthy
from pager.ports import ReportStatus, Status

MESSAGES = [kind.model_fields["type"].default for kind in get_args(get_args(Message)[0])]

# They would double the page, and Prometheus has no use for them in this format.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types


class Metrics:
    """Counts what happens in this process, and adds the gauges of the database."""

    def __init__(self) -> None:
        """All zero. It has its own registry, so that two servers in one process do not mix."""
        self._registry = CollectorRegistry()
        self._messages = self._counter(
            "pager_messages_total",
            "Messages received, by what they led to. Refused: there was nobody to page.",
            type=MESSAGES,
            result=("changed", "unchanged", "refused"),
        )
        self._refused_alerts = self._counter(
            "pager_refused_alerts_total",
            "Alerts (or requests to raise Alerts) that were refused, by the HTTP status.",
            status=[*map(str, sorted(map(int, REASONS))), "500"],
        )
        self._notifications = self._counter(
            "pager_notifications_total",
            "Attempts to hand a page to its provider, by how they ended.",
            channel=("email", "sms"),
            outcome=("sent", "refused", "failed", "unknown"),
        )
        self._reports = self._counter(
            "pager_delivery_reports_total",
            "Reports on SMS that were accepted. Refused: Twilio has not signed it.",
            status=("accepted", "delivered", "undelivered", "refused"),
        )
        self._escalations = self._counter(
            "pager_escalations_total",
            "Steps that told a Level: nobody acknowledged in time or could, that expired, by hand.",
        )
        self._exhausted = self._counter(
            "pager_exhausted_incidents_total", "Incidents that nobody answered on any Level."
        )
        self._commit = Histogram(
            "pager_commit_seconds",
            "From the arrival of a message by HTTP to its commit.",
            registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self._database_up = self._gauge(
            "pager_database_up", "1 while the database can be read and takes writes."
        )
        self._queue = self._gauge("pager_writer_queue", "Writes that wait for their transaction.")
        self._services = self._gauge(
            "pager_unhealthy_services", "Unhealthy Monitored Services.", "stage"
        )
        self._unreadable = self._gauge(
            "pager_unreadable_services",
            "Monitored Services of which this version of Pager cannot read what is stored.",
            "what",
        )
        self._oldest_due = self._gauge(
            "pager_oldest_due_seconds",
            "For how long the oldest effect that is wanted has been due and not carried out.",
            "channel",
        )
        self._missing_heartbeats = self._gauge(
            "pager_missing_heartbeats", "Heartbeats that stay away."
        )
        self._unreadable_entries = self._gauge(
            "pager_unreadable_on_call_entries",
            "People, teams, schedules and shared policies that this version of Pager cannot read.",
        )
        self._services_with_gaps = self._gauge(
            "pager_services_with_gaps",
            "Monitored Services whose shared policy does not reach all whom it names just now.",
        )

        self._violated = self._gauge(
            "pager_violated_properties",
            "Properties that did not hold when they were verified last.",
        )
        self._verified_at = self._gauge(
            "pager_properties_verified_timestamp_seconds",
            "When properties were verified last, in seconds since 1970; 0 where they never were.",
        )

    def committed(self, message: Message, answer: Decision | PagerError) -> None:
        """Count a message by its answer, once that is committed."""
        result = "refused"
        if isinstance(answer, Decision):
            result = "changed" if answer.changed else "unchanged"
            self._count_step(answer)
        self._messages.labels(message.type, result).inc()

    def reported(self, status: ReportStatus | Literal["refused"]) -> None:
        """Count a delivery report."""
        self._reports.labels(status).inc()

    def refused(self, status: int) -> None:
        """Count a refused Alert by the HTTP status of its answer."""
        self._refused_alerts.labels(str(status)).inc()

    def waited(self, seconds: float) -> None:
        """Record how many seconds a message waited for its commit."""
        self._commit.observe(seconds)

    def attempted(self, channel: Channel, status: Status) -> None:
        """Count an attempt to send by its outcome."""
        self._notifications.labels(channel, status).inc()

    def page(self, gauges: Gauges | None, *, up: bool, queued: int) -> bytes:
        """All metrics in Prometheus's text format; the gauges are left out where they are None."""
        self._database_up.set(up)
        self._queue.set(queued)
        self._services.clear()
        self._unreadable.clear()
        self._oldest_due.clear()
        if gauges is not None:
            for stage, count in gauges.unhealthy.items():
                self._services.labels(stage).set(count)
            for what, count in gauges.unreadable.items():
                self._unreadable.labels(what).set(count)
            for channel, seconds in gauges.oldest_due.items():
                self._oldest_due.labels(channel).set(seconds)
            self._missing_heartbeats.set(gauges.missing_heartbeats)
            self._unreadable_entries.set(gauges.unreadable_entries)
            self._services_with_gaps.set(gauges.services_with_gaps)
            number, verified_at = gauges.properties
            self._violated.set(number)
            self._verified_at.set(0 if verified_at is None else verified_at.timestamp())
        return generate_latest(self._registry)

    def _count_step(self, decision: Decision) -> None:
        after = decision.after
        if (
            decision.changed
            and isinstance(decision.message, TimerMessage | Escalate)
            and isinstance(after, Unhealthy)
            and not after.waits_for_maintenance
        ):
            step = self._exhausted if isinstance(after.escalation, Exhausted) else self._escalations
            step.inc()

    def _counter(self, name: str, documentation: str, **labels: Sequence[str]) -> Counter:
        """A counter that has every combination of its labels from the start, at 0."""
        counter = Counter(name, documentation, labels, registry=self._registry)
        for values in product(*labels.values()) if labels else ():
            counter.labels(*values)
        return counter

    def _gauge(self, name: str, documentation: str, *labels: str) -> Gauge:
        return Gauge(name, documentation, labels, registry=self._registry)
