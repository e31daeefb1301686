"""E-mails as they are sent at 3 a.m."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from pager import EmailTarget, Notification
from pager.adapters.channels.email.message import Composer
from pager.adapters.channels.test_page import TestPage
from pager.model import LaterAlerts
from sample import LATENCY, LONG, VERY_LONG_NAME

ADA = EmailTarget(address="ada@example.com")
LINK = "https://pager.example.com/acknowledge/WyJjaGVja291dC1hcGkiLDEsImFkYSJd.VqRwnBjmK3pV2e3cS1"


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
MAILS = {name: _COMPOSER.compose(page, ADA, LINK).content for name, page in _PAGES.items()} | {
    "A test page by e-mail": _COMPOSER.compose_test_page(
        TestPage(target=ADA, service_id="checkout-api", sent_by="grace@example.com"), ADA
    ).content
}
"""Whole mails, by what they show."""


def html_of(content: bytes) -> str:
    """The HTML part of a mail. Fails where the mail is not well-formed."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    parts = list(message.walk())
    types = [part.get_content_type() for part in parts]
    assert types == ["multipart/alternative", "text/plain", "text/html"]
    assert [part.defects for part in parts] == [[], [], []]
    html = parts[-1].get_payload(decode=True)
    assert isinstance(html, bytes)
    return html.decode().replace("\r\n", "\n")
