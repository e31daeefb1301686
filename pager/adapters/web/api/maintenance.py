"""Maintenance windows by the API: made, listed, and ended early."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from pydantic import AwareDatetime, StringConstraints, TypeAdapter

from pager.adapters.store.access.maintenance import MaintenanceEdits
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import LARGEST_INT64
from pager.adapters.store.ports.maintenance import NoSuchWindow
from pager.adapters.store.views.maintenance import MaintenanceList, Phase, WindowStatus
from pager.adapters.validation import FieldError
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.auth.principals import Calling, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import Body
from pager.adapters.web.parsing import LONGEST_NAME, AtMost, Before, without_nul
from pager.adapters.web.problems import ProblemError, problem
from pager.durations import IsoDuration
from pager.maintenance import LONGEST_REASON, BadWindow, WindowOver
from pager.model import NO_NUL, ServiceId, Value


class WindowRequest(Value):
    """A maintenance window that is to be made."""

    service_id: ServiceId
    end: AwareDatetime | IsoDuration
    """A moment in ISO 8601, with its zone; or how long the window lasts, such as PT2H."""
    starts_at: AwareDatetime | None = None
    """In ISO 8601, with its zone. Left out, or past: now."""
    reason: Annotated[str, StringConstraints(max_length=LONGEST_REASON, pattern=NO_NUL)] = ""


WINDOW_REQUEST = TypeAdapter(WindowRequest)
WINDOW = TypeAdapter(WindowStatus)
WINDOWS = TypeAdapter(list[WindowStatus])

NumberInPath = Annotated[
    int, Path(ge=1, le=LARGEST_INT64, description="The `id` of a maintenance window.")
]
OneService = Annotated[
    str | None,
    Query(
        alias="service_id",
        max_length=LONGEST_NAME,
        description="Only the windows of that Monitored Service.",
    ),
]
OnePhase = Annotated[Phase | None, Query(alias="state", description="Only the windows of a state.")]


class MaintenanceApi:
    """The endpoints. Whoever may edit a policy may also say when it is not followed."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._list = MaintenanceList(backend.database)

    async def windows(
        self,
        program: Calling,
        before: Before = None,
        at_most: AtMost = 100,
        service_id: OneService = None,
        phase: OnePhase = None,
    ) -> Response:
        """The windows of services that the key may read, the newest first."""
        among = program.scope.services
        if service_id is not None:
            name = without_nul(service_id)
            among = frozenset({name} if program.may("read", name) else ())
        found = await self._reads.run(self._list.newest, Names(among=among), at_most, before, phase)
        return json_answer(WINDOWS.dump_json(list(found)))

    async def make_window(
        self, program: Calling, window: Annotated[WindowRequest, Depends(Body(WINDOW_REQUEST))]
    ) -> Response:
        """Make a window: from its start on, Alerts of its service notify nobody before its end."""
        program.check("policies", window.service_id)
        try:
            made = await self._inbox.commit(
                MaintenanceEdits,
                lambda edits: edits.add(
                    program.author, window.service_id, window.end, window.starts_at, window.reason
                ),
            )
        except BadWindow as refusal:
            wrong = FieldError(field=refusal.field, message=refusal.reason)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise ProblemError(problem(status, refusal.reason, [wrong])) from refusal
        return json_answer(WINDOW.dump_json(await self._read(made.id)), HTTPStatus.CREATED)

    async def end_window(self, program: Calling, number: NumberInPath) -> Response:
        """End a window now, or cancel it where it has not begun; one that is over stays so."""
        await self._check(program, number)
        try:
            await self._inbox.commit(
                MaintenanceEdits, lambda edits: edits.end(program.author, number)
            )
        except WindowOver:
            pass
        except NoSuchWindow as refusal:
            raise _not_found(refusal) from refusal
        return json_answer(WINDOW.dump_json(await self._read(number)))

    async def _check(self, program: Program, number: int) -> None:
        window = await self._read(number)
        program.check("policies", window.service_id)

    async def _read(self, number: int) -> WindowStatus:
        window = await self._reads.run(self._list.of, number)
        if window is None:
            raise _not_found(NoSuchWindow())
        return window


def _not_found(error: NoSuchWindow) -> ProblemError:
    return ProblemError(problem(HTTPStatus.NOT_FOUND, str(error)))
