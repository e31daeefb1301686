"""Triage: which Unhealthy service stands first."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from pager import Acknowledged, Escalating, Exhausted, Unhealthy
from pager.model import Escalation
from pager.triage import is_answered, triage

NIGHT = datetime(2027, 1, 15, 3, tzinfo=UTC)


def unhealthy(name: str, escalation: Escalation | None = None, level: int = 1) -> Unhealthy:
    """Since when, `triage` is told separately."""
    return Unhealthy(
        service_id=name,
        incident=1,
        level=level,
        message="down",
        escalation=escalation or Escalating(),
    )


ORDER = [
    unhealthy("from-before-the-journal"),
    unhealthy("for-three-hours", Exhausted()),
    unhealthy("for-an-hour", level=2),
    unhealthy("acknowledged-from-before-the-journal", Acknowledged()),
    unhealthy("acknowledged-for-four-hours", Acknowledged(by="Ada")),
    unhealthy("acknowledged-just-now", Acknowledged(by="Grace")),
]
BEGUN_AT = {
    "for-three-hours": NIGHT - timedelta(hours=3),
    "for-an-hour": NIGHT - timedelta(hours=1),
    "acknowledged-for-four-hours": NIGHT - timedelta(hours=4),
    "acknowledged-just-now": NIGHT,
}


def test_what_nobody_has_acknowledged_stands_first_and_the_oldest_above_it() -> None:
    """In whatever order they were read."""
    for services in permutations(ORDER):
        assert triage(services, BEGUN_AT) == ORDER


def test_services_of_one_moment_stay_in_the_order_in_which_they_were_read() -> None:
    """That is by name."""
    services = [unhealthy(name) for name in ("a", "b", "c")]
    assert triage(services, dict.fromkeys("abc", NIGHT)) == services


def test_an_incident_is_answered_once_somebody_acknowledges() -> None:
    """And not when the last Level was notified in vain."""
    assert [is_answered(service) for service in ORDER] == [False] * 3 + [True] * 3
