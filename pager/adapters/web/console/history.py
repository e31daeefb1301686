"""The history of a policy: who changed what when, and the way back to an earlier version."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from itertools import zip_longest
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.policies import Edit, PolicyChanged, SqlEscalationPolicies
from pager.adapters.web.api.conditions import Before
from pager.adapters.web.auth.visitor import Engineer, Viewer
from pager.adapters.web.console.comparison import changes
from pager.adapters.web.console.form import ForeignForm, SignedForm
from pager.adapters.web.console.numbers import Skip, number_in
from pager.adapters.web.console.rendering import page, see_other
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.problems import ProblemError, problem

ON_A_PAGE = 20


class Told(NamedTuple):
    """An edit, and what it did, in words."""

    edit: Edit
    changes: list[str]


def told(edits: Sequence[Edit]) -> list[Told]:
    """Each of the edits, the newest first; the oldest is told as if there was none before it."""
    return [
        Told(edit, changes(older.policy if older else None, edit.policy))
        for edit, older in zip_longest(edits, edits[1:])
    ]


class PolicyHistory:
    """The edits of a policy, and each version of it."""

    def __init__(self, database: Database) -> None:
        """`router` is to be included in an application."""
        self._policies = SqlEscalationPolicies(database)
        self.router = APIRouter()
        path, get = "/console/services/{service_id}/policy/history", ["GET", "HEAD"]
        self.router.add_api_route(path, self.list, methods=get)
        self.router.add_api_route(path + "/{version}", self.show, methods=get)
        self.router.add_api_route(path + "/{version}", self.restore, methods=["POST"])

    async def list(
        self, request: Request, _visitor: Viewer, service_id: ServiceName, before: Before = None
    ) -> Response:
        """The edits, the newest first; those `before` a version."""
        stored = await asyncio.to_thread(self._policies.versioned, service_id)
        edits = await asyncio.to_thread(self._policies.history, service_id, ON_A_PAGE + 1, before)
        return page(
            request,
            "history.html",
            service_id=service_id,
            current=stored.version,
            removed=bool(stored.version) and stored.policy is None,
            told=await asyncio.to_thread(told, edits),
            at_most=ON_A_PAGE,
        )

    async def show(
        self,
        request: Request,
        _visitor: Viewer,
        service_id: ServiceName,
        version: str,
        skip: Skip = 0,
    ) -> Response:
        """One version, without the first `skip` Targets."""
        return await self._page(request, service_id, version, skip)

    async def restore(
        self,
        request: Request,
        visitor: Engineer,
        service_id: ServiceName,
        version: str,
        form: SignedForm,
    ) -> Response:
        """Let this version count again, if the one that counted is still the same."""
        edit, shown = await self._edit(service_id, version), form.number("current")
        if edit.policy is None:  # no page has such a button
            raise ForeignForm
        try:
            new = await asyncio.to_thread(self._policies.put, edit.policy, visitor.name, shown)
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
        stored = await asyncio.to_thread(self._policies.versioned, service_id)
        return page(
            request,
            "version.html",
            status,
            service_id=service_id,
            edit=edit,
            current=stored.version,
            has_policy=stored.policy is not None,
            skip=skip,
            changed=status == HTTPStatus.CONFLICT,
        )

    async def _edit(self, service_id: str, version: str) -> Edit:
        """The edit that led to a version. Raises ProblemError (404) where there is none."""
        number = number_in(version)
        found = None
        if number is not None:
            found = await asyncio.to_thread(self._policies.edit, service_id, number)
        if found is None:
            detail = f"{service_id!r} has no such version of its policy, or it has been forgotten."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        return found
