"""The outbox: effects with a due time. A claim moves the due time to the end of its lease."""

import logging
import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy import Connection, not_, null, or_, select, update

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.codecs import decode_effect
from pager.adapters.store.core.database import Transactions
from pager.adapters.store.core.schema import attempts, monitored_services, outbox
from pager.adapters.store.dialects import insert_if_new
from pager.adapters.store.ports.timer import give_at_once
from pager.adapters.store.ports.undelivered import outcome_of_copy, was_not_delivered
from pager.lease import Lease
from pager.messages import Channel, Effect, Notification
from pager.ports import GIVEN_UP, Claim, Outcome
from pager.relay import with_jitter

LEASE = Lease(timedelta(minutes=2))
LONGEST_DETAIL = 1_000
REPORTED_ON: frozenset[Channel] = frozenset({"sms"})
"""The channels whose providers send delivery reports."""

logger = logging.getLogger(__name__)


class SqlOutbox:
    """Outbox, as rows of a table."""

    def __init__(
        self,
        transactions: Transactions,
        now: Now = database_clock,
        lease: Lease = LEASE,
        random: Callable[[], float] = random.random,
    ) -> None:
        """Leases and retries go by `now`; `random` gives numbers from 0 to 1, for the jitter."""
        self._transactions = transactions
        self._now = now
        self._lease = lease
        self._random = random

    def claim(self, channel: Channel, at_most: int) -> Sequence[Claim]:
        """Take due rows, except those that another relay is taking at the same moment."""
        due = (
            select(outbox.c.id)
            .where(outbox.c.channel == channel, outbox.c.due_at <= self._now())
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )

        lease = milliseconds(self._lease.duration)

        def take(connection: Connection) -> list[Claim]:
            ids = connection.scalars(due).all()
            taken = (
                update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(due_at=self._now() + lease, attempt=outbox.c.attempt + 1)
                .returning(outbox.c.id, outbox.c.effect, outbox.c.attempt, outbox.c.due_at)
            )
            rows = sorted(connection.execute(taken), key=lambda row: ids.index(row.id))
            claims = [
                Claim(row.id, effect, row.attempt, at=moment(row.due_at - lease))
                for row in rows
                if (effect := _read_effect(row.effect)) is not None
            ]
            if len(claims) < len(rows):
                # They stay claimed until the lease is over, so they are not in the way. They are
                # not given up: a node of a newer version may have written them, and can read them.
                unreadable = {row.id for row in rows} - {claim.id for claim in claims}
                logger.error("outbox rows that cannot be read, and wait: %s", unreadable)
            return claims

        # An idle relay asks often: it reads, so that it does not keep the writer busy.
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
        """Whether the claim is still the last one, and its lease allows a send."""
        held = select(outbox.c.due_at - self._now()).where(
            outbox.c.id == claim.id, outbox.c.attempt == claim.attempt
        )
        left = self._transactions.read(lambda connection: connection.scalar(held))
        return left is not None and self._lease.allows_send(timedelta(milliseconds=left))

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome; a retry is due after `retry_after`, with jitter."""
        outcome = outcome._replace(detail=outcome.detail[:LONGEST_DETAIL])
        outcome = self._transactions.write(
            lambda connection: self._settle(connection, claim, outcome), claim.effect.service_id
        )
        if outcome.status not in ("sent", "withdrawn"):
            wait = outcome.retry_after
            again = "" if wait is None else f"; again in {wait.total_seconds():.0f} s"
            logger.warning(
                "%s: %s: %s%s", claim.effect.idempotency_key, outcome.status, outcome.detail, again
            )

    def _settle(self, connection: Connection, claim: Claim, outcome: Outcome) -> Outcome:
        """Record the outcome, and return what was recorded."""
        is_reported_on = claim.effect.channel in REPORTED_ON
        if outcome.status in GIVEN_UP or is_reported_on:
            lock_service(connection, claim.effect.service_id)
        reported = None
        if is_reported_on and outcome.status == "sent":
            reported = outcome_of_copy(connection, claim.id, outcome.detail)
        outcome = reported or outcome
        wait = outcome.retry_after
        if wait is not None:
            wait = with_jitter(wait, self._random())
            outcome = outcome._replace(retry_after=wait)
        due_at = null() if wait is None else self._now() + milliseconds(wait)
        ended = {"status": outcome.status, "detail": outcome.detail}
        settled = update(outbox).where(outbox.c.id == claim.id)
        if outcome.status != "sent":
            # What was sent stays sent, whoever else had claimed it.
            settled = settled.where(outbox.c.attempt == claim.attempt, outbox.c.due_at.is_not(None))
        connection.execute(settled.values(settled_at=self._now(), due_at=due_at, **ended))
        connection.execute(
            insert_if_new(connection, attempts).values(
                effect=claim.id,
                attempt=claim.attempt,
                ended_at=self._now(),
                retry_at=due_at,
                **ended,
            )
        )
        is_given_up = outcome.status in GIVEN_UP or reported is not None
        if is_given_up and isinstance(claim.effect, Notification):
            give_if_unreachable(connection, claim.effect, self._now)
        return outcome

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
        """Make every open effect due now. Only for a start, when no other relay can be alive."""
        change = update(outbox).where(outbox.c.due_at.is_not(None)).values(due_at=self._now())
        self._transactions.write(lambda connection: connection.execute(change))


def lock_service(connection: Connection, service_id: str) -> None:
    """Let nobody else give up a page of this service before this transaction ends.

    Otherwise two nodes that give up the last two pages of a step would not see each other's. It is
    the first row that a transaction locks for a service, and comes in the order of its `lock_key`.
    """
    service = monitored_services.c.service_id
    connection.execute(select(service).where(service == service_id).with_for_update())


def give_if_unreachable(connection: Connection, page: Notification, now: Now) -> None:
    """Let the Pager receive Unreachable, if every page of the same step is given up.

    The caller has locked the service, and given up `page` in this transaction.
    """
    hopeful = select(outbox.c.id).where(
        outbox.c.service_id == page.service_id,
        outbox.c.incident == page.incident,
        outbox.c.channel != "timer",
        outbox.c.idempotency_key.startswith(page.step_key, autoescape=True),
        or_(outbox.c.due_at.is_not(None), outbox.c.status.not_in(GIVEN_UP)),
        not_(was_not_delivered()),
    )
    if connection.execute(hopeful.limit(1)).first() is None:
        give_at_once(connection, page.unreachable, now)


def _read_effect(text: str) -> Effect | None:
    try:
        return decode_effect(text)
    except ValidationError:
        return None
