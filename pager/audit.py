"""The audit of one service: everything that was decided is decided again, and compared.

Each decision is decided again by the version of the rules that it was made by. One that was made by
newer rules than are known here cannot be checked.

The records are what a store has kept. Nothing is read here: the caller reads the records of a
service in one snapshot, and asks for the `first_difference`. Where there are many, it reads them in
parts: each has whole incidents, and begins with the last decision of the part before.
"""

from collections.abc import Iterator, Sequence, Set
from datetime import timedelta
from typing import NamedTuple

from pager.decide import RULES, Decision, decide, still_wanted
from pager.errors import NoEscalationPolicy
from pager.messages import Alert, Effect, Message
from pager.model import EscalationPolicy, Healthy, MonitoredService, Unhealthy, shortened
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
    rules: int
    """The version of the rules that decided."""
    maintenance: timedelta | None = None
    """How long the service was still to be in maintenance; None where it was in none."""

    @property
    def is_checkable(self) -> bool:
        """Whether its rules are known here."""
        return self.rules <= RULES


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
    """What is kept of one service, or a part of it."""

    decisions: Sequence[DecisionRecord]
    """By version. Whole incidents are kept, so the first decision is that of an Alert."""
    service: ServiceRecord | None
    outbox: Sequence[OutboxRecord]
    last_incident: int = 0
    """Of the installation: after a restore, new incidents have larger numbers."""
    go_on: bool = False
    """Whether another part follows: the service is compared with the last decision of the last."""


class Difference(NamedTuple):
    """A difference between what is stored and what the rules say."""

    version: int
    """The version of the decision where it was found."""
    what: str
    """In one line, LONGEST_DIFFERENCE characters at most."""


LONGEST_DIFFERENCE = 500
LONGEST_VALUE = 150
"""Characters of a stored value, or of one that the rules say."""

SETTLED = frozenset({"sent", "withdrawn", "refused"})
"""The statuses after which an effect is not tried again."""

STATUSES = SETTLED | {"waiting", "failed", "unknown"}
"""Those that are known here: a newer version may have more."""


def first_difference(records: Records) -> Difference | None:
    """The first difference between what is kept of a service and what the rules say."""
    for difference in _differences(records):
        return Difference(
            difference.version, shortened(" ".join(difference.what.split()), LONGEST_DIFFERENCE)
        )
    return None


def _differences(records: Records) -> Iterator[Difference]:
    yield from _replayed(records.decisions, records.last_incident)
    if records.decisions and not records.go_on:
        yield from _service(records.service, records.decisions[-1])
    versions = {record.version for record in records.decisions}
    by_incident: dict[int, list[DecisionRecord]] = {}
    for record in records.decisions:
        by_incident.setdefault(record.after.incident, []).append(record)
    for row in records.outbox:
        yield from _effect(row, versions, by_incident.get(row.effect.incident, ()))


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
    after, message = record.after, record.message
    if not isinstance(message, Alert) or (
        isinstance(after, Unhealthy)
        and (after.later_alerts.count > 0 or after.open_keys != (message.dedup_key,))
    ):
        return None  # the journal began in the middle of an incident
    return Healthy(service_id=after.service_id, incident=max(0, after.incident - 1))


def _decided_again(before: MonitoredService, record: DecisionRecord) -> Iterator[Difference]:
    if not record.is_checkable:
        return
    try:
        decision = decide(before, record.message, record.policy, record.rules, record.maintenance)
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
            yield _difference(record, what, stored, expected)
    # What words leave out, such as the text of a page.
    stored_values = _fields(record.after, record.effects)
    expected_values = _fields(decision.after, decision.effects)
    for place in sorted({*stored_values, *expected_values}):
        values = stored_values.get(place, "nothing"), expected_values.get(place, "nothing")
        if values[0] != values[1]:
            yield _difference(record, place, *values)


def _difference(record: DecisionRecord, what: str, stored: str, expected: str) -> Difference:
    found, expected = shortened(stored, LONGEST_VALUE), shortened(expected, LONGEST_VALUE)
    return Difference(record.version, f"{what}: stored {found}; the rules say {expected}")


def _fields(after: MonitoredService, effects: Sequence[Effect]) -> dict[str, str]:
    """Every field of a decision's outcome, by its place."""
    values = {"state": after} | {f"effect {n}": effect for n, effect in enumerate(effects, 1)}
    return {
        f"{name}, {field}": repr(value) for name, model in values.items() for field, value in model
    }


def _service(stored: ServiceRecord | None, last: DecisionRecord) -> Iterator[Difference]:
    """The service is what the last decision led to."""
    if stored is None or stored.version != last.version:
        yield Difference(last.version, "it is the last decision, and not what is stored")
    elif (stored.service, stored.incident) != (last.after, last.after.incident):
        state = service_in_words(stored.service)
        yield Difference(
            last.version, f"incident {stored.incident}, {state}, is stored as its outcome"
        )


def _effect(
    row: OutboxRecord, versions: Set[int], of_incident: Sequence[DecisionRecord]
) -> Iterator[Difference]:
    """Every effect in the outbox was decided, and none was given up without a reason."""
    effect = row.effect
    words = shortened(effect_in_words(effect), LONGEST_VALUE)
    if row.version not in versions:
        yield Difference(row.version, f"there is no such decision for {words}")
    if (row.channel, row.incident, row.idempotency_key) != (
        effect.channel,
        effect.incident,
        effect.idempotency_key,
    ):
        yield Difference(row.version, f"stored as another effect than it is: {words}")
    if row.status in STATUSES and (row.due_at is None) != (row.status in SETTLED):
        yield Difference(row.version, f"{row.status}, and due {row.due_at or 'never'}: {words}")
    if (
        row.status == "withdrawn"
        and all(record.is_checkable for record in of_incident)
        and all(still_wanted(effect, record.after) for record in of_incident)
    ):
        yield Difference(row.version, f"withdrawn without a reason: {words}")
