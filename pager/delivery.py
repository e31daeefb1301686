"""What happens when the provider says later what became of a page that it had accepted.

A provider that accepts a page has not delivered it. Some of them report later (delivery reports).
Reports come late, twice, in any order, or never: whatever comes, the same reports lead to the same
state.
"""

from datetime import timedelta

from pager.decide import still_wanted
from pager.ports import DeliveryReport, DeliveryReports, MonitoredServices, Outcome, ReportStatus

RANK: dict[ReportStatus, int] = {"accepted": 0, "undelivered": 1, "delivered": 2}
"""A report replaces one of a lower rank, and never the other way round."""

MOST_COPIES = 3
"""So often a page is sent that its provider accepts and does not deliver: each copy is charged."""

RESEND_DELAYS = (timedelta(seconds=30), timedelta(minutes=2))
"""The waits before the second copy and the third. Congestion and a tunnel are over by then."""


def receive_report(
    reports: DeliveryReports, services: MonitoredServices, key: str, report: DeliveryReport
) -> None:
    """Receive a provider's `report` on the page with the idempotency key `key`.

    After an Acknowledgement, a Healthy event or in the next incident, it is recorded and changes
    nothing else.
    """
    page = reports.page(key)
    if page is not None:
        is_wanted = still_wanted(page, services.load(page.service_id).service)
        reports.record(key, report, is_wanted=is_wanted)


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
