"""What every store must promise, as a suite of tests. Needs pytest.

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self) -> StoreUnderTest: ...

pytest explains the assertions in here if a conftest says
`pytest.register_assert_rewrite("pager.testing.contract")` first.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pager.decide import Decision, decide
from pager.errors import ConcurrentUpdate
from pager.messages import (
    AcknowledgementTimeout,
    Alert,
    Channel,
    Effect,
    HealthyEvent,
    Message,
    Notification,
    Unreachable,
)
from pager.model import (
    FALLBACK,
    EmailTarget,
    EscalationPolicy,
    Healthy,
    Level,
    SmsTarget,
    Unhealthy,
)
from pager.ports import (
    Claim,
    MonitoredServices,
    Outbox,
    Outcome,
    Status,
    Stored,
)
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.simulation.memory import InMemoryMail, InMemorySms, in_memory_gateways
from pager.simulation.simulated import EditablePolicies, ReadableTimer

POLICY = EscalationPolicy(
    service_id="checkout-api",
    levels=(
        Level(
            targets=(
                EmailTarget(address="ada@example.com"),
                EmailTarget(address="grace@example.com"),
                SmsTarget(phone_number="+33612345678"),
            )
        ),
        Level(targets=(EmailTarget(address="edsger@example.com"),)),
    ),
)
ALERT = Alert(service_id="checkout-api", message="p99 latency above 3 s\n\N{SNOWMAN}")
TIMEOUT = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=1)
UNREACHABLE = Unreachable(service_id="checkout-api", incident=1, level=1)
QUARTER = timedelta(minutes=15)
REFUSED = Outcome("refused", "there is no such mailbox")
LONGER_THAN_ANY_LEASE = timedelta(hours=1)
THREADS = 8
WAIT_TIMEOUT = 30.0
"""Seconds after which a wait of a test fails."""


@dataclass
class StoreUnderTest:
    """A store, and how a test moves its clock and ends its process."""

    policies: EditablePolicies
    services: MonitoredServices
    outbox: Outbox
    timer: ReadableTimer
    advance: Callable[[timedelta], None]
    reopen: "Callable[[], StoreUnderTest]"
    """End the process abruptly, and start again on what was stored."""

    def decide(self, message: Message) -> tuple[Decision, int]:
        """A decision on what is stored now, and the version that it was made on."""
        stored = self.services.load(message.service_id)
        return decide(stored.service, message, self.policies.of(message.service_id)), stored.version

    def save(self, message: Message) -> None:
        """Decide and save."""
        self.services.save(*self.decide(message))

    def claim_pages(self) -> list[Claim]:
        """Claim every page that is due."""
        return [*self.claim("email"), *self.claim("sms")]

    def claim(self, channel: Channel = "email", at_most: int = 100) -> Sequence[Claim]:
        """Claim, and check that the claims are held."""
        claims = self.outbox.claim(channel, at_most)
        assert all(self.outbox.holds(claim) for claim in claims)
        return claims


def at_once(actions: Sequence[Callable[[], object]]) -> list[object]:
    """Start all at the same moment; return each result, or the exception that was raised."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        barrier.wait(WAIT_TIMEOUT)
        try:
            return action()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


