"""The list of all policies, and the beginning of a new one."""

from fastapi import Request, Response
from pydantic import ValidationError

from pager.adapters.store.core.filters import Names
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import LONGEST_NAME, SERVICE_ID, WRONG_SERVICE_ID, NamePart
from pager.adapters.web.responses import see_other

ON_A_PAGE = 50


class PoliciesPage:
    """Every policy, by its service."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._policies = SqlEscalationPolicies(backend.database)

    async def list(self, request: Request, search: NamePart = "", after: NamePart = "") -> Response:
        """The policies of services whose name contains `search`, after the service `after`."""
        return await self._page(request, search.strip(), after)

    async def new(self, request: Request, service_id: str = "") -> Response:
        """The editor of the service that was named: nothing is stored yet."""
        name = service_id.strip()
        try:
            return see_other(f"/console/services/{SERVICE_ID.validate_python(name)}/policy")
        except ValidationError:
            return await self._page(request, wrong=name[: LONGEST_NAME + 1])

    async def _page(
        self, request: Request, search: str = "", after: str = "", wrong: str | None = None
    ) -> Response:
        """The list; with `wrong`, a name that no service can have."""
        names = Names(search, after)
        policies = await self._reads.run(self._policies.find, names, ON_A_PAGE + 1)
        return page(
            request,
            "policies.html",
            search=search,
            policies=policies,
            at_most=ON_A_PAGE,
            is_first_page=not after,
            wrong=wrong,
            wrong_because=WRONG_SERVICE_ID,
        )
