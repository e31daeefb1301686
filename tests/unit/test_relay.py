"""The relay: every way in which an attempt ends, and who carries out what."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pager import (
    DeliveryFailed,
    DeliveryRefused,
    DeliveryUnknown,
    EmailTarget,
    Message,
    Notification,
    OutboxRelay,
    Target,
)
from pager.decide import Decision
from pager.messages import Channel, Timed
from pager.ports import Mail, Outcome, Stored, Timer
from pager.relay import retry_delay, with_jitter
from pager.simulation.outbox import LEASE
from pager.testing import Crash, InMemoryMail, InMemoryPager
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    acknowledgement,
    alert,
    delay,
    healthy_event,
    level,
    page,
    policy,
    timeout,
)

BARBARA = EmailTarget(address="barbara@example.com")


def committed(*targets: Target) -> InMemoryPager:
    """A Pager that has decided to notify `targets`, and has done nothing yet."""
    pager = InMemoryPager()
    pager.policies.put(policy(level(*targets)))
    pager.service.receive(alert())
    return pager


def relay(
    pager: InMemoryPager, mail: Mail | None = None, timer: Timer | None = None
) -> OutboxRelay:
    """A relay of its own on the Pager's outbox."""
    gateways = pager.gateways._replace(mail=mail or pager.mail)
    return OutboxRelay(pager.outbox, pager.services, gateways, timer or pager.timer)


def outcomes(pager: InMemoryPager) -> list[Outcome | None]:
    return [outcome for _, outcome in pager.outbox.outcomes]


def sent(notification: Notification) -> Outcome:
    return Outcome("sent", notification.idempotency_key)


class MailWhile(InMemoryMail):
    """Mail that lets something happen while it sends."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        """One thing for each page, and nothing after the last one."""
        super().__init__()
        self._happens = list(happens)

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Accept the page after what happens, unless that raises an error."""
        if self._happens:
            self._happens.pop(0)()
        return super().send(target, notification, attempt)


class Raises:
    """Something that happens, and goes wrong."""

    def __init__(self, error: Exception) -> None:
        """Every time with `error`."""
        self._error = error

    def __call__(self) -> None:
        """Go wrong."""
        raise self._error


# --- How an attempt ends -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "channel"), [(ADA, "email"), (GRACE, "sms")], ids=["mail", "SMS"]
)
def test_a_page_that_was_accepted_is_sent_with_its_receipt(
    target: Target, channel: Channel
) -> None:
    """By the port of its Target, as it was decided."""
    pager = committed(target)
    assert relay(pager).run_once(channel) == 1
    assert pager.mail.accepted + pager.sms.accepted == [page(target)]
    assert outcomes(pager) == [sent(page(target)), None]


def test_a_delay_is_given_to_the_timer() -> None:
    """Which has no receipt to give."""
    pager = committed(ADA)
    assert relay(pager).run_once("timer") == 1
    assert pager.timer.delays == [(timeout(), timedelta(minutes=15))]
    assert outcomes(pager) == [None, Outcome("sent")]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DeliveryRefused("550 no such user"), Outcome("refused", "550 no such user")),
        (DeliveryFailed("421 busy"), Outcome("failed", "421 busy", timedelta(seconds=1))),
        (DeliveryUnknown("timed out"), Outcome("unknown", "timed out", timedelta(seconds=1))),
        (KeyError("x"), Outcome("failed", "KeyError", timedelta(seconds=1))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_attempt_that_goes_wrong_is_recorded_and_does_not_stop_the_others(
    error: Exception, outcome: Outcome
) -> None:
    """It is tried again, unless the provider refused for good; a bug in an adapter, too."""
    pager = committed(ADA, EDSGER)
    mail = MailWhile(Raises(error))
    assert relay(pager, mail).run_once("email") == 2
    assert mail.accepted == [page(EDSGER)]
    assert outcomes(pager) == [outcome, sent(page(EDSGER)), None]


@pytest.mark.parametrize(
    "answer", [acknowledgement(), healthy_event()], ids=["acknowledged", "Healthy"]
)
@pytest.mark.parametrize("channel", ["email", "sms", "timer"])
def test_what_is_no_longer_wanted_is_withdrawn(channel: Channel, answer: Message) -> None:
    """Nobody is woken, and no timer is set, for an incident that is in hand."""
    pager = committed(ADA, GRACE)
    pager.service.receive(answer)
    assert relay(pager).run_once(channel) == 1
    assert (pager.mail.accepted, pager.sms.accepted, pager.timer.delays) == ([], [], [])
    assert [outcome for outcome in outcomes(pager) if outcome] == [Outcome("withdrawn")]


def test_each_effect_is_looked_at_right_before_it_is_carried_out() -> None:
    """Ada acknowledges while she is notified, so the next page is withdrawn."""
    pager = committed(ADA, EDSGER)
    mail = MailWhile(lambda: pager.service.receive(acknowledgement()))
    relay(pager, mail).run_once("email")
    assert mail.accepted == [page(ADA)]
    assert outcomes(pager) == [sent(page(ADA)), Outcome("withdrawn"), None]


def test_a_page_of_an_earlier_level_is_still_sent() -> None:
    """Late is better than never."""
    pager = InMemoryPager()
    pager.policies.put(POLICY)
    pager.service.receive(alert())
    pager.service.receive(timeout())
    relay(pager).run_once("email")
    assert pager.mail.accepted == [page(ADA, level=1), page(EDSGER, level=2)]


def test_an_attempt_is_settled_once_it_was_made_and_before_the_next() -> None:
    """A crash in between can only repeat the one in hand."""
    pager = committed(ADA, EDSGER)
    seen: list[list[Outcome | None]] = []
    mail = MailWhile(*[lambda: seen.append(outcomes(pager))] * 2)
    relay(pager, mail).run_once("email")
    assert seen == [[None, None, None], [sent(page(ADA)), None, None]]


# --- When it is tried again ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 1), (2, 2), (3, 4), (4, 8), (8, 128), (9, 256), (10, 300), (11, 300), (10**9, 300)],
)
def test_each_retry_waits_twice_as_long_up_to_5_minutes(attempt: int, seconds: int) -> None:
    """For ever, and however often it was tried."""
    assert retry_delay(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "random", "expected"),
    [(4, 0, 4), (4, 0.5, 4.5), (4, 1, 5), (300, 1, 375), (32_400, 1, 32_475)],
)
def test_a_retry_waits_up_to_a_quarter_longer(
    seconds: float, random: float, expected: float
) -> None:
    """So that pages which failed together are not tried again together; by 75 seconds at most."""
    assert with_jitter(timedelta(seconds=seconds), random) == timedelta(seconds=expected)


