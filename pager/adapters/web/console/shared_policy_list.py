"""The shared policies in a list: whom they name, who uses them, and who is nobody just now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.web.console.beginnings import SERVICE
from pager.adapters.web.console.text import address_of, first_of, key_of
from pager.oncall.directory import Directory
from pager.oncall.policies import SharedPolicy
from pager.oncall.policy_at import policy_at

NAMED_OF_LEVEL = 3
"""Targets of a Level that a row names."""


class SharedRow(NamedTuple):
    """A shared policy in the list."""

    name: str
    levels: Sequence[str]
    """Whom each Level names, in short."""
    services: int
    """How many use it."""
    gaps: Sequence[str]
    """Whom it names and who is nobody just now."""


class SharedList(NamedTuple):
    """Some of the shared policies."""

    rows: Sequence[SharedRow] = ()
    others: int = 0
    """How many more there are."""
    people: Sequence[str] = ()
    """Whom the Target reaches that is looked for."""


class SharedPolicyList:
    """Reads them as they are now."""

    def __init__(self, database: Transactions) -> None:
        """They are in this database."""
        self._on_call = SqlOnCall(database)
        self._policies = SqlEscalationPolicies(database)

    def found(self, search: str, at_most: int) -> SharedList:
        """The first `at_most` whose name contains `search`."""
        directory = self._on_call.directory()
        found = [
            policy
            for name, policy in sorted(directory.policies.items())
            if search.lower() in name.lower()
        ]
        return self._rows(found, directory, at_most)

    def naming(self, key: str, at_most: int) -> SharedList:
        """The first `at_most` that name that address, and the people whom it reaches."""
        directory = self._on_call.directory()
        found = [policy for _, policy in sorted(directory.policies.items()) if _names(policy, key)]
        people = [
            name
            for name, person in sorted(directory.people.items())
            if any(method.target.key == key for method in person.contact_methods)
        ]
        return self._rows(found, directory, at_most)._replace(people=people)

    def _rows(
        self, found: Sequence[SharedPolicy], directory: Directory, at_most: int
    ) -> SharedList:
        rows = [self._row(policy, directory) for policy in found[:at_most]]
        return SharedList(rows, len(found) - len(rows))

    def _row(self, policy: SharedPolicy, directory: Directory) -> SharedRow:
        return SharedRow(
            policy.name,
            [
                first_of([address_of(target) for target in level.targets], NAMED_OF_LEVEL)
                for level in policy.levels
            ],
            self._policies.count_services_using(policy.name),
            policy_at(policy, SERVICE, directory, datetime.now(UTC)).gaps,
        )


def _names(policy: SharedPolicy, key: str) -> bool:
    return any(key_of(target) == key for level in policy.levels for target in level.targets)
