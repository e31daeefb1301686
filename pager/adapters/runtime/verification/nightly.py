"""The nightly verification: what does not hold tomorrow pages whoever operates Pager.

It is an Alert of a Monitored Service of theirs, through the inbox as any other. Each property has a
dedup key of its own, and is resolved by itself.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pager.adapters.dedup_keys import name_or_digest
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.verification.recording import verify_all
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.properties.nights import LEASE, SqlNights
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import Counterexample, SqlVerdicts, StoredVerdict
from pager.configuration.properties import NO_EMPTY_LEVEL
from pager.decide import Decision
from pager.messages import Alert, Message, Resolve

EVERY = timedelta(minutes=1)

WITHIN = LEASE / 2
"""How long a night may take: before another node begins anew."""

AUTHOR = "nightly verification"
"""Who has sent its messages, as the journal says it."""

MOST_TOLD = 3
"""Violations of a property that its Alert tells; the others are counted."""

LONGEST_KEY = 200

logger = logging.getLogger(__name__)


class Nightly(NamedTuple):
    """How an operator has set it up."""

    hour: int = 6
    """At which a night is due, in UTC."""
    operators_service: str | None = None
    """The Monitored Service whose policy is paged; None: nobody is, but everybody can see it."""
    every: timedelta = EVERY
    """How often a node looks whether a night is due, and whether what it has told is over."""


class NightlyVerification:
    """Verifies once a night, on one of the nodes."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        nightly: Nightly,
        stopping: threading.Event | None = None,
        now: Now = database_clock,
    ) -> None:
        """Alerts go to `inbox`. It ends at once where `stopping` is set."""
        self._database = database
        self._inbox = inbox
        self._operators_service = nightly.operators_service
        self._nights = SqlNights(database, nightly.hour, now)
        self._verdicts = SqlVerdicts(database, now)
        self._stopping = stopping or threading.Event()
        self._now = now

    def look(self) -> None:
        """Verify this night, if that is due; and resolve what is over. Raises Unreadable."""
        if self._nights.is_due() and (begun_at := self._nights.claim()) is not None:
            verify_all(self._database, WITHIN, self._now, self._stopping)
            if self._stopping.is_set():
                return  # another node begins anew
            self._tell(begun_at)
            self._nights.done(begun_at)
        self._resolve()

    def _tell(self, begun_at: datetime) -> None:
        """Raise the Alert of each property that is violated by the end of tomorrow."""
        midnight = datetime.combine(begun_at.date(), datetime.min.time(), UTC)
        end = midnight + timedelta(days=2)
        sentences = self._sentences()
        for verdict in self._verdicts.all().values():
            soon = _violations_before(end, verdict)
            if not soon or verdict.sentence not in sentences:
                continue
            text = _text(verdict.sentence, soon)
            logger.warning("%s", text)
            service_id = self._operators_service
            if service_id is not None and self._is_taken(
                Alert(service_id=service_id, message=text, dedup_key=_key(verdict.sentence))
            ):
                self._verdicts.told([verdict.sentence], service_id)

    def _resolve(self) -> None:
        """Resolve the Alerts of what holds again, or need not hold any more."""
        verdicts = self._verdicts.all()
        if not verdicts:
            return
        sentences = self._sentences()
        for verdict in verdicts.values():
            is_wanted = verdict.sentence in sentences
            if verdict.told is not None and not (is_wanted and verdict.violated_since):
                key = _key(verdict.sentence)
                if not self._is_taken(Resolve(service_id=verdict.told, dedup_key=key)):
                    continue
                self._verdicts.told([verdict.sentence], None)
            if not is_wanted:
                self._verdicts.forget([verdict.sentence])

    def _sentences(self) -> Sequence[str]:
        """What has to hold."""
        return [NO_EMPTY_LEVEL, *SqlProperties(self._database).versioned().sentences]

    def _is_taken(self, message: Message) -> bool:
        """Whether the Pager has decided on the message; why not is logged."""
        answer = self._inbox.submit(message, AUTHOR).result()
        if not isinstance(answer, Decision):
            logger.error("nobody is told of the nightly verification: %s", answer)
        return isinstance(answer, Decision)


def _violations_before(end: datetime, verdict: StoredVerdict) -> Sequence[Counterexample]:
    if verdict.found is None or not verdict.found.is_violated:
        return ()
    return [one for one in verdict.found.violations if one.at < end]


def _text(sentence: str, violations: Sequence[Counterexample]) -> str:
    """What the Alert says: the property, and who, when and why."""
    lines = [f"“{sentence}” does not hold."]
    lines += [f"{one.subject}: {one.what}" for one in violations[:MOST_TOLD]]
    if (more := len(violations) - MOST_TOLD) > 0:
        lines.append(f"And {more} more: the console has them under Checks.")
    return "\n".join(lines)


def _key(sentence: str) -> str:
    return f"property {name_or_digest(sentence, LONGEST_KEY)}"