class UnreadableServices:
    """A store that cannot be read."""

    def load(self, service_id: str) -> Stored:
        """Fail."""
        raise ValueError(service_id)

    def save(self, decision: Decision, version: int) -> None:
        """Fail."""
        raise ValueError(version)


def test_a_page_of_a_service_that_cannot_be_read_is_tried_again() -> None:
    """It keeps no other from being sent, and its error tells no secret."""
    pager = committed(ADA)
    gateways = pager.gateways
    OutboxRelay(pager.outbox, UnreadableServices(), gateways, pager.timer).run_once("email")
    assert pager.mail.accepted == []
    assert outcomes(pager) == [Outcome("failed", "ValueError", retry_delay(1)), None]


@pytest.mark.parametrize(
    "error", [DeliveryFailed("x"), DeliveryUnknown("x"), KeyError("x")], ids=repr
)
def test_each_attempt_at_one_page_waits_longer_than_the_one_before(error: Exception) -> None:
    """What counts is how often that page was attempted."""
    pager = committed(ADA)
    mail = MailWhile(*[Raises(error)] * 3)
    waits = []
    for _ in range(3):
        assert relay(pager, mail).run_once("email") == 1
        outcome = outcomes(pager)[0]
        assert outcome is not None
        assert outcome.retry_after is not None
        waits.append(outcome.retry_after.total_seconds())
        pager.clock.advance(outcome.retry_after)
    assert waits == [1, 2, 4]
    relay(pager, mail).run_once("email")
    assert mail.accepted == [page(ADA)]


def test_what_an_unknown_error_says_is_kept_to_itself() -> None:
    """It may have the page in it, and the page has a link that acknowledges."""
    pager = committed(ADA)
    relay(
        pager, MailWhile(Raises(ValueError("https://pager.example.com/acknowledge/secret")))
    ).run_once("email")
    assert outcomes(pager)[0] == Outcome("failed", "ValueError", timedelta(seconds=1))


def test_a_page_is_not_tried_again_before_its_time() -> None:
    """A provider that is down is not helped by being asked all the time."""
    pager = committed(ADA)
    mail = MailWhile(Raises(DeliveryFailed("down")))
    relay(pager, mail).run_once("email")
    pager.clock.advance(timedelta(seconds=1) - timedelta(microseconds=1))
    assert relay(pager, mail).run_once("email") == 0
    pager.clock.advance(timedelta(microseconds=1))
    assert relay(pager, mail).run_once("email") == 1


@pytest.mark.parametrize("outcome", ["sent", "refused", "withdrawn"])
def test_what_is_done_is_never_tried_again(outcome: str) -> None:
    """Not even a day later."""
    pager = committed(ADA)
    if outcome == "refused":
        pager.mail.refused.add(ADA.key)
    if outcome == "withdrawn":
        pager.service.receive(acknowledgement())
    assert relay(pager).run_once("email") == 1
    pager.clock.advance(timedelta(days=1))
    assert relay(pager).run_once("email") == 0


class BrokenTimer:
    """A Timer that cannot be reached."""

    def set(self, message: Timed, delay: timedelta) -> None:
        """Fail."""
        raise ConnectionError(f"no {delay} for {message.service_id}")


def test_a_timer_that_cannot_be_set_is_set_later() -> None:
    """Or the escalation would end here."""
    pager = committed(ADA)
    relay(pager, timer=BrokenTimer()).run_once("timer")
    assert outcomes(pager) == [
        None,
        Outcome("failed", "ConnectionError", timedelta(seconds=1)),
    ]
    pager.clock.advance(timedelta(seconds=1))
    relay(pager).run_once("timer")
    assert pager.timer.delays == [(timeout(), delay().delay)]


