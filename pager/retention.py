"""What is kept of the journal, and what is deleted once it is older than the retention.

`cutoff` is the moment that lies the retention before now. What happened at the cutoff is kept.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

RETENTION = timedelta(days=90)
"""The default of PAGER_RETENTION."""


class IncidentAge(NamedTuple):
    """An incident of a service, and when the last thing in it was decided."""

    incident: int
    changed_at: datetime


def last_to_delete(incidents: Iterable[IncidentAge], latest: int, cutoff: datetime) -> int:
    """The incident of a service that is deleted, with all before it; 0 where all are kept.

    Incidents go as a whole, and what is kept begins where an incident began, so that the audit can
    decide it again. The `latest` incident of the service is kept, be it running or over.
    """
    return max(
        (
            incident
            for incident, changed_at in incidents
            if incident < latest and changed_at < cutoff
        ),
        default=0,
    )


def keeps_edit(
    edited_at: datetime, cutoff: datetime, *, is_current: bool, has_decisions: bool
) -> bool:
    """Whether an edit of an Escalation Policy is kept.

    The current policy always is, and so is every policy that a kept decision was made under.
    """
    return is_current or has_decisions or edited_at >= cutoff


def keeps_entry_edit(edited_at: datetime, cutoff: datetime, *, is_current: bool) -> bool:
    """Whether an edit of a person, a team, a schedule or a shared policy is kept.

    A decision keeps what its policy was then (`keeps_resolved_policy`), and needs none of these.
    """
    return is_current or edited_at >= cutoff


def keeps_resolved_policy(used_at: datetime, cutoff: datetime, *, has_decisions: bool) -> bool:
    """Whether it is kept what a shared policy was when a decision was made on it last."""
    return has_decisions or used_at >= cutoff


def keeps_attempt(ended_at: datetime, cutoff: datetime, *, is_last: bool) -> bool:
    """Whether an attempt at an effect of a kept incident is kept.

    The last one always is: it says what became of the page. The others would grow without end.
    """
    return is_last or ended_at >= cutoff


def keeps_audit_log_entry(at: datetime, cutoff: datetime) -> bool:
    """Whether an entry of the audit log is kept."""
    return at >= cutoff


def keeps_maintenance_window(ended_at: datetime, cutoff: datetime) -> bool:
    """Whether a maintenance window is kept that has ended, or is to end."""
    return ended_at >= cutoff
