"""What happens when the provider says later what became of a page that it had accepted.

A provider that accepts a page has not delivered it. Some of them report later (delivery reports).
Reports come late, twice, in any order, or never: whatever comes, the same reports lead to the same
state.
"""

from datetime import timedelta
from typing import Literal, NamedTuple

from pager.ports import Outcome

ReportStatus = Literal["accepted", "undelivered", "delivered"]
"""What a report says, in order: a later one of these replaces an earlier one, and never the other
way round. "accepted": the provider has the page, and nothing else is known."""

RANK: dict[ReportStatus, int] = {"accepted": 0, "undelivered": 1, "delivered": 2}

MOST_COPIES = 3
"""So often a page is sent that its provider accepts and does not deliver: each copy is charged."""

RESEND_DELAYS = (timedelta(seconds=30), timedelta(minutes=2))
"""The waits before the second copy and the third. Congestion and a tunnel are over by then."""


class DeliveryReport(NamedTuple):
    """What the provider says of a page that it has accepted."""

    receipt: str
    """The provider's name for the copy, as it was returned when the copy was sent."""
    status: ReportStatus
    detail: str = ""
    """The reason, for an operator to read."""
    is_for_good: bool = False
    """The Target does not exist: another copy is pointless."""


def replaces(new: ReportStatus, known: ReportStatus | None) -> bool:
    """Whether a report says more than what is `known` of the same copy."""
    return known is None or RANK[new] > RANK[known]


def outcome_of(report: DeliveryReport, undelivered: int) -> Outcome:
    """What an "undelivered" report makes of its page.

    `undelivered` is how many copies of the page were not delivered, this one included.
    """
    if report.is_for_good:
        return Outcome("refused", report.detail)
    if undelivered >= MOST_COPIES:
        return Outcome("refused", f"{report.detail} ({undelivered} copies were not delivered)")
    return Outcome("failed", report.detail, RESEND_DELAYS[undelivered - 1])
