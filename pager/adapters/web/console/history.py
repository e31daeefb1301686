"""The history of a policy: who changed what when, and the way back to an earlier version."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import zip_longest
from typing import Generic, NamedTuple

from fastapi import Request, Response

from pager.adapters.store.views.timeline import clock_time
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.comparison import differences
from pager.adapters.web.console.edited_policies import CHANGED, EditedPolicies, P, PolicyEdit
from pager.adapters.web.console.form import InvalidForm, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import (
    DraftChecks,
    held_up,
    is_held_up,
    with_note,
)
from pager.adapters.web.parsing import Before, Skip, number_in
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.oncall.directory import NobodyOfThatName

ON_A_PAGE = 20


class DescribedEdit(NamedTuple):
    """An edit, and what it changed, in words."""

    edit: PolicyEdit
    differences: list[str]


def described_edits(edits: Sequence[PolicyEdit]) -> list[DescribedEdit]:
    """Describes edits, the newest first; the oldest as if there was no policy before it."""
    return [
        DescribedEdit(edit, _differences(edit, older))
        for edit, older in zip_longest(edits, edits[1:])
    ]


def _differences(edit: PolicyEdit, older: PolicyEdit | None) -> list[str]:
    if edit.unreadable:
        return ["A policy that this version of Pager cannot read."]
    return differences(older.policy if older else None, edit.policy)


class HistoryPage(Generic[P]):
    """The edits of a policy, and each version of it."""

    def __init__(self, backend: Backend, policies: EditedPolicies[P]) -> None:
        """Its endpoints are in the table of `routes`; `policies` are those that it is about."""
        self._reads = backend.pools.reads
        self._policies: EditedPolicies[P] = policies
        self._checks = DraftChecks(backend)

    async def list(self, request: Request, before: Before = None) -> Response:
        """The edits, the newest first; with `before`, only those before that version."""
        name = self._policies.name_in(request)
        last = await self._reads.run(self._policies.history, name, 1)
        edits = await self._reads.run(self._policies.history, name, ON_A_PAGE + 1, before)
        return page(
            request,
            "history.html",
            name=name,
            policies=self._policies,
            current=last[0].version if last else 0,
            unreadable=bool(last) and last[0].unreadable,
            removed=bool(last) and last[0].policy is None,
            edits=await self._reads.run(described_edits, edits),
            at_most=ON_A_PAGE,
        )

    async def show(self, request: Request, version: str, skip: Skip = 0) -> Response:
        """One version, without the first `skip` Targets."""
        return await self._page(request, version, skip)

    async def restore(
        self, request: Request, person: SignedIn, version: str, form: SignedForm
    ) -> Response:
        """Restore this version, if nobody has edited the policy since the page was shown.

        Not where it names somebody who was removed meanwhile.
        """
        name = self._policies.name_in(request)
        edit, shown = await self._edit(name, version), form.number("current")
        policy = edit.policy
        if policy is None:  # no page has such a button
            raise InvalidForm
        found = await self._checks.of(policy)
        if is_held_up(found, form):
            return held_up(request, found, form, f"{self._policies.path(name)}/history")
        note = with_note(f"the version of {clock_time(edit.at)} restored", found)
        try:
            new = await self._policies.put(policy, person.name, shown, note)
        except CHANGED:
            why = "somebody else has edited this policy meanwhile. Look at the history first."
            return await self._page(request, version, not_restored=why)
        except NobodyOfThatName as error:
            return await self._page(request, version, not_restored=str(error))
        return see_other(f"{self._policies.path(name)}?saved={new}")

    async def _page(
        self, request: Request, version: str, skip: int = 0, not_restored: str = ""
    ) -> Response:
        name = self._policies.name_in(request)
        edit = await self._edit(name, version)
        [last] = await self._reads.run(self._policies.history, name, 1)
        return page(
            request,
            "version.html",
            HTTPStatus.CONFLICT if not_restored else HTTPStatus.OK,
            name=name,
            policies=self._policies,
            edit=edit,
            current=last.version,
            has_policy=last.policy is not None or last.unreadable,
            skip=skip,
            not_restored=not_restored,
        )

    async def _edit(self, name: str, version: str) -> PolicyEdit:
        """The edit that led to a version. Raises ProblemError (404) where there is none."""
        number = number_in(version)
        edit = None
        if number is not None:
            edit = await self._reads.run(self._policies.edit, name, number)
        if edit is None:
            detail = f"The {self._policies.title(name)} has no such version (any more)."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        return edit
