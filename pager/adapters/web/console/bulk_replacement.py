"""Replaces a Target in all policies, part by part, and each only if it is as it was shown.

Nothing is kept on the server between two parts: what is left to do are the policies that notify the
Target still. So whatever stops it, it goes on, or begins again, where it was.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from pager.adapters.runtime.pools import Overloaded
from pager.adapters.store.ports.policies import NewPolicy, SqlEscalationPolicies, if_own
from pager.adapters.store.views.target_uses import Part, TargetUse, map_uses
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.replaced_targets import LeftAlone, Replaced, replaced_in
from pager.adapters.web.console.text import address_of
from pager.configuration.configuration import Configuration
from pager.model import Target

READ_AT_ONCE = 500
SAVED_AT_ONCE = 50
"""Edits in one transaction: Alerts that come meanwhile wait for it."""
AT_WORK_FOR = timedelta(seconds=4)
"""For how long one request works; the next one goes on."""


class Plan(NamedTuple):
    """What is to be done."""

    key: str
    """Of the former Target."""
    new: Target | None
    """None: the former one is removed."""
    found: str = ""
    """What is known of the checks; "" where they hold as before."""

    @property
    def note(self) -> str:
        """What the history says of each edit."""
        if self.new is None:
            what = f"{self.key} removed from all policies"
        else:
            what = f"{self.key} replaced by {address_of(self.new)} in all policies"
        return f"{what}; {self.found}" if self.found else what

    def everywhere(self, now: Configuration) -> Configuration:
        """What people have set up, once it is done."""
        own = {name: one for name, one in now.policies.items() if if_own(one)}
        done = {name: self.of(TargetUse(name, 0, if_own(one))).policy for name, one in own.items()}
        changed = {name: policy for name, policy in done.items() if policy is not None}
        return now._replace(policies={**now.policies, **changed})

    def of(self, use: TargetUse) -> Replaced:
        """What becomes of a policy."""
        return replaced_in(use, self.key, self.new)


class Progress(NamedTuple):
    """What was done so far."""

    after: str = ""
    """The last service that was looked at."""
    changed: int = 0
    edited_meanwhile: int = 0
    """Between the reading and the saving. (Those that were edited before are not read.)"""
    empty_level: int = 0
    unreadable: int = 0
    is_done: bool = False


class _Found(NamedTuple):
    """A policy that notifies the Target."""

    service_id: str
    version: int


class BulkReplacement:
    """Does some of the work at a time."""

    def __init__(
        self,
        backend: Backend,
        work_for: timedelta = AT_WORK_FOR,
        saved_at_once: int = SAVED_AT_ONCE,
    ) -> None:
        """One call of `go_on` works for about `work_for`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._policies = backend.policies
        self._work_for = work_for.total_seconds()
        self._saved_at_once = saved_at_once

    async def go_on(self, plan: Plan, up_to: int, progress: Progress, author: str) -> Progress:
        """Change the next policies whose last edit is none after `up_to`, some at the least."""
        end = time.monotonic() + self._work_for
        while not progress.is_done:
            part = Part(READ_AT_ONCE, progress.after, up_to)
            found = await self._reads.run(map_uses, self._database, plan.key, part, _name)
            for start in range(0, len(found), self._saved_at_once):
                some = found[start : start + self._saved_at_once]
                try:
                    progress = await self._save(plan, some, progress, author)
                except Overloaded:
                    return progress  # the next request goes on
                if time.monotonic() > end:
                    return progress
            progress = progress._replace(is_done=len(found) < READ_AT_ONCE)
        return progress

    async def _save(
        self, plan: Plan, some: Sequence[_Found], progress: Progress, author: str
    ) -> Progress:
        results = await self._reads.run(self._results, plan, some)
        edits = [
            NewPolicy(replaced.policy, found.version, plan.note)
            for found, replaced in zip(some, results, strict=True)
            if replaced.policy is not None
        ]
        put = partial(SqlEscalationPolicies.put_each, edits=edits, author=author)
        saved = await self._inbox.commit(SqlEscalationPolicies, put)
        left_alone = Counter(replaced.left_alone for replaced in results)
        return Progress(
            some[-1].service_id,
            progress.changed + sum(saved),
            progress.edited_meanwhile + len(saved) - sum(saved),
            progress.empty_level + left_alone[LeftAlone.EMPTY_LEVEL],
            progress.unreadable + left_alone[LeftAlone.UNREADABLE],
        )

    def _results(self, plan: Plan, some: Sequence[_Found]) -> list[Replaced]:
        """What becomes of each policy, as it is in the version that was found."""
        edits = [self._policies.edit(found.service_id, found.version) for found in some]
        return [
            plan.of(TargetUse(*found, if_own(edit.policy) if edit else None))
            for found, edit in zip(some, edits, strict=True)
        ]


def _name(use: TargetUse) -> _Found:
    """Without the policy: a part has hundreds, and each may have thousands of Targets."""
    return _Found(use.service_id, use.version)
