"""Escalation Policies in memory, and the people whom shared ones name."""

from pager.decide import timeout_after_edit
from pager.model import FALLBACK, EscalationPolicy
from pager.oncall.directory import Directory, Entry, Kind, check_names, check_unused, check_use
from pager.oncall.policies import PolicyUse, ServicePolicy, SharedPolicy
from pager.oncall.policy_at import PolicyNow, policy_now
from pager.simulation.clock import Clock
from pager.simulation.memory import InMemoryMonitoredServices
from pager.simulation.timer import InMemoryTimer


class InMemoryEscalationPolicies:
    """EscalationPolicies, edited with `put` and `remove`."""

    def __init__(
        self,
        services: InMemoryMonitoredServices | None = None,
        timer: InMemoryTimer | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Start without a policy. An edit lets `timer` give what `timeout_after_edit` says.

        Who is on call goes by `clock`.
        """
        self._policies: dict[str, ServicePolicy] = {}
        self._services = services
        self._timer = timer
        self._clock = clock or Clock()
        self.directory = Directory()
        """Whom shared policies name. It is edited through InMemoryDirectory."""

    def of(self, service_id: str) -> EscalationPolicy | None:
        """What the policy is now that was last put; or the fallback, or None."""
        return self._now(service_id).policy

    def gaps(self, service_id: str) -> tuple[str, ...]:
        """Whom it names and does not reach now."""
        return self._now(service_id).gaps

    def _now(self, service_id: str) -> PolicyNow:
        own, fallback = self._policies.get(service_id), self._policies.get(FALLBACK)
        return policy_now(own, fallback, self.directory, self._clock.moment)

    def put(self, policy: ServicePolicy) -> None:
        """Give the policy's service this policy, instead of the one that it had.

        Raises NobodyOfThatName for the use of a policy that is not there.
        """
        if isinstance(policy, PolicyUse):
            check_use(policy, self.directory)
        self._policies[policy.service_id] = policy
        self._go_on_if_exhausted(policy.service_id)

    def remove(self, service_id: str) -> None:
        """Leave the service without a policy."""
        self._policies.pop(service_id, None)
        self._go_on_if_exhausted(service_id)

    def using(self, name: str | None = None) -> list[str]:
        """The services that use this shared policy, or any."""
        return [
            policy.service_id
            for policy in self._policies.values()
            if isinstance(policy, PolicyUse) and name in {None, policy.uses}
        ]

    def edit_directory(self, directory: Directory) -> None:
        """Let shared policies name those who are in this one."""
        self.directory = directory
        for service_id in self.using():
            self._go_on_if_exhausted(service_id)

    def _go_on_if_exhausted(self, service_id: str) -> None:
        if self._services is None or self._timer is None:
            return
        for service in self._services.all:
            # The fallback counts, too, where a policy reaches nobody.
            own = self._policies.get(service.service_id)
            has_fallback = own is None or isinstance(own, PolicyUse)
            is_edited = service.service_id == service_id or (
                service_id == FALLBACK and has_fallback
            )
            if is_edited and (timeout := timeout_after_edit(service)) is not None:
                self._timer.give_at_once(timeout)


class InMemoryDirectory:
    """The directory, edited with `put` and `remove`."""

    def __init__(self, policies: InMemoryEscalationPolicies) -> None:
        """The one that the shared ones of `policies` name people of."""
        self._policies = policies

    def directory(self) -> Directory:
        """All of it, as it is now."""
        return self._policies.directory

    def put(self, entry: Entry) -> None:
        """Add it, or give it the place of the one of the same name. Raises NobodyOfThatName."""
        check_names(entry, self.directory())
        self._policies.edit_directory(self.directory().having(entry))

    def remove(self, kind: type[Kind], name: str) -> None:
        """Remove the one of that kind and name, if there is one. Raises StillUsed."""
        entry = self.directory().find(kind, name)
        if entry is not None:
            services = self._policies.using(name) if kind is SharedPolicy else ()
            check_unused(entry, self.directory(), services)
            self._policies.edit_directory(self.directory().without(entry))
