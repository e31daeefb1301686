"""Long random sequences of events: whatever happens to a Pager, it keeps its promises.

Hypothesis makes up what happens to a few Monitored Services, and everything goes wrong that can:
messages are late, doubled and race each other, policies are edited, gateways fail, and the process
dies at the worst moments. The real PagerService and OutboxRelay handle it, over the in-memory
ports. `ExpectedService` says what should come of it: it knows the brief, and nothing of versions,
outboxes, claims and leases.

`--hypothesis-profile=long` makes longer sequences, and other ones each time.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Literal, NamedTuple

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pager import (
    Acknowledged,
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Alert,
    Escalate,
    Healthy,
    HealthyEvent,
    Message,
    NoEscalationPolicy,
    Notification,
    PageAgain,
    Resolve,
    Target,
    Unhealthy,
    Unreachable,
)
from pager.messages import Channel, TimerMessage
from pager.simulation.outbox import LEASE
from pager.testing import Crash
from stateful.expected import (
    EXPIRY,
    NO_POLICY,
    EffectKey,
    ExpectedPolicy,
    ExpectedService,
    effect_key,
)
from stateful.watched import WatchedPager
from unit.builders import ADA, EDSGER, GRACE, level

# --- Everything that can happen ------------------------------------------------------------

SERVICES = ["checkout-api", "search-api"]
LEVELS = (level(ADA, EDSGER, GRACE), level(EDSGER, GRACE, minutes=5), level(ADA, minutes=1))
MINUTE = timedelta(minutes=1)
POLICY = ExpectedPolicy(LEVELS, repeat=1, expiry=60 * MINUTE)


TIMER_MESSAGES: dict[str, type[TimerMessage]] = {
    "timeout": AcknowledgementTimeout,
    "unreachable": Unreachable,
    "expiry": AcknowledgementExpired,
}


class RelativeMessage(NamedTuple):
    """A message whose incident and Level count from its service's: 0 is that one, -1 the last."""

    kind: Literal[
        "alert",
        "timeout",
        "unreachable",
        "expiry",
        "acknowledgement",
        "healthy event",
        "resolve",
        "escalate",
        "page again",
    ]
    incident: int | None = 0
    level: int = 0
    text: str = ""
    is_out_of_date: bool = False
    """Whether it was sent before somebody acknowledged, or took that back."""
    key: str | None = None
    """The dedup key of an Alert or a resolve."""

    def for_service(self, service: ExpectedService) -> Message:
        """The message, as it would be sent now."""
        incident = max(1, service.incident + (self.incident or 0))
        match self.kind:
            case "alert":
                return Alert(service_id=service.service_id, message=self.text, dedup_key=self.key)
            case "resolve":
                return Resolve(service_id=service.service_id, dedup_key=self.key)
            case "timeout" | "unreachable" | "expiry":
                return TIMER_MESSAGES[self.kind](
                    service_id=service.service_id,
                    incident=incident,
                    level=max(1, service.level + self.level),
                )
            case "acknowledgement":
                return Acknowledgement(
                    service_id=service.service_id, incident=incident, by=self.text or None
                )
            case "healthy event":
                named = None if self.incident is None else incident
                return HealthyEvent(service_id=service.service_id, incident=named)
            case "escalate" | "page again":
                return (Escalate if self.kind == "escalate" else PageAgain)(
                    service_id=service.service_id,
                    incident=incident,
                    level=max(1, service.level + self.level),
                    by=self.text,
                    acknowledged=(service.stage == "acknowledged") != self.is_out_of_date,
                )


