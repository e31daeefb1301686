"""Whether everybody had the time to acknowledge that the policy gives them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pager.decide import Decision
from pager.messages import AcknowledgementDelay, AcknowledgementTimeout


def violations(changes: Sequence[Decision], decided_at: Sequence[datetime]) -> Iterator[str]:
    """One sentence for every escalation that came before its delay was over.

    `decided_at`: when each of the changes was decided, by the database's clock.
    """
    ends: dict[AcknowledgementTimeout, datetime] = {}
    for change, at in zip(changes, decided_at, strict=True):
        if isinstance(change.message, AcknowledgementTimeout):
            end = ends.get(change.message)  # where there is none, it was not decided
            if end is not None and at < end:
                yield f"escalated at {at}, and its delay ends at {end}: {change.message}"
        for effect in change.effects:
            if isinstance(effect, AcknowledgementDelay):
                ends[effect.timeout] = at + effect.delay
