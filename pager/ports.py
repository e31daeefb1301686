"""What the domain asks of the world. Each docstring is a promise that an adapter must keep.

`pager.testing.contract` holds stores to the promises that a test can see.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from pager.decide import Decision
from pager.messages import Channel, Effect, Notification, Timed
from pager.model import EmailTarget, EscalationPolicy, MonitoredService, SmsTarget


class Stored(NamedTuple):
    """A Monitored Service and the version it is stored under, read in one snapshot."""

    service: MonitoredService
    version: int


class EscalationPolicies(Protocol):
    """The Escalation Policies: arrow 4, edited through arrow 1."""

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy of a service as it was last edited; the one of FALLBACK where it has none.

        One that names people is what it means at this moment (`pager.oncall.policy_at`): the
        adapter knows the time. The one of FALLBACK counts where it reaches nobody, too. None where
        there is none either.
        """
        ...

    def gaps(self, service_id: str) -> Sequence[str]:
        """Whom the policy of a service names and does not reach just now: a sentence each.

        It is asked where there is no policy, to say why.
        """
        ...


class MaintenanceWindows(Protocol):
    """The maintenance windows: the times at which a service may fail and nobody is notified."""

    def left(self, service_id: str) -> timedelta | None:
        """How long the service is still in maintenance; None where it is in none.

        The adapter knows the time, so that the domain needs none.
        """
        ...


class _NoMaintenance:
    def left(self, service_id: str) -> timedelta | None:  # noqa: ARG002 - as in the port
        return None


NEVER: MaintenanceWindows = _NoMaintenance()
"""No service is ever in maintenance."""


class MonitoredServices(Protocol):
    """The Monitored Services, and with each change the effects that it leads to (the outbox)."""

    def load(self, service_id: str) -> Stored:
        """The service as it was last saved; Healthy, at version 0, if it never was."""
        ...

    def save(self, decision: Decision, version: int) -> None:
        """Store `decision.after` and `decision.effects`, if the service is still at `version`.

        - *Atomic*: state and effects are stored together or not at all.
        - *Conditional*: a service that is at another version is left alone and
          ConcurrentUpdate is raised; of two saves on one version, one is refused.
        - *Durable*: once this returns, a power cut loses nothing. (Inside a transaction that
          the caller opened, once that is committed; nobody may be told before.)

        Raises ConcurrentUpdate as said. A save that succeeds raises the version by one.
        """
        ...


class Claim(NamedTuple):
    """One effect that a relay holds, alone, until the claim's lease is over."""

    id: int
    effect: Effect
    attempt: int
    """How often it was claimed and not released, this time included.

    It counts the attempts, and a settlement that comes late is recognised by it.
    """
    at: datetime
    """When it was claimed, in UTC, by the outbox's clock, which rules about the time of day use."""


Status = Literal["sent", "withdrawn", "refused", "failed", "unknown"]
"""How an attempt ended."""

GIVEN_UP: frozenset[Status] = frozenset({"refused"})
"""How a page ends that reaches nobody. If all pages of a step end so, the step is unreachable."""


class Outcome(NamedTuple):
    """How an attempt to carry out an effect ended."""

    status: Status
    detail: str = ""
    """The provider's receipt or reason, for an operator to read."""
    retry_after: timedelta | None = None
    """When to try again; None where this outcome is the last."""


class Outbox(Protocol):
    """The committed effects that are not carried out yet."""

    def claim(self, channel: Channel, at_most: int) -> Sequence[Claim]:
        """Take up to `at_most` effects of `channel` that are due.

        - *Fair*: first those that were not attempted yet, the first Target of each step before
          the second of any; of equals, the longest due. So a step with many Targets does not
          hold up the others.
        - *Exclusive*: no two relays hold the same effect at once.
        - The claim of a relay that died comes back once its lease is over.
        """
        ...

    def holds(self, claim: Claim) -> bool:
        """Whether this relay still holds the claim, and its lease allows a send (`pager.lease`)."""
        ...

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record how the attempt ended, and when to try again if it is to be.

        If the lease is over and another relay holds the effect by now, only "sent" is recorded:
        that is true, whoever holds it. What was sent stays sent.

        If now every page of the step is GIVEN_UP, the timer gives `Unreachable` of this step to
        the Pager at once, in the place of the timeout. This is stored together with the outcome: no
        crash loses it, nor two relays that settle the last two pages at the same moment.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Give back a claim that was not attempted: the effect is due again at once.

        It does not count as an attempt.
        """
        ...


ReportStatus = Literal["accepted", "undelivered", "delivered"]
"""What a provider reports later of a page. "accepted": it has it, and nothing else is known."""


class DeliveryReport(NamedTuple):
    """What the provider says later of one copy of a page that it has accepted."""

    receipt: str
    """The provider's name for the copy, as `send` has returned it, or would have."""
    status: ReportStatus
    detail: str = ""
    """The reason, for an operator to read."""
    is_for_good: bool = False
    """The Target does not exist: another copy is pointless."""


class DeliveryReports(Protocol):
    """The delivery reports, and the pages of the outbox that they are about."""

    def page(self, key: str) -> Notification | None:
        """The page with that idempotency key; None where there is none (any more)."""
        ...

    def record(self, key: str, report: DeliveryReport, *, is_wanted: bool) -> None:
        """Record what is reported of a copy of the page, and what follows (`pager.delivery`).

        - Of each copy, only a report that says more than the last one is recorded.
        - A page that is to be tried again is sent, if the provider has accepted a copy after all.
        - The page that `is_wanted`, and whose last copy was not delivered, is settled with the
          `outcome_of` the report. It counts as GIVEN_UP, even if another copy is to be sent: if
          every page of the step is, the step is unreachable, as with Outbox.settle.
        - A report that comes before Outbox.settle has recorded the receipt counts then.
        """
        ...


class Mail(Protocol):
    """Sends e-mail: arrow 5."""

    def send(self, target: EmailTarget, notification: Notification, attempt: int = 1) -> str:
        """Hand the page to the provider and return its receipt, once it was accepted.

        The idempotency key must travel with it, so that the receiving side can drop a second.
        `attempt` counts from 1: the provider is waited for as long as `pager.timeouts` says.
        Raises DeliveryRefused where trying again is pointless, DeliveryUnknown where the
        provider may have accepted it, and DeliveryFailed for the rest.
        """
        ...


class Sms(Protocol):
    """Sends SMS: arrow 6."""

    def send(self, target: SmsTarget, notification: Notification, attempt: int = 1) -> str:
        """Hand the page to the provider; the same promises as Mail.send."""
        ...


class Gateways(NamedTuple):
    """How Targets are notified: a port for each kind of Target that the model has."""

    mail: Mail
    sms: Sms


class Timer(Protocol):
    """The external timer: arrow 7."""

    def set(self, message: Timed, delay: timedelta) -> None:
        """Give `message` back to the Pager once `delay` is over, at least once, never before.

        It survives a restart. Setting the same message again changes nothing. One step may have a
        timeout and an expiry at the same time.
        """
        ...
