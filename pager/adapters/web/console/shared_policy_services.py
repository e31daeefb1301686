"""The services that use a shared policy, and how others come to use it."""

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.core.filters import Names as ServiceNames
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.edited_policies import SharedPolicies, Stored
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.many_services import LONGEST_LIST, Given, ManyServices, Preview
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import held_up, is_held_up
from pager.adapters.web.parsing import NamePart
from pager.adapters.web.problems import ProblemError, problem
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.policies import PolicyUse, SharedPolicy

ON_A_PAGE = 100


class _View(NamedTuple):
    """The services that use the policy."""

    stored: Stored[SharedPolicy]
    number: int
    services: Sequence[str]
    """One more than fits shows that there are more."""


class SharedPolicyServicesPage:
    """The list of the services, and the form for more of them."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._shared = SharedPolicies(backend)
        self._policies = backend.policies
        self._many = ManyServices(backend)

    async def show(self, request: Request, search: NamePart = "", after: NamePart = "") -> Response:
        """The services whose name contains `search`, after the service `after`."""
        return await self._page(request, ServiceNames(search.strip(), after))

    async def use(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Show what policies the services would lose; or let those that were shown use this one."""
        name = self._shared.name_in(request)

        def new(service_id: str) -> PolicyUse:
            return PolicyUse(service_id=service_id, uses=name)

        if form.text("do") == "use":
            given = None
            found = await self._many.verified(form, new)
            if is_held_up(found, form):
                return held_up(request, found, form, f"{self._shared.path(name)}/services")
            # Where it was removed meanwhile, nothing changes, and there is no such page any more.
            with suppress(NobodyOfThatName):
                given = await self._many.give(form, new, found.note, person.name)
            return await self._page(request, ServiceNames(), given=given)
        typed = form.text("services")[: LONGEST_LIST + 1]
        preview = await self._reads.run(self._many.preview, typed, new)
        return await self._page(request, ServiceNames(), typed, preview)

    async def _page(
        self,
        request: Request,
        names: ServiceNames,
        typed: str = "",
        preview: Preview | None = None,
        given: Given | None = None,
    ) -> Response:
        name = self._shared.name_in(request)
        view = await self._reads.run(self._view, name, names)
        if view.stored.policy is None:
            detail = f"There is no shared policy {name!r}."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        return page(
            request,
            "shared_policy_services.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if preview and preview.errors else HTTPStatus.OK,
            name=name,
            path=self._shared.path(name),
            search=names.search,
            is_first_page=not names.after,
            at_most=ON_A_PAGE,
            typed=typed[:LONGEST_LIST],
            preview=preview,
            given=given,
            **view._asdict(),
        )

    def _view(self, name: str, names: ServiceNames) -> _View:
        return _View(
            self._shared.versioned(name),
            self._policies.count_services_using(name),
            self._policies.services_using(name, names, ON_A_PAGE + 1),
        )
