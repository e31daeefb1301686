"""The numbers of incidents after a restore."""

import pytest

from pager import Acknowledged, Healthy, Unhealthy
from pager.restoring import (
    STEP,
    last_number_after_restore,
    may_follow_a_restore,
    renumbered,
)


@pytest.mark.parametrize(
    ("largest", "last"), [(0, 2_000), (1, 2_000), (999, 2_000), (1_000, 3_000), (2_001, 4_000)]
)
def test_numbers_go_on_well_above_all_that_are_known(largest: int, last: int) -> None:
    """At least a thousand incidents may have come since the backup, and their numbers are free."""
    assert last_number_after_restore(largest) == last
    assert last > largest + STEP
    assert may_follow_a_restore(last)


def test_the_next_incident_of_a_healthy_service_has_such_a_number() -> None:
    """Also of one that has never been seen."""
    service = Healthy(service_id="checkout-api", incident=7)
    assert renumbered(service, 2_000) == Healthy(service_id="checkout-api", incident=2_000)
    assert renumbered(Healthy(service_id="new"), 2_000).incident == 2_000


def test_a_larger_number_stays() -> None:
    """As every number does where nothing was ever restored."""
    service = Healthy(service_id="checkout-api", incident=2_001)
    assert renumbered(service, 2_000) == service
    assert renumbered(service, 0) == service


def test_an_incident_that_is_running_keeps_its_number() -> None:
    """It is the same incident as in the backup."""
    service = Unhealthy(
        service_id="checkout-api", incident=7, level=1, message="p99", escalation=Acknowledged()
    )
    assert renumbered(service, 2_000) == service


@pytest.mark.parametrize("number", [0, 1, 999, 1_001, 2_500])
def test_no_other_number_follows_a_restore(number: int) -> None:
    """An audit finds a number that was left out for no reason."""
    assert not may_follow_a_restore(number)