services = st.sampled_from(SERVICES)
people: st.SearchStrategy[Target] = st.sampled_from([ADA, GRACE, EDSGER])
texts = st.sampled_from(["disk full", "p99 above 3 s"])
steps = st.sampled_from([0, 0, 0, -1, 1])
keys = st.sampled_from([None, None, "disk", "tls"])
alerts = st.builds(RelativeMessage, st.just("alert"), text=texts, key=keys)
resolves = st.builds(RelativeMessage, st.just("resolve"), key=keys)
timeouts = st.builds(
    RelativeMessage, st.sampled_from(["timeout", "timeout", "unreachable", "expiry"]), steps, steps
)
acknowledgements = st.builds(
    RelativeMessage, st.just("acknowledgement"), steps, text=st.sampled_from(["Ada", "Grace", ""])
)
healthy_events = st.builds(RelativeMessage, st.just("healthy event"), st.none() | steps)
answers = acknowledgements | healthy_events | resolves
by_hand = st.builds(
    RelativeMessage,
    st.sampled_from(["escalate", "page again"]),
    steps,
    steps,
    st.sampled_from(["Ada", "Grace"]),
    st.sampled_from([False, False, True]),
)
messages = alerts | timeouts | answers | by_hand
levels = st.builds(
    lambda some, minutes: level(*some, minutes=minutes),
    st.lists(people, min_size=1, unique=True),
    st.sampled_from([1, 5, 15]),
)
policies = st.builds(
    ExpectedPolicy,
    st.lists(levels, min_size=1, max_size=4).map(tuple),
    st.sampled_from([0, 0, 1, 2]),
    st.sampled_from([None, 5 * MINUTE, 60 * MINUTE]),
) | st.just(NO_POLICY)
channels: st.SearchStrategy[Channel] = st.sampled_from(["email", "sms", "timer"])
gateways: st.SearchStrategy[Channel] = st.sampled_from(["email", "sms"])
durations = st.sampled_from([timedelta(seconds=1), *map(MINUTE.__mul__, [1, 5, 15, 60, 60])])


