"""The services that use a shared policy in the API: listed, and many of them made to use it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from pager.adapters.store.core.filters import Names
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.uses import Had, SqlPolicyUses
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.lists import LONGEST_LIST, After, ListLength, next_page
from pager.adapters.web.api.on_call.editing import existing
from pager.adapters.web.api.on_call.parameters import EntryName
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import Body
from pager.model import ServiceId, Value
from pager.oncall.policies import SharedPolicy

MOST_SERVICES = 1_000
"""Of one request: all of them are edited in one transaction."""


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise PydanticCustomError("service_twice", "Name each service once.")
    return names


class ServicesRequest(Value):
    """Services that are to use a shared policy."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    service_ids: Annotated[
        tuple[ServiceId, ...],
        Field(min_length=1, max_length=MOST_SERVICES, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_each_once),
    ]


class UsingService(BaseModel):
    """A service that uses the policy now."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    service_id: str
    version: int
    """Of its policy now."""
    had: Had
    """What it had until now: nothing, a policy of its own, or a shared one. Its history has it."""
    used: str | None
    """The name of the shared policy that it used until now."""


SERVICES_REQUEST = TypeAdapter(ServicesRequest)
USING_SERVICES = TypeAdapter(list[UsingService])
SERVICE_IDS = TypeAdapter(list[str])


class UsingServicesApi:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        """They are in the table of `on_call_api_routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._policies = backend.policies

    async def using_services(
        self,
        program: Calling,
        name: EntryName,
        after: After = "",
        at_most: ListLength = LONGEST_LIST,
    ) -> Response:
        """The services that use the policy and that the key may read."""
        names = Names(after=after, among=program.scope.services)
        found = await self._reads.run(self._using, name, names, at_most + 1)
        last = None if len(found) <= at_most else found[at_most - 1]
        return json_answer(
            SERVICE_IDS.dump_json(list(found[:at_most])), headers=next_page(last, at_most)
        )

    async def use_policy(
        self,
        program: Calling,
        name: EntryName,
        request: Annotated[ServicesRequest, Depends(Body(SERVICES_REQUEST))],
    ) -> Response:
        """Let all these services use the policy, from their next steps on."""
        program.check("policies", *request.service_ids)
        using = await self._inbox.commit(
            SqlPolicyUses, lambda uses: uses.let_use(name, request.service_ids, program.author)
        )
        return json_answer(
            USING_SERVICES.dump_json([UsingService(**use._asdict()) for use in using])
        )

    def _using(self, name: str, names: Names, at_most: int) -> Sequence[str]:
        existing(self._on_call, SharedPolicy, name)
        return self._policies.services_using(name, names, at_most)
