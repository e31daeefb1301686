"""Load, decide, compare-and-set: alone, in a race, and against a store that always loses it."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from pager import (
    Acknowledged,
    Alert,
    ConcurrentUpdate,
    Decision,
    Effect,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    PagerService,
    TooMuchContention,
    Unhealthy,
)
from pager.ports import MonitoredServices, Stored
from pager.testing import (
    Clock,
    InMemoryEscalationPolicies,
    InMemoryMonitoredServices,
    InMemoryOutbox,
)
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    SERVICE,
    acknowledgement,
    alert,
    delay,
    escalate,
    healthy,
    healthy_event,
    level,
    page,
    page_again,
    policy,
    timeout,
    unhealthy,
)


class Pager:
    """A PagerService with the in-memory ports that it needs: nothing is sent here."""

    def __init__(self, *history: Message) -> None:
        """Start with the two-Level policy, and with what `history` led to."""
        self.policies = InMemoryEscalationPolicies()
        self.policies.put(POLICY)
        self.outbox = InMemoryOutbox(Clock())
        self.services = InMemoryMonitoredServices(self.outbox)
        self.receive = PagerService(self.policies, self.services).receive
        for message in history:
            self.receive(message)

    @property
    def stored(self) -> Stored:
        return self.services.load(SERVICE)

    @property
    def effects(self) -> list[Effect]:
        return [effect for effect, _ in self.outbox.outcomes]


# --- Alone ---------------------------------------------------------------------------------


def test_a_decision_is_stored_with_its_effects() -> None:
    """And returned, for the sender of the message."""
    pager = Pager()
    decision = pager.receive(alert())
    assert decision == Decision(
        message=alert(),
        before=healthy(),
        policy=POLICY,
        after=unhealthy(),
        effects=(page(ADA), page(GRACE), delay()),
    )
    assert pager.stored == Stored(unhealthy(), 1)
    assert pager.effects == [page(ADA), page(GRACE), delay()]


def test_each_decision_is_made_on_what_the_one_before_it_left() -> None:
    """Message after message, a version each."""
    pager = Pager(alert(), timeout(), acknowledgement(by="Ada"))
    assert pager.stored == Stored(unhealthy(level=2, escalation=Acknowledged(by="Ada")), 3)
    assert pager.effects[3:] == [page(EDSGER, level=2), delay(level=2, minutes=5)]


def test_a_duplicate_alert_saves_nothing() -> None:
    """It costs a read and no write."""
    pager = Pager(alert())
    duplicate = pager.receive(alert())
    assert (duplicate.changed, duplicate.after) == (False, unhealthy())
    assert pager.stored.version == len(pager.services.decisions) == 1


def test_an_alert_without_a_policy_leaves_everything_as_it_was() -> None:
    """So that the next one pages, once there is a policy."""
    pager = Pager()
    pager.policies.remove(SERVICE)
    with pytest.raises(NoEscalationPolicy):
        pager.receive(alert())
    assert (pager.stored, pager.effects) == (Stored(healthy(), 0), [])
    pager.policies.put(POLICY)
    assert pager.receive(alert()).after == unhealthy()


def test_each_service_has_its_own_state_and_policy() -> None:
    """A message is about the service that it names."""
    pager = Pager(alert())
    other = alert().model_copy(update={"service_id": "search-api"})
    with pytest.raises(NoEscalationPolicy, match="search-api"):
        pager.receive(other)
    pager.policies.put(policy(level(EDSGER)).model_copy(update={"service_id": "search-api"}))
    assert [effect.channel for effect in pager.receive(other).effects] == ["email", "timer"]
    assert pager.stored == Stored(unhealthy(), 1)


# --- A lost race, forced: one message is stored between the other's load and save -----------

HISTORIES: dict[str, Sequence[Message]] = {
    "never seen": [],
    "recovered": [alert(), healthy_event()],
    "at the first Level": [alert()],
    "at the last Level": [alert(), timeout()],
    "acknowledged": [alert(), acknowledgement()],
    "exhausted": [alert(), timeout(), timeout(level=2)],
}

# Every kind of message; of the running incident and step, of the one before and of the next.
RACERS: dict[str, Message] = {
    "an Alert": alert("disk full"),
    "another Alert": alert("error rate above 5 %"),
    "Escalate incident 1, Level 1": escalate(by="Ada"),
    "Escalate what is acknowledged": escalate(by="Ada", acknowledged=True),
    "Page again incident 1, Level 1": page_again(by="Ada"),
    "Page again incident 1, Level 2": page_again(level=2, by="Grace"),
    "Page again what is acknowledged": page_again(by="Ada", acknowledged=True),
    "an Acknowledgement of incident 1": acknowledgement(1, by="Ada"),
    "an Acknowledgement of incident 2": acknowledgement(2, by="Grace"),
    "a Timeout of Level 1": timeout(level=1),
    "a Timeout of Level 2": timeout(level=2),
    "a Timeout of incident 2": timeout(2),
    "a Healthy event": healthy_event(),
    "a Healthy event of incident 1": healthy_event(1),
}


class Ending(NamedTuple):
    """All that can be seen of two messages: what is stored, and what each was answered."""

    service: MonitoredService
    effects: list[Effect]
    answers: dict[str, Decision]


def one_after_the_other(history: str, **messages: Message) -> Ending:
    pager = Pager(*HISTORIES[history])
    answers = {name: pager.receive(message) for name, message in messages.items()}
    return Ending(pager.stored.service, pager.effects, answers)


def in_a_race(history: str, slow: Message, fast: Message) -> Ending:
    """`fast` is received as a whole after `slow` was loaded and before it is saved."""
    pager = Pager(*HISTORIES[history])
    answers: dict[str, Decision] = {}
    pager.services.after_next_load(lambda: answers.update(fast=pager.receive(fast)))
    answers.update(slow=pager.receive(slow))
    return Ending(pager.stored.service, pager.effects, answers)


@pytest.mark.parametrize("fast", RACERS)
@pytest.mark.parametrize("slow", RACERS)
@pytest.mark.parametrize("history", HISTORIES)
def test_a_race_ends_as_if_the_two_had_come_one_after_the_other(
    history: str, slow: str, fast: str
) -> None:
    """In one order or the other; and no Target is notified twice for one step."""
    ending = in_a_race(history, slow=RACERS[slow], fast=RACERS[fast])
    assert ending in (
        one_after_the_other(history, slow=RACERS[slow], fast=RACERS[fast]),
        one_after_the_other(history, fast=RACERS[fast], slow=RACERS[slow]),
    )
    keys = [effect.idempotency_key for effect in ending.effects]
    assert sorted(keys) == sorted(set(keys))


def test_a_message_that_loses_the_race_is_decided_again_on_what_is_there() -> None:
    """Not on what it had loaded: the Alert that came second finds an incident running."""
    pager = Pager()
    pager.services.after_next_load(lambda: pager.receive(alert("disk full")))
    decision = pager.receive(alert("error rate above 5 %"))
    assert (decision.before, decision.effects) == (unhealthy(message="disk full"), ())
    assert decision.after == unhealthy(message="disk full", later=["error rate above 5 %"])


def test_a_message_that_loses_the_race_reads_the_policy_again() -> None:
    """What is decided anew is decided under the policy as it is then."""
    pager = Pager()

    def meanwhile() -> None:
        pager.receive(alert())
        pager.receive(healthy_event())
        pager.policies.put(policy(level(EDSGER)))

    pager.services.after_next_load(meanwhile)
    assert pager.receive(alert()).effects == (page(EDSGER, 2), delay(2))


def test_a_message_that_loses_the_race_may_find_the_policy_gone() -> None:
    """And then it changes nothing."""
    pager = Pager()

    def meanwhile() -> None:
        pager.receive(alert())
        pager.receive(healthy_event())
        pager.policies.remove(SERVICE)

    pager.services.after_next_load(meanwhile)
    with pytest.raises(NoEscalationPolicy):
        pager.receive(alert())
    assert pager.stored == Stored(healthy(incident=1), 2)


def test_a_policy_that_is_edited_after_the_load_counts() -> None:
    """It is read after the service: never older than the state that it is applied to."""
    pager = Pager()
    pager.services.after_next_load(lambda: pager.policies.put(policy(level(EDSGER))))
    assert pager.receive(alert()).effects == (page(EDSGER), delay())


# --- A race among real threads -------------------------------------------------------------

THREADS = 8


class StartingTogether:
    """No thread's first load returns before every thread's: all of them decide on one version."""

    def __init__(self, services: MonitoredServices) -> None:
        """For as many threads as there are."""
        self._services = services
        self._start = threading.Barrier(THREADS, timeout=60)
        self._thread = threading.local()

    def load(self, service_id: str) -> Stored:
        """Load, and the first time wait until the others have."""
        stored = self._services.load(service_id)
        if not hasattr(self._thread, "started"):
            self._thread.started = True
            self._start.wait()
        return stored

    def save(self, decision: Decision, version: int) -> None:
        """Save."""
        self._services.save(decision, version)


def receive_together(pager: Pager, messages: Sequence[Message]) -> list[Decision]:
    """Each message in a thread of its own, and what each was answered."""
    service = PagerService(pager.policies, StartingTogether(pager.services))
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(service.receive, messages))


@pytest.mark.parametrize(
    "alerts",
    [[alert()] * THREADS, [alert(f"monitor {number} is worried") for number in range(THREADS)]],
    ids=["the same", "different ones"],
)
def test_alerts_at_the_same_moment_page_once(alerts: Sequence[Message]) -> None:
    """One decision notifies; the others find nothing to do, or note what their Alert says."""
    pager = Pager()
    answers = receive_together(pager, alerts)
    [winner] = [answer for answer in answers if answer.effects]
    assert pager.services.decisions[0] == winner
    assert pager.effects == [*winner.effects]
    assert [effect.channel for effect in pager.effects] == ["email", "sms", "timer"]
    texts = {alert.message for alert in alerts if isinstance(alert, Alert)}
    assert len(pager.services.decisions) == len(texts)
    assert isinstance(pager.stored.service, Unhealthy)
    assert pager.stored.service.later_alerts.count == len(texts) - 1


def test_one_timeout_delivered_many_times_at_the_same_moment_escalates_once() -> None:
    """To the next Level, and not to the one after it."""
    pager = Pager(alert())
    receive_together(pager, [timeout()] * THREADS)
    assert pager.stored == Stored(unhealthy(level=2), 2)
    assert pager.effects[3:] == [page(EDSGER, level=2), delay(level=2, minutes=5)]


def test_whatever_arrives_at_the_same_moment_is_decided_one_after_the_other() -> None:
    """Each decision that is stored was made on what the one before it left."""
    pager = Pager(alert())
    receive_together(
        pager,
        [
            alert("disk full"),
            timeout(),
            timeout(),
            timeout(level=2),
            acknowledgement(by="Ada"),
            acknowledgement(by="Grace"),
            healthy_event(),
            healthy_event(1),
        ],
    )
    assert [decision.after for decision in pager.services.decisions[:-1]] == [
        decision.before for decision in pager.services.decisions[1:]
    ]
    assert pager.effects == [
        effect for decision in pager.services.decisions for effect in decision.effects
    ]


# --- The bound -----------------------------------------------------------------------------


class LosingTheRace:
    """Somebody is faster, `times` times; counts the loads and the saves."""

    def __init__(self, services: MonitoredServices, times: int) -> None:
        """`services` keeps what is saved in the end."""
        self._services = services
        self._times = times
        self.loads = 0
        self.saves = 0

    def load(self, service_id: str) -> Stored:
        """Load, and count it."""
        self.loads += 1
        return self._services.load(service_id)

    def save(self, decision: Decision, version: int) -> None:
        """Refuse to save, as often as was asked for."""
        self.saves += 1
        if self.saves <= self._times:
            raise ConcurrentUpdate(decision.after.service_id, version)
        self._services.save(decision, version)


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_race_that_is_lost_on_every_attempt_is_given_up(attempts: int) -> None:
    """With an error that says so, and nothing changed."""
    pager = Pager()
    services = LosingTheRace(pager.services, times=attempts)
    with pytest.raises(TooMuchContention) as given_up:
        PagerService(pager.policies, services, attempts=attempts).receive(alert())
    assert (given_up.value.service_id, given_up.value.attempts) == (SERVICE, attempts)
    assert (services.loads, services.saves) == (attempts, attempts)
    assert (pager.stored, pager.effects) == (Stored(healthy(), 0), [])


def test_a_race_may_be_won_on_the_last_attempt() -> None:
    """Of twenty, unless said otherwise."""
    pager = Pager()
    services = LosingTheRace(pager.services, times=19)
    assert PagerService(pager.policies, services).receive(alert()).changed
    assert (services.loads, services.saves) == (20, 20)
    assert pager.stored == Stored(unhealthy(), 1)


def test_twenty_lost_races_are_too_many_unless_said_otherwise() -> None:
    """Each has a winner elsewhere, so twenty are no accident."""
    pager = Pager()
    with pytest.raises(TooMuchContention, match="20 attempts"):
        PagerService(pager.policies, LosingTheRace(pager.services, times=20)).receive(alert())


def test_what_changes_nothing_needs_no_race() -> None:
    """A duplicate Alert is answered however busy the store is."""
    pager = Pager(alert())
    services = LosingTheRace(pager.services, times=20)
    assert not PagerService(pager.policies, services).receive(alert()).changed
    assert (services.loads, services.saves) == (1, 0)
