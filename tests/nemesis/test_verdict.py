"""The last two things that a run must not leave behind."""

from collections.abc import Sequence
from datetime import UTC, datetime

from nemesis.evidence import Evidence
from nemesis.test_history import ALERT, API, BY_ADA, OPENED, POLICY, TIMEOUT, journal, sent
from nemesis.verdict import violations
from pager.decide import Decision
from pager.messages import AcknowledgementTimeout
from pager.model import EscalationPolicy

LAST_TIMEOUT = AcknowledgementTimeout(service_id=API, incident=1, level=2)


def found(changes: Sequence[Decision], edits: Sequence[EscalationPolicy] = (POLICY,)) -> str:
    """What is wrong but for the mail, which is not what these tests are about."""
    operations = [sent(ALERT, OPENED, 0, 1), sent(BY_ADA, None, 2)]
    decided_at = [datetime(2026, 11, day, tzinfo=UTC) for day, _ in enumerate(changes, 1)]
    evidence = Evidence(edits, changes, decided_at, [], [], operations)
    return "\n".join(v for v in violations(API, evidence, [POLICY], []) if v.startswith(f"{API}: "))


def test_an_escalation_that_stands_still() -> None:
    """Nothing is due any more, and nobody has answered: it must have come to its end."""
    assert "has stopped escalating" in found(journal(ALERT))
    assert "has stopped escalating" in found(journal(ALERT, TIMEOUT))
    assert not found(journal(ALERT, TIMEOUT, LAST_TIMEOUT))
    assert not found(journal(ALERT, BY_ADA))


def test_a_policy_that_was_accepted_and_is_lost() -> None:
    """The journal has every edit."""
    assert "lost" in found(journal(ALERT, BY_ADA), edits=[])
