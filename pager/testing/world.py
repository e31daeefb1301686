"""What the steps work on: a Pager whose clock is moved by hand, and what was seen of it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import NamedTuple

from pager import (
    Acknowledged,
    Acknowledgement,
    EscalationPolicy,
    Exhausted,
    Healthy,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    Notification,
    Unhealthy,
)
from pager.configuration.configuration import Configuration
from pager.simulation.gateways import InMemoryGateway
from pager.simulation.simulated import (
    EditableDirectory,
    EditableMaintenanceWindows,
    EditablePolicies,
    SimulatedPager,
)
from pager.testing.address_book import AddressBook
from pager.testing.directories import on_call_now
from pager.testing.expect import Unmet, expect
from pager.testing.givens import Givens
from pager.testing.moments import Spoken
from pager.testing.moments import in_words as moment_in_words
from pager.testing.nouns import Condition, Gateway, PageStatus, Phrase, State
from pager.testing.phrases import message_of
from pager.testing.question import Question
from pager.testing.refusals import then_of
from pager.words import service_in_words


class _Window(NamedTuple):
    """The last maintenance window of a service."""

    number: int
    ends_at: datetime


class World:
    """A Pager over whichever store, and what the steps do to it and ask of it."""

    def __init__(self, pager: SimulatedPager, book: AddressBook) -> None:
        """`book` has the people of the scenarios."""
        self.pager = pager
        self.book = book
        self.refusals: list[NoEscalationPolicy] = []
        self._last_service = ""
        self._windows: dict[str, _Window] = {}
        self._concerns: dict[str, Callable[[Notification], bool]] = {}
        self.givens = Givens()
        self.turn = 0
        """Which of several moments that a scenario is about this world begins at."""
        self.moments: Sequence[datetime] = ()
        """All of them."""
        self.question: Question | None = None
        """What a When asks about a time ahead."""
        self._seen_before: list[Notification] = []
        self._statuses_before: Sequence[PageStatus] = ()

    @property
    def configuration(self) -> Configuration:
        """Everything that decides who is paged."""
        raise NotImplementedError

    @property
    def last_service(self) -> str:
        """The one that was named last: what names none is about it."""
        expect(self._last_service != "", "Say of which service: “… for …”.")
        return self._last_service

    def about(self, service_id: str) -> None:
        """What names no service is about this one, from now on."""
        self._last_service = service_id

    def gateway(self, gateway: Gateway) -> InMemoryGateway:
        match gateway:
            case Gateway.MAIL:
                return self.pager.mail
            case Gateway.SMS:
                return self.pager.sms

    def condition(self, gateway: Gateway) -> Condition:
        """How the gateway is now."""
        if self.gateway(gateway).down:
            return Condition.DOWN
        return Condition.LOSES_ANSWERS if self.gateway(gateway).loses_answers else Condition.UP

    def set_condition(self, gateway: Gateway, condition: Condition) -> None:
        """Let the gateway be like that from now on."""
        self.gateway(gateway).down = condition is Condition.DOWN
        self.gateway(gateway).loses_answers = condition is Condition.LOSES_ANSWERS

    @property
    def policies(self) -> EditablePolicies:
        """The Escalation Policies, to read and to edit."""
        return self.pager.policies

    def put_policy(self, policy: EscalationPolicy) -> None:
        """Give the policy's service this policy. An exhausted incident goes on at once."""
        self.policies.put(policy)
        self.pass_time(timedelta(0))

    @property
    def directory(self) -> EditableDirectory:
        """The people, teams, schedules and shared policies, to read and to edit."""
        return self.pager.directory

    @property
    def maintenance(self) -> EditableMaintenanceWindows:
        """The maintenance windows, to read and to change."""
        return self.pager.maintenance

    def begin_at(self, spoken: Spoken) -> None:
        """Let it be that moment; of several, the one whose turn it is."""
        expect(
            not self.pager.timeline.entries and not self.pager.clock.now,
            "Say when it is first, above what happens.",
        )
        self.moments = spoken.moments(self.pager.clock.moment)
        moment = self.moments[self.turn]
        self.pager.begin_at(moment)
        self.pager.timeline.add("begun", f"on {moment_in_words(moment)}")
        self.claim("what time it is", f"it is {moment_in_words(moment)}", lambda: True)

    def on_call(self, schedule: str) -> list[str]:
        """Who is on call in the schedule now."""
        return on_call_now(self.directory, schedule, self.pager.clock.moment)

    def plan_maintenance(self, service_id: str, start: timedelta | None, length: timedelta) -> None:
        """A new window: it begins `start` from now, or at once."""
        now = self.pager.clock.moment
        starts_at = now + start if start else None
        number = self.maintenance.add(service_id, length, starts_at)
        self._windows[service_id] = _Window(number, (starts_at or now) + length)
        self.pass_time(timedelta(0))  # an incident that waits looks at it at once

    def change_maintenance(self, service_id: str, longer_by: timedelta | None) -> None:
        """Prolong the last window of the service, or end it."""
        expect(service_id in self._windows, f"{service_id} has no maintenance window.")
        number, ends_at = self._windows[service_id]
        if longer_by is None:
            self.maintenance.end(number)
        else:
            self.maintenance.move_end(number, ends_at + longer_by)
            self._windows[service_id] = _Window(number, ends_at + longer_by)
        self.pass_time(timedelta(0))  # an incident that waits for its end goes on at once

    def service(self, service_id: str) -> MonitoredService:
        """The service as it is now."""
        return self.pager.services.load(service_id).service

    @property
    def notifications(self) -> list[Notification]:
        """The pages that were accepted since the Givens."""
        return [page for gateway in Gateway for page in self.gateway(gateway).accepted]

    def claim(self, subject: str, sentence: str, is_so: Callable[[], bool]) -> None:
        """Note what a Given says of `subject`, which no other Given may say or undo."""
        self.givens.claim(subject, sentence, is_so)

    def expect_so(self, *, so: bool) -> None:
        """Expect that what a Given says of the last service is so."""
        service = self.service(self.last_service)
        expect(
            so,
            f"{service.service_id} is {service_in_words(service)}:"
            " the Givens above have led to that.",
        )

    def claim_fault(self, sentence: str, gateway: Gateway, keys: Collection[str] = ()) -> None:
        """Note a fault of `gateway` that has to concern a page (one to any of `keys`)."""
        self._concerns[sentence] = lambda page: (
            _gateway_of(page) is gateway and (not keys or page.target.key in keys)
        )

    def begin(self) -> None:
        """Expect, before the first When, that each Given is so. Later it does nothing."""
        if not self.givens.are_over:
            expect(
                self.refusals == [],
                "The Pager refused an Alert of a Given. Give its service an Escalation Policy"
                " first.",
            )
            self.givens.end()

    def expect_everything_said(self) -> None:
        """At the end: a refusal fails the scenario, unless a step asks about it."""
        for refusal in self.refusals:
            raise Unmet(
                "The Pager refused an Alert, and no Then says so. If that is right, write"
                f" “{then_of(refusal, self.called(refusal.service_id))}”."
            )
        for sentence, concerns in self._concerns.items():
            expect(
                any(concerns(page) for page, _ in self._pages()),
                f"“{sentence}” matters to no page of this scenario. Leave it out.",
            )

    def called(self, service_id: str) -> str:
        """What steps call the service."""
        return service_id

    def forget(self) -> None:
        """Clear what was seen in the Givens: a Then sees only what the Whens caused."""
        self._seen_before += self.notifications
        for gateway in Gateway:
            self.gateway(gateway).accepted.clear()
        self.pager.timer.delays.clear()
        self._statuses_before = [status for _, status in self._pages()]

    def message(self, phrase: Phrase, service_id: str) -> Message:
        """The message that `phrase` means, of the running incident and Level unless it says so."""
        self.about(service_id)
        return message_of(phrase, self.service(service_id))

    def receive(self, message: Message) -> None:
        """Let the Pager receive `message`, and note if it refuses."""
        with self.noting_what_fails():
            self.commit(message)
            self.pager.run_relay()

    def receive_many(self, messages: Sequence[Message]) -> None:
        """Let the Pager receive `messages` one after the other, likewise."""
        self._last_service = messages[-1].service_id
        with self.noting_what_fails():
            self.commit_all(messages)
            self.pager.run_relay()

    def pass_time(self, duration: timedelta) -> None:
        """Let `duration` pass, likewise."""
        with self.noting_what_fails():
            self.pager.advance(duration)

    @contextmanager
    def noting_what_fails(self) -> Iterator[None]:
        """Note a refusal, so that a step can ask about it."""
        self.expect_running()
        try:
            yield
        except NoEscalationPolicy as refusal:
            self.refusals.append(refusal)

    def commit(self, message: Message) -> None:
        """Let the Pager commit what `message` leads to, and carry out nothing yet."""
        self.pager.commit(message)

    def commit_all(self, messages: Sequence[Message]) -> None:
        """The same for many, one after the other."""
        self.pager.commit_all(messages)

    def expect_running(self) -> None:
        """A step needs a Pager that runs, as it does in most worlds."""

    def last_page(self, person: str, incident: int | None) -> Notification:
        """The last page that `person` got, Givens included; of `incident`, if that is said."""
        pages = [
            page
            for page in (*self._seen_before, *self.notifications)
            if page.target.key in self.book.keys(person) and incident in (None, page.incident)
        ]
        expect(pages != [], f"{person} has got no such page.")
        return pages[-1]

    def follow_link(self, page: Notification) -> None:
        """Press the button behind the acknowledge link of `page`."""
        self.receive(
            Acknowledgement(service_id=page.service_id, incident=page.incident, by=page.target.key)
        )

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

    def statuses(self, person: str) -> tuple[list[PageStatus], list[PageStatus]]:
        """Of each page to `person`, what the Whens made of it; then of those they left alone."""
        changed: list[PageStatus] = []
        same: list[PageStatus] = []
        before = chain(self._statuses_before, repeat(None))
        for (page, status), was in zip(self._pages(), before, strict=False):
            if page.target.key in self.book.keys(person):
                (same if status is was else changed).append(status)
        return changed, same

    def _pages(self) -> list[tuple[Notification, PageStatus]]:
        """Every page since the beginning, and what became of it."""
        return [
            (
                effect,
                PageStatus(outcome.status)
                if outcome and outcome.retry_after is None
                else PageStatus.WAITING,
            )
            for effect, outcome in self.pager.outbox.outcomes
            if isinstance(effect, Notification)
        ]


def _gateway_of(page: Notification) -> Gateway:
    return Gateway.MAIL if page.channel == "email" else Gateway.SMS
