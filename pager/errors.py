"""What can go wrong, one class an error. The docstring of each is its message."""

import inspect
from collections.abc import Sequence


class PagerError(Exception):
    """Pager refused: {reason}"""

    def __init__(self, **facts: object) -> None:
        """Fill `facts` into the docstring: that sentence is what a person reads."""
        super().__init__(inspect.cleandoc(self.__doc__ or type(self).__name__).format(**facts))


class NoEscalationPolicy(PagerError):
    """Monitored Service {service_id!r} has no Escalation Policy, so nobody would be paged: \
give it a policy, then raise the Alert again."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is the Monitored Service that an Alert named."""
        super().__init__(service_id=service_id)
        self.service_id = service_id


class NobodyToPage(NoEscalationPolicy):
    """The Escalation Policy of Monitored Service {service_id!r} reaches nobody just now \
({reasons}), so nobody would be paged: see to it that somebody is reached, then raise the Alert \
again."""

    def __init__(self, service_id: str, gaps: Sequence[str]) -> None:
        """`gaps` say whom the policy names and does not reach; there is at least one."""
        PagerError.__init__(self, service_id=service_id, reasons=". ".join(gaps))
        self.service_id = service_id
        self.gaps = gaps


class ConcurrentUpdate(PagerError):
    """Monitored Service {service_id!r} is no longer at version {version}: somebody was faster."""

    def __init__(self, service_id: str, version: int) -> None:
        """`version` is the one that the refused save was based on."""
        super().__init__(service_id=service_id, version=version)
        self.service_id = service_id
        self.version = version


class TooMuchContention(PagerError):
    """Monitored Service {service_id!r} changed under each of {attempts} attempts to decide: \
nothing was changed, send the message again."""

    def __init__(self, service_id: str, attempts: int) -> None:
        """`attempts` is how often the decision was made and lost the race."""
        super().__init__(service_id=service_id, attempts=attempts)
        self.service_id = service_id
        self.attempts = attempts


class DeliveryError(PagerError):
    """The page was not delivered: {reason}"""

    def __init__(self, reason: str) -> None:
        """`reason` is the provider's or the network's own, for an operator to read."""
        super().__init__(reason=reason)
        self.reason = reason


class DeliveryFailed(DeliveryError):
    """The provider did not take the page, and may yet: {reason}"""


class DeliveryRefused(DeliveryError):
    """The provider refuses this Target for good: {reason}"""


class DeliveryUnknown(DeliveryError):
    """The provider may have taken the page, and did not say so: {reason}"""
