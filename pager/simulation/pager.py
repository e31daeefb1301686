"""A whole Pager in memory."""

from datetime import timedelta
from typing import get_args

from pager.decide import Decision
from pager.errors import PagerError
from pager.messages import Channel, Message
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.simulation.clock import Clock
from pager.simulation.memory import (
    InMemoryEscalationPolicies,
    InMemoryMail,
    InMemoryMonitoredServices,
    InMemoryOutbox,
    InMemorySms,
    InMemoryTimer,
    in_memory_gateways,
)
from pager.simulation.timeline import Timeline
from pager.words import decision_in_words, message_in_words


class InMemoryPager:
    """The real PagerService and OutboxRelay, wired to in-memory ports.

    `receive` commits and then runs the relay, so that what a message leads to has happened
    when it returns. Time passes only in `advance`.
    """

    def __init__(self) -> None:
        """Start with no policy, every service Healthy and the clock at zero."""
        self.clock = Clock()
        self.timeline = Timeline(self.clock)
        self.policies = InMemoryEscalationPolicies()
        self.outbox = InMemoryOutbox(self.clock, self.timeline)
        self.services = InMemoryMonitoredServices(self.outbox, self.timeline)
        self.mail = InMemoryMail(timeline=self.timeline)
        self.sms = InMemorySms(timeline=self.timeline)
        self.timer = InMemoryTimer(self.clock, self.timeline)
        self.service = PagerService(self.policies, self.services)
        self.gateways = in_memory_gateways(self.mail, self.sms)
        self.relay = OutboxRelay(self.outbox, self.services, self.gateways, self.timer)

    def receive(self, message: Message) -> Decision:
        """Commit what `message` leads to, and carry it out.

        Raises what PagerService.receive raises, and Crash where one was asked for.
        """
        decision = self.commit(message)
        self.run_relay()
        return decision

    def commit(self, message: Message) -> Decision:
        """Commit what `message` leads to, and carry out nothing yet.

        Raises what PagerService.receive raises, and Crash where one was asked for.
        """
        self.timeline.add("received", message_in_words(message))
        try:
            decision = self.service.receive(message)
        except PagerError as refusal:
            self.timeline.add("refused", str(refusal))
            raise
        if not decision.changed:
            self.timeline.add("decided", decision_in_words(decision))
        return decision

    def run_relay(self) -> None:
        """Carry out all that is due now."""
        # As many at once as a Level can have Targets: the largest policy is rehearsed in seconds.
        while any(self.relay.run_once(channel, at_most=1_000) for channel in get_args(Channel)):
            pass

    def advance(self, by: timedelta) -> None:
        """Let `by` pass: every timeout and every retry in it comes at its own moment.

        Raises ValueError where that is less than nothing.
        """
        end = self.clock.now + by
        while (due := self.next_due) is not None and due <= end:
            self.clock.advance(max(timedelta(0), due - self.clock.now))
            for timeout in self.timer.due():
                self.commit(timeout)
                self.timer.done(timeout)
            self.run_relay()
        self.clock.advance(end - self.clock.now)

    @property
    def next_due(self) -> timedelta | None:
        """When the next timeout or retry is due, if there is one."""
        due = (self.timer.next_due, self.outbox.next_due)
        return min((at for at in due if at is not None), default=None)

    def restart(self) -> None:
        """Start again after a Crash, with what had been stored, and carry out what is left."""
        self.timeline.add("restarted", "with what had been saved")
        self.outbox.recover()
        self.run_relay()
