"""A service that uses a shared policy: what that is just now, and how it uses another one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import PolicyChanged, SqlEscalationPolicies
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.beginnings import people_by_address
from pager.adapters.web.console.edited_policies import ServicePolicies, Stored
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.running_incident import EditedIncident, edited_incident
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.responses import see_other
from pager.model import EscalationPolicy
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.policies import PolicyUse
from pager.oncall.policy_at import PolicyNow, resolved

MOST_POLICIES = 300
"""That a page offers: shared policies are few, and each serves many services."""


class _View(NamedTuple):
    """What the page shows."""

    stored: Stored[EscalationPolicy]
    means: PolicyNow
    """What the shared policy that it uses is just now."""
    people: Mapping[str, str]
    """Whose addresses those are."""
    shared: Sequence[str]
    """The names of all shared policies."""
    incident: EditedIncident | None


class PolicyUsePage:
    """The page of the policy of a service, where that is a shared one, or may become one."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._on_call = SqlOnCall(backend.database)
        self._policies = ServicePolicies(backend)
        self._checks = DraftChecks(backend)

    async def show(self, request: Request, service_id: ServiceName) -> Response:
        """Which shared policy it uses, if any, and which others it may use."""
        return await self._page(request, service_id)

    async def use(
        self, request: Request, person: SignedIn, service_id: ServiceName, form: SignedForm
    ) -> Response:
        """Let the service use the chosen policy, if its policy is still the one that was shown."""
        shown, chosen = form.number("version"), form.text("uses")
        try:
            use = PolicyUse(service_id=service_id, uses=chosen)
            found = await self._checks.of(use)
            if is_held_up(found, form):
                return held_up(request, found, form, f"{self._policies.path(service_id)}/use")
            version = await self._inbox.commit(
                SqlEscalationPolicies,
                lambda policies: policies.put(use, person.name, shown, found.note),
            )
        except PolicyChanged:
            wrong = "Somebody else has edited the policy of this service meanwhile. Look again."
            return await self._page(request, service_id, wrong, HTTPStatus.CONFLICT)
        except (NobodyOfThatName, ValueError):
            wrong = "Choose one of the shared policies."
            return await self._page(request, service_id, wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
        return see_other(f"{self._policies.path(service_id)}?saved={version}")

    async def _page(
        self, request: Request, name: str, wrong: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        view = await self._reads.run(self._view, name)
        return page(
            request,
            "policy_use.html",
            status,
            name=name,
            path=self._policies.path(name),
            most_policies=MOST_POLICIES,
            is_saved=request.query_params.get("saved") == str(view.stored.version),
            wrong=wrong,
            **view._asdict(),
        )

    def _view(self, name: str) -> _View:
        stored, directory = self._policies.versioned(name), self._on_call.directory()
        use = PolicyUse(service_id=name, uses=stored.uses) if stored.uses else None
        means = resolved(use, directory, datetime.now(UTC))
        return _View(
            stored,
            means,
            people_by_address(directory),
            sorted(directory.policies),
            edited_incident(self._database, name, means.policy),
        )