class PagerMachine(RuleBasedStateMachine):
    """What can happen, as rules; what is true throughout, as invariants."""

    def __init__(self) -> None:
        """Every service is Healthy, and has the same policy of three Levels."""
        super().__init__()
        self.pager = WatchedPager(*(ExpectedService(service_id, POLICY) for service_id in SERVICES))

    # What comes in.

    @rule(service_id=services, message=alerts)
    def an_alert_comes(self, service_id: str, message: RelativeMessage) -> None:
        self._receive(service_id, message)

    @rule(service_id=services, message=timeouts)
    def a_timeout_comes(self, service_id: str, message: RelativeMessage) -> None:
        """Early, doubled, late, or never set."""
        self._receive(service_id, message)

    @rule(service_id=services, message=answers)
    def an_answer_comes(self, service_id: str, message: RelativeMessage) -> None:
        self._receive(service_id, message)

    @rule(service_id=services, message=by_hand)
    def somebody_presses_a_button(self, service_id: str, message: RelativeMessage) -> None:
        """Twice, or on a page that is out of date."""
        self._receive(service_id, message)

    @rule(service_id=services, message=by_hand)
    def somebody_gives_back_what_is_acknowledged(
        self, service_id: str, message: RelativeMessage
    ) -> None:
        """Or hands it on."""
        self._receive(service_id, RelativeMessage("acknowledgement", text="Ada"))
        self._receive(service_id, message._replace(incident=0, level=0, is_out_of_date=False))

    @rule(service_id=services, slow=messages, fast=messages)
    def two_messages_race(
        self, service_id: str, slow: RelativeMessage, fast: RelativeMessage
    ) -> None:
        """`fast` is saved after `slow` was loaded."""
        self.pager.services.after_next_load(lambda: self._receive(service_id, fast))
        self._receive(service_id, slow)

    @rule(service_id=services, message=messages, policy=policies)
    def the_policy_is_edited_meanwhile(
        self, service_id: str, message: RelativeMessage, policy: ExpectedPolicy
    ) -> None:
        """After the service was loaded, and before its policy is read."""
        self.pager.services.after_next_load(lambda: self.pager.edit(service_id, policy))
        self._receive(service_id, message)

    @rule(service_id=services, policy=policies)
    def the_policy_is_edited_or_removed(self, service_id: str, policy: ExpectedPolicy) -> None:
        self.pager.edit(service_id, policy)

    @rule(service_id=services, policy=policies)
    def the_policy_of_an_exhausted_incident_is_edited(
        self, service_id: str, policy: ExpectedPolicy
    ) -> None:
        """Or of one that somebody has answered meanwhile."""
        self._receive(service_id, RelativeMessage("alert", text="disk full"))
        self.time_passes(60 * MINUTE)
        self.pager.edit(service_id, policy)

    @rule(service_id=services, message=alerts)
    def an_alert_that_could_page_nobody_changes_nothing(
        self, service_id: str, message: RelativeMessage
    ) -> None:
        """While the service has no policy. Of an incident that is running, it may say more."""
        policy = self.pager.expected[service_id].policy
        self.pager.edit(service_id, NO_POLICY)
        before = (self.pager.services.load(service_id), self.pager.outbox.outcomes)
        self._receive(service_id, message)
        after = (self.pager.services.load(service_id), self.pager.outbox.outcomes)
        if isinstance(before[0].service, Healthy):
            assert after == before
        else:  # what it says is noted
            assert after[1] == before[1]
        self.pager.edit(service_id, policy)

    # What the relay does, and what happens to it.

    @rule(channel=channels, at_most=st.integers(1, 3))
    def the_relay_carries_out_a_few(self, channel: Channel, at_most: int) -> None:
        with suppress(Crash):
            self.pager.relay.run_once(channel, at_most)

    @rule()
    def the_relay_carries_out_what_is_due(self) -> None:
        with suppress(Crash):
            self.pager.run_relay()

    @rule(channel=channels, at_most=st.integers(1, 3))
    def a_relay_dies_with_what_it_had_claimed(self, channel: Channel, at_most: int) -> None:
        self.pager.outbox.claim(channel, at_most)

    @rule(service_id=services, channel=gateways)
    def the_relay_is_stopped_while_it_sends(self, service_id: str, channel: Channel) -> None:
        """It finishes the page in hand and leaves the rest to the next one."""

        def stop(_: Notification) -> None:
            self.pager.relay.stop()
            self.pager.start_relay()

        before = len(self.pager.handed_over)
        self._send_while(service_id, channel, stop)
        assert len(self.pager.handed_over) <= before + 1

    @rule(service_id=services, channel=gateways)
    def another_relay_works_while_the_relay_sends(self, service_id: str, channel: Channel) -> None:
        self._send_while(service_id, channel, lambda _: self.pager.run_relay())

    @rule(service_id=services, channel=gateways, dies=st.booleans(), down=st.booleans())
    def the_relay_halts_for_longer_than_its_lease(
        self, service_id: str, channel: Channel, *, dies: bool, down: bool
    ) -> None:
        """Another relay takes over, or dies too. Then the first goes on, and may fail."""
        gateway = self.pager.watched[channel]

        def halt(page: Notification) -> None:
            self.pager.clock.advance(LEASE.duration)
            if dies:
                self.pager.outbox.claim(channel, 8)
            else:
                self.pager.run_relay()
            gateway.down |= down
            effect = self.pager.expected[page.service_id].effects[effect_key(page)]
            effect.permitted_repeats = max(effect.permitted_repeats, effect.times_done)
            if page.target.key in gateway.refused:  # which comes too late to be recorded
                effect.permitted_repeats += 1

        self._send_while(service_id, channel, halt)

    @rule(service_id=services, channel=gateways, message=answers)
    def somebody_answers_while_the_relay_sends(
        self, service_id: str, channel: Channel, message: RelativeMessage
    ) -> None:
        """The page in hand still goes out, and no other of that incident."""
        self._send_while(service_id, channel, lambda page: self._receive(page.service_id, message))

    # What fails.

    @rule(channel=gateways, down=st.booleans(), loses_answers=st.booleans())
    def a_gateway_fails_or_recovers(
        self, channel: Channel, *, down: bool, loses_answers: bool
    ) -> None:
        gateway = self.pager.watched[channel]
        gateway.down, gateway.loses_answers = down, loses_answers

    @rule(person=people)
    def a_target_is_refused_or_no_longer(self, person: Target) -> None:
        self.pager.watched[person.type].refused ^= {person.key}

    @rule(down=st.booleans())
    def the_timer_fails_or_recovers(self, *, down: bool) -> None:
        self.pager.watched_timer.down = down

    @rule(when=st.sampled_from(["before a save", "after a save", "email", "sms", "timer"]))
    def the_process_is_to_die_at_a_save_or_right_after(self, when: str) -> None:
        """At a port: after it took something and before that is recorded."""
        match when:
            case "before a save":
                self.pager.crash_at_next_save("before")
            case "after a save":
                self.pager.crash_at_next_save("after")
            case "timer":
                self.pager.watched_timer.crash_after_next_set = True
            case _:
                self.pager.watched[when].crash_after_next_send = True

    @rule()
    def the_process_starts_again(self) -> None:
        with suppress(Crash):
            self.pager.restart()

    # Time.

    @rule(by=durations)
    def time_passes(self, by: timedelta) -> None:
        """Every timeout and every retry comes at its own moment."""
        with suppress(Crash):
            self.pager.advance(by)

    @rule(by=durations)
    def time_passes_while_nothing_runs(self, by: timedelta) -> None:
        """What was due meanwhile is late."""
        self.pager.clock.advance(by)

    # What is true throughout.

    @invariant()
    def each_service_is_what_its_messages_made_of_it(self) -> None:
        """As if they had come one after the other. What changed nothing was not stored."""
        for expected in self.pager.expected.values():
            service, version = self.pager.services.load(expected.service_id)
            assert (service.incident, version) == (expected.incident, expected.changes)
            if isinstance(service, Healthy):
                assert expected.stage == "healthy"
            else:
                assert service.escalation.stage == expected.stage
                assert (service.level, service.message) == (expected.level, expected.message)
                assert service.later_alerts.messages == expected.later
                if isinstance(service.escalation, Acknowledged):
                    assert service.escalation.by == expected.by

    @invariant()
    def a_service_is_unhealthy_while_a_trouble_is_open(self) -> None:
        """And no longer, in whichever order their Alerts and resolves have come."""
        for expected in self.pager.expected.values():
            service = self.pager.services.load(expected.service_id).service
            open_keys = () if isinstance(service, Healthy) else service.open_keys
            assert {*open_keys} == expected.troubles
            assert isinstance(service, Healthy) == (not expected.troubles)

    @invariant()
    def a_stale_timer_never_escalates(self) -> None:
        """Only the message of the very step that the service was at has ever changed it."""
        for decision in self.pager.services.decisions:
            message, before = decision.message, decision.before
            if isinstance(message, AcknowledgementTimeout | Unreachable):
                assert not isinstance(before, Healthy)
                assert before.escalation.stage in {"escalating", "exhausted"}
                assert (message.incident, message.level) == (before.incident, before.level)
            if isinstance(message, AcknowledgementExpired):
                assert not isinstance(before, Healthy)
                assert before.escalation.stage == "acknowledged"
                assert (message.incident, message.level) == (before.incident, before.level)
            if isinstance(message, Escalate | PageAgain):
                assert not isinstance(before, Healthy)
                assert (message.incident, message.level) == (before.incident, before.level)
                assert message.acknowledged == (before.escalation.stage == "acknowledged")

    @invariant()
    def a_policy_begins_again_only_as_often_as_it_says(self) -> None:
        """As it was when it was begun again: an edit may have made it fewer times since."""
        for decision in self.pager.services.decisions:
            before, after = decision.before, decision.after
            if isinstance(before, Unhealthy) and isinstance(after, Unhealthy):
                repeat = decision.policy.repeat if decision.policy else 0
                assert before.begun_again <= after.begun_again
                assert after.begun_again <= max(before.begun_again, repeat)

    @invariant()
    def an_acknowledgement_that_may_expire_has_a_timer(self) -> None:
        """It is set, or in the outbox to be set; or it came when the policy let none expire."""
        waiting = [
            effect.timeout
            for effect, outcome in self.pager.outbox.outcomes
            if isinstance(effect, AcknowledgementExpiry)
            and (outcome is None or outcome.retry_after is not None)
        ]
        for expected in self.pager.expected.values():
            key = EffectKey(expected.service_id, expected.incident, expected.level, EXPIRY)
            if expected.stage == "acknowledged" and key in expected.effects:
                step = RelativeMessage("expiry").for_service(expected)
                timer = self.pager.watched_timer
                assert step in {*waiting, *timer.running, *timer.given}

    @invariant()
    def an_escalating_service_has_exactly_one_timeout(self) -> None:
        """It is set, or its delay is in the outbox."""
        delays = [
            (effect.timeout, outcome is None or outcome.retry_after is not None)
            for effect, outcome in self.pager.outbox.outcomes
            if isinstance(effect, AcknowledgementDelay)
        ]
        for expected in self.pager.expected.values():
            if expected.stage == "escalating":
                step = RelativeMessage("timeout").for_service(expected)
                unreachable = RelativeMessage("unreachable").for_service(expected)
                [to_be_set] = [to_be_set for timeout, to_be_set in delays if timeout == step]
                running = self.pager.watched_timer.running
                assert to_be_set or (step in running) + (unreachable in running) == 1

    @invariant()
    def an_exhausted_service_goes_on_with_whoever_is_added(self) -> None:
        """Its last timeout comes again; or that nobody was reached, if pages were refused since."""
        for expected in self.pager.expected.values():
            if expected.stage == "exhausted" and expected.next_level() is not None:
                timeout = RelativeMessage("timeout").for_service(expected)
                unreachable = RelativeMessage("unreachable").for_service(expected)
                due = self.pager.watched_timer.due()
                assert timeout in due or unreachable in due

    @invariant()
    def a_step_that_reached_nobody_waits_for_nobody(self) -> None:
        """Every page of it was refused: the Pager is told so at once."""
        for expected in self.pager.expected.values():
            unreachable = RelativeMessage("unreachable").for_service(expected)
            outcomes = [
                outcome
                for effect, outcome in self.pager.outbox.outcomes
                if isinstance(effect, Notification) and effect.unreachable == unreachable
            ]
            if expected.stage == "escalating" and all(
                outcome is not None and outcome.status == "refused" for outcome in outcomes
            ):
                assert unreachable in self.pager.watched_timer.due()

    @invariant()
    def only_targets_of_the_policy_are_notified(self) -> None:
        """For that step, with that Alert's message; and the timer has that Level's delay."""
        assert [handed for handed in self.pager.handed_over if not handed.expected] == []

    @invariant()
    def a_page_goes_by_the_gateway_of_its_target(self) -> None:
        """An address to the mail server, a number to the SMS provider."""
        for channel, gateway in self.pager.watched.items():
            assert {page.target.type for page in gateway.accepted} <= {channel}

    @invariant()
    def nothing_is_sent_after_the_answer(self) -> None:
        """An Acknowledgement and a Healthy event of that incident are answers."""
        assert [handed for handed in self.pager.handed_over if not handed.wanted] == []

    @invariant()
    def nothing_is_sent_twice_without_a_reason(self) -> None:
        """A crash after the port took it, a lost answer, or a relay that outlived its lease."""
        assert [
            key
            for expected in self.pager.expected.values()
            for key, effect in expected.effects.items()
            if effect.times_done > effect.permitted_repeats + 1
        ] == []

    @invariant()
    def a_second_page_has_the_key_of_the_first_and_no_other_page_has_it(self) -> None:
        """So the receiving side can drop it."""
        pages = {
            (effect_key(page), page.idempotency_key)
            for gateway in self.pager.watched.values()
            for page in gateway.accepted
        }
        assert len({step for step, _ in pages}) == len({key for _, key in pages}) == len(pages)

    # And in the end.

    def teardown(self) -> None:
        """All faults end and time passes: nothing was lost, and unanswered incidents escalated.

        Nothing is restarted: what a dead relay held comes back by itself.
        """
        if sys.exception() is not None:  # a step has failed: show what led to it
            note(str(self.pager.timeline))
            return
        for gateway in self.pager.watched.values():
            gateway.down = gateway.loses_answers = False
        self.pager.watched_timer.down = False
        while not self._comes_to_rest():
            pass
        assert self.pager.outbox.next_due is None
        for expected in self.pager.expected.values():
            assert expected.stage != "escalating"
            assert expected.stage != "exhausted" or expected.next_level() is None
            assert [
                key
                for key, effect in expected.effects.items()
                if expected.is_unanswered(key.incident)
                and key.receiver != EXPIRY  # nobody has it in hand
                and not effect.known
                and not effect.may_be_withdrawn
            ] == []
        self.each_service_is_what_its_messages_made_of_it()
        self.a_service_is_unhealthy_while_a_trouble_is_open()
        self.a_stale_timer_never_escalates()
        self.only_targets_of_the_policy_are_notified()
        self.nothing_is_sent_after_the_answer()
        self.nothing_is_sent_twice_without_a_reason()
        self.a_second_page_has_the_key_of_the_first_and_no_other_page_has_it()

    def _comes_to_rest(self) -> bool:
        """Whether the process ran until nothing was left to do, without a crash."""
        with suppress(Crash):
            self.pager.advance(600 * MINUTE)
            return True
        return False

    def _receive(self, service_id: str, message: RelativeMessage) -> None:
        with suppress(Crash, NoEscalationPolicy):
            self.pager.commit(message.for_service(self.pager.expected[service_id]))

    def _send_while(
        self, service_id: str, channel: Channel, meanwhile: Callable[[Notification], object]
    ) -> None:
        """A new incident begins, and `meanwhile` happens during the first page that is sent."""
        self._receive(service_id, RelativeMessage("healthy event", incident=None))
        self._receive(service_id, RelativeMessage("alert", text="out of memory"))
        gateway = self.pager.watched[channel]
        gateway.meanwhile = meanwhile
        with suppress(Crash):
            self.pager.relay.run_once(channel)
        gateway.meanwhile = None


def test_a_pager_keeps_its_promises_whatever_happens_to_it() -> None:
    """To three services, in hundreds of steps."""
    run_state_machine_as_test(PagerMachine)
