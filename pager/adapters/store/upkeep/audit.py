"""The audit: everything that was decided is decided again, and compared with what was stored."""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, select, union

from pager.adapters.store.core.codecs import decode_effect, decode_service
from pager.adapters.store.core.database import Readable
from pager.adapters.store.core.schema import decisions, monitored_services, outbox
from pager.adapters.store.views.journal import Decided, decisions_of
from pager.decide import decide, still_wanted
from pager.errors import NoEscalationPolicy
from pager.messages import Alert
from pager.model import Healthy, MonitoredService
from pager.words import effect_in_words, effects_in_words, service_in_words

BEFORE_THE_JOURNAL = 0
FINAL = frozenset({"sent", "withdrawn", "refused"})


class Difference(NamedTuple):
    """What was stored is not what the rules say."""

    service_id: str
    version: int
    """The decision that it was found at."""
    what: str


class Audit(NamedTuple):
    """What was looked at, and the first difference that was found in it."""

    services: int
    decisions: int
    difference: Difference | None


class _Found(Exception):
    """Carries what is different, and at which version."""

    def __init__(self, version: int, what: str) -> None:
        super().__init__(version, what)
        self.version = version
        self.what = what


def audit(database: Readable) -> Audit:
    """Replay every journal through `decide`, up to the first difference."""
    return database.read(_audit)


def _audit(connection: Connection) -> Audit:
    seen = 0
    names = union(
        select(monitored_services.c.service_id),
        select(decisions.c.service_id),
        select(outbox.c.service_id),
    )
    services = sorted(connection.scalars(names))
    for number, service_id in enumerate(services, 1):
        try:
            seen += _check(connection, service_id)
        except _Found as found:
            return Audit(number, seen, Difference(service_id, found.version, found.what))
        except ValidationError as error:
            unreadable = " ".join(str(error).split())
            return Audit(number, seen, Difference(service_id, 0, f"cannot be read: {unreadable}"))
    return Audit(len(services), seen, None)


def _check(connection: Connection, service_id: str) -> int:
    """How many decisions there were. Raises _Found, and ValidationError."""
    decided = decisions_of(connection, service_id)
    if decided:
        state, version = _first(decided[0]), decided[0].version_before
        for entry in decided:
            if entry.version_before != version:
                raise _Found(entry.version_after, "the version before it is missing")
            _decide_again(state, entry)
            state, version = entry.after, entry.version_after
        _compare_service(connection, decided[-1])
    _compare_outbox(connection, service_id, decided)
    return len(decided)


def _first(entry: Decided) -> MonitoredService:
    """What the service was before: whole incidents are kept, and each began with an Alert."""
    if isinstance(entry.message, Alert):
        return Healthy(service_id=entry.service_id, incident=entry.after.incident - 1)
    return entry.after  # The journal began in the middle of an incident.


def _decide_again(before: MonitoredService, entry: Decided) -> None:
    if before is entry.after:
        return
    try:
        decision = decide(before, entry.message, entry.policy)
    except NoEscalationPolicy as refusal:
        raise _Found(entry.version_after, f"the rules refuse it: {refusal}") from refusal
    for what, stored, rules in (
        ("state", service_in_words(entry.after), service_in_words(decision.after)),
        ("effects", effects_in_words(entry.effects), effects_in_words(decision.effects)),
    ):
        if stored != rules:
            raise _Found(entry.version_after, f"{what}: stored {stored}; the rules say {rules}")
    if (decision.after, decision.effects) != (entry.after, entry.effects):
        raise _Found(entry.version_after, f"stored {entry}; the rules say {decision}")


def _compare_service(connection: Connection, last: Decided) -> None:
    wanted = select(monitored_services).where(monitored_services.c.service_id == last.service_id)
    stored = connection.execute(wanted).one_or_none()
    if stored is None or stored.version != last.version_after:
        raise _Found(last.version_after, "it is the last decision, and not what is stored")
    state = decode_service(stored.state)
    if (state, stored.incident) != (last.after, last.after.incident):
        raise _Found(
            last.version_after,
            f"incident {stored.incident}, {service_in_words(state)}, is stored as its outcome",
        )


def _compare_outbox(connection: Connection, service_id: str, decided: Sequence[Decided]) -> None:
    """Nothing is in the outbox that was not decided, or is given up without a reason."""
    rows = connection.execute(
        select(outbox)
        .where(outbox.c.service_id == service_id, outbox.c.version > BEFORE_THE_JOURNAL)
        .order_by(outbox.c.id)
    )
    versions = {entry.version_after for entry in decided}
    for row in rows:
        effect = decode_effect(row.effect)
        said = effect_in_words(effect)
        if row.version not in versions:
            raise _Found(row.version, f"there is no such decision for {said}")
        if (row.channel, row.incident, row.idempotency_key) != (
            effect.channel,
            effect.incident,
            effect.idempotency_key,
        ):
            raise _Found(row.version, f"stored as another effect than it is: {said}")
        if (row.due_at is None) != (row.status in FINAL):
            raise _Found(row.version, f"{row.status}, and due {row.due_at or 'never'}: {said}")
        states = (entry.after for entry in decided if entry.after.incident == effect.incident)
        if row.status == "withdrawn" and all(still_wanted(effect, state) for state in states):
            raise _Found(row.version, f"withdrawn without a reason: {said}")
