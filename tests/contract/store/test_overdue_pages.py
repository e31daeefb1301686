"""Pages that have not left are told, on both databases; by a clock that is moved by hand."""

from datetime import datetime, timedelta

import pytest

from databases import sql_clock
from pager import (
    Acknowledgement,
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    SmsTarget,
)
from pager.adapters.store.core.clock import milliseconds, moment
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.due_effects import FIRST_EFFECTS
from pager.adapters.store.views.overdue_pages import LEAVES_WITHIN, OverduePages, overdue_pages
from pager.ports import Outcome
from pager.service import PagerService
from pager.testing import Clock

PHONE = SmsTarget(phone_number="+33612345678")
SECOND = timedelta(seconds=1)
FAILED = Outcome("failed", "451 try later", timedelta(minutes=4))


class Pages:
    """Services whose pages wait in the outbox, and a clock."""

    def __init__(self, database: Database) -> None:
        """Nothing has happened yet."""
        self._database = database
        self.clock = Clock()
        self.ports = SqlPorts(database, sql_clock(self.clock))
        self.pager = PagerService(self.ports.policies, self.ports.services)

    def alert(self, service_id: str, emails: int = 1, *others: SmsTarget) -> None:
        """An incident begins, of which so many people are told by e-mail."""
        names = (EmailTarget(address=f"{number}@example.com") for number in range(emails))
        levels = (Level(targets=(*names, *others)),)
        self.ports.policies.put(EscalationPolicy(service_id=service_id, levels=levels))
        self.pager.receive(Alert(service_id=service_id, message="down"))

    @property
    def now(self) -> datetime:
        """The time, as the database has it."""
        return moment(milliseconds(self.clock.now))

    def overdue(self) -> list[OverduePages]:
        """As the view has them."""
        return list(overdue_pages(self._database, sql_clock(self.clock)))


@pytest.fixture
def pages(either_database: Database) -> Pages:
    """None yet."""
    return Pages(either_database)


def test_a_page_that_waits_for_longer_than_a_minute_is_overdue(pages: Pages) -> None:
    """Whether a relay has claimed it, or none has."""
    begin = pages.now
    pages.alert("checkout-api", 2, PHONE)
    pages.clock.advance(LEAVES_WITHIN - SECOND)
    assert pages.overdue() == []
    pages.clock.advance(SECOND)
    expected = [
        OverduePages("email", 2, has_more=False, since=begin, detail=""),
        OverduePages("sms", 1, has_more=False, since=begin, detail=""),
    ]
    assert pages.overdue() == expected
    assert pages.ports.outbox.claim("email", 1)
    assert pages.ports.outbox.claim("sms", 1)
    assert pages.overdue() == expected


def test_a_page_that_failed_and_is_tried_again_is_overdue_at_once(pages: Pages) -> None:
    """With what the mail server answered; also while it is tried again, and until it is sent."""
    begin = pages.now
    pages.alert("checkout-api", 2)
    [first, second] = pages.ports.outbox.claim("email", 2)
    assert pages.overdue() == []
    pages.ports.outbox.settle(first, FAILED)
    pages.ports.outbox.settle(second, Outcome("sent", "250 accepted"))
    expected = [OverduePages("email", 1, has_more=False, since=begin, detail="451 try later")]
    assert pages.overdue() == expected
    pages.clock.advance(timedelta(minutes=6))
    assert pages.overdue() == expected
    [again] = pages.ports.outbox.claim("email", 2)
    assert pages.overdue() == expected
    pages.ports.outbox.settle(again, Outcome("sent", "250 accepted"))
    assert pages.overdue() == []


def test_what_nobody_wants_or_can_have_is_not_overdue(pages: Pages) -> None:
    """Pages of an incident that is acknowledged or over, and those that are refused for good."""
    for name in ("acknowledged", "healthy", "refused"):
        pages.alert(name)
    for claim in pages.ports.outbox.claim("email", 3):
        refused = claim.effect.service_id == "refused"
        pages.ports.outbox.settle(claim, Outcome("refused", "550") if refused else FAILED)
    assert [each.number for each in pages.overdue()] == [2]
    pages.pager.receive(Acknowledgement(service_id="acknowledged", incident=1))
    pages.pager.receive(HealthyEvent(service_id="healthy"))
    assert pages.overdue() == []


def test_of_many_the_first_are_counted_and_the_oldest_is_told(pages: Pages) -> None:
    """Also behind many that nobody wants any more."""
    pages.alert("acknowledged", FIRST_EFFECTS + 5)
    pages.pager.receive(Acknowledgement(service_id="acknowledged", incident=1))
    pages.clock.advance(SECOND)
    begin = pages.now
    pages.alert("checkout-api", 3)
    pages.clock.advance(LEAVES_WITHIN)
    assert pages.overdue() == [OverduePages("email", 3, has_more=False, since=begin, detail="")]
    pages.alert("search-api", FIRST_EFFECTS)
    pages.clock.advance(LEAVES_WITHIN)
    [email] = pages.overdue()
    assert (email.number, email.since) == (FIRST_EFFECTS + 3, begin)


def test_more_than_are_looked_at_are_told_as_such(pages: Pages) -> None:
    """So that a page costs no more where a mail server is down for long."""
    pages.alert("checkout-api", FIRST_EFFECTS + 1)
    pages.clock.advance(LEAVES_WITHIN)
    [email] = pages.overdue()
    assert (email.number, email.has_more) == (FIRST_EFFECTS, True)
