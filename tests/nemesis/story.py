"""What happened to one service, to find out why something was violated."""

from collections.abc import Sequence
from math import isinf

from nemesis.evidence import Evidence
from nemesis.history import Operation, Receipt
from nemesis.plan import PastFault


def story(began: float, evidence: Evidence, past_faults: Sequence[PastFault]) -> str:
    """The journal, and then all that was seen from outside, in seconds since `began`."""
    journal = [
        f"  version {version}: {change.message} -> {change.after}"
        for version, change in enumerate(evidence.changes, 1)
    ]
    seen = [
        *((o.invoked, o.returned, _asked(o)) for o in evidence.operations),
        *((e.at, e.at, f"e-mail {e.idempotency_key} from {e.node}") for e in evidence.emails),
        *((a.at, a.at, f"noted {a.idempotency_key}: {a.status}") for a in evidence.attempts),
        *((t.began, t.ended, f"*** {t.kind} {t.node or ''}") for t in past_faults),
    ]
    outside = [
        f"  {_time(first - began)} - {_time(last - began)}  {what}"
        for first, last, what in sorted(seen)
    ]
    return "\n".join(["The journal:", *journal, "From outside:", *outside])


def _asked(operation: Operation) -> str:
    request = "look" if operation.request is None else str(operation.request)
    match operation.answer:
        case None:
            answer = "no answer"
        case Receipt(state, incident, changed):
            answer = f"{'changed' if changed else 'unchanged'}: {state}, incident {incident}"
        case service:
            answer = str(service)
    return f"{operation.node}: {request} -> {answer}"


def _time(seconds: float) -> str:
    return "   never" if isinf(seconds) else f"{seconds:8.3f}"
