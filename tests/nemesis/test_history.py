"""The checker finds what is wrong with a history, and nothing wrong with a right one."""

from collections.abc import Sequence
from math import inf

import pytest

from nemesis.history import Operation, Receipt, answered, violations
from pager.decide import Decision, decide
from pager.messages import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    HealthyEvent,
    Message,
    Notification,
    Resolve,
)
from pager.model import EmailTarget, EscalationPolicy, Healthy, Level, MonitoredService, Unhealthy

API = "checkout-api"
POLICY = EscalationPolicy(
    service_id=API,
    levels=tuple(
        Level(targets=(EmailTarget(address=f"{name}@example.com"),)) for name in ("ada", "grace")
    ),
)
ALERT = Alert(service_id=API, message="p99 latency above 3 s")
AGAIN = Alert(service_id=API, message="and again")
HEALTHY = HealthyEvent(service_id=API)
BY_ADA = Acknowledgement(service_id=API, incident=1, by="ada")
BY_GRACE = Acknowledgement(service_id=API, incident=1, by="grace")
TIMEOUT = AcknowledgementTimeout(service_id=API, incident=1, level=1)

OPENED = Receipt("unhealthy", 1, changed=True)
OPEN_ALREADY = Receipt("unhealthy", 1, changed=False)
CLOSED = Receipt("healthy", 1, changed=True)


def journal(*messages: Message) -> list[Decision]:
    """What a Pager that does it right keeps of these, one after the other."""
    service: MonitoredService = Healthy(service_id=API)
    changes = []
    for message in messages:
        changes.append(decide(service, message, POLICY))
        service = changes[-1].after
    return changes


def sent(
    request: Alert | Acknowledgement | HealthyEvent | Resolve,
    answer: Receipt | None,
    invoked: float,
    returned: float = inf,
) -> Operation:
    """A message to a node."""
    return Operation(invoked, returned, "node-1", request, answer)


def looked(answer: MonitoredService, invoked: float, returned: float) -> Operation:
    """A look at the service."""
    return Operation(invoked, returned, "node-2", None, answer)


def found(changes: Sequence[Decision], *operations: Operation) -> str:
    """What is wrong with it."""
    return "\n".join(violations(API, changes, operations))


DISK = Alert(service_id=API, message="disk full", dedup_key="disk")
DISK_IS_OVER = Resolve(service_id=API, dedup_key="disk")
STILL_OPEN = Receipt("unhealthy", 1, changed=True)


def test_a_trouble_may_come_and_go_several_times_in_an_incident() -> None:
    """Two resolves of it may have changed something, and a third may not."""
    messages: list[Alert | Resolve] = [ALERT, DISK, DISK_IS_OVER, DISK, DISK_IS_OVER]
    changes = journal(*messages)
    sent_in_order = [
        sent(message, STILL_OPEN, 2 * n, 2 * n + 1) for n, message in enumerate(messages)
    ]
    assert not found(changes, *sent_in_order)
    third = sent(DISK_IS_OVER, STILL_OPEN, 11, 12)
    assert "two were told that they made version 5" in found(changes, *sent_in_order, third)
    assert not found(changes, *sent_in_order, sent(DISK_IS_OVER, OPEN_ALREADY, 11, 12))


def test_a_service_that_is_healthy_while_a_trouble_is_open_is_found() -> None:
    """A node that forgets a dedup key would answer so."""
    changes = journal(ALERT, DISK, Resolve(service_id=API))
    assert isinstance(changes[-1].after, Unhealthy)
    of_all = sent(Resolve(service_id=API), CLOSED, 4, 5)
    wrong = found(changes, sent(ALERT, OPENED, 0, 1), sent(DISK, STILL_OPEN, 2, 3), of_all)
    assert "lost" in wrong


def test_a_sequential_history_is_right() -> None:
    """One after the other, each with the answer that decide gives."""
    changes = journal(ALERT, TIMEOUT, BY_ADA, HEALTHY, AGAIN)
    assert not found(
        changes,
        looked(Healthy(service_id=API), 0, 1),
        sent(ALERT, OPENED, 2, 3),
        sent(ALERT, OPEN_ALREADY, 4, 5),
        sent(BY_ADA, OPENED, 6, 7),
        sent(BY_GRACE, OPEN_ALREADY, 8, 9),
        sent(HEALTHY, CLOSED, 10, 11),
        looked(changes[3].after, 12, 13),
        sent(AGAIN, Receipt("unhealthy", 2, changed=True), 14, 15),
        sent(BY_GRACE, Receipt("unhealthy", 2, changed=False), 16, 17),
    )


def test_a_client_sees_the_number_of_a_level_and_not_why_it_is_so() -> None:
    """After an edit somebody else on Level 1 is told: no step was a repeat."""
    [opened] = journal(ALERT)
    both = Level(targets=tuple(target for level in POLICY.levels for target in level.targets))
    edited = EscalationPolicy(service_id=API, levels=(both,))
    told = decide(opened.after, TIMEOUT, edited).after
    assert isinstance(told, Unhealthy)
    assert (told.level, told.policy_level, told.repeats) == (2, 1, 0)
    seen = told.model_copy(update={"repeats": 1, "level_number": None})
    changes = [opened, decide(opened.after, TIMEOUT, edited)]
    operations = [sent(ALERT, OPENED, 0, 1), looked(seen, 2, 3)]
    assert not found(changes, *operations)
    other = seen.model_copy(update={"repeats": 0})
    assert "explains" in found(changes, operations[0], looked(other, 2, 3))


