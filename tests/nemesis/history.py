"""Whether what the clients of one Monitored Service saw is what `decide` would have answered.

The journal says in which order the service changed. So nothing is searched for: each operation is
held against that order. A history is linearizable if every operation can be given a moment
between its call and its answer, such that, taken in the order of these moments, `decide` leads to
each answer.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import inf
from typing import Literal, NamedTuple

from pager.decide import Decision, decide
from pager.errors import NoEscalationPolicy
from pager.messages import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    HealthyEvent,
    Message,
    Resolve,
    Unreachable,
)
from pager.model import Healthy, MonitoredService, Unhealthy


class Receipt(NamedTuple):
    """What a node answered to a message."""

    state: Literal["healthy", "unhealthy"]
    incident: int
    changed: bool


class Operation(NamedTuple):
    """One request of a client to one node, and the answer."""

    invoked: float
    returned: float
    """Infinite where no answer came: nobody knows when it was carried out, or whether."""
    node: str
    request: Alert | Acknowledgement | HealthyEvent | Resolve | None
    """None for a look at the service."""
    answer: Receipt | MonitoredService | None
    """The service for a look; None where no answer came."""


def violations(
    service_id: str, changes: Sequence[Decision], operations: Sequence[Operation]
) -> Iterator[str]:
    """One sentence for everything that no order of these operations explains.

    `changes` are the journal's, in its order: the first one led to version 1.
    """
    states: list[MonitoredService] = [
        Healthy(service_id=service_id),
        *(change.after for change in changes),
    ]
    yield from _not_decided(states, changes)
    claims: list[Operation | None] = [None] * len(changes)
    yield from _claim_answered(claims, changes, operations)
    yield from _claim_unanswered(claims, changes, operations)
    # Version v is not older than the call of any operation that made it or one before it, and
    # not younger than the answer of any that made it or one after it.
    earliest = list(accumulate((made.invoked if made else -inf for made in claims), max))
    latest = list(accumulate((made.returned if made else inf for made in reversed(claims)), min))
    latest.reverse()
    for version, (after, before) in enumerate(zip(earliest, latest, strict=True), 1):
        if after > before:
            yield f"version {version} was made before an operation that came later made another"
    unchanging = [o for o in operations if not _changes(o) and o.answer is not None]
    yield from _unexplained(states, earliest, latest, unchanging)


def answered(operations: Sequence[Operation]) -> dict[int, float]:
    """When somebody was first told that an incident is acknowledged or over, by incident."""
    when: dict[int, float] = {}
    for operation in operations:
        answer = operation.answer
        if (
            isinstance(answer, Receipt)
            and answer.changed
            and (isinstance(operation.request, Acknowledgement) or answer.state == "healthy")
        ):
            when[answer.incident] = min(operation.returned, when.get(answer.incident, inf))
    return when


def _not_decided(states: Sequence[MonitoredService], changes: Sequence[Decision]) -> Iterator[str]:
    for version, (before, change) in enumerate(zip(states, changes, strict=False), 1):
        try:
            is_decided = change.changed and change == decide(before, change.message, change.policy)
        except NoEscalationPolicy:
            is_decided = False
        if not is_decided:
            yield f"version {version} is not what decide makes of version {version - 1}"


def _claim_answered(
    claims: list[Operation | None], changes: Sequence[Decision], operations: Sequence[Operation]
) -> Iterator[str]:
    """Give each operation that was told that it changed something the change that it made."""
    made: dict[tuple[Message | None, str, int], list[int]] = defaultdict(list)
    for index, change in enumerate(changes):
        made[change.message, change.after.state, change.after.incident].append(index)
    # A trouble may come and be resolved several times in an incident: whoever was answered first
    # made the first of these changes.
    for operation in sorted(operations, key=lambda o: o.returned):
        if (answer := operation.answer) is None or not _changes(operation):
            continue
        indices = made.get((operation.request, answer.state, answer.incident))
        if indices is None:
            yield f"lost: {operation}"
            continue
        free = next((index for index in indices if claims[index] is None), None)
        if free is None:
            yield f"two were told that they made version {indices[-1] + 1}: {operation}"
        else:
            claims[free] = operation


def _claim_unanswered(
    claims: list[Operation | None], changes: Sequence[Decision], operations: Sequence[Operation]
) -> Iterator[str]:
    """Give each change that is left, and is not of a timer, an operation without an answer."""
    unanswered = sorted((o for o in operations if o.answer is None), key=lambda o: o.invoked)
    for index, change in enumerate(changes):
        if claims[index] is None and not isinstance(
            change.message, AcknowledgementTimeout | Unreachable
        ):
            sent = next((o for o in unanswered if o.request == change.message), None)
            if sent is None:
                yield f"nobody who may have sent it is left for version {index + 1}"
            else:
                claims[index] = sent
                unanswered.remove(sent)


def _unexplained(
    states: Sequence[MonitoredService],
    earliest: Sequence[float],
    latest: Sequence[float],
    operations: Sequence[Operation],
) -> Iterator[str]:
    """Give each operation that changed nothing the oldest version that explains its answer.

    The oldest, because it leaves the most to those that were called after this one returned.
    """
    seen = 0
    under_way: list[tuple[float, int]] = []  # when it returned, and the version that it was given
    for operation in sorted(operations, key=lambda o: o.invoked):
        while under_way and under_way[0][0] < operation.invoked:
            seen = max(seen, heapq.heappop(under_way)[1])
        oldest = max(seen, bisect_left(latest, operation.invoked))
        youngest = bisect_right(earliest, operation.returned)
        for version in range(oldest, youngest + 1):
            if _explains(states[version], operation):
                heapq.heappush(under_way, (operation.returned, version))
                break
        else:
            yield f"no version from {oldest} to {youngest} explains {operation}"


def _changes(operation: Operation) -> bool:
    return isinstance(operation.answer, Receipt) and operation.answer.changed


def _says(operation: Operation, service: MonitoredService) -> bool:
    answer = operation.answer
    return isinstance(answer, Receipt) and answer[:2] == (service.state, service.incident)


def _as_shown(service: MonitoredService) -> MonitoredService:
    """The service as a client sees it: it is not told whom it has notified, nor why the Level has
    another number than the step."""
    if not isinstance(service, Unhealthy):
        return service
    number = service.policy_level
    return service.model_copy(update={"notified": None, "repeats": 0, "level_number": number})


def _explains(service: MonitoredService, operation: Operation) -> bool:
    if operation.request is None:
        seen = operation.answer
        return not isinstance(seen, Receipt | None) and _as_shown(seen) == _as_shown(service)
    try:
        # The policy matters to Alerts and timeouts that change something, and to no other.
        decision = decide(service, operation.request, policy=None)
    except NoEscalationPolicy:
        return False
    return not decision.changed and _says(operation, service)
