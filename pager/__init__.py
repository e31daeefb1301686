"""Pager: an Alert becomes a page that somebody answers.

This package is the pure domain. It does no I/O, reads no clock and starts no thread; adapters
live in `pager.adapters`, in-memory ones for tests in `pager.testing`.
"""

from pager.decide import Decision, decide, still_wanted
from pager.errors import (
    ConcurrentUpdate,
    DeliveryError,
    DeliveryFailed,
    DeliveryRefused,
    DeliveryUnknown,
    NobodyToPage,
    NoEscalationPolicy,
    PagerError,
    TooMuchContention,
)
from pager.messages import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Alert,
    Channel,
    Effect,
    Escalate,
    HealthyEvent,
    Message,
    Notification,
    PageAgain,
    Resolve,
    Unreachable,
)
from pager.model import (
    Acknowledged,
    EmailTarget,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Healthy,
    Level,
    MonitoredService,
    SmsTarget,
    Target,
    Unhealthy,
)
from pager.relay import OutboxRelay
from pager.service import PagerService

__all__ = [
    "Acknowledged",
    "Acknowledgement",
    "AcknowledgementDelay",
    "AcknowledgementExpired",
    "AcknowledgementExpiry",
    "AcknowledgementTimeout",
    "Alert",
    "Channel",
    "ConcurrentUpdate",
    "Decision",
    "DeliveryError",
    "DeliveryFailed",
    "DeliveryRefused",
    "DeliveryUnknown",
    "Effect",
    "EmailTarget",
    "Escalate",
    "Escalating",
    "EscalationPolicy",
    "Exhausted",
    "Healthy",
    "HealthyEvent",
    "Level",
    "Message",
    "MonitoredService",
    "NoEscalationPolicy",
    "NobodyToPage",
    "Notification",
    "OutboxRelay",
    "PageAgain",
    "PagerError",
    "PagerService",
    "Resolve",
    "SmsTarget",
    "Target",
    "TooMuchContention",
    "Unhealthy",
    "Unreachable",
    "decide",
    "still_wanted",
]
