"""Writes decisions: the state of the service, the journal, the incident and the outbox, each table
once."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    case,
    insert,
    literal_column,
    not_,
    select,
    true,
)
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now, milliseconds
from pager.adapters.store.core.codecs import EFFECTS, MESSAGES
from pager.adapters.store.core.page_texts import split
from pager.adapters.store.core.schema import (
    attempts,
    decisions,
    monitored_services,
    outbox,
    page_texts,
)
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.dialects import dialect_of
from pager.adapters.store.ports.incident_rows import row_of, write_incidents
from pager.adapters.store.ports.policy_edits import Source
from pager.adapters.store.ports.resolved_policies import keep_resolved
from pager.adapters.store.ports.timer import SqlTimer
from pager.decide import Decision
from pager.messages import TimerEffect
from pager.model import EscalationPolicy, Healthy


class Save(NamedTuple):
    """A decision that is to be written."""

    decision: Decision
    version: int
    """The version that it leads to."""
    source: Source | None
    """The edit of the policy that it was made under; None where there was none."""
    author: str | None
    """Who sent the message; None where that was Pager's own timer."""
    after: str
    """The state that it leads to, as it is stored."""

    @property
    def service_id(self) -> str:
        """The service that it is about."""
        return self.decision.after.service_id

    @property
    def resolved_policy(self) -> EscalationPolicy | None:
        """The policy, where it is not that of its edit but what that meant just then, or None."""
        return self.decision.policy if self.source and self.source.is_resolved else None

    @property
    def maintenance(self) -> int | None:
        """For how many milliseconds the service was still to be in maintenance."""
        left = self.decision.maintenance
        return None if left is None else milliseconds(left)


def write_decisions(
    connection: Connection, saves: Sequence[Save], now: Now, *, set_timers: bool = False
) -> set[str]:
    """Write each of `saves` whose service is at the version before: the services that are not.

    Of one service there may be several, one upon the other: they are written all or not at all.
    A service that is to be at a version before is there: nothing deletes one.

    With `set_timers`, what the timer carries out is carried out at once: it is in the same
    database. Otherwise they wait in the outbox, as pages do.
    """
    last = {save.service_id: save for save in saves}
    before = {save.service_id: save.version - 1 for save in reversed(saves)}
    rows = [
        (name, save.version, save.decision.after.incident, save.after, before[name])
        # In one order, and by one statement: two nodes never wait for each other in a circle.
        for name, save in sorted(last.items())
    ]
    lost = last.keys() - {name for [name] in _SAVE.run(connection, rows, now)}
    kept = [save for save in saves if save.service_id not in lost]
    if kept:
        resolved = keep_resolved(connection, [save.resolved_policy for save in kept], now)
        with dialect_of(connection).pipelined(connection):
            _write_journal(connection, kept, resolved, now)
            _write_incidents(connection, kept, now)
            _write_effects(connection, kept, now, set_timers=set_timers)
            after = [save.decision.after for save in kept]
            over = [(one.service_id, one.incident) for one in after if isinstance(one, Healthy)]
            if over:
                SqlTimer(InTransaction(connection), now).forget(over)
    return lost


def _write_journal(
    connection: Connection, saves: Sequence[Save], resolved: Sequence[int | None], now: Now
) -> None:
    rows = [
        (
            save.service_id,
            save.version,
            save.decision.after.incident,
            MESSAGES.encode(save.decision.message),
            save.source and save.source.edit,
            save.decision.rules,
            save.after,
            save.author,
            save.maintenance,
            resolved_policy,
        )
        for save, resolved_policy in zip(saves, resolved, strict=True)
    ]
    _ADD_TO_JOURNAL.run(connection, rows, now)


def _write_incidents(connection: Connection, saves: Sequence[Save], now: Now) -> None:
    rows = (row_of(save.decision.before, save.decision.after, save.version) for save in saves)
    write_incidents(connection, [row for row in rows if row is not None], now)


