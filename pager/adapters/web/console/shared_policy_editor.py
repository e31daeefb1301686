"""The editor of a shared policy: what is edited is said for any moment, and for who it is then."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import AfterValidator

from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.beginnings import LONGEST_TIME, Meaning, beginning, meaning
from pager.adapters.web.console.edited_policies import SharedPolicies, Stored
from pager.adapters.web.console.editor import EditorPage, Work
from pager.adapters.web.console.rehearsals import rehearsals_by
from pager.adapters.web.console.typed_targets import Names
from pager.adapters.web.console.typed_times import LONGEST_ZONE
from pager.adapters.web.parsing import NamePart, Skip, without_nul
from pager.oncall.policies import SharedPolicy

Time = Annotated[str, Query(max_length=LONGEST_TIME), AfterValidator(without_nul)]
Zone = Annotated[str, Query(max_length=LONGEST_ZONE), AfterValidator(without_nul)]


class SharedPolicyEditor(EditorPage[SharedPolicy]):
    """The rehearsal begins at a chosen moment: another one may be on call then."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        super().__init__(backend, SharedPolicies(backend))
        self._services = backend.policies

    async def show(  # noqa: PLR0913, PLR0917 - the fields of the URL
        self,
        request: Request,
        person: SignedIn,
        acknowledged: str = "",
        at: Time = "",
        zone: Zone = "",
        copy_of: NamePart = "",
        skip: Skip = 0,
    ) -> Response:
        """The policy in the editor; its rehearsal begins `at` that time in that zone.

        The draft of a new one begins as the policy `copy_of`.
        """
        work, stored = await self._begin(self._policies.name_in(request))
        if copy_of and stored.policy is None:
            other, _ = await self._begin(copy_of)
            work = work._replace(draft=other.draft)
        work = work._replace(acknowledged=acknowledged, at=at, zone=zone)
        return await self._open(request, person, work, stored, skip)

    def _more(
        self,
        work: Work,
        stored: Stored[SharedPolicy],
        policy: SharedPolicy | None,
        names: Names,
    ) -> Mapping[str, object]:
        del stored
        begins = beginning(work.at, work.zone, policy, names.directory)
        means = Meaning()
        if policy is not None:
            means = meaning(policy, names.directory, begins.moment)
        return {
            "beginning": begins,
            "meaning": means,
            "rehearsals": rehearsals_by(means.rehearsed, work.acknowledged),
            "incident": None,
            "services": self._services.count_services_using(work.name),
        }