def test_what_happens_at_once_may_have_happened_in_any_order() -> None:
    """An Alert may find the service open before the one that opened it has its answer."""
    changes = journal(ALERT)
    assert not found(
        changes,
        sent(ALERT, OPENED, 0, 9),
        sent(ALERT, OPEN_ALREADY, 1, 2),
        looked(changes[0].after, 3, 4),
    )


def test_what_was_not_answered_may_have_been_done_or_not() -> None:
    """And at any time after it was sent."""
    unanswered = sent(ALERT, None, 0)
    assert not found([], unanswered, looked(Healthy(service_id=API), 1, 2))
    assert not found(journal(ALERT), unanswered, looked(Healthy(service_id=API), 1, 2))
    again = journal(ALERT, HEALTHY, ALERT)
    healthy = sent(HEALTHY, CLOSED, 3, 4)
    assert not found(again, unanswered, sent(ALERT, OPENED, 1, 2), healthy)


@pytest.mark.parametrize("answer", [OPENED, None])
def test_a_timeout_needs_nobody_who_sent_it(answer: Receipt | None) -> None:
    """It comes from within."""
    assert not found(journal(ALERT, TIMEOUT), sent(ALERT, answer, 0, 1 if answer else inf))


def test_a_lost_update() -> None:
    """It was answered with 202 and changed=true, and the journal does not have it."""
    assert "lost" in found([], sent(ALERT, OPENED, 0, 1))
    acknowledged = sent(BY_ADA, OPENED, 2, 3)
    assert "lost" in found(journal(ALERT), sent(ALERT, OPENED, 0, 1), acknowledged)


def test_a_change_that_nobody_asked_for() -> None:
    """Nobody sent it; or its sender was told that it changed nothing."""
    assert "nobody" in found(journal(ALERT))
    assert "nobody" in found(journal(ALERT), sent(ALERT, OPEN_ALREADY, 0, 1))
    twice = journal(ALERT, HEALTHY, ALERT)
    assert "nobody" in found(twice, sent(ALERT, None, 0), sent(HEALTHY, CLOSED, 1, 2))


def test_two_that_were_told_the_same_change() -> None:
    """Of two Alerts at once, one opens the incident."""
    assert "two were told" in found(
        journal(ALERT), sent(ALERT, OPENED, 0, 9), sent(ALERT, OPENED, 1, 2)
    )


def test_a_stale_read() -> None:
    """What had been answered before it was called, it must know of."""
    opened = sent(ALERT, OPENED, 0, 1)
    assert "explains" in found(journal(ALERT), opened, looked(Healthy(service_id=API), 2, 3))


def test_a_stale_answer() -> None:
    """An Alert that is told of an incident that was over when it was sent."""
    changes = journal(ALERT, HEALTHY)
    opened, closed = sent(ALERT, OPENED, 0, 1), sent(HEALTHY, CLOSED, 2, 3)
    assert "explains" in found(changes, opened, closed, sent(ALERT, OPEN_ALREADY, 4, 5))


def test_a_read_of_the_future() -> None:
    """Nothing is seen that was called for later."""
    changes = journal(ALERT)
    assert "explains" in found(changes, looked(changes[0].after, 0, 1), sent(ALERT, OPENED, 2, 3))


def test_time_that_goes_back_between_two_reads() -> None:
    """Both might have been alone; but one had returned before the other was called."""
    changes = journal(ALERT)
    unanswered = sent(ALERT, None, 0)
    newer, older = looked(changes[0].after, 1, 2), looked(Healthy(service_id=API), 3, 4)
    assert not found(changes, unanswered, newer)
    assert not found(changes, unanswered, older)
    assert "explains" in found(changes, unanswered, newer, older)


def test_changes_in_another_order_than_they_were_made() -> None:
    """The Healthy event had its answer before the Alert of the next incident was sent."""
    changes = journal(ALERT, HEALTHY, AGAIN)
    assert "before an operation that came later" in found(
        changes,
        sent(ALERT, OPENED, 0, 1),
        sent(AGAIN, Receipt("unhealthy", 2, changed=True), 2, 3),
        sent(HEALTHY, CLOSED, 4, 5),
    )


def test_a_doubled_incident() -> None:
    """An Alert opened an incident while one was running."""
    first, second = journal(ALERT)[0], journal(ALERT, HEALTHY, AGAIN)[2]
    assert "version 2 is not what decide makes of version 1" in found(
        [first, second],
        sent(ALERT, OPENED, 0, 1),
        sent(AGAIN, Receipt("unhealthy", 2, changed=True), 2, 3),
    )


def test_an_answer_that_decide_would_not_give() -> None:
    """An Acknowledgement of the running incident that "changed nothing"."""
    assert "explains" in found(
        journal(ALERT), sent(ALERT, OPENED, 0, 1), sent(BY_ADA, OPEN_ALREADY, 2, 3)
    )


def test_a_page_too_many() -> None:
    """The effects of a change are those of decide, and no others."""
    [opened] = journal(ALERT)
    page, delay = opened.effects
    assert isinstance(page, Notification)
    other = page.model_copy(update={"target": EmailTarget(address="edsger@example.com")})
    doubled = opened.model_copy(update={"effects": (page, other, delay)})
    assert "not what decide makes" in found([doubled], sent(ALERT, OPENED, 0, 1))


def test_when_an_incident_was_answered() -> None:
    """When the first was told so: those who changed nothing had been late."""
    assert answered(
        [
            sent(ALERT, OPENED, 0, 1),
            sent(HEALTHY, CLOSED, 4, 5),
            sent(BY_ADA, OPENED, 2, 3),
            sent(BY_GRACE, OPEN_ALREADY, 1, 2),
        ]
    ) == {1: 3}
