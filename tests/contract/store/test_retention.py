"""What pruning deletes, on both databases, is what the rules of `pager.retention` do not keep."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import BigInteger, Connection, Table, func, insert, literal, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import (
    attempts,
    changes,
    decisions,
    monitored_services,
    outbox,
    policy_edits,
)
from pager.adapters.store.upkeep.retention import prune
from pager.retention import (
    IncidentAge,
    keeps_attempt,
    keeps_audit_log_entry,
    keeps_edit,
    last_to_delete,
)

SERVICES = tuple(f"service-{number}" for number in range(12))
NOW, KEEP = 1_000, 500
CUTOFF = moment(NOW - KEEP)
AROUND_THE_CUTOFF = (0, 400, 499, 500, 501, 600, 1_000)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty one."""
    database = Database(url)
    yield database
    database.close()


class Journal:
    """A journal of random times: no two rows of it need be in order."""

    def __init__(self, connection: Connection, seed: int) -> None:
        """Written to the database at once."""
        self._connection = connection
        self._random = random.Random(seed)
        for service_id in SERVICES:
            self._service(service_id)
        for _ in range(12):
            values = {"author": "ada", "action": "tested", "subject": "", "detail": ""}
            self._add(changes, at=self._time(), **values)

    def _service(self, service_id: str) -> None:
        edits = [
            self._add(policy_edits, service_id=service_id, edited_at=self._time(), policy="{}")
            for _ in range(self._random.randrange(1, 5))
        ]
        version, latest = 0, self._random.randrange(1, 5)
        for incident in range(1, latest + 1):
            for _ in range(self._random.randrange(1, 4)):
                version += 1
                self._decision(service_id, version, incident, self._random.choice([*edits, None]))
        stored = {"version": version, "incident": latest, "state": "{}"}
        self._add(monitored_services, service_id=service_id, **stored)

    def _decision(self, service_id: str, version: int, incident: int, edit: int | None) -> None:
        step = {"service_id": service_id, "version": version, "incident": incident}
        texts = {"message": "{}", "after": "{}"}
        self._add(decisions, decided_at=self._time(), policy_edit=edit, **step, **texts)
        key = {"idempotency_key": f"{service_id}/{version}", "effect": "{}", "detail": ""}
        last = self._random.randrange(4)
        effect = self._add(outbox, channel="email", attempt=last, status="sent", **step, **key)
        for attempt in range(1, last + 1):
            ended = {"ended_at": self._time(), "status": "failed", "detail": ""}
            self._add(attempts, effect=effect, attempt=attempt, **ended)

    def _time(self) -> int:
        return self._random.choice(AROUND_THE_CUTOFF)

    def _add(self, table: Table, **values: object) -> int | None:  # type: ignore[explicit-any]  # the default of Table's type parameter
        key = self._connection.execute(insert(table).values(values)).inserted_primary_key
        id_: int | None = key[0] if key else None
        return id_


Rows = dict[str, set[object]]


def rows(connection: Connection) -> Rows:
    """What is there, by table."""
    return {
        "decisions": {
            (row.service_id, row.version) for row in connection.execute(select(decisions))
        },
        "outbox": set(connection.scalars(select(outbox.c.id))),
        "attempts": {(row.effect, row.attempt) for row in connection.execute(select(attempts))},
        "edits": set(connection.scalars(select(policy_edits.c.id))),
        "audit log": set(connection.scalars(select(changes.c.id))),
    }


def kept(connection: Connection) -> Rows:
    """What the rules keep of what is there."""
    ages: dict[str, list[IncidentAge]] = {service_id: [] for service_id in SERVICES}
    for service_id, incident, changed_at in connection.execute(
        select(
            decisions.c.service_id, decisions.c.incident, func.max(decisions.c.decided_at)
        ).group_by(decisions.c.service_id, decisions.c.incident)
    ):
        ages[service_id].append(IncidentAge(incident, moment(changed_at)))
    latest = {
        row.service_id: row.incident for row in connection.execute(select(monitored_services))
    }
    deleted = {name: last_to_delete(ages[name], latest[name], CUTOFF) for name in SERVICES}
    decided = [
        row
        for row in connection.execute(select(decisions))
        if row.incident > deleted[row.service_id]
    ]
    effects = {
        row.id: row.attempt
        for row in connection.execute(select(outbox))
        if row.incident > deleted[row.service_id]
    }
    current = set(
        connection.scalars(select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id))
    )
    under = {row.policy_edit for row in decided}
    return {
        "decisions": {(row.service_id, row.version) for row in decided},
        "outbox": set(effects),
        "attempts": {
            (row.effect, row.attempt)
            for row in connection.execute(select(attempts))
            if row.effect in effects
            and keeps_attempt(
                moment(row.ended_at), CUTOFF, is_last=row.attempt == effects[row.effect]
            )
        },
        "edits": {
            row.id
            for row in connection.execute(select(policy_edits))
            if keeps_edit(
                moment(row.edited_at),
                CUTOFF,
                is_current=row.id in current,
                has_decisions=row.id in under,
            )
        },
        "audit log": {
            row.id
            for row in connection.execute(select(changes))
            if keeps_audit_log_entry(moment(row.at), CUTOFF)
        },
    }


@pytest.mark.parametrize("seed", range(2))
def test_pruning_keeps_what_the_rules_keep(database: Database, seed: int) -> None:
    """Whatever was decided, attempted and edited when."""
    database.write(lambda connection: Journal(connection, seed))
    before, expected = database.read(rows), database.read(kept)
    deleted = prune(database, timedelta(milliseconds=KEEP), lambda: literal(NOW, BigInteger))
    assert database.read(rows) == expected
    assert deleted == sum(len(before[table]) - len(expected[table]) for table in before) > 0
