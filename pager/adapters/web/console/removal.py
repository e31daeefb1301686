"""The page that asks for confirmation before a policy is removed."""

from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.runtime.verification.changes import without_policy
from pager.adapters.store.ports.policies import PolicyChanged, SqlEscalationPolicies
from pager.adapters.store.views.running_incident import running_incident
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.responses import see_other
from pager.model import FALLBACK


class RemovalPage:
    """Says what it means to have no policy, and removes the policy."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._policies = backend.policies
        self._checks = DraftChecks(backend)

    async def show(self, request: Request, service_id: ServiceName) -> Response:
        """The policy that would be removed."""
        return await self._page(request, service_id)

    async def remove(
        self, request: Request, person: SignedIn, service_id: ServiceName, form: SignedForm
    ) -> Response:
        """Remove the policy, if it is still the one that was shown."""
        shown = form.number("version")
        found = await self._checks.of_change(without_policy(service_id))
        if is_held_up(found, form):
            return held_up(request, found, form, f"/console/services/{service_id}/policy")
        try:
            await self._inbox.commit(
                SqlEscalationPolicies,
                lambda policies: policies.remove(service_id, person.name, shown, found.note),
            )
        except PolicyChanged:
            return await self._page(request, service_id, HTTPStatus.CONFLICT)
        return see_other(f"/console/services/{service_id}/policy/history")

    async def _page(
        self, request: Request, service_id: str, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        stored = await self._reads.run(self._policies.versioned, service_id)
        if stored.policy is None:
            return see_other(f"/console/services/{service_id}/policy/history")
        fallback = await self._reads.run(self._policies.versioned, FALLBACK)
        return page(
            request,
            "removal.html",
            status,
            service_id=service_id,
            stored=stored,
            has_fallback=service_id != FALLBACK and fallback.policy is not None,
            running=await self._reads.run(running_incident, self._database, service_id),
            changed=status == HTTPStatus.CONFLICT,
        )
