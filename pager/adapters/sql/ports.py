"""The ports that need a memory, in SQL: policies, services with their outbox, timers.

Each works on `Transactions`: on a Database every call is a transaction of its own; `Within` one
transaction, several calls are committed together.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pager.adapters.sql.database import Transactions
from pager.adapters.sql.schema import escalation_policies, monitored_services, outbox, timers
from pager.decide import Decision
from pager.errors import ConcurrentUpdate
from pager.messages import AcknowledgementTimeout, Channel, Effect
from pager.model import EscalationPolicy, Healthy, MonitoredService
from pager.ports import Claim, Outcome, Stored
from pager.relay import LONGEST_RETRY_DELAY

LEASE = timedelta(minutes=2)
LONGEST_DETAIL = 1_000

logger = logging.getLogger(__name__)

Now = Callable[[], int]
"""A clock: whole milliseconds since 1970, UTC."""

_service: TypeAdapter[MonitoredService] = TypeAdapter(MonitoredService)
_effect: TypeAdapter[Effect] = TypeAdapter(Effect)


def wall_clock() -> int:
    """The time of this machine: whole milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def milliseconds(duration: timedelta) -> int:
    """Whole milliseconds, rounded up: nothing is due too early."""
    return -(-duration // timedelta(milliseconds=1))


class SqlEscalationPolicies:
    """EscalationPolicies, edited with `put` and `remove`: arrows 1 and 4."""

    def __init__(self, transactions: Transactions) -> None:
        """Policies live in `transactions`."""
        self._transactions = transactions

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy as it was last put, or None."""
        wanted = select(escalation_policies.c.policy).where(
            escalation_policies.c.service_id == service_id
        )
        text = self._transactions.read(lambda connection: connection.scalar(wanted))
        return None if text is None else EscalationPolicy.model_validate_json(text)

    def all(self) -> list[EscalationPolicy]:
        """Every policy, by its service's identifier."""
        wanted = select(escalation_policies.c.policy).order_by(escalation_policies.c.service_id)
        texts = self._transactions.read(lambda connection: connection.scalars(wanted).all())
        return [EscalationPolicy.model_validate_json(text) for text in texts]

    def put(self, policy: EscalationPolicy) -> None:
        """Give the policy's service this policy, instead of the one that it had."""
        text = policy.model_dump_json()

        def put(connection: Connection) -> None:
            added = _insert_if_new(connection, escalation_policies).values(
                service_id=policy.service_id, policy=text
            )
            changed = (
                update(escalation_policies)
                .where(escalation_policies.c.service_id == policy.service_id)
                .values(policy=text)
            )
            if connection.execute(changed).rowcount == 0:
                connection.execute(added)

        self._transactions.write(put)

    def remove(self, service_id: str) -> bool:
        """Leave the service without a policy; False where it had none."""
        removal = delete(escalation_policies).where(escalation_policies.c.service_id == service_id)
        return self._transactions.write(lambda connection: connection.execute(removal).rowcount > 0)


class SqlMonitoredServices:
    """MonitoredServices, whose saves put their effects into the outbox table."""

    def __init__(self, transactions: Transactions, now: Now = wall_clock) -> None:
        """Effects are due from `now` on."""
        self._transactions = transactions
        self._now = now

    def load(self, service_id: str) -> Stored:
        """State and version are one row, so one snapshot."""
        wanted = select(monitored_services.c.state, monitored_services.c.version).where(
            monitored_services.c.service_id == service_id
        )
        row = self._transactions.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            return Stored(Healthy(service_id=service_id), 0)
        return Stored(_service.validate_json(row.state), row.version)

    def save(self, decision: Decision, version: int) -> None:
        """One conditional UPDATE (or first INSERT), and the effects, in one transaction."""
        self._transactions.write(lambda connection: self._save(connection, decision, version))

    def _save(self, connection: Connection, decision: Decision, version: int) -> None:
        after = decision.after
        columns = {
            "version": version + 1,
            "incident": after.incident,
            "state": after.model_dump_json(),
        }
        change = (
            _insert_if_new(connection, monitored_services).values(
                service_id=after.service_id, **columns
            )
            if version == 0
            else update(monitored_services)
            .where(monitored_services.c.service_id == after.service_id)
            .where(monitored_services.c.version == version)
            .values(columns)
        )
        if connection.scalar(change.returning(monitored_services.c.version)) is None:
            raise ConcurrentUpdate(after.service_id, version)
        if decision.effects:
            connection.execute(insert(outbox), [self._row(effect) for effect in decision.effects])

    def _row(self, effect: Effect) -> dict[str, object]:
        return {
            "channel": effect.channel,
            "service_id": effect.service_id,
            "incident": effect.incident,
            "idempotency_key": effect.idempotency_key,
            "effect": effect.model_dump_json(),
            "attempt": 0,
            "due_at": self._now(),
            "status": "waiting",
            "detail": "",
        }


class SqlOutbox:
    """Outbox: rows with a due time. A claim moves it to the end of the lease."""

    def __init__(self, transactions: Transactions, now: Now = wall_clock) -> None:
        """Leases and retries go by `now`."""
        self._transactions = transactions
        self._now = now

    def claim(self, channel: Channel, at_most: int) -> Sequence[Claim]:
        """Take due rows that no other relay is just taking."""
        now = self._now()
        at = datetime.fromtimestamp(now / 1000, UTC)
        due = (
            select(outbox.c.id)
            .where(outbox.c.channel == channel, outbox.c.due_at <= now)
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(at_most)
        )

        def take(connection: Connection) -> list[Claim]:
            ids = connection.scalars(due.with_for_update(skip_locked=True)).all()
            taken = (
                update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(due_at=now + milliseconds(LEASE), attempt=outbox.c.attempt + 1)
                .returning(outbox.c.id, outbox.c.effect, outbox.c.attempt)
            )
            rows = sorted(connection.execute(taken), key=lambda row: ids.index(row.id))
            claims = [
                Claim(row.id, effect, row.attempt, at)
                for row in rows
                if (effect := _read_effect(row.effect)) is not None
            ]
            if len(claims) < len(rows):
                # One that cannot be read must not be in the way of all the others.
                unreadable = {row.id for row in rows} - {claim.id for claim in claims}
                logger.error("outbox rows that cannot be read are given up: %s", unreadable)
                given_up = update(outbox).where(outbox.c.id.in_(unreadable))
                connection.execute(
                    given_up.values(status="refused", detail="unreadable", due_at=None)
                )
            return claims

        # An idle relay asks often: let it read, and not queue up for the writer.
        return self._transactions.write(take) if self.is_due(channel) else []

    def is_due(self, channel: Channel) -> bool:
        """Whether there is something to claim."""
        due = (
            select(outbox.c.id)
            .where(outbox.c.channel == channel, outbox.c.due_at <= self._now())
            .limit(1)
        )
        return self._transactions.read(lambda connection: connection.scalar(due)) is not None

    def holds(self, claim: Claim) -> bool:
        """Whether at least half of the lease is left."""
        due = select(outbox.c.due_at).where(
            outbox.c.id == claim.id, outbox.c.attempt == claim.attempt
        )
        until = self._transactions.read(lambda connection: connection.scalar(due))
        return until is not None and until - self._now() >= milliseconds(LEASE / 2)

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome; a retry is due after `retry_after` and up to a quarter more.

        The quarter is jitter: what failed together need not be tried again together. It is that
        of the longest retry at most.
        """
        now = self._now()
        due_at = None
        if outcome.retry_after is not None:
            spread = min(outcome.retry_after, LONGEST_RETRY_DELAY) / 4
            jitter = spread * random.random()  # noqa: S311 - not for secrets
            due_at = now + milliseconds(outcome.retry_after + jitter)
        settled = update(outbox).where(outbox.c.id == claim.id)
        if outcome.status != "sent":
            # What was sent stays sent: it is no longer due, whoever else was at it.
            settled = settled.where(outbox.c.attempt == claim.attempt, outbox.c.due_at.is_not(None))
        settled = settled.values(
            status=outcome.status,
            detail=outcome.detail[:LONGEST_DETAIL],
            settled_at=now,
            due_at=due_at,
        )
        self._transactions.write(lambda connection: connection.execute(settled))
        if outcome.status not in ("sent", "withdrawn"):
            again = "" if due_at is None else f"; again in {(due_at - now) / 1000:.0f} s"
            logger.warning(
                "%s: %s: %s%s", claim.effect.idempotency_key, outcome.status, outcome.detail, again
            )

    def release(self, claim: Claim) -> None:
        """Make the row due again now, if the claim is still the last one."""
        released = (
            update(outbox)
            .where(
                outbox.c.id == claim.id,
                outbox.c.attempt == claim.attempt,
                outbox.c.due_at.is_not(None),
            )
            .values(due_at=self._now())
        )
        self._transactions.write(lambda connection: connection.execute(released))

    def recover(self) -> None:
        """Make all that is left due now. Only for a start at which no other relay can be alive."""
        left = update(outbox).where(outbox.c.due_at.is_not(None)).values(due_at=self._now())
        self._transactions.write(lambda connection: connection.execute(left))


class SqlTimer:
    """Timer: rows with a due time, which survive a restart."""

    def __init__(self, transactions: Transactions, now: Now = wall_clock) -> None:
        """Delays go by `now`."""
        self._transactions = transactions
        self._now = now

    def set(self, timeout: AcknowledgementTimeout, delay: timedelta) -> None:
        """Keep `timeout` until `delay` is over; a second time changes nothing."""
        due_at = self._now() + milliseconds(delay)

        def add(connection: Connection) -> None:
            connection.execute(
                _insert_if_new(connection, timers).values(
                    service_id=timeout.service_id,
                    incident=timeout.incident,
                    level=timeout.level,
                    due_at=due_at,
                )
            )

        self._transactions.write(add)

    def due(self, at_most: int = 100) -> list[AcknowledgementTimeout]:
        """The timeouts that are due by now, first things first.

        In a transaction they are locked until `done` is committed with what came of them.
        """
        wanted = (
            select(timers.c.service_id, timers.c.incident, timers.c.level)
            .where(timers.c.due_at <= self._now())
            .order_by(timers.c.due_at)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )
        rows = self._transactions.read(lambda connection: connection.execute(wanted).all())
        return [
            AcknowledgementTimeout(
                service_id=row.service_id, incident=row.incident, level=row.level
            )
            for row in rows
        ]

    def done(self, timeout: AcknowledgementTimeout) -> None:
        """Say that the Pager has received `timeout`: until then it stays due."""
        removal = delete(timers).where(
            timers.c.service_id == timeout.service_id,
            timers.c.incident == timeout.incident,
            timers.c.level == timeout.level,
        )
        self._transactions.write(lambda connection: connection.execute(removal))


class SqlPorts:
    """The four of them, on one Database or within one transaction."""

    def __init__(self, transactions: Transactions, now: Now = wall_clock) -> None:
        """All go by the same clock."""
        self.policies = SqlEscalationPolicies(transactions)
        self.services = SqlMonitoredServices(transactions, now)
        self.outbox = SqlOutbox(transactions, now)
        self.timer = SqlTimer(transactions, now)


def _read_effect(text: str) -> Effect | None:
    try:
        return _effect.validate_json(text)
    except ValidationError:
        return None


def _insert_if_new(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    connection: Connection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves a row with the same key as it is, and returns none then."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
