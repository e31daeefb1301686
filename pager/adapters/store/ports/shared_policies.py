"""What shared policies are at one moment: a plain Escalation Policy of each service."""

from sqlalchemy import Connection

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import ServicePolicy
from pager.adapters.store.ports.directory import DirectoryNow, KnownDirectory
from pager.model import EscalationPolicy
from pager.oncall.policies import PolicyUse
from pager.oncall.policy_at import policy_at


class SharedPolicies:
    """The shared policies as they are now, which is the moment in which the first is asked for.

    Each is resolved once, however many services use it. Nothing is read where none is asked for.
    """

    def __init__(
        self,
        connection: Connection,
        now: Now = database_clock,
        known: KnownDirectory | None = None,
    ) -> None:
        """`known` is the directory as it was read before."""
        self._connection = connection
        self._clock = now
        self._known = known or KnownDirectory()
        self._now: DirectoryNow | None = None
        self._resolved: dict[str, EscalationPolicy | None] = {}

    @property
    def now(self) -> DirectoryNow:
        """The directory, and the moment."""
        if self._now is None:
            self._now = self._known.read(self._connection, self._clock)
        return self._now

    def plain(self, policy: ServicePolicy | None) -> EscalationPolicy | None:
        """What the policy of a service is now: the same where it is its own.

        None where the shared one is nobody just now, or does not exist.
        """
        if not isinstance(policy, PolicyUse):
            return policy
        if policy.uses not in self._resolved:
            self._resolved[policy.uses] = self._resolve(policy)
        resolved = self._resolved[policy.uses]
        if resolved is None:
            return None
        return resolved.model_copy(update={"service_id": policy.service_id})

    def _resolve(self, use: PolicyUse) -> EscalationPolicy | None:
        directory, at = self.now
        shared = directory.policies.get(use.uses)
        return None if shared is None else policy_at(shared, use.service_id, directory, at)
