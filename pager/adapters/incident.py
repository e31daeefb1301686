"""An incident as a person reads it on the terminal: its journal, line by line."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import assert_never

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pager.adapters.sql.journal import Attempt, Decided, Entry, PolicyEdit
from pager.adapters.sql.status import ServiceStatus
from pager.adapters.terminal import printable
from pager.messages import AcknowledgementDelay
from pager.model import EscalationPolicy
from pager.words import effects_in_words, in_words, message_in_words, service_in_words

STYLES = {"received": "bold", "failed": "bold red", "refused": "bold red", "unknown": "bold yellow"}


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
    return Group(Text(f"From {_utc(start)}"), table)


def outlook(status: ServiceStatus) -> str:
    """How a service is, and what comes next."""
    if status.state == "healthy":
        return f"Healthy; incidents so far: {status.incident}"
    said = f"Unhealthy, incident {status.incident}, Level {status.level}"
    if status.acknowledged:
        return f"{said}, acknowledged by {status.acknowledged_by or 'somebody'}"
    if status.exhausted:
        return f"{said}: every Level was notified and nobody answered; nobody else will be"
    timeout = status.acknowledgement_timeout
    until = f"; it escalates at {_utc(timeout.due_at)}" if timeout else ""
    return f"{said}, nobody has acknowledged{until}"


def overview(statuses: Sequence[ServiceStatus]) -> RenderableType:
    """Every service in a line, those in trouble first."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for status in sorted(statuses, key=lambda one: (one.state == "healthy", one.service_id)):
        style = "" if status.state == "healthy" else "bold red"
        table.add_row(Text(status.service_id), Text(printable(outlook(status)), style))
    return table


def lines(entry: Entry) -> Iterator[tuple[str, str]]:
    """A verb, and what it was done to."""
    match entry:
        case PolicyEdit():
            yield "edited", f"{_who('by', entry.author)}{_policy_in_words(entry.policy)}"
        case Decided():
            yield "received", f"{_who('from', entry.author)}{message_in_words(entry.message)}"
            yield "became", f"{service_in_words(entry.after)} (version {entry.version_after})"
            if entry.effects:
                yield "decided", f"to notify {effects_in_words(entry.effects)}"
        case Attempt(effect=AcknowledgementDelay(), status="sent"):
            yield "set", effects_in_words([entry.effect])
        case Attempt():
            yield entry.status, _attempt_in_words(entry)
        case _:
            assert_never(entry)


def _who(preposition: str, author: str | None) -> str:
    """Stands first: what follows may be somebody's own words, and name anybody."""
    return f"{preposition} {author}: " if author else ""


def _attempt_in_words(entry: Attempt) -> str:
    said = f"{effects_in_words([entry.effect])}, Level {entry.effect.level}"
    if entry.attempt > 1:
        said += f", attempt {entry.attempt}"
    if entry.detail:
        said += f": {entry.detail}"
    if entry.retry_at is not None:
        said += f"; again at {_utc(entry.retry_at)}"
    return said


def _policy_in_words(policy: EscalationPolicy | None) -> str:
    if policy is None:
        return "the Escalation Policy: removed"
    levels = (
        f"Level {number}: {', '.join(target.key for target in level.targets)} "
        f"({in_words(level.acknowledgement_delay)})"
        for number, level in enumerate(policy.levels, 1)
    )
    return f"the Escalation Policy: {'; '.join(levels)}"


def whole_seconds(span: timedelta) -> timedelta:
    """What people ask of the length of a span."""
    return timedelta(seconds=span // timedelta(seconds=1))


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
