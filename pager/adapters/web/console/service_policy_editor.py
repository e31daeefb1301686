"""The editor of the policy that a service has of its own."""

from collections.abc import Mapping

from fastapi import Request, Response

from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.draft import draft_of
from pager.adapters.web.console.edited_policies import ServicePolicies, Stored
from pager.adapters.web.console.editor import EditorPage, Work
from pager.adapters.web.console.policy_use import PolicyUsePage
from pager.adapters.web.console.rehearsals import rehearsals
from pager.adapters.web.console.running_incident import edited_incident
from pager.adapters.web.console.typed_targets import Names
from pager.adapters.web.parsing import Skip
from pager.model import EscalationPolicy


class ServicePolicyEditor(EditorPage[EscalationPolicy]):
    """What is edited is also said for the incident that runs."""

    def __init__(self, backend: Backend, use: PolicyUsePage) -> None:
        """Its endpoints are in the table of `routes`; `use` is the page of those that share one."""
        super().__init__(backend, ServicePolicies(backend))
        self._own = backend.policies
        self._use = use

    async def show(
        self,
        request: Request,
        person: SignedIn,
        acknowledged: str = "",
        skip: Skip = 0,
        own: bool = False,  # noqa: FBT001, FBT002 - a field of the URL
    ) -> Response:
        """The policy in the editor.

        Where the service uses a shared one: that; or, with `own`, the draft of a policy of its own,
        which begins as what the shared one is now.
        """
        name = self._policies.name_in(request)
        work, stored = await self._begin(name)
        if stored.uses and not (own and person.may("engineer")):
            return await self._use.show(request, name)
        if stored.uses:
            now = await self._reads.run(self._own.of, name)
            work = work._replace(draft=draft_of(now) if now else work.draft)
        work = work._replace(acknowledged=acknowledged)
        return await self._open(request, person, work, stored, skip)

    def _more(
        self,
        work: Work,
        stored: Stored[EscalationPolicy],
        policy: EscalationPolicy | None,
        names: Names,
    ) -> Mapping[str, object]:
        del names
        return {
            "rehearsals": rehearsals(policy, work.acknowledged),
            # A draft that is not valid means nothing yet: what is stored goes on.
            "incident": edited_incident(self._database, work.name, policy or stored.policy),
        }

    def _is_news(self, work: Work, policy: EscalationPolicy) -> bool:
        """Whether `policy` means something for the incident that runs which no page has said."""
        if self._own.of(work.name) == policy:
            return False
        incident = edited_incident(self._database, work.name, policy)
        return incident is not None and incident.changes_with_policy and incident.key != work.seen
