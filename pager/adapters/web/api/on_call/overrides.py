"""The overrides of a schedule in the API: made and taken back one by one."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Path, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.on_call.editing import (
    OverrideRequest,
    add_override,
    existing,
    remove_override,
)
from pager.adapters.web.api.on_call.parameters import EntryName
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import Body
from pager.oncall.overrides import override_id
from pager.oncall.schedules import Override, Schedule

OverrideId = Annotated[str, Path(description="The `id` of an override, as it was made or listed.")]


class ListedOverride(BaseModel):
    """An override, and what it is called by."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """It stays the same, however the schedule is edited, while the override says the same."""
    person: str
    starts_at: datetime
    ends_at: datetime
    """The first moment that no longer belongs to it."""
    rotation: str | None
    """Null where they take the whole schedule."""


OVERRIDE_REQUEST = TypeAdapter(OverrideRequest)
OVERRIDE = TypeAdapter(ListedOverride)
OVERRIDES = TypeAdapter(list[ListedOverride])


class OverridesApi:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        """They are in the table of `on_call_api_routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)

    async def overrides(self, name: EntryName) -> Response:
        """The overrides of a schedule; of two at the same time, the later in the list counts."""
        schedule, _ = await self._reads.run(existing, self._on_call, Schedule, name)
        return json_answer(OVERRIDES.dump_json(list(map(_listed, schedule.overrides))))

    async def make_override(
        self,
        program: Calling,
        name: EntryName,
        request: Annotated[OverrideRequest, Depends(Body(OVERRIDE_REQUEST))],
    ) -> Response:
        """Somebody stands in."""
        program.check_all("policies")
        override = await self._inbox.commit(
            SqlOnCall, lambda on_call: add_override(on_call, name, request, program.author)
        )
        made = _listed(override)
        place = f"/schedules/{quote(name, safe='')}/overrides/{made.id}"
        return json_answer(OVERRIDE.dump_json(made), HTTPStatus.CREATED, {"Location": place})

    async def remove_override(
        self, program: Calling, name: EntryName, override_id: OverrideId
    ) -> Response:
        """Take an override back."""
        program.check_all("policies")
        await self._inbox.commit(
            SqlOnCall, lambda on_call: remove_override(on_call, name, override_id, program.author)
        )
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _listed(override: Override) -> ListedOverride:
    return ListedOverride(id=override_id(override), **dict(override))
