"""E-mails as they are sent at 3 a.m."""

from pager import EmailTarget, Notification
from pager.adapters.channels.email.message import Composer
from pager.adapters.channels.test_page import TestPage
from pager.model import LaterAlerts
from sample import LATENCY, LONG, VERY_LONG_NAME

ADA = EmailTarget(address="ada@example.com")
LINK = "https://pager.example.com/acknowledge/WyJjaGVja291dC1hcGkiLDEsImFkYSJd.VqRwnBjmK3pV2e3cS1"
INCIDENT = "https://pager.example.com/incidents/checkout-api/1"


def _page(service_id: str, message: str, level: int = 1) -> Notification:
    return Notification(service_id=service_id, incident=1, level=level, target=ADA, message=message)


_LATER = LaterAlerts(
    messages=("error rate above 5 %", "error rate above 9 %", "no healthy upstream"), count=3
)
_COMPOSER = Composer("Pager <pager@example.com>", b"the sample")
_PAGES = {
    "An e-mail": _page("db-primary", "Replica lag 840 s, writes are queueing"),
    "An e-mail of level 2": _page("checkout-api", LATENCY, 2).model_copy(
        update={"later_alerts": _LATER}
    ),
    "A long e-mail": _page(VERY_LONG_NAME, LONG, 3).model_copy(update={"is_by_fallback": True}),
}
MAILS = {
    name: _COMPOSER.compose(page, ADA, LINK, INCIDENT).content for name, page in _PAGES.items()
} | {
    "A test page by e-mail": _COMPOSER.compose_test_page(
        TestPage(target=ADA, service_id="checkout-api", sent_by="grace@example.com"), ADA
    ).content
}
"""Whole mails, by what they show."""
