"""The audit of one service: everything that was decided is decided again, and compared.

The records are what a store has kept. Nothing is read here: the caller reads all the records of a
service in one snapshot, and asks for the `first_difference`.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pager.decide import Decision, decide, still_wanted
from pager.errors import NoEscalationPolicy
from pager.messages import Alert, Effect, Message
from pager.model import EscalationPolicy, Healthy, MonitoredService
from pager.restoring import may_follow_a_restore, renumbered
from pager.words import effect_in_words, effects_in_words, service_in_words


class DecisionRecord(NamedTuple):
    """A decision as the journal has it."""

    version: int
    """The version of the service after it; it was one less before."""
    message: Message
    policy: EscalationPolicy | None
    after: MonitoredService
    effects: tuple[Effect, ...]


class ServiceRecord(NamedTuple):
    """A Monitored Service as it is stored now."""

    version: int
    incident: int
    service: MonitoredService


class OutboxRecord(NamedTuple):
    """An effect in the outbox, with the columns by which it is found."""

    version: int
    """The version that its decision led to."""
    channel: str
    incident: int
    idempotency_key: str
    effect: Effect
    status: str
    """How its last attempt ended, or "waiting"."""
    due_at: int | None
    """When it may be claimed, in milliseconds since 1970; None where it is settled for good."""


class Records(NamedTuple):
    """All that is kept of one service."""

    decisions: Sequence[DecisionRecord]
    """By version. Whole incidents are kept, so the first decision is that of an Alert."""
    service: ServiceRecord | None
    outbox: Sequence[OutboxRecord]
    last_incident: int = 0
    """Of the installation: after a restore, new incidents have larger numbers."""


class Difference(NamedTuple):
    """A difference between what is stored and what the rules say."""

    version: int
    """The version of the decision where it was found."""
    what: str


SETTLED = frozenset({"sent", "withdrawn", "refused"})
"""The statuses after which an effect is not tried again."""


def first_difference(records: Records) -> Difference | None:
    """The first difference between what is kept of a service and what the rules say."""
    return next(_differences(records), None)


def _differences(records: Records) -> Iterator[Difference]:
    yield from _replayed(records.decisions, records.last_incident)
    if records.decisions:
        yield from _service(records.service, records.decisions[-1])
    for row in records.outbox:
        yield from _effect(row, records.decisions)


def _replayed(decisions: Sequence[DecisionRecord], last_incident: int) -> Iterator[Difference]:
    """Each decision follows from the one before it."""
    previous: DecisionRecord | None = None
    for record in decisions:
        if previous is not None and record.version != previous.version + 1:
            yield Difference(record.version, "the version before it is missing")
        before = previous.after if previous is not None else _before_the_first(record)
        if before is not None:
            # An Alert after a restore has a larger number than the one after the last.
            number = min(record.after.incident - 1, last_incident)
            if isinstance(record.message, Alert) and may_follow_a_restore(number):
                before = renumbered(before, number)
            yield from _decided_again(before, record)
        previous = record


def _before_the_first(record: DecisionRecord) -> MonitoredService | None:
    """What the service was before the first decision that is kept; None where nobody can tell."""
    if not isinstance(record.message, Alert):
        return None  # the journal began in the middle of an incident
    after = record.after
    return Healthy(service_id=after.service_id, incident=max(0, after.incident - 1))


def _decided_again(before: MonitoredService, record: DecisionRecord) -> Iterator[Difference]:
    try:
        decision = decide(before, record.message, record.policy)
    except NoEscalationPolicy as refusal:
        yield Difference(record.version, f"the rules refuse it: {refusal}")
    else:
        yield from _compared(record, decision)


def _compared(record: DecisionRecord, decision: Decision) -> Iterator[Difference]:
    for what, stored, expected in (
        ("state", service_in_words(record.after), service_in_words(decision.after)),
        ("effects", effects_in_words(record.effects), effects_in_words(decision.effects)),
    ):
        if stored != expected:
            yield Difference(record.version, f"{what}: stored {stored}; the rules say {expected}")
    if (decision.after, decision.effects) != (record.after, record.effects):
        yield Difference(record.version, f"stored {record}; the rules say {decision}")


def _service(stored: ServiceRecord | None, last: DecisionRecord) -> Iterator[Difference]:
    """The service is what the last decision led to."""
    if stored is None or stored.version != last.version:
        yield Difference(last.version, "it is the last decision, and not what is stored")
    elif (stored.service, stored.incident) != (last.after, last.after.incident):
        state = service_in_words(stored.service)
        yield Difference(
            last.version, f"incident {stored.incident}, {state}, is stored as its outcome"
        )


def _effect(row: OutboxRecord, decisions: Sequence[DecisionRecord]) -> Iterator[Difference]:
    """Every effect in the outbox was decided, and none was given up without a reason."""
    effect = row.effect
    words = effect_in_words(effect)
    if row.version not in {record.version for record in decisions}:
        yield Difference(row.version, f"there is no such decision for {words}")
    if (row.channel, row.incident, row.idempotency_key) != (
        effect.channel,
        effect.incident,
        effect.idempotency_key,
    ):
        yield Difference(row.version, f"stored as another effect than it is: {words}")
    if (row.due_at is None) != (row.status in SETTLED):
        yield Difference(row.version, f"{row.status}, and due {row.due_at or 'never'}: {words}")
    states = (record.after for record in decisions if record.after.incident == effect.incident)
    if row.status == "withdrawn" and all(still_wanted(effect, state) for state in states):
        yield Difference(row.version, f"withdrawn without a reason: {words}")
