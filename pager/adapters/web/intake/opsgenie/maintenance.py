"""Opsgenie's Maintenance API (v1): a client pauses the service of its integration.

Opsgenie pauses integrations and policies, by ids that are not known here: whichever a client names,
it means the one service whose key it sends. A window is Pager's own, so the console, the API and
the clients of that service see the same ones.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import Request, Response
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel

from pager.access.integrations import Integration
from pager.adapters.store.access.maintenance import MaintenanceEdits
from pager.adapters.store.alerts.fields import bounded
from pager.adapters.store.core.filters import Names
from pager.adapters.store.ports.maintenance import MaintenanceWindow, NoSuchWindow
from pager.adapters.store.views.maintenance import MaintenanceList, Phase, WindowStatus
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import body_of, parse, run_parser
from pager.adapters.web.intake.opsgenie.answers import Reply, not_found, time_of, unprocessable
from pager.adapters.web.intake.opsgenie.lookup import LONGEST_SHOWN, integration_of
from pager.adapters.web.parsing import number_in
from pager.adapters.web.problems import ProblemError, problem
from pager.maintenance import LONGEST_REASON, LONGEST_WINDOW, BadWindow, WindowOver
from pager.model import shortened

T = TypeVar("T")

LENGTHS = {
    "for-5-minutes": timedelta(minutes=5),
    "for-30-minutes": timedelta(minutes=30),
    "for-1-hour": timedelta(hours=1),
    "indefinitely": LONGEST_WINDOW,
}
"""A window without an end would let a service fail in silence: it is the longest one instead."""

PHASES: dict[str, Sequence[Phase]] = {
    "all": ("running", "planned", "past"),
    "non-expired": ("running", "planned"),
    "past": ("past",),
}
MOST_OF_PHASE = 100
"""Windows in a list, of each phase: those are all that are not over."""

NO_SERVICE = (
    "the events of this integration name their service themselves: make the window with the key of "
    "an integration that is for one service, or in the console"
)
OTHER_ENTITY = "a window is for an integration or a policy: send one of these as type of the entity"
OTHER_INTEGRATION = (
    "a key makes windows for the service of its own integration: send the id that the integration "
    "or the policy has in Opsgenie, or the number of this integration, which is {number}"
)
ENABLED = "an integration that is enabled is not paused: leave out its state, or send disabled"


def _in_utc(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _none_where_empty(value: object) -> object:
    return None if value == "" else value


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""In UTC, where it names no zone."""


class _Body(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, coerce_numbers_to_str=True
    )


class Time(_Body):
    """From when to when."""

    type: Literal["for-5-minutes", "for-30-minutes", "for-1-hour", "indefinitely", "schedule"]
    start_date: Moment | None = None
    end_date: Moment | None = None

    @property
    def starts_at(self) -> datetime | None:
        """When it begins; None: now."""
        return self.start_date if self.type == "schedule" else None

    @property
    def end(self) -> datetime | timedelta:
        """The end, or the length. Raises ProblemError (422)."""
        if self.type != "schedule":
            return LENGTHS[self.type]
        if self.start_date is None:
            raise unprocessable(startDate="may not be null")
        if self.end_date is None:
            raise unprocessable(endDate="may not be null")
        return self.end_date


class Entity(_Body):
    """What is paused."""

    id: str
    type: str


class Rule(_Body):
    """How a window changes what it is for."""

    state: Annotated[Literal["enabled", "disabled"] | None, BeforeValidator(_none_where_empty)] = (
        None
    )
    entity: Entity


class Window(_Body):
    """A maintenance window as a client sends it."""

    description: str | None = None
    time: Time
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @property
    def reason(self) -> str | None:
        """The description as it is stored; None where it was not sent."""
        return None if self.description is None else bounded(self.description, LONGEST_REASON)

    def check_rules(self, integration: Integration) -> None:
        """Raises ProblemError (422) where it is for anything else than this integration."""
        for rule in self.rules:
            if rule.entity.type not in {"integration", "policy"}:
                raise unprocessable(rules=OTHER_ENTITY)
            if rule.entity.type == "integration" and rule.state == "enabled":
                raise unprocessable(rules=ENABLED)
            if not _stands_for(rule.entity.id, integration):
                raise unprocessable(rules=OTHER_INTEGRATION.format(number=integration.id))


class NewEnd(_Body):
    """Another end."""

    end_date: Moment


WINDOW = TypeAdapter(Window)
NEW_END = TypeAdapter(NewEnd)


