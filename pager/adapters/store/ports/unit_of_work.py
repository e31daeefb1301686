"""A unit of work: many messages are decided on what was loaded at once, and written at once.

The services of all messages are loaded with one query, with the last edits of their policies and
whether they are in maintenance, and the policies that are not known yet with another one. Shared
policies are resolved once each, at one moment. PagerService works on ports that answer from memory,
so each message sees what those before it have led to. In the end each table is written once.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import SERVICE_POLICIES, SERVICES
from pager.adapters.store.core.schema import (
    installation,
    maintenance_windows,
    monitored_services,
    policy_edits,
)
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.ports.decisions import Save, write_decisions
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.store.ports.maintenance import is_on, lock_windows
from pager.adapters.store.ports.policy_edits import Source
from pager.adapters.store.ports.shared_policies import SharedPolicies
from pager.decide import Decision
from pager.errors import ConcurrentUpdate
from pager.model import FALLBACK, EscalationPolicy, Healthy
from pager.oncall.policies import ServicePolicy
from pager.ports import Stored
from pager.restoring import renumbered
from pager.words import gaps_of

logger = logging.getLogger(__name__)

MOST_TARGETS = 50_000
"""Of all policies that are kept in memory together."""


class KnownPolicies:
    """Policies that were read before, by their edit, which never changes: so each is parsed once.

    And the directory of who can be on call, which is read again where it was edited. It is for one
    thread.
    """

    def __init__(self, most_targets: int = MOST_TARGETS) -> None:
        """The policies that are kept have `most_targets` together."""
        self._most_targets = most_targets
        self._targets = 0
        # The one that was read last is the last.
        self._policies: dict[int, ServicePolicy | None] = {}
        self.directory = KnownDirectory()

    def __contains__(self, edit: int) -> bool:
        """Whether the policy of that edit is kept."""
        return edit in self._policies

    def of(self, edit: int) -> ServicePolicy | None:
        """The policy of an edit that is kept; None where the edit removed it."""
        return self._policies[edit]

    def keep(self, edit: int, policy: ServicePolicy | None) -> None:
        """Keep it, in the place of those that were read the longest ago."""
        self._policies[edit] = policy
        self._targets += _size(policy)
        while self._targets > self._most_targets:
            oldest = next(iter(self._policies))
            self._targets -= _size(self._policies.pop(oldest))


def _size(policy: ServicePolicy | None) -> int:
    if isinstance(policy, EscalationPolicy):
        return sum(len(level.targets) for level in policy.levels)
    return 1


@dataclass
class _Service:
    """A service as it is stored, or was decided since."""

    version: int
    state: str | None
    decided: Stored | None = None


class _Policy(NamedTuple):
    """The last edit of a service's policy, and its text unless the policy is known."""

    edit: int
    text: str | None = None


