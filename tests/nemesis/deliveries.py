"""Whether every page that was decided arrived, and none that was not.

Once, or withdrawn by an answer; or twice, where something went wrong that explains the second.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from nemesis.plan import Trouble
from pager.decide import Decision
from pager.messages import Acknowledgement, HealthyEvent, Notification
from pager.ports import Status

LONGEST_SENDING = 5.0
"""Seconds that a node may take from making sure that a page is wanted until it has arrived."""


class Attempt(NamedTuple):
    """How an attempt to carry out an effect ended, as the journal has it."""

    idempotency_key: str
    status: Status


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
        troubles: Sequence[Trouble],
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
            if isinstance(change.message, Acknowledgement | HealthyEvent)
        }
        self._ended: defaultdict[str, set[Status]] = defaultdict(set)
        for attempt in attempts:
            self._ended[attempt.idempotency_key].add(attempt.status)
        self._arrived: defaultdict[str, list[Email]] = defaultdict(list)
        for email in sorted(emails):
            self._arrived[email.idempotency_key].append(email)
        self._troubles = troubles
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
                if not self._may_be_unnoted(first, until=second.at):
                    yield f"{key}: came twice, and nothing explains it: {first}, {second}"

    def _decided_page(self, key: str, notification: Notification) -> Iterator[str]:
        emails, ended = self._arrived.get(key, []), self._ended.get(key, set())
        if not emails:
            if "sent" in ended:
                yield f"{key}: was sent, the journal says, and never arrived"
            elif not self._is_withdrawn(key):
                yield f"{key}: lost; its attempts ended so: {sorted(ended)}"
        elif "sent" not in ended:
            if not self._is_withdrawn(key):
                yield f"{key}: arrived, and the journal has neither that nor its end"
            elif not self._may_be_unnoted(emails[-1]):
                yield f"{key}: arrived, and was withdrawn for no reason"
        for email in emails:
            if email.message != notification.message:
                yield f"{key}: does not say what the Alert says"
            if self._is_late(email, self._answered.get(notification.incident, inf)):
                yield f"{key}: was still sent, by {email.node}, after somebody had answered"

    def _is_withdrawn(self, key: str) -> bool:
        answered = self._decided[key].incident in self._over
        return answered and "withdrawn" in self._ended.get(key, set())

    def _is_late(self, email: Email, answered: float) -> bool:
        """Whether its node should have known, when it began to send it, of the answer."""
        return email.at > answered + LONGEST_SENDING and not any(
            trouble.kind in ("a node is frozen", "the network stalls")
            and trouble.node in (email.node, None)
            and trouble.ended >= answered
            and trouble.began <= email.at
            for trouble in self._troubles
        )

    def _may_be_unnoted(self, email: Email, until: float = inf) -> bool:
        """Whether something kept its node from noting, up to `until`, that it had sent it.

        That is: the mail server said too late that it has it; the node was killed or frozen; the
        database or a way to it was in trouble; or another node was frozen while it held what the
        note needs.
        """
        return "unknown" in self._ended.get(email.idempotency_key, set()) or any(
            trouble.began <= until
            and email.at <= trouble.ended
            and (trouble.kind != "a node is killed" or trouble.node == email.node)
            for trouble in self._troubles
        )