class OpsgenieMaintenance:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._list = MaintenanceList(backend.database)

    async def list(self, request: Request) -> Response:
        """The windows of the service: running, planned, and the last ones that are over."""
        reply = Reply()
        phases = PHASES.get(request.query_params.get("type") or "all")
        if phases is None:
            raise unprocessable(type=f"is one of {', '.join(PHASES)}")
        names = Names(among=_services_of(integration_of(request)))
        windows = await self._reads.run(
            lambda: [
                window
                for phase in phases
                for window in self._list.of_phase(phase, names, MOST_OF_PHASE)
            ]
        )
        return reply.answer(data=[_in_list(window) for window in windows])

    async def create(self, request: Request) -> Response:
        """Make a window for the service of the integration."""
        reply, integration = _begin(request), integration_of(request)
        if not _services_of(integration):
            raise unprocessable(rules=NO_SERVICE)
        body = await _body(request, WINDOW)
        body.check_rules(integration)
        made = await self._change(
            lambda edits: edits.add(
                integration.author,
                integration.routing.service_id,
                body.time.end,
                body.time.starts_at,
                body.reason or "",
            )
        )
        return reply.answer(HTTPStatus.CREATED, data=await self._shown(request, str(made.id)))

    async def show(self, request: Request, number: str) -> Response:
        """A window, with its rules."""
        reply, integration = Reply(), integration_of(request)
        entity: JsonValue = {"id": str(integration.id), "type": "integration"}
        window = _in_list(await self._window(request, number))
        rules: JsonValue = [{"state": "disabled", "entity": entity}]
        return reply.answer(data={**window, "rules": rules})

    async def update(self, request: Request, number: str) -> Response:
        """Give a window another time and description."""
        reply, integration = _begin(request), integration_of(request)
        window = await self._window(request, number)
        body = await _body(request, WINDOW)
        body.check_rules(integration)
        await self._change(
            lambda edits: edits.replace(
                integration.author, window.id, body.time.end, body.time.starts_at, body.reason
            )
        )
        return reply.answer(data=await self._shown(request, number))

    async def change_end(self, request: Request, number: str) -> Response:
        """Give a window another end."""
        reply, integration = _begin(request), integration_of(request)
        window = await self._window(request, number)
        body = await _body(request, NEW_END)
        await self._change(
            lambda edits: edits.move_end(integration.author, window.id, body.end_date)
        )
        return reply.answer(data=await self._shown(request, number))

    async def cancel(self, request: Request, number: str) -> Response:
        """End a window now."""
        return await self._end(request, number, "Cancelled")

    async def delete(self, request: Request, number: str) -> Response:
        """The same: what a window meant for incidents is not forgotten."""
        return await self._end(request, number, "Deleted")

    async def _end(self, request: Request, number: str, result: str) -> Response:
        reply, integration = _begin(request), integration_of(request)
        window = await self._window(request, number)
        try:
            await self._inbox.commit(
                MaintenanceEdits, lambda edits: edits.end(integration.author, window.id)
            )
        except WindowOver:
            pass  # it is as the client wants it
        except NoSuchWindow as error:
            raise not_found(str(error)) from error
        return reply.answer(result=result)

    async def _change(
        self, change: Callable[[MaintenanceEdits], MaintenanceWindow]
    ) -> MaintenanceWindow:
        """Commit it. Raises ProblemError (404 or 422)."""
        try:
            return await self._inbox.commit(MaintenanceEdits, change)
        except BadWindow as error:
            field = "startDate" if error.field == "starts_at" else "endDate"
            raise unprocessable(**{field: error.reason}) from error
        except WindowOver as error:
            raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))) from error
        except NoSuchWindow as error:
            raise not_found(str(error)) from error

    async def _shown(self, request: Request, number: str) -> JsonValue:
        return _in_list(await self._window(request, number))

    async def _window(self, request: Request, number: str) -> WindowStatus:
        """The window of that number, if the key may see it. Raises ProblemError (404)."""
        id_ = number_in(number)
        window = None if id_ is None else await self._reads.run(self._list.of, id_)
        if window is None or window.service_id not in _services_of(integration_of(request)):
            name = shortened(number, LONGEST_SHOWN)
            raise not_found(f"The service of this integration has no maintenance window {name!r}.")
        return window


def _begin(request: Request) -> Reply:
    """The reply to a request that writes. It is no Alert: nobody need be told of a refusal."""
    request.state.refused_alerts = ()
    return Reply()


async def _body(request: Request, adapter: TypeAdapter[T]) -> T:
    """What a client sends. Raises ProblemError (422)."""
    return await run_parser(request, parse, adapter, body_of(request))


def _services_of(integration: Integration) -> frozenset[str]:
    """The service that the key is for: none where its events name their services."""
    return integration.routing.reaches or frozenset()


def _stands_for(entity_id: str, integration: Integration) -> bool:
    """Whether it is the number of the integration, or an id of Opsgenie."""
    try:
        UUID(entity_id.strip())
    except ValueError:
        return entity_id.strip() == str(integration.id)
    return True


def _in_list(window: WindowStatus) -> dict[str, JsonValue]:
    return {
        "id": str(window.id),
        "status": _status(window),
        "time": {
            "type": "schedule",
            "startDate": time_of(window.starts_at),
            "endDate": time_of(window.ends_at),
        },
        "description": window.reason,
    }


def _status(window: WindowStatus) -> str:
    """As Opsgenie calls it, which calls "cancelled" what was ended early, too."""
    match window.state:
        case "running":
            return "active"
        case "planned":
            return "planned"
        case "over" if window.ended_by is None:
            return "past"
        case _:
            return "cancelled"
