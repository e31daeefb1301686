"""What shared policies are now: a plain Escalation Policy for each service that uses one."""

from collections.abc import Callable, Collection

from sqlalchemy import Connection, select

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.ports.directory import DirectoryNow, Key, KnownDirectory
from pager.adapters.store.ports.policy_edits import current_policies
from pager.model import FALLBACK, EscalationPolicy
from pager.oncall.policies import PolicyUse, ServicePolicy
from pager.oncall.policy_at import PolicyNow, or_fallback, resolved


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
        self._resolved: dict[str, PolicyNow] = {}

    @property
    def now(self) -> DirectoryNow:
        """The directory, and the moment."""
        if self._now is None:
            self._now = self._known.read(self._connection, self._clock)
        return self._now

    def policy_now(self, service_id: str, own: Callable[[str], ServicePolicy | None]) -> PolicyNow:
        """The policy of a service now, or the fallback.

        `own` gives what a service, or FALLBACK, has itself.

        Raises Unreadable where this version of Pager cannot read the shared policy; and where that
        reaches nobody, and somebody cannot be read: another version may know whom to page.
        """
        uses = own(service_id)
        if isinstance(uses, EscalationPolicy):
            return PolicyNow(uses)
        if uses is not None:
            self._check_readable(service_id, ("policy", uses.uses))
        now = self.of(uses)
        if now.policy is None and service_id != FALLBACK:
            now = or_fallback(now, self.of(own(FALLBACK)))
        if now.policy is None and now.gaps:  # of a shared policy: so the directory was read
            self._check_readable(service_id, *self._known.unreadable)
        return now

    def _check_readable(self, service_id: str, *keys: Key) -> None:
        """Raise Unreadable where one of these entries cannot be read."""
        _ = self.now  # the directory is read
        for kind, name in keys:
            if (why := self._known.unreadable.get((kind, name))) is not None:
                raise Unreadable(service_id, f"the {kind} {name}: {why}")

    def of(self, policy: ServicePolicy | None) -> PolicyNow:
        """What this policy is now: the same where it is no shared one."""
        if not isinstance(policy, PolicyUse):
            return PolicyNow(policy)
        if policy.uses not in self._resolved:
            self._resolved[policy.uses] = resolved(policy, *self.now)
        now = self._resolved[policy.uses]
        if now.policy is None or now.policy.service_id == policy.service_id:
            return now
        this = now.policy.model_copy(update={"service_id": policy.service_id})
        return now._replace(policy=this)


def reaching_somebody(
    connection: Connection, service_ids: Collection[str], shared: SharedPolicies
) -> set[str]:
    """Those of these services that have a policy which reaches somebody now.

    Plain policies are not parsed: they reach somebody.
    """
    current = current_policies(service_ids)
    query = select(current.c.service_id, current.c.uses)
    return {
        name
        for name, uses in connection.execute(query)
        if uses is None or shared.of(PolicyUse(service_id=name, uses=uses)).policy is not None
    }
