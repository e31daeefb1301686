"""A whole Pager in memory that compares what it does with what is expected.

`WatchedPager` tells each `ExpectedService` what was saved, and records all that the relay hands
over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Literal, NamedTuple

from pager import (
    AcknowledgementExpired,
    Decision,
    DeliveryRefused,
    DeliveryUnknown,
    EscalationPolicy,
    Message,
    Notification,
    OutboxRelay,
    Target,
)
from pager.messages import Timed, TimerMessage
from pager.ports import Gateways
from pager.testing import Clock, Crash, InMemoryGateway, InMemoryPager, InMemoryTimer, Timeline
from stateful.expected import (
    EXPIRY,
    TIMER,
    EffectKey,
    ExpectedEffect,
    ExpectedPolicy,
    ExpectedService,
    effect_key,
)


class HandedOver(NamedTuple):
    """An effect at the moment in which the relay hands it to its port."""

    key: EffectKey
    expected: bool
    """Whether the brief asks for it, with this content."""
    wanted: bool
    """Whether nobody had answered the incident yet; or, for EXPIRY, whether that answer stood."""


Watch = Callable[[EffectKey, str | timedelta], ExpectedEffect]


@dataclass
class WatchedGateway(InMemoryGateway):
    """Mail or SMS that records what it was handed, and how that ended."""

    watch: Watch = field(kw_only=True)
    meanwhile: Callable[[Notification], object] | None = None
    """What happens while the next page is sent."""

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Send it, as InMemoryGateway does."""
        texts = (notification.message, *notification.later_alerts.messages)
        effect = self.watch(effect_key(notification), " / ".join(texts))
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile(notification)
        try:
            receipt = super().send(target, notification, attempt)
        except DeliveryRefused:
            effect.record(known=True)
            raise
        except (DeliveryUnknown, Crash):  # it was accepted
            effect.record(known=False)
            raise
        effect.record(known=True)
        return receipt


class WatchedTimer(InMemoryTimer):
    """A timer that records what it was handed, and can fail as the gateways do."""

    def __init__(self, clock: Clock, timeline: Timeline, watch: Watch) -> None:
        """As InMemoryTimer."""
        super().__init__(clock, timeline)
        self.watch = watch
        self.down = False
        self.crash_after_next_set = False
        self.given: set[TimerMessage] = set()
        """What the Pager has received."""

    def done(self, message: TimerMessage) -> None:
        """Say that the Pager has received `message`."""
        self.given.add(message)
        super().done(message)

    def set(self, message: Timed, delay: timedelta) -> None:
        """Set it, unless the timer is down."""
        step = (message.service_id, message.incident, message.level)
        receiver = EXPIRY if isinstance(message, AcknowledgementExpired) else TIMER
        effect = self.watch(EffectKey(*step, receiver), delay)
        if self.down:
            raise ConnectionError
        super().set(message, delay)
        crash, self.crash_after_next_set = self.crash_after_next_set, False
        effect.record(known=not crash)
        if crash:
            raise Crash


class WatchedPager(InMemoryPager):
    """A whole Pager in memory that tells each ExpectedService what was saved."""

    def __init__(self, *services: ExpectedService) -> None:
        """Every service is Healthy, with the policy that is expected of it."""
        super().__init__(partial(WatchedTimer, watch=self._hand_over))
        self.expected = {expected.service_id: expected for expected in services}
        for expected in services:
            self.edit(expected.service_id, expected.policy)
        self.handed_over: list[HandedOver] = []
        mail, sms = (
            WatchedGateway(timeline=self.timeline, watch=self._hand_over) for _ in range(2)
        )
        self.watched = {"email": mail, "sms": sms}
        self.gateways = Gateways(mail=mail, sms=sms)
        assert isinstance(self.timer, WatchedTimer)
        self.watched_timer = self.timer
        self._crash: Literal["before", "after"] | None = None
        self.start_relay()

    def start_relay(self) -> None:
        """Another relay takes over."""
        self.relay = OutboxRelay(self.outbox, self.services, self.gateways, self.timer)

    def edit(self, service_id: str, policy: ExpectedPolicy) -> None:
        """Give the service this policy; one without Levels is to remove it."""
        self.expected[service_id].policy = policy
        if policy.levels:
            self.policies.put(
                EscalationPolicy(
                    service_id=service_id,
                    levels=policy.levels,
                    repeat=policy.repeat,
                    acknowledgement_expiry=policy.expiry,
                )
            )
        else:
            self.policies.remove(service_id)

    def crash_at_next_save(self, when: Literal["before", "after"]) -> None:
        """Let the process die there."""
        self._crash = when
        self.services.crash_at_next_save(when)

    def commit(self, message: Message) -> Decision:
        """Commit it, and apply it to the service that is expected to act on it."""
        expected = self.expected[message.service_id]
        loaded = replace(expected, notified=expected.notified.copy())
        try:
            decision = super().commit(message)
        except Crash:
            crash, self._crash = self._crash, None
            if crash == "after":
                expected.apply(message)
            raise
        # The service is the one that was loaded, the policy the one that was read after that.
        loaded.policy = expected.policy
        if loaded.acts_on(message):
            expected.apply(message)
        return decision

    def _hand_over(self, key: EffectKey, content: str | timedelta) -> ExpectedEffect:
        expected = self.expected[key.service_id]
        effect = expected.effects.get(key, ExpectedEffect(content))
        self.handed_over.append(
            HandedOver(
                key,
                expected=key in expected.effects and effect.content == content,
                wanted=expected.is_acknowledged(key.incident, key.level)
                if key.receiver == EXPIRY
                else expected.is_unanswered(key.incident),
            )
        )
        return effect
