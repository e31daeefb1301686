"""What an edit makes of what people have set up, before it is saved."""

from collections.abc import Callable, Iterable

from pager.configuration.configuration import Configuration
from pager.model import EscalationPolicy
from pager.oncall.directory import Entry, directory_of, users_of
from pager.oncall.people import Person
from pager.oncall.policies import PolicyUse, ServicePolicy
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team

Change = Callable[[Configuration], Configuration]
"""The configuration after an edit, from that before it."""


def with_edit(edited: Entry | ServicePolicy) -> Change:
    """The change that this entry, or the policy of a service, is in the place of the old one."""
    if isinstance(edited, EscalationPolicy | PolicyUse):
        return with_policies([edited])
    return lambda now: now._replace(directory=now.directory.having(edited))


def with_policies(policies: Iterable[ServicePolicy]) -> Change:
    """The change that these services have these policies."""
    new = {policy.service_id: policy for policy in policies}
    return lambda now: now._replace(policies={**now.policies, **new})


def with_new(entries: Iterable[Entry]) -> Change:
    """The change that these are there besides, as far as their names are not taken."""

    def change(now: Configuration) -> Configuration:
        # Of two with one name the last one is in it: those that are there already come last.
        return now._replace(directory=directory_of([*entries, *now.directory.entries]))

    return change


def without_entry(kind: type[Person | Team | Schedule], name: str) -> Change:
    """The change that this entry is removed: nothing, where something counts on it."""

    def change(now: Configuration) -> Configuration:
        entry = now.directory.find(kind, name)
        if entry is None or any(users_of(entry, now.directory)):
            return now
        return now._replace(directory=now.directory.without(entry))

    return change


def without_policy(service_id: str) -> Change:
    """The change that the service has no policy any more."""

    def change(now: Configuration) -> Configuration:
        kept = {name: policy for name, policy in now.policies.items() if name != service_id}
        return now._replace(policies=kept)

    return change
