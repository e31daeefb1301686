"""What the steps work on: a Pager whose clock is moved by hand, and what was seen of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from acceptance.expect import expect
from acceptance.sentences import Gateway, Kind, PageStatus, Person, Phrase, State
from pager import (
    Acknowledged,
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    Exhausted,
    Healthy,
    HealthyEvent,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    Notification,
    Unhealthy,
)
from pager.simulation.simulated import EditablePolicies, SimulatedPager
from pager.testing import Crash, InMemoryGateway


class World:
    """A Pager over whichever store, and what the steps do to it and ask of it."""

    def __init__(self, pager: SimulatedPager) -> None:
        self.pager = pager
        self.refusals: list[NoEscalationPolicy] = []
        self.crashed = False
        self.last_service = "checkout-api"

    def gateway(self, gateway: Gateway) -> InMemoryGateway:
        match gateway:
            case Gateway.MAIL:
                return self.pager.mail
            case Gateway.SMS:
                return self.pager.sms

    @property
    def policies(self) -> EditablePolicies:
        """The Escalation Policies, to read and to edit."""
        return self.pager.policies

    def service(self, service_id: str) -> MonitoredService:
        """The service as it is now."""
        return self.pager.services.load(service_id).service

    @property
    def notifications(self) -> list[Notification]:
        """The pages that were accepted since the Givens."""
        return [page for gateway in Gateway for page in self.gateway(gateway).accepted]

    def forget(self) -> None:
        """Clear what was seen, so that a Then sees only what the Whens caused."""
        for gateway in Gateway:
            self.gateway(gateway).accepted.clear()
        self.pager.timer.delays.clear()

    def message(self, phrase: Phrase, service_id: str) -> Message:
        """The message that `phrase` means, of the running incident and Level unless it says so."""
        self.last_service = service_id
        service = self.service(service_id)
        if isinstance(service, Unhealthy):
            incident, level = phrase.incident or service.incident, phrase.level or service.level
        else:
            incident, level = phrase.incident or max(1, service.incident), phrase.level or 1
        match phrase.kind:
            case Kind.ALERT:
                return Alert(service_id=service_id, message=phrase.text or "something is wrong")
            case Kind.ACKNOWLEDGEMENT:
                return Acknowledgement(service_id=service_id, incident=incident, by=phrase.by)
            case Kind.TIMEOUT:
                return AcknowledgementTimeout(service_id=service_id, incident=incident, level=level)
            case Kind.HEALTHY_EVENT:
                return HealthyEvent(service_id=service_id, incident=phrase.incident)

    def receive(self, message: Message) -> None:
        """Let the Pager receive `message`, and note if it refuses or crashes."""
        self.expect_running()
        with self._noting_a_crash():
            try:
                self.commit(message)
                self.pager.run_relay()
            except NoEscalationPolicy as refusal:
                self.refusals.append(refusal)

    def pass_time(self, duration: timedelta) -> None:
        """Let `duration` pass, and note if the Pager crashes meanwhile."""
        self.expect_running()
        with self._noting_a_crash():
            self.pager.advance(duration)

    @contextmanager
    def _noting_a_crash(self) -> Iterator[None]:
        try:
            yield
        except Crash:
            self.crashed = True
            self.pager.timeline.add("crashed", "at once; what was not saved is lost")

    def commit(self, message: Message) -> None:
        """Let the Pager commit what `message` leads to, and carry out nothing yet."""
        self.pager.commit(message)

    def expect_running(self) -> None:
        """A Pager that has crashed does nothing."""
        expect(not self.crashed, "The Pager has crashed: it does nothing until it restarts.")

    def receive_together(self, messages: Sequence[Message]) -> None:
        """Each message reads the service before the first is stored; they are stored in order."""
        *earlier, last = messages
        if earlier:
            self.pager.services.after_next_load(lambda: self.receive_together(earlier))
        self.commit(last)

    def is_due(self, service_id: str) -> bool:
        """Whether an Acknowledgement Timeout of the service is due."""
        return any(timeout.service_id == service_id for timeout in self.pager.timer.due())

    def states(self, service_id: str) -> set[State]:
        """Every word of the specification that is true of the service."""
        match self.service(service_id):
            case Healthy():
                return {State.HEALTHY}
            case Unhealthy(escalation=Acknowledged()):
                return {State.UNHEALTHY, State.ACKNOWLEDGED}
            case Unhealthy(escalation=Exhausted()):
                return {State.UNHEALTHY, State.EXHAUSTED}
            case _:
                return {State.UNHEALTHY}

    def statuses(self, person: Person) -> list[PageStatus]:
        """What became of each page to `person`, Givens included."""
        return [
            PageStatus(outcome.status)
            if outcome and outcome.retry_after is None
            else PageStatus.WAITING
            for effect, outcome in self.pager.outbox.outcomes
            if isinstance(effect, Notification) and effect.target.key in person.keys
        ]
