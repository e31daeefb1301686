"""The list of all policies, those that notify a Target, and the beginning of a new one."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import ValidationError

from pager.adapters.store.core.filters import Names
from pager.adapters.store.views.target_uses import Part, count_uses, uses_of
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.checks import CheckedTarget
from pager.adapters.web.console.entry_paths import shared_policy_path
from pager.adapters.web.console.on_call.names import wrong_name
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.shared_policy_list import SharedList, SharedPolicyList
from pager.adapters.web.console.target_checks import checks
from pager.adapters.web.console.typed_targets import target_key, target_of
from pager.adapters.web.parsing import (
    LONGEST_NAME,
    SERVICE_ID,
    WRONG_SERVICE_ID,
    NamePart,
    TargetText,
)
from pager.adapters.web.responses import see_other
from pager.model import EscalationPolicy
from pager.oncall.policies import PolicyUse, ServicePolicy

ON_A_PAGE = 50
NAMED_FIRST = 3
"""Targets of the first Level that a row names."""


class _Row(NamedTuple):
    """A policy in the list."""

    service_id: str
    policy: EscalationPolicy | None
    """None where it uses a shared one, and where this version of Pager cannot read it."""
    first: Sequence[CheckedTarget] = ()
    """Some Targets of its first Level."""
    others: int = 0
    """How many more that Level has."""
    uses: str = ""
    """The shared policy that the service uses in the place of one of its own."""
    levels: Sequence[int] = ()
    """The Levels that notify the Target that is looked for."""


class _List(NamedTuple):
    """A page of the list."""

    rows: Sequence[_Row]
    """One more than fits shows that there are more."""
    target: CheckedTarget | None = None
    """That is looked for."""
    number: int = 0
    """How many policies notify it."""
    shared: SharedList = SharedList()
    """The shared policies that are found."""


class PoliciesPage:
    """Every policy, by its service."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._database = backend.database
        self._set_up = backend.set_up
        self._policies = backend.policies
        self._shared = SharedPolicyList(backend.database)

    async def list(
        self,
        request: Request,
        search: TargetText = "",
        after: NamePart = "",
        target: TargetText = "",
    ) -> Response:
        """The policies of services whose name contains `search`, after the service `after`.

        With a `target`, or where `search` is a whole address or phone number: those that notify it.
        """
        search = search.strip()
        if not target and target_of(search) is not None:
            target, search = search, ""
        return await self._page(request, search, after, target_key(target))

    async def new(self, request: Request, service_id: str = "") -> Response:
        """The editor of the service that was named: nothing is stored yet."""
        name = service_id.strip()
        try:
            return see_other(f"/console/services/{SERVICE_ID.validate_python(name)}/policy")
        except ValidationError:
            return await self._page(request, wrong=name[: LONGEST_NAME + 1])

    async def new_shared(self, request: Request, name: str = "", copy_of: str = "") -> Response:
        """The editor of the shared policy that was named, which may begin as another one."""
        name = name.strip()
        if wrong_name(name):
            return await self._page(request, wrong_shared=name[: LONGEST_NAME + 1])
        path = shared_policy_path(name)
        return see_other(f"{path}?{urlencode({'copy_of': copy_of})}" if copy_of else path)

    async def _page(  # noqa: PLR0913 - two forms, two searches
        self,
        request: Request,
        search: str = "",
        after: str = "",
        key: str = "",
        *,
        wrong: str | None = None,
        wrong_shared: str | None = None,
    ) -> Response:
        """The list; with `wrong`, a name that no service can have."""
        work = (self._using, key, after) if key else (self._found, search, after)
        shown = await self._reads.run(*work)
        return page(
            request,
            "policies.html",
            search=search,
            key=key,
            at_most=ON_A_PAGE,
            is_first_page=not after,
            wrong=wrong,
            wrong_because=WRONG_SERVICE_ID,
            wrong_shared=wrong_shared,
            wrong_shared_because=wrong_name(wrong_shared or ""),
            **shown._asdict(),
        )

    def _found(self, search: str, after: str) -> _List:
        found = self._policies.find(Names(search, after), ON_A_PAGE + 1)
        shared = SharedList() if after else self._shared.found(search, ON_A_PAGE)
        return _List(self._with_first([_row(*listed) for listed in found]), shared=shared)

    def _using(self, key: str, after: str) -> _List:
        uses = uses_of(self._database, key, Part(ON_A_PAGE + 1, after))
        rows = [_Row(use.service_id, use.policy, levels=use.levels(key)) for use in uses]
        # Each look at all policies takes its time, and most Targets are in few.
        is_all = not after and len(uses) <= ON_A_PAGE
        number = len(uses) if is_all else count_uses(self._database, key).policies
        target = target_of(key)
        known = checks(self._database, self._set_up, [target] if target else [])
        return _List(
            self._with_first(rows),
            known.of(target) if target else None,
            number,
            SharedList() if after else self._shared.naming(key, ON_A_PAGE),
        )

    def _with_first(self, rows: Sequence[_Row]) -> Sequence[_Row]:
        """The rows, with who is notified first."""
        firsts = [row.policy.levels[0].targets[:NAMED_FIRST] if row.policy else () for row in rows]
        known = checks(self._database, self._set_up, (each for first in firsts for each in first))
        return [
            _with_first(row, [known.of(target) for target in first])
            for row, first in zip(rows, firsts, strict=True)
        ]


def _row(service_id: str, policy: ServicePolicy | None) -> _Row:
    if isinstance(policy, PolicyUse):
        return _Row(service_id, None, uses=policy.uses)
    return _Row(service_id, policy)


def _with_first(row: _Row, first: Sequence[CheckedTarget]) -> _Row:
    others = len(row.policy.levels[0].targets) - len(first) if row.policy else 0
    return row._replace(first=first, others=others)
