"""The history of a policy: who changed what when, and the way back to an earlier version."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import zip_longest
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.ports.policies import Edit, PolicyChanged, SqlEscalationPolicies, if_own
from pager.adapters.store.views.timeline import clock_time
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.comparison import differences
from pager.adapters.web.console.form import InvalidForm, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Before, ServiceName, Skip, number_in
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other

ON_A_PAGE = 20


class DescribedEdit(NamedTuple):
    """An edit, and what it changed, in words."""

    edit: Edit
    differences: list[str]


def described_edits(edits: Sequence[Edit]) -> list[DescribedEdit]:
    """Describes edits, the newest first; the oldest as if there was no policy before it."""
    return [
        DescribedEdit(edit, _differences(edit, older))
        for edit, older in zip_longest(edits, edits[1:])
    ]


def _differences(edit: Edit, older: Edit | None) -> list[str]:
    if edit.unreadable:
        return ["A policy that this version of Pager cannot read."]
    return differences(if_own(older.policy) if older else None, if_own(edit.policy))


class HistoryPage:
    """The edits of a policy, and each version of it."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._policies = SqlEscalationPolicies(backend.database)

    async def list(
        self, request: Request, service_id: ServiceName, before: Before = None
    ) -> Response:
        """The edits, the newest first; with `before`, only those before that version."""
        last = await self._reads.run(self._policies.history, service_id, 1)
        edits = await self._reads.run(self._policies.history, service_id, ON_A_PAGE + 1, before)
        return page(
            request,
            "history.html",
            service_id=service_id,
            current=last[0].version if last else 0,
            unreadable=bool(last) and last[0].unreadable,
            removed=bool(last) and last[0].policy is None,
            edits=await self._reads.run(described_edits, edits),
            at_most=ON_A_PAGE,
        )

    async def show(
        self,
        request: Request,
        service_id: ServiceName,
        version: str,
        skip: Skip = 0,
    ) -> Response:
        """One version, without the first `skip` Targets."""
        return await self._page(request, service_id, version, skip)

    async def restore(
        self,
        request: Request,
        person: SignedIn,
        service_id: ServiceName,
        version: str,
        form: SignedForm,
    ) -> Response:
        """Restore this version, if nobody has edited the policy since the page was shown."""
        edit, shown = await self._edit(service_id, version), form.number("current")
        policy = edit.policy
        if policy is None:  # no page has such a button
            raise InvalidForm
        note = f"the version of {clock_time(edit.at)} restored"
        try:
            new = await self._inbox.commit(
                SqlEscalationPolicies,
                lambda policies: policies.put(policy, person.name, shown, note),
            )
        except PolicyChanged:
            return await self._page(request, service_id, version, status=HTTPStatus.CONFLICT)
        return see_other(f"/console/services/{service_id}/policy?saved={new}")

    async def _page(
        self,
        request: Request,
        service_id: str,
        version: str,
        skip: int = 0,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        edit = await self._edit(service_id, version)
        [last] = await self._reads.run(self._policies.history, service_id, 1)
        return page(
            request,
            "version.html",
            status,
            service_id=service_id,
            edit=edit,
            current=last.version,
            has_policy=last.policy is not None or last.unreadable,
            skip=skip,
            changed=status == HTTPStatus.CONFLICT,
        )

    async def _edit(self, service_id: str, version: str) -> Edit:
        """The edit that led to a version. Raises ProblemError (404) where there is none."""
        number = number_in(version)
        edit = None
        if number is not None:
            edit = await self._reads.run(self._policies.edit, service_id, number)
        if edit is None:
            detail = f"{service_id!r} has no such version of its policy, or it has been forgotten."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        return edit
