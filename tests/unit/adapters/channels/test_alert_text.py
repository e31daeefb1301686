"""What a page tells of the Alerts of an incident, in full and in short."""

from pager import Notification
from pager.adapters.channels.alert_text import alerts_in_full, alerts_in_short
from pager.adapters.channels.email.message import Composer
from pager.adapters.channels.sms.text import sms_text
from pager.model import MOST_LATER_ALERTS, LaterAlerts
from unit.builders import ADA, GRACE, page

FIRST, DOWN = "p99 latency above 3 s", "CHECKOUT DOWN, all orders fail"
LINK = "https://pager.example.com/a/checkout-api.1.c2lnbmF0dXJl"


def after(*texts: str, count: int | None = None) -> Notification:
    """The page of Level 2 after Alerts with these texts, of which there were so many."""
    later = LaterAlerts(messages=texts, count=len(texts) if count is None else count)
    return page(GRACE, level=2, message=FIRST).model_copy(update={"later_alerts": later})


def test_a_page_of_one_alert_says_what_that_said() -> None:
    """And nothing else."""
    assert alerts_in_full(after()) == alerts_in_short(after()) == FIRST


def test_in_full_the_later_alerts_are_below_the_first() -> None:
    """A line each, the newest last."""
    assert alerts_in_full(after("error rate\nabove 5 %", DOWN)) == (
        f"{FIRST}\n\nSince then other Alerts said:\n- error rate above 5 %\n- {DOWN}"
    )


def test_what_is_left_out_is_counted() -> None:
    """In both; beyond the most that is noted, nobody knows how many there were."""
    assert "said (7, of which these are the newest):" in alerts_in_full(after(DOWN, count=7))
    most = after(DOWN, count=MOST_LATER_ALERTS)
    assert f"said (at least {MOST_LATER_ALERTS}, of which" in alerts_in_full(most)
    assert alerts_in_short(after("error rate", DOWN, count=7)) == f"{FIRST}; 6 more; now: {DOWN}"


def test_an_sms_has_the_first_and_the_newest() -> None:
    """Whoever is on call needs to know what began, and how bad it is by now."""
    assert sms_text(after(DOWN), LINK) == (
        f"Service checkout-api, Level 2\nAcknowledge: {LINK}\n> {FIRST}; now: {DOWN}"
    )


def test_a_long_first_text_leaves_room_for_the_newest() -> None:
    """An SMS is cut at its end."""
    long = after(DOWN).model_copy(update={"message": "x" * 2_000})
    assert sms_text(long, LINK).endswith(f"...; now: {DOWN}")


def test_an_email_has_all_of_them_and_keeps_its_subject() -> None:
    """A mail with another subject would not be in the same thread."""
    composer = Composer("pager@example.com", b"an installation")
    mail = composer.compose(after(DOWN), ADA, LINK)
    text = mail.content.decode()
    assert f"> {FIRST}\r\n>\r\n> Since then other Alerts said:\r\n> - {DOWN}\r\n" in text
    assert f'Subject: [checkout-api] "{FIRST}"\r\n' in text
