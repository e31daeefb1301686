"""Writes decisions: the state of the service, the journal and the outbox, each table once."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, case, insert
from sqlalchemy.sql.dml import ReturningInsert

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.codecs import EFFECTS, MESSAGES, SERVICES
from pager.adapters.store.core.page_texts import split
from pager.adapters.store.core.schema import decisions, monitored_services, outbox, page_texts
from pager.adapters.store.dialects import dialect_of
from pager.decide import Decision
from pager.messages import Channel, Effect


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
            {
                "service_id": name,
                "version": save.version,
                "incident": save.decision.after.incident,
                "state": states[name],
                "begun_incident": save.decision.after.incident,
            }
            # In one order: two nodes never wait for each other in a circle.
            for name, save in sorted(last.items())
            if save.version - first[name] + 1 == steps
        ]
        lost.difference_update(connection.scalars(_compare_and_set(connection, steps, now), rows))
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
        {
            "service_id": save.service_id,
            "version": save.version,
            "incident": save.decision.after.incident,
            "message": MESSAGES.encode(save.decision.message),
            "policy_edit": save.policy_edit,
            "rules": save.decision.rules,
            "after": states[save.service_id]
            if save.version == last[save.service_id]
            else SERVICES.encode(save.decision.after),
            "author": save.author,
        }
        for save in saves
    ]
    connection.execute(insert(decisions).values(decided_at=now()), rows)


def _write_effects(connection: Connection, saves: Sequence[Save], now: Now) -> None:
    stored = [(save, split(save.decision.effects)) for save in saves]
    rows = [
        _row(save.version, position, effect)
        for save, (effects, _) in stored
        for position, effect in enumerate(effects)
    ]
    texts = [
        {
            "service_id": save.service_id,
            "version": save.version,
            "incident": save.decision.after.incident,
            "text": text,
        }
        for save, (_, text) in stored
        if text is not None
    ]
    if texts:
        connection.execute(insert(page_texts), texts)
    if rows:
        new = insert(outbox).values(due_at=now(), attempt=0, status="waiting", detail="")
        connection.execute(new, rows)
        channels: Collection[Channel] = {
            effect.channel for save in saves for effect in save.decision.effects
        }
        dialect_of(connection).notify(connection, channels)


def _row(version: int, position: int, effect: Effect) -> dict[str, object]:
    return {
        "version": version,
        "position": position,
        "channel": effect.channel,
        "service_id": effect.service_id,
        "incident": effect.incident,
        "idempotency_key": effect.idempotency_key,
        "effect": EFFECTS.encode(effect),
    }


def _compare_and_set(connection: Connection, steps: int, now: Now) -> ReturningInsert[tuple[str]]:
    """Insert a service that is new, or update one that is `steps` versions behind."""
    stored = monitored_services.c
    new = dialect_of(connection).insert(monitored_services).values(begun_at=now())
    goes_on = stored.incident == new.excluded.incident
    changes = {name: new.excluded[name] for name in ("version", "incident", "state")}
    begin = {
        name: case((goes_on, stored[name]), else_=new.excluded[name])
        for name in ("begun_at", "begun_incident")
    }
    return new.on_conflict_do_update(
        index_elements=[stored.service_id],
        set_=changes | begin,
        where=stored.version == new.excluded.version - steps,
    ).returning(stored.service_id)
