"""The Pager Service: load, decide, compare-and-set, and again if somebody was faster."""

from pager.decide import Decision, decide
from pager.errors import ConcurrentUpdate, NobodyToPage, NoEscalationPolicy, TooMuchContention
from pager.messages import Message
from pager.ports import NEVER, EscalationPolicies, MaintenanceWindows, MonitoredServices


class PagerService:
    """Receives what the brief's arrows 2, 3, 8 and 9 bring, and commits what follows from it.

    Nothing is sent here: the effects are saved with the decision, and the relay carries them
    out. So of two Alerts at the same moment, one is committed and pages; the other loses the
    race, decides again on what is now there, and finds nothing to do.
    """

    def __init__(
        self,
        policies: EscalationPolicies,
        services: MonitoredServices,
        attempts: int = 20,
        maintenance: MaintenanceWindows = NEVER,
    ) -> None:
        """`attempts`: how often to try. One that fails has lost the race to another decision."""
        self._policies = policies
        self._services = services
        self._maintenance = maintenance
        self._attempts = attempts

    def receive(self, message: Message) -> Decision:
        """Decide what `message` means and commit it; what changes nothing is not stored.

        Raises NoEscalationPolicy for an Alert that could page nobody (NobodyToPage where the
        service has a policy, which reaches nobody just now), and TooMuchContention when the race
        was lost on every attempt. In all these cases nothing has changed.
        """
        try:
            return self._receive(message)
        except NoEscalationPolicy as refusal:
            gaps = self._policies.gaps(message.service_id)
            if gaps:
                raise NobodyToPage(message.service_id, gaps) from refusal
            raise

    def _receive(self, message: Message) -> Decision:
        for _ in range(self._attempts):
            stored = self._services.load(message.service_id)
            decision = decide(
                stored.service,
                message,
                self._policies.of(message.service_id),
                maintenance=self._maintenance.left(message.service_id),
            )
            if not decision.changed:
                return decision
            try:
                self._services.save(decision, stored.version)
            except ConcurrentUpdate:
                continue
            return decision
        raise TooMuchContention(message.service_id, self._attempts)
