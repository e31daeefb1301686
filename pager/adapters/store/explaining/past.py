"""The incident that was running at a moment, as the journal has it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from pager.adapters.store.core.clock import since_1970
from pager.adapters.store.core.schema import incidents
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.explaining.situations import SqlSituations
from pager.adapters.store.views.entries import Attempt, Decided, Entry, Reported
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.page_story import because
from pager.adapters.store.views.story import headlines
from pager.explain.course import Answer, Course, CourseStep, Page
from pager.messages import Acknowledgement, AcknowledgementDelay, Notification
from pager.model import Acknowledged, Healthy, Unhealthy, shortened
from pager.ports import Status

MOST_ENTRIES = 2_000
"""Of each kind, the newest: of an incident that has more, the beginning is left out."""
A_MINUTE = timedelta(minutes=1)
LONGEST_QUOTE = 200
"""Characters of an Alert."""

OUTCOMES: dict[Status, str] = {
    "sent": "sent",
    "withdrawn": "withdrawn before it was sent, as it was not needed any more",
    "refused": "refused",
    "failed": "not sent yet",
    "unknown": "nobody knows whether it was sent",
}
"""What became of a page, in words."""


def incident_at(connection: Connection, service_id: str, at: datetime) -> int | None:
    """The incident of the service that was running then, or began in the minute after it.

    People ask about minutes. None where there was none.
    """
    row = incidents.c
    query = (
        select(row.incident, row.ended_at)
        .where(row.service_id == service_id, row.begun_at < since_1970(at + A_MINUTE))
        .order_by(row.incident.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    if found is None or (found.ended_at is not None and found.ended_at <= since_1970(at)):
        return None
    incident: int = found.incident
    return incident


def past_course(connection: Connection, service_id: str, incident: int) -> Course | None:
    """All steps of the incident; None where the journal does not have it (any more)."""
    newest = Journal(InTransaction(connection)).newest(service_id, incident, MOST_ENTRIES)
    entries = [entry for entry, _ in reversed(newest)]
    decided = [entry for entry in entries if isinstance(entry, Decided)]
    if not decided:
        return None
    situations = SqlSituations(connection)
    begun_at = decided[0].at
    return Course(
        situation=situations.at(service_id, begun_at),
        at=begun_at,
        steps=tuple(_steps(decided, _outcomes(entries), situations)),
        incident=incident,
        acknowledged=_acknowledged(decided),
        ended_at=next((one.at for one in decided if isinstance(one.after, Healthy)), None),
        waits_until=_end_of_maintenance(decided),
    )


def _steps(
    decided: Sequence[Decided], outcomes: dict[str, str], situations: SqlSituations
) -> Iterator[CourseStep]:
    """What changed who is told; later Alerts tell nobody."""
    before: object = None
    for entry, line in zip(decided, headlines(decided), strict=True):
        pages = [effect for effect in entry.effects if isinstance(effect, Notification)]
        stage = entry.after.escalation if isinstance(entry.after, Unhealthy) else entry.after.state
        if not pages and stage == before:
            continue
        before = stage
        yield CourseStep(
            at=entry.at,
            level=entry.after.policy_level if isinstance(entry.after, Unhealthy) else 0,
            what=f"{line.text}: {_first_line(line.quote)}" if line.quote else line.text,
            pages=tuple(
                Page(page.target, outcomes.get(page.idempotency_key, "not sent yet"))
                for page in pages
            ),
            gaps=entry.policy.gaps if entry.policy is not None and pages else (),
            situation=situations.at(entry.service_id, entry.at),
        )


def _first_line(text: str) -> str:
    """The whole text stands at the incident."""
    lines = text.strip().splitlines()
    return shortened(lines[0] if lines else "", LONGEST_QUOTE)


def _outcomes(entries: Sequence[Entry]) -> dict[str, str]:
    """What became of each page, by its idempotency key."""
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Attempt):
            found[entry.idempotency_key] = _because(OUTCOMES[entry.status], entry)
        elif isinstance(entry, Reported) and entry.status == "delivered":
            found[entry.idempotency_key] = "sent, and it has arrived"
        elif isinstance(entry, Reported) and entry.status == "undelivered":
            found[entry.idempotency_key] = _because("sent, and it has not arrived", entry)
    return found


def _because(outcome: str, entry: Attempt | Reported) -> str:
    return outcome if entry.status in {"sent", "withdrawn"} else f"{outcome}{because(entry)}"


def _acknowledged(decided: Sequence[Decided]) -> Answer | None:
    """The first Acknowledgement, and by whom."""
    for entry in decided:
        if isinstance(entry.message, Acknowledgement) and isinstance(entry.after, Unhealthy):
            by = (
                entry.after.escalation.by
                if isinstance(entry.after.escalation, Acknowledged)
                else ""
            )
            return Answer(entry.at, by or entry.author or "Somebody")
    return None


def _end_of_maintenance(decided: Sequence[Decided]) -> datetime | None:
    """The last end that the incident waited for; None where it waited for none."""
    ends = [
        entry.at + effect.delay
        for entry in decided
        for effect in entry.effects
        if isinstance(effect, AcknowledgementDelay) and effect.policy_level == 0
    ]
    return ends[-1] if ends else None
