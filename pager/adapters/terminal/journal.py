"""An incident as a person reads it on the terminal: its journal, line by line."""

from collections.abc import Sequence
from datetime import UTC

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pager.adapters.store.refused_alerts import RefusedAlerts
from pager.adapters.store.views.entries import Entry
from pager.adapters.store.views.status import ServiceStatus
from pager.adapters.store.views.timeline import clock_time, lines
from pager.adapters.text import printable
from pager.durations import in_words, whole_seconds
from pager.model import MOST_OPEN_KEYS

STYLES = {
    "received": "bold",
    "unreadable": "bold red",
    "failed": "bold red",
    "refused": "bold red",
    "undelivered": "bold red",
    "unknown": "bold yellow",
}


def timeline(entries: Sequence[Entry]) -> RenderableType:
    """What happened, in order: when (UTC), and how long after the first of it."""
    start = entries[0].at
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    table.add_column(overflow="fold")
    for entry in entries:
        after = f"+{in_words(whole_seconds(entry.at - start))}"
        for number, (verb, what) in enumerate(lines(entry)):
            when = (f"{entry.at.astimezone(UTC):%H:%M:%S}", after) if number == 0 else ("", "")
            table.add_row(*when, Text(verb, STYLES.get(verb, "")), Text(printable(what)))
    return Group(Text(f"From {clock_time(start)}"), table)


def status_text(status: ServiceStatus) -> str:
    """The state of a service, and what comes next."""
    if status.state == "healthy":
        return f"Healthy; incidents so far: {status.incident}"
    level = f"Level {status.policy_level}" if status.policy_level else "nobody notified yet"
    state = f"Unhealthy, incident {status.incident}, {level}"
    if status.later_alerts:
        state += f", later Alerts: {status.later_alerts.count}"
    open_keys = status.open_dedup_keys or []
    if status.has_too_many_dedup_keys:
        state += f", more than {MOST_OPEN_KEYS} troubles: only a person can close it"
    elif len(open_keys) > 1:
        state += f", open troubles: {len(open_keys)}"
    if status.acknowledged:
        end = status.acknowledgement_expires_at
        until = f"; that expires at {clock_time(end)}" if end else ""
        return f"{state}, acknowledged by {status.acknowledged_by or 'somebody'}{until}"
    if status.waits_for_maintenance:
        end = status.maintenance_until
        return f"{state}: in maintenance{f' until {clock_time(end)}' if end else ''}"
    if status.exhausted:
        return f"{state}: every Level was notified and nobody answered; nobody else will be"
    timeout = status.acknowledgement_timeout
    until = f"; it escalates at {clock_time(timeout.due_at)}" if timeout else ""
    return f"{state}, nobody has acknowledged{until}"


def overview(statuses: Sequence[ServiceStatus]) -> RenderableType:
    """A line for each service, Unhealthy ones first."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for status in sorted(
        statuses, key=lambda status: (status.state == "healthy", status.service_id)
    ):
        style = "" if status.state == "healthy" else "bold red"
        table.add_row(Text(status.service_id), Text(printable(status_text(status)), style))
    return table


def refused(alerts: Sequence[RefusedAlerts]) -> RenderableType:
    """A line for each service and reason: how often, when last, why, and who sent it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for row in alerts:
        times = f"{row.times} times" if row.times > 1 else "once"
        what = Text(f"refused {times}, last {clock_time(row.last_at)}", "bold red")
        table.add_row(what, Text(f"{printable(row.reason)}; from {printable(row.sender)}"))
    return table