# --- How much it takes ---------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "sms", "timer"])
def test_a_channel_leaves_the_others_alone(channel: Channel) -> None:
    """One that is slow must not hold them up."""
    pager = committed(ADA, GRACE)
    relay(pager).run_once(channel)
    assert [effect.channel for effect, outcome in pager.outbox.outcomes if outcome] == [channel]


def test_a_relay_takes_as_many_as_it_was_asked_to() -> None:
    """In the order in which they were decided, and says how many it was."""
    pager = committed(ADA, EDSGER, BARBARA)
    assert relay(pager).run_once("email", at_most=2) == 2
    assert pager.mail.accepted == [page(ADA), page(EDSGER)]
    assert relay(pager).run_once("email", at_most=2) == 1
    assert pager.mail.accepted == [page(ADA), page(EDSGER), page(BARBARA)]
    assert relay(pager).run_once("email", at_most=2) == 0


def test_a_relay_takes_8_unless_said_otherwise() -> None:
    """So few that a lease is long enough for all of them."""
    pager = committed(*[EmailTarget(address=f"ada{number}@example.com") for number in range(9)])
    assert [relay(pager).run_once("email") for _ in range(3)] == [8, 1, 0]


def test_a_relay_that_is_stopped_finishes_what_it_has_in_hand_and_gives_back_the_rest() -> None:
    """Which is there for another relay at once."""
    pager = committed(ADA, EDSGER, BARBARA)

    def stop() -> None:
        stopped.stop()

    mail = MailWhile(stop)
    stopped = relay(pager, mail)
    assert stopped.run_once("email") == 1
    assert mail.accepted == [page(ADA)]
    assert outcomes(pager)[0] == sent(page(ADA))
    assert relay(pager).run_once("email") == 2
    assert pager.mail.accepted == [page(EDSGER), page(BARBARA)]


def test_a_relay_that_was_stopped_carries_out_nothing() -> None:
    """From then on."""
    pager = committed(ADA, GRACE)
    stopped = relay(pager)
    stopped.stop()
    assert [stopped.run_once(channel) for channel in ("email", "sms", "timer")] == [0, 0, 0]
    assert outcomes(pager) == [None, None, None]


# --- Leases and crashes --------------------------------------------------------------------


def test_what_the_lease_is_too_short_for_is_given_back_and_not_sent() -> None:
    """Another relay could have it by the time that it is sent."""
    pager = committed(ADA, EDSGER)
    slow = MailWhile(lambda: pager.clock.advance(LEASE.duration * 3 / 4))
    assert relay(pager, slow).run_once("email") == 1
    assert slow.accepted == [page(ADA)]
    assert outcomes(pager) == [sent(page(ADA)), None, None]
    assert relay(pager).run_once("email") == 1
    assert pager.mail.accepted == [page(EDSGER)]


def test_a_crash_after_the_page_was_accepted_sends_it_again_with_the_same_key() -> None:
    """The one thing that at-least-once costs; a receiver of both can drop the second."""
    pager = committed(ADA)
    pager.mail.crash_after_next_send = True
    with pytest.raises(Crash):
        relay(pager).run_once("email")
    assert relay(pager).run_once("email") == 0
    pager.clock.advance(LEASE.duration)
    assert relay(pager).run_once("email") == 1
    first, second = pager.mail.accepted
    assert first.idempotency_key == second.idempotency_key
    assert outcomes(pager)[0] == sent(second)


def test_what_another_relay_holds_is_not_sent() -> None:
    """While the first sends, the second finds what is left."""
    pager = committed(ADA, EDSGER, BARBARA)
    mail = MailWhile(lambda: relay(pager).run_once("email"))
    assert relay(pager, mail).run_once("email", at_most=2) == 2
    assert (mail.accepted, pager.mail.accepted) == ([page(ADA), page(EDSGER)], [page(BARBARA)])


def test_a_relay_that_halts_for_longer_than_its_lease_may_send_a_second_page() -> None:
    """With the same key; and never a third, for what was sent is recorded."""
    pager = committed(ADA)

    def halt() -> None:
        pager.clock.advance(LEASE.duration)
        relay(pager).run_once("email")

    halting = MailWhile(halt)
    relay(pager, halting).run_once("email")
    assert pager.mail.accepted == halting.accepted == [page(ADA)]
    pager.clock.advance(timedelta(days=1))
    assert relay(pager).run_once("email") == 0


def test_relays_on_many_threads_send_each_page_once() -> None:
    """Though none of them settles its first before each of them has claimed some."""
    threads = 8
    everybody = [EmailTarget(address=f"ada{number}@example.com") for number in range(100)]
    pager = committed(*everybody)
    start = threading.Barrier(threads, timeout=60)

    def work(mail: InMemoryMail) -> None:
        while relay(pager, mail).run_once("email", at_most=3):
            pass

    mails = [MailWhile(start.wait) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, mails))
    accepted = [page.target.key for mail in mails for page in mail.accepted]
    assert sorted(accepted) == sorted(target.key for target in everybody)
