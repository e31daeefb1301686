"""The relay: carries out committed effects, if they are still wanted.

The retry policy: what failed, or may have failed, is tried again with an exponential backoff and
jitter, for as long as it is wanted; no attempt is the last one. Only what its provider refuses for
this Target (DeliveryRefused) is never tried again: each channel says which answers mean that.
"""

from datetime import timedelta
from typing import assert_never

from pager.decide import still_wanted
from pager.errors import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.messages import AcknowledgementDelay, Channel, Effect, Notification
from pager.model import EmailTarget, SmsTarget, Target
from pager.ports import Claim, Gateways, MonitoredServices, Outbox, Outcome, Timer

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
        self._outbox.settle(claim, self._attempt(claim))
        return True

    def _attempt(self, claim: Claim) -> Outcome:
        """Carry out the effect, and return the outcome, whatever goes wrong."""
        try:
            return self._carry_out_if_wanted(claim)
        except DeliveryRefused as error:
            return Outcome("refused", error.reason)
        except DeliveryUnknown as error:
            # At least once: if somebody did get it, their Acknowledgement withdraws the retry.
            return Outcome("unknown", error.reason, retry_delay(claim.attempt))
        except DeliveryFailed as error:
            return Outcome("failed", error.reason, retry_delay(claim.attempt))
        except Exception as error:  # noqa: BLE001 - one poisonous page must not stop the others
            # Its message may contain the link of the page, which is a secret.
            return Outcome("failed", type(error).__name__, retry_delay(claim.attempt))

    def _carry_out_if_wanted(self, claim: Claim) -> Outcome:
        effect = claim.effect
        if not still_wanted(effect, self._services.load(effect.service_id).service):
            return Outcome("withdrawn")
        return Outcome("sent", self._perform(effect, claim.attempt))

    def _perform(self, effect: Effect, attempt: int) -> str:
        match effect:
            case AcknowledgementDelay():
                self._timer.set(effect.timeout, effect.delay)
                return ""
            case Notification():
                return self._notify(effect.target, effect, attempt)
            case _:
                assert_never(effect)

    def _notify(self, target: Target, notification: Notification, attempt: int) -> str:
        match target:
            case EmailTarget():
                return self._gateways.mail.send(target, notification, attempt)
            case SmsTarget():
                return self._gateways.sms.send(target, notification, attempt)
            case _:
                assert_never(target)
