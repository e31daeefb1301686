"""The clock of the database jumps by an hour: pages come early or late, and each of them once.

Only a machine whose clock is set does that, not the end of summer: everything is kept in UTC.
"""

from datetime import timedelta

import pytest

from acceptance.sql_pager import SqlPager
from databases import SharedDatabase
from pager import Alert, EmailTarget, EscalationPolicy, Level, SmsTarget

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ADA = EmailTarget(address="ada@example.com")
GRACE = SmsTarget(phone_number="+33612345678")


class JumpingPager(SqlPager):
    """A Pager on a database: two Levels of a quarter of an hour, by e-mail and by SMS."""

    def __init__(self, shared: SharedDatabase) -> None:
        """checkout-api and search-api have the policy."""
        super().__init__(shared)
        for service_id in ("checkout-api", "search-api"):
            levels = (Level(targets=(ADA,)), Level(targets=(GRACE,)))
            self.policies.put(EscalationPolicy(service_id=service_id, levels=levels))

    def alert(self, service_id: str) -> None:
        """Raise an Alert, and page nobody yet."""
        self.commit(Alert(service_id=service_id, message="down"))

    def pages_after(self, jump: timedelta) -> list[str]:
        """All pages so far, once the clock has jumped and all that is due then is carried out."""
        self.clock.now += jump
        self.run_relay()
        while timeouts := self.timer.due():
            for timeout in timeouts:
                self.commit(timeout)
                self.timer.done(timeout)
            self.run_relay()
        pages = [*self.mail.accepted, *self.sms.accepted]
        return [f"{page.service_id} {page.level}" for page in pages]


@pytest.fixture
def pager(shared: SharedDatabase) -> JumpingPager:
    """On SQLite and on PostgreSQL."""
    return JumpingPager(shared)


def test_an_hour_forwards_escalates_too_early_and_once(pager: JumpingPager) -> None:
    """Every timeout that would have come in that hour comes now; the next takes its time."""
    pager.alert("checkout-api")
    assert pager.pages_after(SECOND) == ["checkout-api 1"]
    assert pager.pages_after(HOUR) == ["checkout-api 1", "checkout-api 2"]
    assert pager.pages_after(14 * MINUTE) == ["checkout-api 1", "checkout-api 2"]
    assert pager.pages_after(HOUR) == ["checkout-api 1", "checkout-api 2"]


def test_an_hour_backwards_escalates_too_late_and_once(pager: JumpingPager) -> None:
    """By that hour and no more; a service that becomes Unhealthy meanwhile is paged at once."""
    pager.alert("checkout-api")
    assert pager.pages_after(SECOND) == ["checkout-api 1"]
    pager.pages_after(-HOUR)
    pager.alert("search-api")
    assert pager.pages_after(SECOND) == ["checkout-api 1", "search-api 1"]
    assert sorted(pager.pages_after(15 * MINUTE)) == [
        "checkout-api 1",
        "search-api 1",
        "search-api 2",
    ]
    assert sorted(pager.pages_after(HOUR)) == [
        "checkout-api 1",
        "checkout-api 2",
        "search-api 1",
        "search-api 2",
    ]


def test_an_hour_backwards_does_not_delay_what_waits_for_its_retry(pager: JumpingPager) -> None:
    """It was settled in the future, so the clock was set back: it is tried at once."""
    pager.mail.down = True
    pager.alert("checkout-api")
    assert pager.pages_after(SECOND) == []
    pager.mail.down = False
    assert pager.pages_after(-HOUR) == ["checkout-api 1"]
    assert pager.pages_after(HOUR + 2 * SECOND).count("checkout-api 1") == 1


def test_an_hour_backwards_does_not_delay_what_was_never_attempted(pager: JumpingPager) -> None:
    """A long step is still being paged when the clock is set."""
    pager.alert("checkout-api")
    assert pager.pages_after(-HOUR) == ["checkout-api 1"]


def test_an_hour_forwards_ends_a_lease_and_the_page_is_sent_by_somebody_else(
    pager: JumpingPager,
) -> None:
    """The relay that had claimed it, and has not begun to send, gives it up."""
    pager.alert("checkout-api")
    [claim] = pager.outbox.claim("email", 8)
    assert pager.outbox.holds(claim)
    assert pager.pages_after(HOUR)[0] == "checkout-api 1"
    assert not pager.outbox.holds(claim)
    pager.outbox.release(claim)
    assert pager.pages_after(SECOND).count("checkout-api 1") == 1
