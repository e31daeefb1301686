"""The page that asks for confirmation before a shared policy is removed."""

from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.store.core.filters import Names as ServiceNames
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.edited_policies import SharedPolicies
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.responses import see_other
from pager.oncall.directory import StillUsed
from pager.oncall.policies import SharedPolicy

MOST_NAMED = 20
"""Services that use it, and keep it from being removed."""


class SharedPolicyRemovalPage:
    """Says who uses the policy; removes it where nobody does."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._shared = SharedPolicies(backend)
        self._policies = backend.policies

    async def show(self, request: Request) -> Response:
        """The policy that would be removed."""
        return await self._page(request)

    async def remove(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Remove the policy, if it is still the one that was shown, and nobody uses it."""
        name, shown = self._shared.name_in(request), form.number("version")
        try:
            await self._inbox.commit(
                SqlOnCall, lambda on_call: on_call.remove(SharedPolicy, name, person.name, shown)
            )
        except EntryChanged:
            return await self._page(request, "somebody else has edited this policy meanwhile.")
        except StillUsed:
            return await self._page(request, "services have begun to use it.")
        return see_other(f"{self._shared.path(name)}/history")

    async def _page(self, request: Request, not_removed: str = "") -> Response:
        name = self._shared.name_in(request)
        stored = await self._reads.run(self._shared.versioned, name)
        if stored.policy is None:
            return see_other(f"{self._shared.path(name)}/history")
        number = await self._reads.run(self._policies.count_services_using, name)
        return page(
            request,
            "shared_policy_removal.html",
            HTTPStatus.CONFLICT if not_removed else HTTPStatus.OK,
            name=name,
            path=self._shared.path(name),
            stored=stored,
            number=number,
            services=await self._reads.run(
                self._policies.services_using, name, ServiceNames(), MOST_NAMED
            ),
            not_removed=not_removed,
        )
