"""A whole Pager with a clock that is moved by hand, over any store."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Protocol, get_args

from pager.decide import Decision
from pager.delivery import receive_report
from pager.durations import in_words
from pager.errors import PagerError
from pager.messages import (
    Channel,
    Effect,
    Message,
    Timed,
    TimerMessage,
    Unreachable,
)
from pager.model import Target
from pager.oncall.directory import Directory, Entry, Kind
from pager.oncall.policies import ServicePolicy
from pager.ports import (
    DeliveryReport,
    DeliveryReports,
    EscalationPolicies,
    MaintenanceWindows,
    MonitoredServices,
    Outbox,
    Outcome,
    ReportStatus,
    Timer,
)
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.simulation.clock import Clock
from pager.simulation.gateways import InMemoryMail, InMemorySms, in_memory_gateways
from pager.simulation.heartbeats import InMemoryHeartbeats
from pager.simulation.timeline import Timeline
from pager.words import decision_in_words, message_in_words


class EditablePolicies(EscalationPolicies, Protocol):
    """EscalationPolicies as the console needs them: arrow 1."""

    def put(self, policy: ServicePolicy) -> object:
        """Give the policy's service this policy, instead of the one that it had.

        If an incident of the service is exhausted, the timer gives its last timeout again, at once
        (`timeout_after_edit`). Raises NobodyOfThatName for the use of a policy that is not there.
        """
        ...

    def remove(self, service_id: str) -> object:
        """Leave the service without a policy."""
        ...


class EditableDirectory(Protocol):
    """The people, teams, schedules and shared policies as the console needs them.

    With each edit the timer gives the last timeout of each exhausted incident of a service that
    uses a shared policy, at once (`timeout_after_edit`): there may be somebody to notify.
    """

    def directory(self) -> Directory:
        """All of them, as they were last edited."""
        ...

    def put(self, entry: Entry) -> object:
        """Add it, or give it the place of the one of the same kind and name.

        Raises NobodyOfThatName where it names somebody who is not there.
        """
        ...

    def remove(self, kind: type[Kind], name: str) -> object:
        """Remove the one of that kind and name, if there is one.

        Raises StillUsed where a team, a schedule, a policy or a service names it.
        """
        ...


class EditableMaintenanceWindows(MaintenanceWindows, Protocol):
    """MaintenanceWindows as the console needs them.

    With each change of the windows of a service whose incident waits for their end, the timer gives
    the timeout of that incident, at once (`timeout_after_maintenance`).
    """

    def add(
        self, service_id: str, end: datetime | timedelta, starts_at: datetime | None = None
    ) -> int:
        """A new window, from now on where `starts_at` is None: its number.

        `end` is its end, or its length. Raises BadWindow.
        """
        ...

    def move_end(self, number: int, ends_at: datetime) -> object:
        """Give the window that end. Raises WindowOver and BadWindow."""
        ...

    def end(self, number: int) -> object:
        """End the window now, or cancel it where it has not begun. Raises WindowOver."""
        ...


class SimulatedServices(MonitoredServices, Protocol):
    """MonitoredServices with faults on request."""

    def after_next_load(self, meanwhile: Callable[[], object]) -> None:
        """Let `meanwhile` happen once, between the next load and its save: a race, forced."""
        ...

    def crash_at_next_save(self, when: Literal["before", "after"]) -> None:
        """Let the process die right before, or right after, the next save that is not refused."""
        ...


class SimulatedOutbox(Outbox, Protocol):
    """An Outbox that shows what is in it."""

    @property
    def outcomes(self) -> list[tuple[Effect, Outcome | None]]:
        """Each effect that was ever saved, with the outcome of its last attempt."""
        ...

    @property
    def next_due(self) -> timedelta | None:
        """When the next effect that nobody holds is due, if there is one."""
        ...

    def recover(self) -> None:
        """Make all claimed effects due at once: every relay that claimed them has died."""
        ...


class ReadableTimer(Timer, Protocol):
    """A Timer that lists the messages that are due."""

    def due(self) -> Sequence[TimerMessage]:
        """The messages that are due by now, the longest due first."""
        ...

    def done(self, message: TimerMessage) -> None:
        """Say that the Pager has received `message`: until then it stays due."""
        ...


class SimulatedTimer(ReadableTimer, Protocol):
    """A Timer that can be looked into."""

    @property
    def delays(self) -> list[tuple[Timed, timedelta]]:
        """Every delay that was set, in order."""
        ...

    @property
    def next_due(self) -> timedelta | None:
        """When the next message is due, if there is one."""
        ...


class SimulatedStore(NamedTuple):
    """The ports that keep something, all on one store."""

    policies: EditablePolicies
    services: SimulatedServices
    outbox: SimulatedOutbox
    timer: SimulatedTimer
    reports: DeliveryReports
    maintenance: EditableMaintenanceWindows
    directory: EditableDirectory


class SimulatedPager:
    """The real PagerService and OutboxRelay over a store, with gateways in memory.

    `receive` commits and then runs the relay, so that what a message leads to has happened
    when it returns. Time passes only in `advance`.
    """

    def __init__(self, clock: Clock, timeline: Timeline, store: SimulatedStore) -> None:
        """The store goes by `clock`; what happens is noted in `timeline`."""
        self.clock = clock
        self.timeline = timeline
        self.mail = InMemoryMail(timeline=timeline)
        self.sms = InMemorySms(timeline=timeline)
        self.gateways = in_memory_gateways(self.mail, self.sms)
        self.heartbeats = InMemoryHeartbeats(clock, self.receive)
        self.wire(store)

    def begin_at(self, moment: datetime) -> None:
        """Let it be that moment, before anything happens.

        Raises ValueError once time has passed.
        """
        if self.clock.now:
            raise ValueError("time has passed already")
        self.clock.start = moment.astimezone(UTC)
        self.heartbeats.listen()

    def wire(self, store: SimulatedStore) -> None:
        """Work on `store` from now on."""
        self.policies, self.services, self.outbox, self.timer, self.reports = store[:5]
        self.maintenance, self.directory = store.maintenance, store.directory
        self.service = PagerService(self.policies, self.services, maintenance=self.maintenance)
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

    def commit_all(self, messages: Sequence[Message]) -> None:
        """Commit what they lead to, one after the other. A store may do so in one transaction."""
        for message in messages:
            self.commit(message)

    def report(self, target: Target, report: ReportStatus, *, is_for_good: bool = False) -> None:
        """Receive a delivery report on the last SMS that the gateway took for `target`."""
        key, receipt = self.sms.last_copies[target.key]
        detail = f"the carrier says: {report}"
        reported = DeliveryReport(receipt, report, detail, is_for_good)
        receive_report(self.reports, self.services, key, reported)
        self.run_relay()

    def run_relay(self) -> None:
        """Carry out all that is due now, and let the Pager receive which steps are unreachable."""
        while self._carry_out() or self._receive_unreachable():
            pass

    def _carry_out(self) -> bool:
        # As many at once as a Level can have Targets: the largest policy is rehearsed in seconds.
        return any(self.relay.run_once(channel, at_most=1_000) for channel in get_args(Channel))

    def _receive_unreachable(self) -> bool:
        unreachable = [message for message in self.timer.due() if isinstance(message, Unreachable)]
        for message in unreachable:
            self.commit(message)
            self.timer.done(message)
        return bool(unreachable)

    def advance(self, by: timedelta) -> None:
        """Let `by` pass: all that comes due meanwhile happens at its own moment.

        Raises ValueError where `by` is negative.
        """
        end = self.clock.now + by
        while (due := self.next_due) is not None and due <= end:
            self.clock.advance(max(timedelta(0), due - self.clock.now))
            for message in self.timer.due():
                self.commit(message)
                self.timer.done(message)
            self.heartbeats.raise_overdue()
            self.run_relay()
        self.clock.advance(end - self.clock.now)

    @property
    def next_due(self) -> timedelta | None:
        """When the next message of the timer, retry or heartbeat is due, if there is one."""
        due = (self.timer.next_due, self.outbox.next_due, self.heartbeats.next_due)
        return min((at for at in due if at is not None), default=None)

    def be_down(self, duration: timedelta) -> None:
        """Do nothing for `duration`, and then what came due meanwhile."""
        self.timeline.add("down", f"for {in_words(duration)}: it hears nothing, and does nothing")
        self.heartbeats.stop_listening_for(duration)
        self.advance(timedelta(0))

    def restart(self) -> None:
        """Start again after a Crash, with what had been stored, and carry out what is left."""
        self.timeline.add("restarted", "with what had been saved")
        self.outbox.recover()
        self.run_relay()
