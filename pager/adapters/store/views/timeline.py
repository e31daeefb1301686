"""The timeline of an incident as text, for the terminal and the console."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never

from pager.adapters.store.views.entries import (
    Attempt,
    Decided,
    Entry,
    Note,
    PolicyEdit,
    Reported,
    UnreadableEntry,
)
from pager.durations import in_words
from pager.messages import AcknowledgementDelay, AcknowledgementExpiry, Alert, Notification
from pager.model import Unhealthy
from pager.oncall.policies import PolicyUse, ServicePolicy
from pager.words import (
    effects_in_words,
    message_in_words,
    rules_in_words,
    service_in_words,
    troubles_in_words,
    why_in_words,
)


def lines(entry: Entry) -> Iterator[tuple[str, str]]:
    """The lines of an entry, each as a verb and what it was done to."""
    match entry:
        case PolicyEdit():
            yield "edited", f"{_who('by', entry.author)}{_policy_in_words(entry.policy)}"
        case Decided(message=Alert(), effects=()):
            yield "received", f"{_who('from', entry.author)}{message_in_words(entry.message)}"
            troubles = troubles_in_words(entry.after) if isinstance(entry.after, Unhealthy) else ""
            now = f"; {troubles}" if troubles else ""
            version = entry.version_after
            yield "noted", f"for the next page; nobody is notified{now} (version {version})"
        case Decided():
            yield from _decided(entry)
        case Attempt(effect=AcknowledgementDelay(policy_level=0), status="sent"):
            yield "set", f"{effects_in_words([entry.effect])}: until the maintenance is over"
        case Attempt(effect=AcknowledgementDelay() | AcknowledgementExpiry(), status="sent"):
            yield "set", effects_in_words([entry.effect])
        case Attempt():
            yield entry.status, _attempt_in_words(entry)
        case Reported():
            yield entry.status, _report_in_words(entry)
        case Note():
            yield "noted", f"{_who('by', entry.author)}{entry.text}"
        case UnreadableEntry():
            what = entry.what.replace("-", " ")
            yield "unreadable", f"a {what} that this version of Pager cannot read: {entry.reason}"
        case _:
            assert_never(entry)


def _decided(entry: Decided) -> Iterator[tuple[str, str]]:
    message = message_in_words(entry.message, entry.before)
    yield "received", f"{_who('from', entry.author)}{message}"
    yield "became", f"{service_in_words(entry.after)} (version {entry.version_after})"
    if isinstance(entry.after, Unhealthy) and entry.after.waits_for_maintenance:
        yield "decided", f"to notify nobody for now: {effects_in_words(entry.effects)}"
    elif any(isinstance(effect, AcknowledgementExpiry) for effect in entry.effects):
        yield "decided", f"to set {effects_in_words(entry.effects)}"
    elif entry.effects:
        yield (
            "decided",
            f"to notify {effects_in_words(entry.effects)}{_which(entry)}{_fallback(entry)}",
        )
        for gap in entry.policy.gaps if entry.policy else ():
            yield "left out", gap


def _which(entry: Decided) -> str:
    """Why the Level is told again, or in which way, where it is not just the next one."""
    if entry.continues:
        return f"; the next contact methods of Level {entry.effects[0].policy_level}"
    reasons = [why_in_words(page) for page in entry.effects if isinstance(page, Notification)]
    return f"; {reasons[0]}" if any(reasons) else ""


def _fallback(entry: Decided) -> str:
    if entry.policy is None or entry.policy.service_id == entry.service_id:
        return ""
    why = (
        "its own reaches nobody" if entry.policy.gaps else "it has no Escalation Policy of its own"
    )
    return f"; by the fallback policy, because {why}"


def _who(preposition: str, author: str | None) -> str:
    """Who did it. Stands first, because what follows may be text that names somebody else."""
    return f"{preposition} {author}: " if author else ""


def _attempt_in_words(entry: Attempt) -> str:
    text = f"{effects_in_words([entry.effect])}, Level {entry.effect.policy_level}"
    if entry.attempt > 1:
        text += f", attempt {entry.attempt}"
    if entry.detail:
        text += f": {entry.detail}"
    if entry.retry_at is not None:
        text += f"; again at {clock_time(entry.retry_at)}"
    return text


def _report_in_words(entry: Reported) -> str:
    text = f"{effects_in_words([entry.effect])}, Level {entry.effect.policy_level}"
    return f"{text}, as its provider reports: {entry.detail} ({entry.receipt})"


def _policy_in_words(policy: ServicePolicy | None) -> str:
    if policy is None:
        return "the Escalation Policy: removed"
    if isinstance(policy, PolicyUse):
        return f"the Escalation Policy: it is the shared one {policy.uses}"
    levels = (
        f"Level {number}: {', '.join(target.key for target in level.targets)} "
        f"({in_words(level.acknowledgement_delay)})"
        for number, level in enumerate(policy.levels, 1)
    )
    return f"the Escalation Policy: {'; '.join([*levels, *rules_in_words(policy)])}"


def clock_time(at: datetime) -> str:
    """The moment in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
