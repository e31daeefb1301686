"""What every store must promise of delivery reports, as a suite of tests. Needs pytest.

class TestMyReports(DeliveryReportsContract):
    @pytest.fixture
    def reported(self) -> ReportedStore: ...
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest

from pager.delivery import MOST_COPIES, RESEND_DELAYS, receive_report
from pager.messages import Acknowledgement, HealthyEvent
from pager.model import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.ports import Claim, DeliveryReport, DeliveryReports, Outcome, ReportStatus
from pager.testing.contract.store import ALERT, REFUSED, UNREACHABLE, StoreUnderTest, at_once

GRACE = SmsTarget(phone_number="+33612345678")
ONLY_GRACE = EscalationPolicy(service_id=ALERT.service_id, levels=(Level(targets=(GRACE,)),))
WITH_ADA = EscalationPolicy(
    service_id=ALERT.service_id,
    levels=(Level(targets=(GRACE, EmailTarget(address="ada@example.com"))),),
)
KEY = f"{ALERT.service_id}/1/1/{GRACE.key}"
LONG = timedelta(minutes=10)
"""Longer than any wait before another copy, with its jitter."""
STATUSES: tuple[ReportStatus, ...] = ("accepted", "undelivered", "delivered")


@dataclass
class ReportedStore:
    """A store, and its delivery reports."""

    store: StoreUnderTest
    reports: DeliveryReports

    def page(self, policy: EscalationPolicy = ONLY_GRACE) -> Claim:
        """Raise an Alert, and claim the SMS."""
        self.store.policies.put(policy)
        self.store.save(ALERT)
        [claim] = self.store.claim("sms")
        return claim

    def send(self, claim: Claim, receipt: str = "SM1") -> None:
        """Settle the SMS as sent."""
        self.store.outbox.settle(claim, Outcome("sent", receipt))

    def report(
        self, status: ReportStatus, receipt: str = "SM1", *, is_for_good: bool = False
    ) -> None:
        """Receive a report on that copy."""
        report = DeliveryReport(receipt, status, f"it is {status}", is_for_good)
        receive_report(self.reports, self.store.services, KEY, report)

    def copies(self, at_most: int = 10) -> Sequence[str]:
        """Send every copy that is due in the next hour, and report each as not delivered."""
        sent = []
        for number in range(2, at_most + 2):
            self.store.advance(LONG)
            for claim in self.store.claim("sms"):
                sent.append(f"SM{number}")
                self.send(claim, sent[-1])
                self.report("undelivered", sent[-1])
        return sent

    def is_unreachable(self) -> bool:
        """Whether the step is given to the Pager as unreachable."""
        return UNREACHABLE in self.store.timer.due()

    def is_due_again(self) -> bool:
        """Whether another copy is sent some time."""
        self.store.advance(LONG)
        return bool(self.store.claim("sms"))


class DeliveryReportsContract:
    """The promises of `DeliveryReports`."""

    @pytest.fixture
    def reported(self) -> ReportedStore:
        """An empty store, to be given by the subclass."""
        raise NotImplementedError

    def test_a_page_is_found_by_its_idempotency_key(self, reported: ReportedStore) -> None:
        """And nothing by a key that no page has, nor by that of a delay."""
        page = reported.page().effect
        assert reported.reports.page(KEY) == page
        assert reported.reports.page(f"{KEY}0") is None
        assert reported.reports.page(f"{ALERT.service_id}/1/1/") is None

    def test_a_page_that_is_not_delivered_makes_its_step_unreachable(
        self, reported: ReportedStore
    ) -> None:
        """At once, if it was the only one; and another copy is due later."""
        reported.send(reported.page())
        assert not reported.is_unreachable()
        reported.report("undelivered")
        assert reported.is_unreachable()
        assert reported.store.claim("sms") == []
        reported.store.advance(RESEND_DELAYS[0] * 1.25)
        [again] = reported.store.claim("sms")
        assert again.effect == reported.reports.page(KEY)

    def test_no_more_than_three_copies_are_sent(self, reported: ReportedStore) -> None:
        """Each costs money."""
        reported.send(reported.page())
        reported.report("undelivered")
        assert len(reported.copies()) == MOST_COPIES - 1

    def test_a_target_that_does_not_exist_gets_no_other_copy(self, reported: ReportedStore) -> None:
        """And its step is unreachable."""
        reported.send(reported.page())
        reported.report("undelivered", is_for_good=True)
        assert reported.is_unreachable()
        assert not reported.is_due_again()

    def test_a_step_that_has_told_somebody_else_is_not_unreachable(
        self, reported: ReportedStore
    ) -> None:
        """Ada was mailed."""
        reported.send(reported.page(WITH_ADA))
        [mail] = reported.store.claim("email")
        reported.store.outbox.settle(mail, Outcome("sent", "a Message-ID"))
        reported.report("undelivered")
        assert not reported.is_unreachable()

    def test_a_refusal_after_the_report_makes_the_step_unreachable(
        self, reported: ReportedStore
    ) -> None:
        """Whichever of the two comes first."""
        reported.send(reported.page(WITH_ADA))
        reported.report("undelivered")
        assert not reported.is_unreachable()
        [mail] = reported.store.claim("email")
        reported.store.outbox.settle(mail, REFUSED)
        assert reported.is_unreachable()

    def test_a_report_before_the_receipt_counts(self, reported: ReportedStore) -> None:
        """The provider may be faster than its own answer."""
        claim = reported.page()
        reported.report("undelivered")
        assert not reported.is_unreachable()
        reported.send(claim)
        assert reported.is_unreachable()
        assert reported.is_due_again()

    @pytest.mark.parametrize("order", [*permutations(STATUSES)])
    def test_what_is_delivered_stays_so_in_any_order(
        self, reported: ReportedStore, order: Sequence[ReportStatus]
    ) -> None:
        """And doubled; only an escalation that was begun is not taken back."""
        reported.send(reported.page())
        for status in order:
            reported.report(status)
            reported.report(status)
        assert not reported.is_due_again()
        assert reported.is_unreachable() == (order.index("undelivered") < order.index("delivered"))

    def test_a_report_on_an_earlier_copy_says_nothing_of_the_last(
        self, reported: ReportedStore
    ) -> None:
        """Replayed or late: the last copy may have arrived."""
        reported.send(reported.page())
        reported.report("undelivered")
        reported.store.advance(LONG)
        [again] = reported.store.claim("sms")
        reported.send(again, "SM2")
        reported.report("undelivered", "SM1")
        reported.report("undelivered", "SM0")
        assert not reported.is_due_again()

    @pytest.mark.parametrize("status", ["accepted", "delivered"])
    def test_an_accepted_page_whose_answer_was_lost_is_not_sent_again(
        self, reported: ReportedStore, status: ReportStatus
    ) -> None:
        """The report is the answer."""
        claim = reported.page()
        outcome = Outcome("unknown", "no answer", timedelta(seconds=1))
        reported.store.outbox.settle(claim, outcome)
        reported.report(status)
        assert not reported.is_due_again()

    @pytest.mark.parametrize("status", ["accepted", "delivered"])
    @pytest.mark.parametrize("end", ["lost", "not begun"])
    def test_a_report_before_the_answer_settles_the_page(
        self, reported: ReportedStore, status: ReportStatus, end: str
    ) -> None:
        """Whatever becomes of the attempt that is still under way."""
        claim = reported.page()
        reported.report(status)
        if end == "lost":
            outcome = Outcome("unknown", "no answer", timedelta(seconds=1))
            reported.store.outbox.settle(claim, outcome)
        else:
            reported.store.outbox.release(claim)
        assert not reported.is_due_again()

    def test_a_lost_copy_that_is_not_delivered_is_sent_again_as_it_would_be(
        self, reported: ReportedStore
    ) -> None:
        """Nothing is settled twice."""
        claim = reported.page()
        outcome = Outcome("unknown", "no answer", timedelta(seconds=1))
        reported.store.outbox.settle(claim, outcome)
        reported.report("undelivered")
        assert not reported.is_unreachable()
        assert reported.is_due_again()

    @pytest.mark.parametrize("answer", ["acknowledged", "healthy"])
    def test_a_report_after_the_answer_changes_nothing(
        self, reported: ReportedStore, answer: str
    ) -> None:
        """Somebody has it in hand, or it is over."""
        reported.send(reported.page())
        if answer == "acknowledged":
            reported.store.save(Acknowledgement(service_id=ALERT.service_id, incident=1))
        else:
            reported.store.save(HealthyEvent(service_id=ALERT.service_id))
        reported.report("undelivered")
        assert not reported.is_unreachable()
        assert not reported.is_due_again()

    def test_a_report_on_no_page_changes_nothing(self, reported: ReportedStore) -> None:
        """Its page may be older than the retention."""
        report = DeliveryReport("SM1", "undelivered")
        receive_report(reported.reports, reported.store.services, KEY, report)
        reported.reports.record(KEY, report, is_wanted=True)
        assert reported.reports.page(KEY) is None

    def test_what_is_reported_outlives_the_process(self, reported: ReportedStore) -> None:
        """The escalation as well as the next copy."""
        reported.send(reported.page())
        reported.report("undelivered")
        reported.store = reported.store.reopen()
        assert reported.is_unreachable()
        assert reported.is_due_again()

    def test_the_receipt_and_a_report_on_it_at_the_same_moment(
        self, reported: ReportedStore
    ) -> None:
        """Whoever is first: the step is unreachable, and another copy is due."""
        claim = reported.page()
        at_once([lambda: reported.send(claim), lambda: reported.report("undelivered")])
        assert reported.is_unreachable()
        assert reported.is_due_again()
