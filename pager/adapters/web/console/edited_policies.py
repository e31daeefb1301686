"""Where the policies are that people edit: those of single services, and those that are shared.

Both have versions, a history and an editor; the pages of these know only what is here.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final, Generic, NamedTuple, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from pager.adapters.store.oncall.edits import EntryChanged, EntryEdit
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import Edit, PolicyChanged, SqlEscalationPolicies
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.draft import Draft, Errors
from pager.adapters.web.console.entry_paths import shared_policy_path
from pager.adapters.web.console.text import AnyPolicy
from pager.adapters.web.console.typed_targets import NO_NAMES, Names
from pager.adapters.web.parsing import SERVICE_ID
from pager.adapters.web.problems import ProblemError, problem
from pager.model import EscalationPolicy
from pager.oncall.names import NAME
from pager.oncall.policies import PolicyUse, SharedPolicy

P = TypeVar("P", EscalationPolicy, SharedPolicy)

CHANGED: Final = (PolicyChanged, EntryChanged)
"""What an edit raises where the policy is not at the expected version."""


class Stored(NamedTuple, Generic[P]):
    """A policy and its version, read in one snapshot."""

    policy: P | None
    version: int
    uses: str = ""
    """The shared policy that the service uses in the place of one of its own."""


class PolicyEdit(NamedTuple):
    """An edit of a policy."""

    version: int
    at: datetime
    author: str | None
    policy: AnyPolicy | PolicyUse | None
    """None where it was removed, and where it cannot be read."""
    unreadable: bool
    note: str


class EditedPolicies(ABC, Generic[P]):
    """The policies of one kind."""

    is_shared: bool

    @abstractmethod
    def name_in(self, request: Request) -> str:
        """Whose policy the URL is about. Raises ProblemError (404) where none can be called so."""

    @abstractmethod
    def path(self, name: str) -> str:
        """Where its editor is; its other pages are below that."""

    @abstractmethod
    def title(self, name: str) -> str:
        """What it is called in a sentence."""

    @abstractmethod
    def names(self) -> Names:
        """Whom it may name beside addresses and phone numbers."""

    @abstractmethod
    def read(self, draft: Draft, name: str, names: Names) -> P | Errors:
        """The policy that the draft is, or what is wrong with it."""

    @abstractmethod
    def versioned(self, name: str) -> Stored[P]:
        """The policy as it is now. Raises Unreadable."""

    @abstractmethod
    def version(self, name: str, version: int) -> P | None:
        """The policy in that version; None where there is none."""

    @abstractmethod
    def history(self, name: str, at_most: int, before: int | None = None) -> Sequence[PolicyEdit]:
        """The last edits, the newest first; only those `before` that version."""

    @abstractmethod
    async def put(
        self, policy: AnyPolicy | PolicyUse, author: str, expected: int, note: str = ""
    ) -> int:
        """Replace the policy: the new version. Raises one of CHANGED, and NobodyOfThatName."""

    def edit(self, name: str, version: int) -> PolicyEdit | None:
        """The edit that led to `version`; None where there is none, or none any more."""
        found = self.history(name, 1, before=version + 1)
        return found[0] if found and found[0].version == version else None


class ServicePolicies(EditedPolicies[EscalationPolicy]):
    """The policies that single services have of their own."""

    is_shared = False

    def __init__(self, backend: Backend) -> None:
        """They are read in its database, and written through its inbox."""
        self._inbox = backend.inbox
        self._policies = backend.policies

    def name_in(self, request: Request) -> str:
        """The name of the service."""
        return _valid(SERVICE_ID, request.path_params["service_id"])

    def path(self, name: str) -> str:
        """Below the page of the service."""
        return f"/console/services/{name}/policy"

    def title(self, name: str) -> str:
        """With the name of the service."""
        return f"policy of {name}"

    def names(self) -> Names:
        """Nobody: it has addresses and phone numbers."""
        return NO_NAMES

    def read(self, draft: Draft, name: str, names: Names) -> EscalationPolicy | Errors:
        """As a policy of the service called `name`."""
        del names
        return draft.policy(name)

    def versioned(self, name: str) -> Stored[EscalationPolicy]:
        """The service's own policy, or the name of the shared one that it uses."""
        policy, version = self._policies.versioned(name)
        if isinstance(policy, PolicyUse):
            return Stored(None, version, policy.uses)
        return Stored(policy, version)

    def version(self, name: str, version: int) -> EscalationPolicy | None:
        """None also where it used a shared one."""
        edit = self._policies.edit(name, version)
        return edit.policy if edit and isinstance(edit.policy, EscalationPolicy) else None

    def history(self, name: str, at_most: int, before: int | None = None) -> Sequence[PolicyEdit]:
        """A service may have had policies of its own, and used shared ones."""
        return [_of_service(edit) for edit in self._policies.history(name, at_most, before)]

    async def put(
        self, policy: AnyPolicy | PolicyUse, author: str, expected: int, note: str = ""
    ) -> int:
        """In a transaction of the inbox."""
        assert not isinstance(policy, SharedPolicy)  # as `read` and `history` give none
        return await self._inbox.commit(
            SqlEscalationPolicies, lambda policies: policies.put(policy, author, expected, note)
        )


class SharedPolicies(EditedPolicies[SharedPolicy]):
    """The policies that many services share."""

    is_shared = True

    def __init__(self, backend: Backend) -> None:
        """They are read in its database, and written through its inbox."""
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)

    def name_in(self, request: Request) -> str:
        """The name of the policy."""
        return _valid(NAME, request.path_params["name"])

    def path(self, name: str) -> str:
        """The page of its editor."""
        return shared_policy_path(name)

    def title(self, name: str) -> str:
        """With its name."""
        return f"shared policy {name}"

    def names(self) -> Names:
        """Everybody in the directory."""
        return Names(self._on_call.directory())

    def read(self, draft: Draft, name: str, names: Names) -> SharedPolicy | Errors:
        """As a shared policy called `name`."""
        return draft.shared_policy(name, names)

    def versioned(self, name: str) -> Stored[SharedPolicy]:
        """The shared policy of that name."""
        return Stored(*self._on_call.versioned(SharedPolicy, name))

    def version(self, name: str, version: int) -> SharedPolicy | None:
        """The shared policy as it was."""
        edit = self._on_call.edit(SharedPolicy, name, version)
        return edit.entry if edit and isinstance(edit.entry, SharedPolicy) else None

    def history(self, name: str, at_most: int, before: int | None = None) -> Sequence[PolicyEdit]:
        """The edits of the shared policy of that name."""
        edits = self._on_call.history(SharedPolicy, name, at_most, before)
        return [_of_shared(edit) for edit in edits]

    async def put(
        self, policy: AnyPolicy | PolicyUse, author: str, expected: int, note: str = ""
    ) -> int:
        """In a transaction of the inbox."""
        assert isinstance(policy, SharedPolicy)  # as `read` and `history` give no other
        return await self._inbox.commit(
            SqlOnCall, lambda on_call: on_call.put(policy, author, expected, note)
        )


def _valid(names: TypeAdapter[str], text: str) -> str:
    try:
        return names.validate_python(text)
    except ValidationError as error:
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{text!r} is not known.")) from error


def _of_service(edit: Edit) -> PolicyEdit:
    return PolicyEdit(edit.version, edit.at, edit.author, edit.policy, edit.unreadable, edit.note)


def _of_shared(edit: EntryEdit) -> PolicyEdit:
    policy = edit.entry if isinstance(edit.entry, SharedPolicy) else None
    return PolicyEdit(edit.version, edit.at, edit.author, policy, edit.unreadable, edit.note)
