"""What is wrong with a run; and what there was in it, in numbers."""

import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nemesis import delays, history
from nemesis.deliveries import Deliveries
from nemesis.evidence import Evidence
from nemesis.plan import PastFault
from nemesis.storm import Deed
from pager.model import Escalating, EscalationPolicy, Unhealthy
from system.program import PAGER, environment


def violations(
    service_id: str,
    evidence: Evidence,
    accepted: Sequence[EscalationPolicy],
    past_faults: Sequence[PastFault],
) -> Iterator[str]:
    """One sentence for everything that is wrong with a service.

    `accepted`: the policies that somebody was told it has now.
    """
    for policy in accepted:
        if policy not in evidence.edits:
            yield f"{service_id}: lost: {policy}"
    for violation in history.violations(service_id, evidence.changes, evidence.operations):
        yield f"{service_id}: {violation}"
    for violation in delays.violations(evidence.changes, evidence.decided_at):
        yield f"{service_id}: {violation}"
    last = evidence.changes[-1].after if evidence.changes else None
    if isinstance(last, Unhealthy) and isinstance(last.escalation, Escalating):
        yield f"{service_id}: has stopped escalating: {last}"
    yield from _deliveries(evidence, past_faults).violations()


def audit(database_url: str, directory: Path) -> Iterator[str]:
    """What Pager itself finds wrong with its journal."""
    audited = subprocess.run(
        [PAGER, "audit"],
        cwd=directory,
        env=environment(PAGER_DATABASE_URL=database_url),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if audited.returncode != 0:
        yield f"pager audit: {audited.stdout}{audited.stderr}"


def counts(
    outcomes: Sequence[tuple[Deed, str]],
    past_faults: Sequence[PastFault],
    services: Mapping[str, Evidence],
) -> Iterator[str]:
    """What there was."""
    yield "requests:"
    for deed in sorted({deed for deed, _ in outcomes}):
        ways = Counter(outcome for what, outcome in outcomes if what == deed).most_common()
        yield f"    {deed}: " + ", ".join(f"{n} {outcome}" for outcome, n in ways)
    yield "faults:"
    kinds = Counter(past_fault.kind for past_fault in past_faults)
    yield from (f"{n:8} times {kind}" for kind, n in sorted(kinds.items()))
    yield "the journal and the mail server:"
    pages = [_deliveries(evidence, past_faults) for evidence in services.values()]
    for n, what in (
        (sum(len(evidence.changes) for evidence in services.values()), "changes"),
        (sum(page.decided for page in pages), "pages decided"),
        (sum(page.arrived for page in pages), "of them arrived"),
        (sum(page.withdrawn for page in pages), "of them withdrawn by an answer"),
        (sum(page.doubled for page in pages), "e-mails that came again"),
    ):
        yield f"{n:8} {what}"


def _deliveries(evidence: Evidence, past_faults: Sequence[PastFault]) -> Deliveries:
    answered = history.answered(evidence.operations)
    return Deliveries(evidence.changes, evidence.attempts, evidence.emails, past_faults, answered)
