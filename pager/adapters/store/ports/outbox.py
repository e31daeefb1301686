"""The outbox: effects with a due time. A claim moves the due time to the end of its lease."""

import logging
import random
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import get_args

from sqlalchemy import (
    Connection,
    and_,
    case,
    null,
    or_,
    tuple_,
    update,
)

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.codecs import EFFECTS, Unreadable
from pager.adapters.store.core.schema import attempts, outbox
from pager.adapters.store.core.transactions import Transactions, Write
from pager.adapters.store.dialects import insert_if_new
from pager.adapters.store.ports.claims import NodeClaims
from pager.adapters.store.ports.due_rows import LEFT, NEW_IN_TURN, TAKE, DueRow, DueRows, in_turn
from pager.adapters.store.ports.settlements import Sent, record_sent
from pager.adapters.store.ports.undelivered import outcome_of_copy
from pager.adapters.store.ports.unreachable import give_if_unreachable, lock_service
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
        claims: NodeClaims | None = None,
    ) -> None:
        """Leases and retries go by `now`; `random` gives numbers from 0 to 1, for the jitter.

        `claims` are those of this node. Without them a lease ends by the clock of the database.
        """
        self._transactions = transactions
        self._now = now
        self._lease = lease
        self._random = random
        self._claims = claims
        self._due = DueRows(now, claims)
        self._node = claims.node if claims else secrets.token_hex(8)

    def claim(
        self, channel: Channel, at_most: int, most_retries: int | None = None
    ) -> Sequence[Claim]:
        """Take due rows, except those that another relay is taking at the same moment.

        With `most_retries`, so many that were attempted before are taken besides, and no more.
        """
        # An idle relay asks often: it reads, so that it does not keep the writer busy.
        is_due, over = self._transactions.read(
            lambda connection: (
                self._due.is_due(connection, channel),
                self._due.over(connection, channel),
            )
        )
        if not any(is_due) and not over:
            return []
        first, again = self._due.new(channel), self._due.to_be_retried(channel)
        if over:
            is_over = tuple_(outbox.c.id, outbox.c.due_at).in_(over)
            first = or_(first, and_(is_over, outbox.c.attempt == 0))
            again = or_(again, and_(is_over, outbox.c.attempt > 0))
        elif is_due == (True, False):
            most_retries = 0
        claims = self._transactions.write(
            lambda connection: self._take(
                connection, in_turn(connection, first, again, at_most, most_retries)
            )
        )
        if self._claims is not None:
            self._claims.claimed(claim.id for claim in claims)
        return claims

    def claim_new(
        self, connection: Connection, channel: Channel, at_most: int
    ) -> tuple[list[Claim], bool]:
        """Take rows that were never attempted, in the open transaction of `connection`.

        They are held from now on; if the transaction fails, `forget` them. And whether there may be
        more of them: some that were found cannot be taken.
        """
        held = set(self._claims.held) if self._claims else set()
        found = NEW_IN_TURN.run(connection, channel=channel, at_most=at_most)
        claims = self._take(connection, [row for row in found if row[0] not in held])
        if self._claims is not None:
            self._claims.claimed(claim.id for claim in claims)
        return claims, len(found) >= at_most

    def forget(self, claims: Iterable[Claim]) -> None:
        """Hold these no longer: nobody can tell whether they are claimed."""
        self._done(claims)

    def is_due(self, channel: Channel) -> bool:
        """Whether there is something to claim."""
        return any(
            self._transactions.read(lambda connection: self._due.is_due(connection, channel))
        )

    def next_due_in(self, channel: Channel) -> timedelta | None:
        """How long until a page that was attempted is due again; None where there is none."""
        return self._transactions.read(
            lambda connection: self._due.next_due_in(connection, channel)
        )

    def _take(self, connection: Connection, rows: Sequence[DueRow]) -> list[Claim]:
        """Claim these rows; those that cannot be read are put off."""
        if not rows:
            return []
        effects = {id_: _read_effect(effect, service_id) for id_, effect, service_id in rows}
        unreadable = [id_ for id_, effect in effects.items() if effect is None]
        lease = milliseconds(self._lease.duration)
        taken = TAKE.run(
            connection, [(id_,) for id_ in effects], self._now, lease=lease, node=self._node
        )
        claimed = {id_: (attempt, moment(due_at - lease)) for id_, attempt, due_at in taken}
        if unreadable:
            # They wait for a lease, so they are not in the way. They are not given up: a node of a
            # newer version may have written them, and can read them.
            put_off = update(outbox).where(outbox.c.id.in_(unreadable)).values(claimed_by=null())
            connection.execute(put_off)
            logger.error("outbox rows that cannot be read, and wait: %s", set(unreadable))
        return [
            Claim(id_, effect, *claimed[id_])
            for id_, effect in effects.items()
            if effect is not None
        ]

    def holds(self, claim: Claim) -> bool:
        """Whether the claim is still the last one, and its lease allows a send."""
        return claim in self._transactions.read(lambda connection: self.held(connection, [claim]))

    def held(self, connection: Connection, claims: Sequence[Claim]) -> list[Claim]:
        """Those of the claims that are still the last ones, and whose lease allows a send."""
        rows = LEFT.run(connection, [(claim.id,) for claim in claims], self._now)
        left = {(id_, attempt): lease for id_, attempt, lease in rows}
        return [claim for claim in claims if self._allows_send(left.get((claim.id, claim.attempt)))]

    def _allows_send(self, left: int | None) -> bool:
        return left is not None and self._lease.allows_send(timedelta(milliseconds=left))

    def renew(self) -> None:
        """Let the leases of all claims that this node holds begin anew."""
        held = self._claims.held if self._claims else []
        renewed = (
            update(outbox)
            .where(outbox.c.id.in_(held), outbox.c.claimed_by == self._node)
            .values(due_at=self._now() + milliseconds(self._lease.duration))
        )
        if held:
            self._transactions.write(lambda connection: connection.execute(renewed))

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome; a retry is due after `retry_after`, with jitter."""
        self.settle_all([(claim, outcome)])

    def settle_all(self, ended: Iterable[tuple[Claim, Outcome]]) -> None:
        """Record each outcome: those of what was sent in one transaction."""
        sent: list[Sent] = []
        others: list[tuple[Claim, Outcome]] = []
        for claim, outcome in ended:
            detail = outcome.detail[:LONGEST_DETAIL]
            if outcome.status == "sent" and claim.effect.channel not in REPORTED_ON:
                sent.append(Sent(claim, detail))
            else:
                others.append((claim, outcome._replace(detail=detail)))
        if sent:
            self._transactions.write(partial(record_sent, batch=sent, now=self._now))
            self._done(claim for claim, _ in sent)
        recorded = self._transactions.write_all(
            [
                Write(partial(self._settle, claim=claim, outcome=outcome), claim.effect.service_id)
                for claim, outcome in others
            ]
        )
        self._done(claim for claim, _ in others)
        for (claim, _), outcome in zip(others, recorded, strict=True):
            _log(claim, outcome)

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
        connection.execute(
            settled.values(settled_at=self._now(), due_at=due_at, claimed_by=null(), **ended)
        )
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
        """Make the row due again now, if this node still has the claim: it was not attempted."""
        self.release_all([claim])

    def release_all(self, claims: Sequence[Claim]) -> None:
        """Release each of them, in one transaction."""
        these = [(claim.id, claim.attempt) for claim in claims]
        released = (
            update(outbox)
            .where(
                tuple_(outbox.c.id, outbox.c.attempt).in_(these),
                outbox.c.claimed_by == self._node,
            )
            .values(due_at=self._now(), attempt=outbox.c.attempt - 1, claimed_by=null())
        )
        if these:
            self._transactions.write(lambda connection: connection.execute(released))
            self._done(claims)

    def abandon(self, claim: Claim) -> None:
        """Leave the effect alone until its lease is over: nobody knows what became of it."""
        if self._claims is not None:
            self._claims.failed(claim.id)

    def recover(self) -> None:
        """Make all claimed effects due now. Only for a start, when no other relay can be alive.

        All others stay as they are: there may be a million, and each is due when it was to be.
        """
        change = (
            update(outbox)
            .where(outbox.c.channel.in_(get_args(Channel)), outbox.c.claimed_by.is_not(None))
            # What is settled stays so.
            .values(due_at=case((outbox.c.due_at.is_not(None), self._now())), claimed_by=null())
        )
        self._transactions.write(lambda connection: connection.execute(change))

    def _done(self, claims: Iterable[Claim]) -> None:
        if self._claims is not None:
            for claim in claims:
                self._claims.done(claim.id)


def _log(claim: Claim, outcome: Outcome) -> None:
    if outcome.status in ("sent", "withdrawn"):
        return
    wait = outcome.retry_after
    again = "" if wait is None else f"; again in {wait.total_seconds():.0f} s"
    logger.warning(
        "%s: %s: %s%s", claim.effect.idempotency_key, outcome.status, outcome.detail, again
    )


def _read_effect(text: str, service_id: str) -> Effect | None:
    try:
        return EFFECTS.decode(text, service_id)
    except Unreadable:
        return None
