"""Copies the policy of a service to other services."""

from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.store.ports.policies import Versioned
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.many_services import LONGEST_LIST, ManyServices, Preview
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import held_up, is_held_up, with_note
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.responses import see_other
from pager.oncall.policies import ServicePolicy


class PolicyCopyPage:
    """The form, its preview, and what was done."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._services = ManyServices(backend)
        self._policies = backend.policies

    async def show(self, request: Request, service_id: ServiceName) -> Response:
        """The form, for a service that has a policy."""
        source = await self._reads.run(self._policies.versioned, service_id)
        return self._page(request, service_id, source)

    async def copy(
        self, request: Request, person: SignedIn, service_id: ServiceName, form: SignedForm
    ) -> Response:
        """Show what the copies would overwrite; or make those that were shown."""
        if form.text("do") == "copy":
            return await self._copy(request, service_id, form, person.name)
        source = await self._reads.run(self._policies.versioned, service_id)
        if (policy := source.policy) is None:
            return self._page(request, service_id, source)
        typed = form.text("services")[: LONGEST_LIST + 1]
        preview = await self._reads.run(
            self._services.preview, typed, lambda name: _copied(policy, name), service_id
        )
        return self._page(request, service_id, source, typed, preview)

    def _page(
        self,
        request: Request,
        service_id: str,
        source: Versioned,
        typed: str = "",
        preview: Preview | None = None,
    ) -> Response:
        if source.policy is None:
            return see_other(f"/console/services/{service_id}/policy")
        return page(
            request,
            "policy_copy.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if preview and preview.errors else HTTPStatus.OK,
            service_id=service_id,
            source=source,
            typed=typed[:LONGEST_LIST],
            preview=preview,
        )

    async def _copy(self, request: Request, service_id: str, form: Form, author: str) -> Response:
        """Copy the version of the policy that was shown, each copy on the version that was."""
        shown = form.number("source")
        edit = await self._reads.run(self._policies.edit, service_id, shown)
        if edit is None or (policy := edit.policy) is None:
            raise InvalidForm

        def new(name: str) -> ServicePolicy:
            return _copied(policy, name)

        found = await self._services.verified(form, new)
        if is_held_up(found, form):
            return held_up(request, found, form, f"/console/services/{service_id}/policy/copy")
        note = with_note(f"copied from {service_id}", found)
        given = await self._services.give(form, new, note, author)
        return page(request, "policy_copied.html", service_id=service_id, given=given)


def _copied(policy: ServicePolicy, service_id: str) -> ServicePolicy:
    """The same policy, of another service. A use of a shared policy is copied as one."""
    return policy.model_copy(update={"service_id": service_id})
