"""Writes decisions: the state of the service, the journal and the outbox, each table once."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    case,
    insert,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.codecs import EFFECTS, MESSAGES, SERVICES
from pager.adapters.store.core.page_texts import split
from pager.adapters.store.core.schema import decisions, monitored_services, outbox, page_texts
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.dialects import dialect_of
from pager.decide import Decision
from pager.messages import Channel


class Save(NamedTuple):
    """A decision that is to be written."""

    decision: Decision
    version: int
    """The version that it leads to."""
    policy_edit: int | None
    """The edit of the policy that it was made under; None where there was none."""
    author: str | None
    """Who sent the message; None where that was Pager's own timer."""

    @property
    def service_id(self) -> str:
        """The service that it is about."""
        return self.decision.after.service_id


def write_decisions(connection: Connection, saves: Sequence[Save], now: Now) -> set[str]:
    """Write each of `saves` whose service is at the version before: the services that are not.

    Of one service there may be several, one upon the other: they are written all or not at all.
    A service that is to be at a version before is there: nothing deletes one.
    """
    last = {save.service_id: save for save in saves}
    first = {save.service_id: save.version for save in reversed(saves)}
    states = {service_id: SERVICES.encode(save.decision.after) for service_id, save in last.items()}
    lost = set(last)
    for steps in sorted({save.version - first[name] + 1 for name, save in last.items()}):
        rows = [
            (name, save.version, save.decision.after.incident, states[name])
            # In one order: two nodes never wait for each other in a circle.
            for name, save in sorted(last.items())
            if save.version - first[name] + 1 == steps
        ]
        lost.difference_update(name for [name] in _SAVE.run(connection, rows, now, steps=steps))
    kept = [save for save in saves if save.service_id not in lost]
    if kept:
        _write_journal(connection, kept, states, now)
        _write_effects(connection, kept, now)
    return lost


def _write_journal(
    connection: Connection, saves: Sequence[Save], states: dict[str, str], now: Now
) -> None:
    last = {save.service_id: save.version for save in saves}
    rows = [
        (
            save.service_id,
            save.version,
            save.decision.after.incident,
            MESSAGES.encode(save.decision.message),
            save.policy_edit,
            save.decision.rules,
            states[save.service_id]
            if save.version == last[save.service_id]
            else SERVICES.encode(save.decision.after),
            save.author,
        )
        for save in saves
    ]
    _ADD_TO_JOURNAL.run(connection, rows, now)


def _write_effects(connection: Connection, saves: Sequence[Save], now: Now) -> None:
    stored = [(save, split(save.decision.effects)) for save in saves if save.decision.effects]
    rows = [
        (
            save.version,
            position,
            effect.channel,
            effect.service_id,
            effect.incident,
            effect.idempotency_key,
            EFFECTS.encode(effect),
        )
        for save, (effects, _) in stored
        for position, effect in enumerate(effects)
    ]
    texts = [
        (save.service_id, save.version, save.decision.after.incident, text)
        for save, (_, text) in stored
        if text is not None
    ]
    if texts:
        _ADD_TEXTS.run(connection, texts)
    if rows:
        _ADD_EFFECTS.run(connection, rows, now)
        channels: Collection[Channel] = {
            effect.channel for save, _ in stored for effect in save.decision.effects
        }
        dialect_of(connection).notify(connection, channels)


def _save(parts: Parts) -> ClauseElement:
    """Insert a service that is new, or update one that is `steps` versions behind."""
    stored = monitored_services.c
    given = parts.rows(stored.service_id, stored.version, stored.incident, stored.state)
    new = parts.dialect.insert(monitored_services)
    goes_on = stored.incident == new.excluded.incident
    changes = {name: new.excluded[name] for name in ("version", "incident", "state")}
    begin = {
        name: case((goes_on, stored[name]), else_=new.excluded[name])
        for name in ("begun_at", "begun_incident")
    }
    rows = select(*given.c, parts.now, given.c.incident).where(true())
    return (
        new.from_select([*given.c.keys(), "begun_at", "begun_incident"], rows)
        .on_conflict_do_update(
            index_elements=[stored.service_id],
            set_=changes | begin,
            where=stored.version == new.excluded.version - bindparam("steps", type_=BigInteger),
        )
        .returning(stored.service_id)
    )


def _add_to_journal(parts: Parts) -> ClauseElement:
    to = decisions.c
    given = parts.rows(
        *(to.service_id, to.version, to.incident, to.message),
        *(to.policy_edit, to.rules, to.after, to.author),
    )
    rows = select(*given.c, parts.now)
    return insert(decisions).from_select([*given.c.keys(), "decided_at"], rows)


def _add_texts(parts: Parts) -> ClauseElement:
    given = parts.rows(*page_texts.c)
    return insert(page_texts).from_select(given.c.keys(), select(*given.c))


def _add_effects(parts: Parts) -> ClauseElement:
    to = outbox.c
    given = parts.rows(
        *(to.version, to.position, to.channel, to.service_id),
        *(to.incident, to.idempotency_key, to.effect),
    )
    others = {
        "due_at": parts.now,
        "attempt": literal_column("0"),
        "status": literal_column("'waiting'"),
        "detail": literal_column("''"),
    }
    rows = select(*given.c, *others.values())
    return insert(outbox).from_select([*given.c.keys(), *others], rows)


_SAVE: Statement[tuple[str]] = Statement(_save)
_ADD_TO_JOURNAL: Statement[None] = Statement(_add_to_journal)
_ADD_TEXTS: Statement[None] = Statement(_add_texts)
_ADD_EFFECTS: Statement[None] = Statement(_add_effects)
