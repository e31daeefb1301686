"""Gives many services a policy at once: a preview of what that overwrites, then all of it."""

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import NamedTuple

from pydantic import ValidationError

from pager.adapters.runtime.verification.changes import with_policies
from pager.adapters.runtime.verification.drafts import Verified
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.ports.policies import NewPolicy, SqlEscalationPolicies
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.comparison import differences
from pager.adapters.web.console.form import Form, InvalidForm
from pager.adapters.web.console.running_incident import with_incident
from pager.adapters.web.console.verification.drafts import DraftChecks
from pager.adapters.web.parsing import SERVICE_ID, number_in
from pager.model import shortened
from pager.oncall.policies import ServicePolicy

MOST_SERVICES = 100
"""That are given a policy at once."""
LONGEST_LIST = 20_000
"""Characters of the names of the services."""
SAVED_AT_ONCE = 50
"""Edits in one transaction: Alerts that come meanwhile wait for it."""
LONGEST_SHOWN = 60
"""Characters of a name that no service can have."""

NewPolicyOf = Callable[[str], ServicePolicy]
"""The policy that the service of that name is given."""


class Overwritten(NamedTuple):
    """A service that would be given the policy."""

    service_id: str
    version: int
    """Of its policy as the page shows it."""
    has_policy: bool
    changes: Sequence[str]
    """Empty where it has this policy already."""


class Preview(NamedTuple):
    """What would be overwritten, and what is wrong with the list."""

    services: Sequence[Overwritten] = ()
    with_incident: Collection[str] = ()
    """Those in which an incident runs: it goes on by the new policy."""
    errors: Sequence[str] = ()

    @property
    def differing(self) -> Sequence[Overwritten]:
        """Those that do not have the policy yet."""
        return [service for service in self.services if service.changes]


class Given(NamedTuple):
    """What was done."""

    changed: Sequence[str]
    left_alone: Sequence[str]
    """Somebody has edited their policies since the preview."""


class ManyServices:
    """Gives services a policy, each of them on the version that the preview has shown."""

    def __init__(self, backend: Backend) -> None:
        """Policies are read in its database, and written through its inbox."""
        self._inbox = backend.inbox
        self._database = backend.database
        self._policies = backend.policies
        self._checks = DraftChecks(backend)

    def preview(self, typed: str, new: NewPolicyOf, source: str = "") -> Preview:
        """What the services in `typed` would lose; `source` has the policy and is none of them."""
        names = list(dict.fromkeys(re.split(r"[\s,;]+", typed.strip(" \t\n,;"))))
        if names == [""]:
            return Preview(errors=["Name at least one service."])
        if len(names) > MOST_SERVICES or len(typed) > LONGEST_LIST:
            return Preview(errors=[f"Name at most {MOST_SERVICES} services at a time."])
        errors, services = [], []
        for name in names:
            if name == source:
                errors.append(f"{name}: that is the policy to be copied.")
            elif not _is_service(name):
                errors.append(f"“{shortened(name, LONGEST_SHOWN)}”: no service has such a name.")
            else:
                services.append(self._overwritten(new(name), name))
        running = with_incident(self._database, [each.service_id for each in services])
        return Preview(services, running, errors)

    def _overwritten(self, new: ServicePolicy, name: str) -> Overwritten:
        try:
            stored = self._policies.versioned(name)
        except Unreadable:
            [last] = self._policies.history(name, 1)
            unreadable = ["A policy that this version of Pager cannot read is overwritten."]
            return Overwritten(name, last.version, has_policy=True, changes=unreadable)
        changes = [] if stored.policy == new else differences(stored.policy, new)
        return Overwritten(name, stored.version, stored.policy is not None, changes)

    async def verified(self, form: Form, new: NewPolicyOf) -> Verified:
        """What gets worse where the services in `form` have the policy. Raises InvalidForm."""
        policies = [new(name) for name, _ in _services_in(form)]
        return await self._checks.of_change(with_policies(policies))

    async def give(self, form: Form, new: NewPolicyOf, note: str, author: str) -> Given:
        """Give the policy to the services that the preview has shown, as `form` has them.

        Raises InvalidForm, and NobodyOfThatName where the shared policy was removed meanwhile.
        """
        edits = [NewPolicy(new(name), version, note) for name, version in _services_in(form)]
        saved: list[bool] = []
        for start in range(0, len(edits), SAVED_AT_ONCE):
            some = edits[start : start + SAVED_AT_ONCE]
            put = partial(SqlEscalationPolicies.put_each, edits=some, author=author)
            saved += await self._inbox.commit(SqlEscalationPolicies, put)
        names = [edit.policy.service_id for edit in edits]
        return Given(
            [name for name, was_saved in zip(names, saved, strict=True) if was_saved],
            [name for name, was_saved in zip(names, saved, strict=True) if not was_saved],
        )


def _is_service(name: str) -> bool:
    try:
        SERVICE_ID.validate_python(name)
    except ValidationError:
        return False
    return True


def _services_in(form: Form) -> list[tuple[str, int]]:
    """The services that the preview has shown, with their versions. Raises InvalidForm."""
    services = []
    for field, value in form.fields:
        if field != "service":
            continue
        version, _, name = value.partition(" ")
        number = number_in(version)
        if number is None or not _is_service(name):
            raise InvalidForm
        services.append((name, number))
    if not services or len(services) > MOST_SERVICES:
        raise InvalidForm
    return services
