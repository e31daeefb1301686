"""An escalation that comes too early is found."""

from datetime import UTC, datetime, timedelta

from nemesis.delays import violations
from nemesis.test_history import ALERT, TIMEOUT, journal

ALERTED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DELAY = timedelta(minutes=15)


def test_an_escalation_may_come_late() -> None:
    """A node that was down lets it go off when it is back."""
    changes = journal(ALERT, TIMEOUT)
    assert not list(violations(changes, [ALERTED, ALERTED + DELAY]))
    assert not list(violations(changes, [ALERTED, ALERTED + 2 * DELAY]))


def test_an_escalation_that_comes_too_early() -> None:
    """By whichever clock, as long as it is one."""
    early = ALERTED + DELAY - timedelta(milliseconds=1)
    [violation] = violations(journal(ALERT, TIMEOUT), [ALERTED, early])
    assert "escalated at" in violation