def _write_effects(
    connection: Connection, saves: Sequence[Save], now: Now, *, set_timers: bool
) -> None:
    stored = [(save, split(save.decision.effects)) for save in saves if save.decision.effects]
    texts = [
        (save.service_id, save.version, save.decision.after.incident, text)
        for save, (_, text) in stored
        if text is not None
    ]
    if texts:
        _ADD_TEXTS.run(connection, texts)
    rows = []
    delays: list[TimerEffect] = []
    for save, (effects, _) in stored:
        for position, effect in enumerate(effects):
            attempt = 0
            if set_timers and isinstance(effect, TimerEffect):
                attempt = 1
                delays.append(effect)
            rows.append(
                (
                    *(save.version, position, effect.channel, effect.service_id, effect.incident),
                    *(effect.idempotency_key, EFFECTS.encode(effect), attempt),
                )
            )
    if rows:
        _ADD_EFFECTS.run(connection, rows, now)
    if delays:
        SqlTimer(InTransaction(connection), now).set_all(delays)
        _ADD_ATTEMPTS.run(connection, [(delay.idempotency_key,) for delay in delays], now)


def _save(parts: Parts) -> ClauseElement:
    """Insert a service that is new, or update one that is at the version before.

    An upsert only knows what it would have inserted. So the version before stands in a column that
    an update does not take from there, begun_incident, and is negative: no incident is.
    """
    stored = monitored_services.c
    given = parts.rows(
        *(stored.service_id, stored.version, stored.incident, stored.state, stored.begun_incident)
    )
    before = given.c.begun_incident
    new = parts.dialect.insert(monitored_services)
    rows = select(
        *(given.c.service_id, given.c.version, given.c.incident, given.c.state, parts.now),
        case((before == literal_column("0"), given.c.incident), else_=-before),
    ).where(true())
    goes_on = stored.incident == new.excluded.incident
    changes = {
        **{name: new.excluded[name] for name in ("version", "incident", "state")},
        "begun_at": case((goes_on, stored.begun_at), else_=new.excluded.begun_at),
        "begun_incident": case((goes_on, stored.begun_incident), else_=new.excluded.incident),
    }
    columns = ["service_id", "version", "incident", "state", "begun_at", "begun_incident"]
    return (
        new.from_select(columns, rows)
        .on_conflict_do_update(
            index_elements=[stored.service_id],
            set_=changes,
            where=stored.version == -new.excluded.begun_incident,
        )
        .returning(stored.service_id)
    )


def _add_to_journal(parts: Parts) -> ClauseElement:
    to = decisions.c
    given = parts.rows(
        *(to.service_id, to.version, to.incident, to.message),
        *(to.policy_edit, to.rules, to.after, to.author, to.maintenance, to.resolved_policy),
    )
    rows = select(*given.c, parts.now)
    return insert(decisions).from_select([*given.c.keys(), "decided_at"], rows)


def _add_texts(parts: Parts) -> ClauseElement:
    given = parts.rows(*page_texts.c)
    return insert(page_texts).from_select(given.c.keys(), select(*given.c))


def _add_effects(parts: Parts) -> ClauseElement:
    """What is attempted already is carried out."""
    to = outbox.c
    given = parts.rows(
        *(to.version, to.position, to.channel, to.service_id, to.incident),
        *(to.idempotency_key, to.effect, to.attempt),
    )
    waits = given.c.attempt == literal_column("0")
    others = {
        "due_at": case((waits, parts.now)),
        "settled_at": case((not_(waits), parts.now)),
        "status": case((waits, literal_column("'waiting'")), else_=literal_column("'sent'")),
        "detail": literal_column("''"),
    }
    rows = select(*given.c, *others.values())
    return insert(outbox).from_select([*given.c.keys(), *others], rows)


def _add_attempts(parts: Parts) -> ClauseElement:
    """The first attempts of effects that are carried out."""
    given = parts.rows(outbox.c.idempotency_key)
    rows = select(
        *(outbox.c.id, outbox.c.attempt, parts.now, outbox.c.status, outbox.c.detail)
    ).where(outbox.c.idempotency_key.in_(select(given.c.idempotency_key)))
    columns = ["effect", "attempt", "ended_at", "status", "detail"]
    return insert(attempts).from_select(columns, rows)


_SAVE: Statement[tuple[str]] = Statement(_save)
_ADD_TO_JOURNAL: Statement[None] = Statement(_add_to_journal)
_ADD_TEXTS: Statement[None] = Statement(_add_texts)
_ADD_EFFECTS: Statement[None] = Statement(_add_effects)
_ADD_ATTEMPTS: Statement[None] = Statement(_add_attempts)
