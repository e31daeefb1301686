"""The messages that an event of a monitor stands for."""

import pytest

from pager import Acknowledged, MonitoredService
from pager.adapters.web.intake.events import Event
from pager.adapters.web.intake.messages import message_of
from unit.builders import acknowledgement, alert, healthy, page_again, resolve, unhealthy

ANSWERED = Acknowledged(by="Ada")


@pytest.mark.parametrize("keys", [["disk"], ["tls", "disk"], []], ids=["one", "two", "too many"])
def test_a_trouble_that_may_be_open_is_acknowledged(keys: list[str]) -> None:
    """Where they are too many to be told apart, it may be one of them."""
    taken = message_of(Event("acknowledge", "disk", by="Ada"), unhealthy(2, open_keys=keys))
    assert taken == acknowledgement(2, by="Ada")
    given_back = message_of(
        Event("unacknowledge", "disk", by="Ada"), unhealthy(2, escalation=ANSWERED, open_keys=keys)
    )
    assert given_back == page_again(2, acknowledged=True)


@pytest.mark.parametrize(
    "service",
    [healthy(), unhealthy(open_keys=["tls"]), unhealthy(escalation=ANSWERED)],
    ids=["healthy", "another trouble", "no dedup key"],
)
@pytest.mark.parametrize("action", ["acknowledge", "unacknowledge"])
def test_what_is_not_open_is_answered_by_nobody(service: MonitoredService, action: str) -> None:
    """It says nothing of the trouble that is open."""
    event = Event("acknowledge" if action == "acknowledge" else "unacknowledge", "disk", by="Ada")
    assert message_of(event, service) is None


def test_a_trigger_and_its_resolve_name_the_same_trouble() -> None:
    """However long its name is."""
    for key in (None, "disk", "x" * 300, "a\nb"):
        raised = message_of(Event("trigger", key, "disk full"), healthy())
        resolved = message_of(Event("resolve", key), healthy())
        known_as = getattr(raised, "dedup_key", "")
        assert raised == alert("disk full", known_as)
        assert resolved == resolve(known_as)
