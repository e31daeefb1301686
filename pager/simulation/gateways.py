"""Mail and SMS in memory: they accept every page, unless a fault is asked for."""

from collections import Counter
from dataclasses import dataclass, field

from pager.errors import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.messages import Notification
from pager.model import Target
from pager.ports import Gateways, Mail, Sms
from pager.simulation.clock import Clock
from pager.simulation.crash import Crash
from pager.simulation.timeline import Timeline
from pager.words import effect_in_words


@dataclass
class InMemoryGateway:
    """A port for any kind of Target: it accepts every page, unless a fault is asked for."""

    accepted: list[Notification] = field(default_factory=list)
    """Every page that was accepted, in order."""
    down: bool = False
    """Fail every page until this is False again."""
    loses_answers: bool = False
    """Accept every page, and never say so."""
    refused: set[str] = field(default_factory=set)
    """Keys of Targets that are refused for good."""
    refused_steps: set[int] = field(default_factory=set)
    """Steps, each the `level` of its pages, whose pages are refused for good."""
    crash_after_next_send: bool = False
    """Let the process die once, right after the next page was accepted."""
    timeline: Timeline = field(default_factory=lambda: Timeline(Clock()))
    """Where accepted pages are noted."""

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:  # noqa: ARG002 - it never waits
        """Accept the page, and return its receipt."""
        if self.down:
            raise DeliveryFailed("the gateway is down")
        if target.key in self.refused or notification.level in self.refused_steps:
            raise DeliveryRefused(f"there is no {target.key}")
        self.accepted.append(notification)
        receipt = self._receipt(notification)
        self.timeline.add("sent", effect_in_words(notification))
        if self.crash_after_next_send:
            self.crash_after_next_send = False
            raise Crash
        if self.loses_answers:
            raise DeliveryUnknown("no answer")
        return receipt

    def _receipt(self, notification: Notification) -> str:
        """The idempotency key, as a Message-ID: every copy has the same."""
        return notification.idempotency_key


class InMemoryMail(InMemoryGateway):
    """Mail that stays here."""


@dataclass
class InMemorySms(InMemoryGateway):
    """SMS that stay here."""

    last_copies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The last page that was accepted for each number: its idempotency key, and its receipt."""
    _copies: Counter[str] = field(default_factory=Counter)

    def _receipt(self, notification: Notification) -> str:
        """As at Twilio: each copy has another one."""
        key = notification.idempotency_key
        self._copies[key] += 1
        receipt = key if self._copies[key] == 1 else f"{key} (copy {self._copies[key]})"
        self.last_copies[notification.target.key] = (key, receipt)
        return receipt


def in_memory_gateways(mail: Mail | None = None, sms: Sms | None = None) -> Gateways:
    """These gateways, with an in-memory one in the place of each that is None."""
    return Gateways(mail=mail or InMemoryMail(), sms=sms or InMemorySms())
