"""The relay: carries out committed effects, if they are still wanted.

The retry policy: what failed, or may have failed, is tried again with an exponential backoff and
jitter, for as long as it is wanted; no attempt is the last one. Only what its provider refuses for
this Target (DeliveryRefused) is never tried again: each channel says which answers mean that.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import assert_never

from pager.decide import still_wanted
from pager.errors import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.messages import (
    AcknowledgementDelay,
    AcknowledgementExpiry,
    Channel,
    Notification,
    TimerEffect,
)
from pager.model import EmailTarget, SmsTarget
from pager.ports import Claim, Gateways, MonitoredServices, Outbox, Outcome, Stored, Timer

LONGEST_RETRY_DELAY = timedelta(minutes=5)


def retry_delay(attempt: int) -> timedelta:
    """How long to wait after failed `attempt` (counted from 1): 1 s, 2 s, 4 s … 5 minutes."""
    return min(LONGEST_RETRY_DELAY, timedelta(seconds=2 ** min(attempt - 1, 16)))


def with_jitter(delay: timedelta, random: float) -> timedelta:
    """`delay`, and up to a quarter more: what failed together is not tried again together.

    `random` is from 0 to 1. It adds a quarter of LONGEST_RETRY_DELAY at most.
    """
    return delay + random * min(delay, LONGEST_RETRY_DELAY) / 4


class OutboxRelay:
    """Takes committed effects to the Mail, SMS and Timer ports: arrows 5, 6 and 7.

    Delivery is at-least-once. A crash anywhere leaves the effect in the outbox, from where it
    is carried out later. A second page is possible where the provider's "accepted" was not
    recorded: after a crash, a lost answer, or a halt for longer than the lease.
    """

    def __init__(
        self, outbox: Outbox, services: MonitoredServices, gateways: Gateways, timer: Timer
    ) -> None:
        """Any number of relays may work on one outbox."""
        self._outbox = outbox
        self._services = services
        self._gateways = gateways
        self._timer = timer
        self._stopped = False

    def stop(self) -> None:
        """Finish the effect in hand and give the others back, from now on."""
        self._stopped = True

    def run_once(self, channel: Channel, at_most: int = 8) -> int:
        """Claim up to `at_most` due effects of `channel`, carry them out, and say how many."""
        return sum(self.carry_out(claim) for claim in self._outbox.claim(channel, at_most))

    def carry_out(self, claim: Claim) -> bool:
        """Carry out one effect and settle it; False where it was too late, and it is given back."""
        if self._stopped or not self._outbox.holds(claim):
            self._outbox.release(claim)
            return False
        outcome = why_not(claim, self._services.load) or self._attempt(claim)
        self._outbox.settle(claim, outcome)
        return True

    def _attempt(self, claim: Claim) -> Outcome:
        match claim.effect:
            case AcknowledgementDelay() | AcknowledgementExpiry() as delay:
                return _outcome(lambda: self._set_timer(delay), claim.attempt)
            case Notification() as notification:
                return notify(self._gateways, notification, claim.attempt)
            case _:
                assert_never(claim.effect)

    def _set_timer(self, delay: TimerEffect) -> str:
        self._timer.set(delay.timeout, delay.delay)
        return ""


def why_not(claim: Claim, load: Callable[[str], Stored]) -> Outcome | None:
    """The outcome of an effect that is not to be carried out (any more); None where it is to be.

    `load` loads a Monitored Service.
    """
    try:
        is_wanted = still_wanted(claim.effect, load(claim.effect.service_id).service)
    except Exception as error:  # noqa: BLE001 - one that cannot be read must not stop the others
        return _failed(error, claim.attempt)
    return None if is_wanted else Outcome("withdrawn")


def notify(gateways: Gateways, notification: Notification, attempt: int) -> Outcome:
    """Hand a page to its provider, and return the outcome, whatever goes wrong: arrows 5 and 6."""
    target = notification.target
    match target:
        case EmailTarget():
            mail = gateways.mail
            return _outcome(lambda: mail.send(target, notification, attempt), attempt)
        case SmsTarget():
            sms = gateways.sms
            return _outcome(lambda: sms.send(target, notification, attempt), attempt)
        case _:
            assert_never(target)


def _outcome(carry_out: Callable[[], str], attempt: int) -> Outcome:
    """Carry out an effect; `carry_out` returns the receipt of its provider."""
    try:
        return Outcome("sent", carry_out())
    except DeliveryRefused as error:
        return Outcome("refused", error.reason)
    except DeliveryUnknown as error:
        # At least once: if somebody did get it, their Acknowledgement withdraws the retry.
        return Outcome("unknown", error.reason, retry_delay(attempt))
    except Exception as error:  # noqa: BLE001 - one poisonous page must not stop the others
        return _failed(error, attempt)


def _failed(error: Exception, attempt: int) -> Outcome:
    # The message of an error that nobody expected may contain the link of the page: a secret.
    reason = error.reason if isinstance(error, DeliveryFailed) else type(error).__name__
    return Outcome("failed", reason, retry_delay(attempt))