class UnitOfWork:
    """The ports EscalationPolicies and MaintenanceWindows of some services.

    `services` has MonitoredServices.
    """

    def __init__(
        self,
        connection: Connection,
        names: Collection[str],
        known: KnownPolicies,
        now: Now = database_clock,
    ) -> None:
        """Load the services with these names, and their policies."""
        self._connection = connection
        self._known = known
        self._now = now
        self._saves: list[Save] = []
        self._services: dict[str, _Service] = {}
        edits: dict[str, int] = {}
        in_maintenance: list[str] = []
        rows = _LOAD.run(connection, [(name,) for name in {*names, FALLBACK}], now)
        for name, version, state, edit, last_incident, window in rows:
            self._last_incident = last_incident
            if version is not None:
                self._services[name] = _Service(version, state)
            if edit is not None:
                edits[name] = edit
            if window is not None:
                in_maintenance.append(name)
        self._policies = self._load_policies(edits)
        self._shared = SharedPolicies(connection, now, known.directory)
        self._maintenance: dict[str, timedelta] = {}
        if in_maintenance:
            self._maintenance = lock_windows(connection, in_maintenance, now)

    def _load_policies(self, edits: Mapping[str, int]) -> dict[str, _Policy]:
        new = [(edit,) for edit in edits.values() if edit not in self._known]
        texts = dict(_EDITS.run(self._connection, new)) if new else {}
        return {name: _Policy(edit, texts.get(edit)) for name, edit in edits.items()}

    def services(self, author: str | None) -> "ServicesInUnit":
        """The port MonitoredServices for what `author` sent; None for Pager's own timers."""
        return ServicesInUnit(self, author)

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy of the service now, or the fallback, or None. Raises Unreadable."""
        return self._shared.policy_now(service_id, self.own_policy).policy

    def gaps(self, service_id: str) -> Sequence[str]:
        """Whom the policy names and does not reach just now. Raises Unreadable."""
        return self._shared.policy_now(service_id, self.own_policy).gaps

    def left(self, service_id: str) -> timedelta | None:
        """How long the service is still in maintenance; None where it is in none."""
        return self._maintenance.get(service_id)

    def own_policy(self, service_id: str) -> ServicePolicy | None:
        """The service's own policy. Raises Unreadable."""
        last = self._policies.get(service_id)
        if last is None:
            return None
        if last.edit in self._known:
            return self._known.of(last.edit)
        text = last.text
        if text is None:  # it was known, and had to make room; or the edit removed it
            [(_, text)] = _EDITS.run(self._connection, [(last.edit,)])
        policy = None if text is None else SERVICE_POLICIES.decode(text, service_id)
        self._known.keep(last.edit, policy)
        return policy

    def load(self, service_id: str) -> Stored:
        """The service as it is by now. Raises Unreadable."""
        service = self._services.get(service_id)
        if service is None:
            service = self._services[service_id] = _Service(0, None)
        if service.decided is None:
            state = (
                Healthy(service_id=service_id)
                if service.state is None
                else SERVICES.decode(service.state, service_id)
            )
            service.decided = Stored(renumbered(state, self._last_incident), service.version)
        return service.decided

    def save(self, decision: Decision, version: int, author: str | None) -> None:
        """Keep the decision, to be written. Raises ConcurrentUpdate."""
        service_id = decision.after.service_id
        if self.load(service_id).version != version:
            raise ConcurrentUpdate(service_id, version)
        if gaps := gaps_of(decision):
            logger.warning("%s: %s", service_id, "; ".join(gaps))
        policy = decision.policy
        source = None if policy is None else self._source(policy)
        after = SERVICES.encode(decision.after)
        self._saves.append(Save(decision, version + 1, source, author, after))
        self._services[service_id].decided = Stored(decision.after, version + 1)

    def _source(self, policy: EscalationPolicy) -> Source:
        """The edit that the policy comes from."""
        own = self.own_policy(policy.service_id)
        # Nearly always it is the same object, and to compare two takes long.
        is_resolved = policy is not own and policy != own
        return Source(self._policies[policy.service_id].edit, is_resolved)

    def write(self) -> set[str]:
        """Write all that was saved: the services of which nothing is written.

        Another node has changed them meanwhile: what was to be decided of them is not decided.
        """
        saves, self._saves = self._saves, []
        if not saves:
            return set()
        return write_decisions(self._connection, saves, self._now, set_timers=True)


class ServicesInUnit:
    """MonitoredServices in a unit of work."""

    def __init__(self, unit: UnitOfWork, author: str | None) -> None:
        """`author` sent what is decided on."""
        self._unit = unit
        self._author = author

    def load(self, service_id: str) -> Stored:
        """The service as it is by now. Raises Unreadable."""
        return self._unit.load(service_id)

    def save(self, decision: Decision, version: int) -> None:
        """Keep the decision: it is written with all others of the unit. Raises ConcurrentUpdate."""
        self._unit.save(decision, version, self._author)


def _load(parts: Parts) -> ClauseElement:
    """Name, version, state and the policy's last edit of each service; the last incident; and a
    maintenance window that is on."""
    stored = monitored_services.c
    given = parts.rows(stored.service_id)
    last_edit = (
        select(func.max(policy_edits.c.id))
        .where(policy_edits.c.service_id == given.c.service_id)
        .scalar_subquery()
    )
    last_incident = select(installation.c.last_incident).scalar_subquery()
    windows = maintenance_windows.c
    window = (
        select(func.max(windows.id))
        .where(windows.service_id == given.c.service_id, is_on(parts.now))
        .scalar_subquery()
    )
    return select(
        *(given.c.service_id, stored.version, stored.state, last_edit, last_incident),
        window,
    ).select_from(given.outerjoin(monitored_services, stored.service_id == given.c.service_id))


def _edits(parts: Parts) -> ClauseElement:
    given = parts.rows(policy_edits.c.id)
    return select(policy_edits.c.id, policy_edits.c.policy).where(
        policy_edits.c.id.in_(select(given.c.id))
    )


_LOAD: Statement[tuple[str, int | None, str | None, int | None, int, int | None]] = Statement(_load)
_EDITS: Statement[tuple[int, str | None]] = Statement(_edits)
