"""Whether every page that was decided arrived, and none that was not.

Once, or withdrawn by an answer; or twice, where something that went wrong explains the second.

A node insists on noting what it sent. So each e-mail has an attempt in the journal, however late,
unless its node died first: that is what finds most of what is wrong.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from nemesis.plan import Kind, PastFault
from pager.adapters.channels.alert_text import alerts_in_full
from pager.decide import Decision
from pager.messages import Acknowledgement, Notification
from pager.model import Healthy
from pager.ports import Status

MOMENT = 2.5
"""Seconds, at most, from making sure that a page is wanted until it has arrived, and from there
until that is noted, where nothing hinders the node. Once something no longer does, it may take as
long again."""

HINDERS_SENDING: frozenset[Kind] = frozenset({"a node is frozen", "the network stalls"})
"""After having made sure. What ends a connection hinders nobody: nothing is sent then."""

HINDERS_NOTING: frozenset[Kind] = HINDERS_SENDING | {
    "the database is killed",
    "connections are cut",
    "connections are refused",
}
"""A commit whose answer is lost does not: it is noted."""


class Attempt(NamedTuple):
    """How an attempt to carry out an effect ended, as the journal has it."""

    idempotency_key: str
    status: Status
    at: float
    """When that was noted, in the seconds of an Email."""


class Email(NamedTuple):
    """A page as it arrived."""

    at: float
    node: str
    """Which node its link leads to, so which one sent it."""
    idempotency_key: str
    message_id: str
    message: str


class Deliveries:
    """The pages of one service. `violations` says what is wrong; the rest is for counting."""

    def __init__(
        self,
        changes: Sequence[Decision],
        attempts: Sequence[Attempt],
        emails: Sequence[Email],
        past_faults: Sequence[PastFault],
        answered: Mapping[int, float],
    ) -> None:
        """`changes` are those of the service.

        `answered`: when somebody was told that they acknowledged an incident, or ended it.
        """
        self._decided = {
            effect.idempotency_key: effect
            for change in changes
            for effect in change.effects
            if isinstance(effect, Notification)
        }
        self._over = {
            change.after.incident
            for change in changes
            if isinstance(change.message, Acknowledgement) or isinstance(change.after, Healthy)
        }
        self._ended: defaultdict[str, list[Status]] = defaultdict(list)
        self._sent: dict[str, float] = {}
        for attempt in sorted(attempts, key=lambda attempt: attempt.at):
            self._ended[attempt.idempotency_key].append(attempt.status)
            if attempt.status == "sent":
                self._sent.setdefault(attempt.idempotency_key, attempt.at)
        self._arrived: defaultdict[str, list[Email]] = defaultdict(list)
        for email in sorted(emails):
            self._arrived[email.idempotency_key].append(email)
        self._unhealthy_rows = sorted(past_faults, key=lambda past_fault: past_fault.began)
        self._answered = answered

    @property
    def decided(self) -> int:
        """How many pages were decided."""
        return len(self._decided)

    @property
    def arrived(self) -> int:
        """How many of them arrived."""
        return len(self._decided.keys() & self._arrived.keys())

    @property
    def doubled(self) -> int:
        """How many e-mails came again."""
        return sum(len(emails) - 1 for emails in self._arrived.values())

    @property
    def withdrawn(self) -> int:
        """How many pages never arrived because somebody answered first."""
        return sum(self._is_withdrawn(key) for key in self._decided.keys() - self._arrived.keys())

    def violations(self) -> Iterator[str]:
        """One sentence for everything that is wrong."""
        for key, notification in self._decided.items():
            yield from self._decided_page(key, notification)
        names: dict[str, str] = {}
        for key, emails in self._arrived.items():
            if key not in self._decided:
                yield f"{key}: arrived, and nobody decided it"
            for email in emails:
                if names.setdefault(email.message_id, key) != key:
                    yield f"{key}: has the Message-ID of {names[email.message_id]}"
            for first, second in pairwise(emails):
                if first.message_id != second.message_id:
                    yield f"{key}: came twice, with two Message-IDs"
            if len(emails) > 1 and not self._may_be_late(emails[0]):
                yield f"{key}: came twice, and nothing hindered the note of the first: {emails}"

    def _decided_page(self, key: str, notification: Notification) -> Iterator[str]:
        emails, ended = self._arrived.get(key, []), self._ended.get(key, [])
        if not emails and "sent" in ended:
            yield f"{key}: was sent, the journal says, and never arrived"
        elif "sent" not in ended and not self._is_withdrawn(key):
            yield f"{key}: lost; {len(emails)} arrived, and its attempts ended so: {ended}"
        noted = ended.count("sent") + ended.count("unknown")
        excused = sum(self._may_be_unnoted(email) for email in emails)
        if len(emails) > noted + excused:
            yield f"{key}: was not noted, for no reason; attempts: {ended}; arrived: {emails}"
        for email in emails:
            if email.message != alerts_in_full(notification):
                yield f"{key}: does not say what the Alerts say"
            if self._wanted_since(email) > self._sent.get(key, inf):
                yield f"{key}: came again, from {email.node}, though it was noted long before"
            if self._wanted_since(email) > self._answered.get(notification.incident, inf):
                yield f"{key}: was still sent, by {email.node}, after somebody had answered"

    def _is_withdrawn(self, key: str) -> bool:
        answered = self._decided[key].incident in self._over
        return answered and "withdrawn" in self._ended.get(key, [])

    def _may_be_late(self, first: Email) -> bool:
        """Whether something kept the node of `first` from noting it until somebody did."""
        key = first.idempotency_key
        is_unknown = "unknown" in self._ended.get(key, [])
        return is_unknown or self._sent.get(key, inf) <= self._noted_by(first)

    def _may_be_unnoted(self, email: Email) -> bool:
        """Whether its node may have died, or slept through the answer, before it noted `email`.

        After such a sleep the answer is `unknown`, on which a node does not insist.
        """
        return self._noted_by(email) == inf or any(
            past_fault.kind == "a node is frozen"
            and past_fault.node == email.node
            and abs(past_fault.began - email.at) <= MOMENT
            for past_fault in self._unhealthy_rows
        )

    def _wanted_since(self, email: Email) -> float:
        """When, at the earliest, its node made sure that it was to be sent."""
        earliest = email.at - MOMENT
        for past_fault in reversed(self._unhealthy_rows):
            if (
                past_fault.kind in HINDERS_SENDING
                and past_fault.node in (email.node, None)
                and past_fault.began <= email.at
                and earliest <= past_fault.ended
            ):
                earliest = min(earliest, past_fault.began - MOMENT)
        return earliest

    def _noted_by(self, email: Email) -> float:
        """When, at the latest, its node had noted that it sent it; never, if it was killed before.

        A node that is frozen may hold what the note of another one needs.
        """
        latest = email.at + MOMENT
        for past_fault in self._unhealthy_rows:
            if past_fault.ended < email.at or past_fault.began > latest:
                continue
            is_its_own = past_fault.node in (email.node, None)
            if past_fault.kind == "a node is killed" and is_its_own:
                return inf
            if past_fault.kind in HINDERS_NOTING and (
                is_its_own or past_fault.kind in HINDERS_SENDING
            ):
                latest = max(latest, past_fault.ended + MOMENT)
        return latest
