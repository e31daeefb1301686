"""Heartbeats in the API: jobs ping them, and programs set them up."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.store.access.audit_log import WITHOUT_A_KEY
from pager.adapters.store.core.filters import Names
from pager.adapters.store.heartbeats.reading import HeartbeatList, StoredHeartbeat
from pager.adapters.store.heartbeats.writing import UnknownHeartbeat
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.lists import LONGEST_LIST, After, ListLength, next_page
from pager.adapters.web.auth.principals import Calling, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import Body
from pager.adapters.web.problems import ProblemError, problem
from pager.durations import IsoDuration
from pager.heartbeats import DEFAULT_GRACE, Grace, Heartbeat, HeartbeatName, Interval, State
from pager.model import DedupKey, ServiceId, Value

FROM_A_PAGE = frozenset({"origin", "sec-fetch-site"})
"""Headers with which browsers say that a web page made them send a request."""

_NAME: TypeAdapter[str] = TypeAdapter(HeartbeatName)


class HeartbeatSettings(Value):
    """What a heartbeat is to be like; its name is in the URL."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    service_id: ServiceId
    """The Monitored Service that is in trouble if it stays away."""
    interval: Interval
    """It is pinged at least once in each: in ISO 8601, or in seconds."""
    grace: Grace = DEFAULT_GRACE
    """How much later a ping may come, likewise."""
    dedup_key: DedupKey | None = None
    """Of its Alert; `heartbeat:` and its name, unless it is said."""


class HeartbeatStatus(BaseModel):
    """A heartbeat, and what is known of its pings."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str
    service_id: str
    interval: IsoDuration
    grace: IsoDuration
    dedup_key: str
    state: State
    """`waiting` for its first ping; `on time`; `late` by less than its grace; `missing`."""
    pinged_at: datetime | None
    """Its last ping; null before the first."""
    due_at: datetime | None
    """When it is missing, unless it is pinged before. A ping may have come while Pager itself could
    not hear, so it waits anew from then on."""
    overdue_since: datetime | None
    """Since when it is missing; null while it is not."""


class Heard(BaseModel):
    """The ping is committed."""

    name: str
    result: str = "heard"


HEARD = TypeAdapter(Heard)
SETTINGS = TypeAdapter(HeartbeatSettings)
STATUS = TypeAdapter(HeartbeatStatus)
STATUSES = TypeAdapter(list[HeartbeatStatus])


async def _name(
    name: Annotated[
        str,
        Path(
            description="The name of a heartbeat.",
            openapi_examples={"nightly-backup": {"value": "nightly-backup"}},
            json_schema_extra=_NAME.json_schema(),
        ),
    ],
) -> str:
    """The name of a heartbeat in the URL. Raises ProblemError (404) where none can have it."""
    try:
        return _NAME.validate_python(name)
    except ValidationError as error:
        detail = (
            "No heartbeat has such a name: it has up to 100 letters, digits, spaces and . _ : @ + -"
        )
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail)) from error


Name = Annotated[str, Depends(_name)]


class HeartbeatApi:
    """The endpoints."""

    def __init__(self, backend: Backend, heartbeats: Heartbeats) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._heartbeats = heartbeats
        self._list = HeartbeatList(backend.database)

    async def ping(self, request: Request, program: Calling, name: Name) -> Response:
        """The heartbeat is alive."""
        if program.author is None and not FROM_A_PAGE.isdisjoint(request.headers):
            detail = "A web page cannot ping: send it with an API key, and not from a browser."
            raise ProblemError(problem(HTTPStatus.FORBIDDEN, detail))
        await self._heartbeats.ping(name, partial(program.may, "heartbeat"))
        return json_answer(Heard(name=name).model_dump_json())

    async def list(
        self, program: Calling, after: After = "", at_most: ListLength = LONGEST_LIST
    ) -> Response:
        """The heartbeats that the key may read, by name."""
        names = Names(after=after, among=program.scope.services)
        found = await self._reads.run(self._list.page, names, at_most + 1)
        last = None if len(found) <= at_most else found[at_most - 1].heartbeat.name
        statuses = [status_of(stored) for stored in found[:at_most]]
        return json_answer(STATUSES.dump_json(statuses), headers=next_page(last, at_most))

    async def show(self, program: Calling, name: Name) -> Response:
        """One heartbeat."""
        stored = await self._reads.run(self._list.named, name)
        if stored is None:
            raise UnknownHeartbeat(name)
        program.check("read", stored.heartbeat.service_id)
        return json_answer(status_of(stored).model_dump_json())

    async def put(
        self,
        program: Calling,
        name: Name,
        settings: Annotated[HeartbeatSettings, Depends(Body(SETTINGS))],
    ) -> Response:
        """Make or edit a heartbeat."""
        program.check("policies", settings.service_id)
        heartbeat = Heartbeat(name=name, **dict(settings))
        edited = await self._heartbeats.write(
            lambda writes: writes.put(_author(program), heartbeat, partial(program.may, "policies"))
        )
        return json_answer(status_of(edited.stored).model_dump_json())

    async def remove(self, program: Calling, name: Name) -> Response:
        """Remove a heartbeat; what it has open is resolved."""
        await self._heartbeats.write(
            lambda writes: writes.remove(_author(program), name, partial(program.may, "policies"))
        )
        return Response(status_code=HTTPStatus.NO_CONTENT)


def status_of(stored: StoredHeartbeat) -> HeartbeatStatus:
    """The heartbeat, for programs."""
    heartbeat, watch = stored.heartbeat, stored.watch
    return HeartbeatStatus(
        name=heartbeat.name,
        service_id=heartbeat.service_id,
        interval=heartbeat.interval,
        grace=heartbeat.grace,
        dedup_key=heartbeat.key,
        state=stored.state,
        pinged_at=watch.pinged_at,
        due_at=watch.deadline,
        overdue_since=stored.overdue_since,
    )


def _author(program: Program) -> str:
    return program.author or WITHOUT_A_KEY