class StoreContract:
    """The promises of `pager.ports` for policies, services, outbox and timer."""

    @pytest.fixture
    def store(self) -> StoreUnderTest:
        """An empty store, to be given by the subclass."""
        raise NotImplementedError

    # Escalation Policies

    def test_a_policy_comes_back_as_it_was_put(self, store: StoreUnderTest) -> None:
        """Every field of it."""
        store.policies.put(POLICY)
        assert store.policies.of("checkout-api") == POLICY

    def test_a_service_may_have_no_policy(self, store: StoreUnderTest) -> None:
        """The answer is None, and not an error."""
        assert store.policies.of("checkout-api") is None

    def test_an_edit_takes_the_place_of_the_policy(self, store: StoreUnderTest) -> None:
        """A service has one policy."""
        edited = EscalationPolicy(service_id="checkout-api", levels=POLICY.levels[1:])
        store.policies.put(POLICY)
        store.policies.put(edited)
        assert store.policies.of("checkout-api") == edited

    def test_a_removed_policy_is_gone(self, store: StoreUnderTest) -> None:
        """And removing it again does no harm."""
        store.policies.put(POLICY)
        store.policies.remove("checkout-api")
        store.policies.remove("checkout-api")
        assert store.policies.of("checkout-api") is None

    def test_the_fallback_is_the_policy_of_services_that_have_none(
        self, store: StoreUnderTest
    ) -> None:
        """For as long as there is one."""
        fallback = EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels)
        store.policies.put(fallback)
        assert store.policies.of("checkout-api") == fallback
        store.policies.put(POLICY)
        assert store.policies.of("checkout-api") == POLICY
        store.policies.remove("checkout-api")
        assert store.policies.of("checkout-api") == fallback
        store.policies.remove(FALLBACK)
        assert store.policies.of("checkout-api") is None

    def test_a_decision_by_the_fallback_is_saved(self, store: StoreUnderTest) -> None:
        """And its pages say that it was used."""
        store.policies.put(EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels))
        store.save(ALERT)
        pages = [claim.effect for claim in store.claim()]
        assert [page.is_by_fallback for page in pages if isinstance(page, Notification)] == [
            True,
            True,
        ]

    # Monitored Services: conditional, atomic, durable

    def test_a_service_that_was_never_seen_is_healthy(self, store: StoreUnderTest) -> None:
        """At version 0, with no incident yet."""
        assert store.services.load("checkout-api") == Stored(Healthy(service_id="checkout-api"), 0)

    def test_a_saved_service_comes_back_as_it_was(self, store: StoreUnderTest) -> None:
        """State and version, line breaks and snowmen included."""
        store.policies.put(POLICY)
        decision, version = store.decide(ALERT)
        store.services.save(decision, version)
        assert store.services.load("checkout-api") == Stored(decision.after, 1)

    def test_a_save_on_an_old_version_is_refused(self, store: StoreUnderTest) -> None:
        """Of two decisions made on one version, the second is refused and changes nothing."""
        store.policies.put(POLICY)
        first, second = store.decide(ALERT), store.decide(ALERT)
        store.services.save(*first)
        effects = len(store.claim())
        with pytest.raises(ConcurrentUpdate, match="'checkout-api'"):
            store.services.save(*second)
        assert store.services.load("checkout-api").version == 1
        store.advance(LONGER_THAN_ANY_LEASE)
        assert len(store.claim()) == effects

    def test_a_save_on_a_version_that_is_yet_to_come_is_refused(
        self, store: StoreUnderTest
    ) -> None:
        """A version is not a lower bound."""
        store.policies.put(POLICY)
        decision, _ = store.decide(ALERT)
        with pytest.raises(ConcurrentUpdate):
            store.services.save(decision, 1)
        assert store.services.load("checkout-api").version == 0
        assert store.claim() == []

    def test_of_many_saves_on_one_version_one_is_stored(self, store: StoreUnderTest) -> None:
        """By threads that start together, on a new service and on one that is known."""
        store.policies.put(POLICY)
        for message in (ALERT, HealthyEvent(service_id="checkout-api")):
            decision, version = store.decide(message)
            results = at_once([lambda: store.services.save(decision, version)] * THREADS)  # noqa: B023
            refused = [result for result in results if isinstance(result, ConcurrentUpdate)]
            assert (results.count(None), len(refused)) == (1, THREADS - 1)
            assert store.services.load("checkout-api") == Stored(decision.after, version + 1)

    def test_services_do_not_hinder_each_other(self, store: StoreUnderTest) -> None:
        """Nothing is guaranteed across services, and nothing is needed."""
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=POLICY.levels))
        first = store.decide(ALERT)
        second = store.decide(Alert(service_id="search-api", message="index is stale"))
        store.services.save(*first)
        store.services.save(*second)
        assert store.services.load("checkout-api").version == 1
        assert store.services.load("search-api").version == 1

    def test_what_was_saved_outlives_the_process(self, store: StoreUnderTest) -> None:
        """Policy, state, effects and timers are there after an abrupt end."""
        store.policies.put(POLICY)
        store.save(ALERT)
        store.timer.set(TIMEOUT, QUARTER)
        saved = store.services.load("checkout-api")
        store = store.reopen()
        assert store.policies.of("checkout-api") == POLICY
        assert store.services.load("checkout-api") == saved
        assert [claim.effect for claim in store.claim("sms")] == [
            effect for effect in store_effects() if effect.channel == "sms"
        ]
        store.advance(QUARTER)
        assert store.timer.due() == [TIMEOUT]

    # Outbox: exclusive claims that come back

    def test_the_effects_of_a_decision_are_in_the_outbox(self, store: StoreUnderTest) -> None:
        """Each once, by its channel, in the order of the Level's Targets."""
        store.policies.put(POLICY)
        store.save(ALERT)
        claimed = [
            claim.effect for channel in ("email", "sms", "timer") for claim in store.claim(channel)
        ]
        assert claimed == list(store_effects())

    def test_a_decision_without_effects_leaves_the_outbox_alone(
        self, store: StoreUnderTest
    ) -> None:
        """A Healthy event sends nothing."""
        store.policies.put(POLICY)
        store.save(ALERT)
        before = len(store.claim())
        store.save(HealthyEvent(service_id="checkout-api"))
        store.advance(LONGER_THAN_ANY_LEASE)
        assert len(store.claim()) == before

    def test_no_more_is_claimed_than_was_asked_for(self, store: StoreUnderTest) -> None:
        """The rest is for the next relay."""
        store.policies.put(POLICY)
        store.save(ALERT)
        assert [len(store.claim(at_most=1)) for _ in range(3)] == [1, 1, 0]

    def test_what_has_been_due_longest_is_claimed_first(self, store: StoreUnderTest) -> None:
        """A retry waits behind what was due before it."""
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=POLICY.levels[1:]))
        store.save(ALERT)
        [first] = store.claim()
        store.outbox.settle(first, Outcome("failed", "no", timedelta(seconds=10)))
        store.advance(timedelta(seconds=1))
        store.save(Alert(service_id="search-api", message="index is stale"))
        store.advance(timedelta(minutes=1))
        assert [claim.effect.service_id for claim in store.claim(at_most=1)] == ["search-api"]

    def test_of_many_relays_each_effect_is_held_by_one(self, store: StoreUnderTest) -> None:
        """By threads that start together."""
        store.policies.put(POLICY)
        store.save(ALERT)
        held = at_once([lambda: store.outbox.claim("email", 1)] * THREADS)
        ids = [claim.id for claims in held if isinstance(claims, Sequence) for claim in claims]
        assert len(ids) == len(set(ids)) == len(POLICY.levels[0].targets) - 1

    def test_the_claim_of_a_relay_that_died_comes_back(self, store: StoreUnderTest) -> None:
        """After its lease, as a new attempt; and the dead one's no longer holds."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [dead] = store.claim("sms")
        assert store.claim("sms") == []
        store.advance(LONGER_THAN_ANY_LEASE)
        assert not store.outbox.holds(dead)
        [alive] = store.claim("sms")
        assert (alive.effect, alive.attempt) == (dead.effect, dead.attempt + 1)
        assert not store.outbox.holds(dead)

    def test_a_claim_says_when_it_was_made(self, store: StoreUnderTest) -> None:
        """In UTC, by the clock that the outbox itself goes by."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [first] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [second] = store.claim("sms")
        assert first.at.utcoffset() == timedelta(0)
        assert second.at - first.at == LONGER_THAN_ANY_LEASE

    @pytest.mark.parametrize("status", ["sent", "withdrawn", "refused"])
    def test_what_is_settled_for_good_never_comes_back(
        self, store: StoreUnderTest, status: Status
    ) -> None:
        """Sent, withdrawn or refused."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.outbox.settle(claim, Outcome(status, "a receipt"))
        store.advance(LONGER_THAN_ANY_LEASE)
        assert store.claim("sms") == []

    @pytest.mark.parametrize("status", ["failed", "unknown"])
    @pytest.mark.parametrize("retry_after", [timedelta(minutes=4), timedelta(hours=9)])
    def test_what_is_to_be_tried_again_comes_back_then(
        self, store: StoreUnderTest, status: Status, retry_after: timedelta
    ) -> None:
        """Not before `retry_after`, and within minutes of it, however long that was."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.outbox.settle(claim, Outcome(status, "no answer", retry_after))
        store.advance(retry_after - timedelta(seconds=1))
        assert store.claim("sms") == []
        store.advance(min(retry_after, timedelta(minutes=5)))
        [again] = store.claim("sms")
        assert (again.effect, again.attempt) == (claim.effect, 2)

    def test_a_released_claim_is_due_at_once(self, store: StoreUnderTest) -> None:
        """A relay that stops gives back what it did not attempt; that is no attempt."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.outbox.release(claim)
        assert not store.outbox.holds(claim)
        [again] = store.claim("sms")
        assert (again.effect, again.attempt) == (claim.effect, 1)

    def test_the_first_target_of_each_step_goes_before_the_second_of_any(
        self, store: StoreUnderTest
    ) -> None:
        """So a service with many Targets does not hold up another's only one."""
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=POLICY.levels))
        store.save(ALERT)
        [first] = store.claim(at_most=1)
        store.advance(timedelta(seconds=1))
        store.save(Alert(service_id="search-api", message="index is stale"))
        [second] = store.claim(at_most=1)
        [third, fourth] = store.claim()
        turns = [claim.effect.service_id for claim in (first, second, third, fourth)]
        assert turns == ["checkout-api", "search-api", "checkout-api", "search-api"]

    def test_what_was_not_attempted_goes_before_what_was(self, store: StoreUnderTest) -> None:
        """And what was attempted less often before what was attempted more often."""
        store.policies.put(POLICY)
        store.save(ALERT)
        again = Outcome("failed", "no", timedelta(seconds=1))
        [ada] = store.claim(at_most=1)
        store.outbox.settle(ada, again)
        store.advance(timedelta(seconds=2))
        assert [claim.attempt for claim in store.claim(at_most=1)] == [1]
        [ada] = store.claim()
        store.outbox.settle(ada, again)
        store.advance(timedelta(seconds=2))
        store.save(TIMEOUT)
        assert [claim.attempt for claim in store.claim()] == [1, 3]

    def test_a_late_relay_does_not_take_the_claim_from_its_holder(
        self, store: StoreUnderTest
    ) -> None:
        """Neither by a release nor by a failure. Only "sent" counts, whoever reports it."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [late] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [holder] = store.claim("sms")
        store.outbox.release(late)
        store.outbox.settle(late, Outcome("failed", "too late", timedelta(seconds=1)))
        store.advance(timedelta(seconds=2))
        assert store.outbox.holds(holder)
        assert store.claim("sms") == []
        store.outbox.settle(late, Outcome("sent", "a receipt"))
        store.advance(LONGER_THAN_ANY_LEASE)
        assert store.claim("sms") == []

    @pytest.mark.parametrize(
        "outcome",
        [
            None,
            Outcome("failed", "too late", timedelta(seconds=1)),
            Outcome("unknown", "no answer", timedelta(seconds=1)),
        ],
        ids=["released", "failed", "unknown"],
    )
    def test_what_was_sent_stays_sent(self, store: StoreUnderTest, outcome: Outcome | None) -> None:
        """Also when a late relay sent it: its holder must not try it again."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [late] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [holder] = store.claim("sms")
        store.outbox.settle(late, Outcome("sent", "a receipt"))
        assert not store.outbox.holds(holder)
        if outcome is None:
            store.outbox.release(holder)
        else:
            store.outbox.settle(holder, outcome)
        store.advance(LONGER_THAN_ANY_LEASE)
        assert store.claim("sms") == []

    # Timer

    def test_a_timeout_is_due_when_its_delay_is_over(self, store: StoreUnderTest) -> None:
        """As it was given, not a moment earlier, and until it is done."""
        store.timer.set(TIMEOUT, QUARTER)
        store.advance(QUARTER - timedelta(milliseconds=1))
        assert store.timer.due() == []
        store.advance(timedelta(milliseconds=1))
        assert store.timer.due() == [TIMEOUT]
        assert store.timer.due() == [TIMEOUT]
        store.timer.done(TIMEOUT)
        assert store.timer.due() == []

    def test_setting_a_timeout_again_changes_nothing(self, store: StoreUnderTest) -> None:
        """A relay that was not sure sets it twice; the first one counts."""
        store.timer.set(TIMEOUT, QUARTER)
        store.advance(timedelta(minutes=10))
        store.timer.set(TIMEOUT, QUARTER)
        store.advance(timedelta(minutes=5))
        assert store.timer.due() == [TIMEOUT]

    def test_timeouts_are_due_in_order(self, store: StoreUnderTest) -> None:
        """However they were set."""
        later = TIMEOUT.model_copy(update={"level": 2})
        store.timer.set(later, QUARTER)
        store.timer.set(TIMEOUT, timedelta(minutes=1))
        store.advance(QUARTER)
        assert store.timer.due() == [TIMEOUT, later]

    # A step that reached nobody

    def test_a_step_is_unreachable_once_its_last_page_is_refused(
        self, store: StoreUnderTest
    ) -> None:
        """Not a page earlier; it is due at once, until it is done, and outlives the process."""
        store.policies.put(POLICY)
        store.save(ALERT)
        *others, last = store.claim_pages()
        for claim in others:
            store.outbox.settle(claim, REFUSED)
        assert store.timer.due() == []
        store.outbox.settle(last, REFUSED)
        assert store.timer.due() == [UNREACHABLE]
        store = store.reopen()
        assert store.timer.due() == [UNREACHABLE]
        store.timer.done(UNREACHABLE)
        assert store.timer.due() == []

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_an_unreachable_step_takes_the_place_of_its_timeout(
        self, store: StoreUnderTest, when: str
    ) -> None:
        """Whether the delay was set before the last refusal or comes after it."""
        store.policies.put(POLICY)
        store.save(ALERT)
        if when == "before":
            store.timer.set(TIMEOUT, QUARTER)
        for claim in store.claim_pages():
            store.outbox.settle(claim, REFUSED)
        if when == "after":
            store.timer.set(TIMEOUT, QUARTER)
        store.advance(QUARTER)
        assert store.timer.due() == [UNREACHABLE]

    @pytest.mark.parametrize(
        "outcome",
        [
            None,
            Outcome("sent", "a receipt"),
            Outcome("withdrawn"),
            Outcome("failed", "busy", timedelta(seconds=1)),
            Outcome("unknown", "no answer", timedelta(seconds=1)),
        ],
        ids=["not attempted", "sent", "withdrawn", "failed", "unknown"],
    )
    def test_a_step_is_not_unreachable_while_a_page_is_not_refused(
        self, store: StoreUnderTest, outcome: Outcome | None
    ) -> None:
        """Somebody was reached, or still may be; a delay is no page."""
        store.policies.put(POLICY)
        store.save(ALERT)
        first, *others = store.claim_pages()
        if outcome is not None:
            store.outbox.settle(first, outcome)
        for claim in others:
            store.outbox.settle(claim, REFUSED)
        assert store.timer.due() == []

    def test_a_late_refusal_makes_no_step_unreachable(self, store: StoreUnderTest) -> None:
        """Another relay holds the page by now, and may reach its Target."""
        store.policies.put(POLICY)
        store.save(ALERT)
        for claim in store.claim("email"):
            store.outbox.settle(claim, REFUSED)
        [late] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [holder] = store.claim("sms")
        store.outbox.settle(late, REFUSED)
        assert store.timer.due() == []
        store.outbox.settle(holder, REFUSED)
        assert store.timer.due() == [UNREACHABLE]

    def test_refusals_at_the_same_moment_make_the_step_unreachable(
        self, store: StoreUnderTest
    ) -> None:
        """By threads that start together; and each step by itself."""
        level = Level(
            targets=tuple(EmailTarget(address=f"{n}@example.com") for n in range(THREADS))
        )
        for name in ("checkout-api", "checkout_api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=(level,)))
            store.save(Alert(service_id=name, message="down"))
        store.save(HealthyEvent(service_id="checkout-api"))
        store.save(ALERT)
        of_this_step = [
            claim
            for claim in store.claim_pages()
            if (claim.effect.service_id, claim.effect.incident) == ("checkout-api", 2)
        ]
        assert len(of_this_step) == THREADS
        at_once([lambda c=claim: store.outbox.settle(c, REFUSED) for claim in of_this_step])  # type: ignore[misc]  # mypy can't infer a default
        assert store.timer.due() == [UNREACHABLE.model_copy(update={"incident": 2})]

    # An edit of the policy

    def test_an_edit_gives_the_last_timeout_of_an_exhausted_incident_again(
        self, store: StoreUnderTest
    ) -> None:
        """At once: there may be somebody to notify."""
        one_level = POLICY.model_copy(update={"levels": POLICY.levels[1:]})
        store.policies.put(one_level)
        store.save(ALERT)
        store.save(TIMEOUT)
        assert store.timer.due() == []
        store.policies.put(POLICY)
        assert store.timer.due() == [TIMEOUT]
        store.timer.done(TIMEOUT)
        store.policies.remove("checkout-api")
        assert store.timer.due() == [TIMEOUT]
        store.timer.done(TIMEOUT)

    def test_an_edit_of_the_fallback_lets_services_without_a_policy_go_on(
        self, store: StoreUnderTest
    ) -> None:
        """And no service that has one."""
        levels = POLICY.levels[1:]
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=levels))
            store.save(Alert(service_id=name, message="down"))
            store.save(TIMEOUT.model_copy(update={"service_id": name}))
        store.policies.remove("checkout-api")
        store.timer.done(TIMEOUT)
        store.policies.put(EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels))
        assert store.timer.due() == [TIMEOUT]

    def test_an_edit_gives_no_timeout_to_other_services(self, store: StoreUnderTest) -> None:
        """Neither to one that escalates, whose delay goes on, nor to one that is closed."""
        store.policies.put(POLICY)
        store.timer.set(TIMEOUT, QUARTER)
        for message in (ALERT, HealthyEvent(service_id="checkout-api")):
            store.save(message)
            store.policies.put(POLICY.model_copy(update={"levels": POLICY.levels[1:]}))
            store.policies.put(POLICY)
            assert store.timer.due() == []

    # All of it together

    def test_many_alerts_at_the_same_moment_page_each_target_once(
        self, store: StoreUnderTest
    ) -> None:
        """Alerts by threads that start together, then relays by threads that start together."""
        store.policies.put(POLICY)
        pager = PagerService(store.policies, store.services, attempts=THREADS + 1)
        results = at_once([lambda: pager.receive(ALERT)] * THREADS)
        assert [type(result) for result in results] == [Decision] * THREADS
        mail, sms = InMemoryMail(), InMemorySms()
        gateways = in_memory_gateways(mail, sms)
        relay = OutboxRelay(store.outbox, store.services, gateways, store.timer)
        channels: tuple[Channel, ...] = ("email", "sms", "timer")
        at_once([lambda c=channel: relay.run_once(c) for channel in channels * 3])  # type: ignore[misc]  # mypy can't infer a default
        assert sorted(page.target.key for page in mail.accepted) == [
            "ada@example.com",
            "grace@example.com",
        ]
        assert [page.target.key for page in sms.accepted] == ["+33612345678"]
        store.advance(QUARTER)
        assert store.timer.due() == [TIMEOUT]
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert service.incident == 1


def store_effects() -> Sequence[Effect]:
    """What the ALERT leads to under the POLICY."""
    return decide(Healthy(service_id="checkout-api"), ALERT, POLICY).effects
