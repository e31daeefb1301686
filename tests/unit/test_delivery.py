"""What a delivery report means for its page."""

from datetime import timedelta

import pytest

from pager.delivery import (
    MOST_COPIES,
    RANK,
    outcome_of,
    replaces,
)
from pager.ports import DeliveryReport, Outcome, ReportStatus

NOT_DELIVERED = DeliveryReport("SM1", "undelivered", "the phone is switched off")


@pytest.mark.parametrize("new", RANK)
@pytest.mark.parametrize("known", RANK)
def test_a_report_replaces_what_says_less(new: ReportStatus, known: ReportStatus) -> None:
    """Reports may come doubled and in any order: what arrived has arrived."""
    order = ["accepted", "undelivered", "delivered"]
    assert replaces(new, known) == (order.index(new) > order.index(known))


@pytest.mark.parametrize("new", RANK)
def test_the_first_report_of_a_copy_counts(new: ReportStatus) -> None:
    """Whatever it says."""
    assert replaces(new, None)


def test_a_page_that_was_not_delivered_is_sent_again_twice() -> None:
    """Each copy costs money, so there are three at the most."""
    outcomes = [outcome_of(NOT_DELIVERED, copies) for copies in range(1, MOST_COPIES + 1)]
    assert outcomes == [
        Outcome("failed", "the phone is switched off", timedelta(seconds=30)),
        Outcome("failed", "the phone is switched off", timedelta(minutes=2)),
        Outcome("refused", "the phone is switched off (3 copies were not delivered)"),
    ]


def test_a_number_that_does_not_exist_is_given_up_at_once() -> None:
    """Another copy cannot arrive either."""
    report = NOT_DELIVERED._replace(is_for_good=True)
    assert outcome_of(report, 1) == Outcome("refused", "the phone is switched off")
