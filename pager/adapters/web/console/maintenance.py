"""Maintenance windows: what is running, planned and past; engineers make, end and prolong them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from pydantic import ValidationError

from pager.adapters.store.access.maintenance import MaintenanceEdits
from pager.adapters.store.core.filters import Names
from pager.adapters.store.ports.maintenance import NoSuchWindow
from pager.adapters.store.views.maintenance import (
    MaintenanceList,
    WindowCounts,
    WindowStatus,
)
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.typed_times import LONGEST_ZONE, WRONG_ZONE, moment_in
from pager.adapters.web.parsing import (
    LONGEST_NAME,
    SERVICE_ID,
    WRONG_SERVICE_ID,
    NamePart,
    Skip,
    number_in,
    without_nul,
)
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.durations import BadDuration, parse_duration
from pager.maintenance import LONGEST_REASON, BadWindow, WindowOver
from pager.model import shortened

PATH = "/console/maintenance"
MOST_OPEN = 25
"""Windows that are running, and as many that are planned."""
MOST_PAST = 15
LONGEST_LENGTH = 40

WRONG_LENGTH = "Say how long, such as 2 h, 90 min or 1 d."
WRONG_START = "Say when, such as 2027-01-15 22:00. Leave it empty to begin now."

Done = Literal["made", "planned", "moved", "ended", "cancelled", "over"]
"""What a form has done; "over": nothing, the window was over before."""


class _Part(NamedTuple):
    """Those of services with `search` in their name, without the first `past` ones."""

    search: NamePart = ""
    past: Skip = 0


Part = Annotated[_Part, Depends()]


class WindowForm(NamedTuple):
    """What was typed into the form for a new window, valid or not."""

    service: str = ""
    length: str = "2 h"
    starts_at: str = ""
    """Empty: now."""
    zone: str = "UTC"
    reason: str = ""


class _Typed(NamedTuple):
    """A form that is valid."""

    service_id: str
    length: timedelta
    starts_at: datetime | None
    reason: str


class _View(NamedTuple):
    """The windows of a page."""

    counts: WindowCounts
    running: Sequence[WindowStatus]
    planned: Sequence[WindowStatus]
    past: Sequence[WindowStatus]


class MaintenancePage:
    """The windows of all services, and a page for each."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._list = MaintenanceList(backend.database)

    async def show(
        self, request: Request, part: Part, service: NamePart = "", done: Done | None = None
    ) -> Response:
        """That `part` of the windows; in the form for a new one, `service`."""
        return await self._page(request, part, WindowForm(service=service), done=done)

    async def make(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Make a window."""
        typed, errors = _read(window_form := _form_of(form))
        if typed is not None:
            service_id, length, starts_at, reason = typed
            try:
                window = await self._inbox.commit(
                    MaintenanceEdits,
                    lambda edits: edits.add(person.name, service_id, length, starts_at, reason),
                )
            except BadWindow as refusal:
                errors = {
                    {"end": "length", "starts_at": "starts_at"}[refusal.field]: refusal.reason
                }
            else:
                done: Done = "planned" if window.period.starts_at > window.created_at else "made"
                return see_other(f"{PATH}/{window.id}?{urlencode({'done': done})}")
        return await self._page(request, _Part(), window_form, errors)

    async def show_one(self, request: Request, number: str, done: Done | None = None) -> Response:
        """One window: until when, who made it and why; and how it is ended or prolonged."""
        window = await self._window(number)
        return page(
            request, "maintenance_window.html", window=window, done=done, length="1 h", error=""
        )

    async def end(self, person: SignedIn, number: str, _form: SignedForm) -> Response:
        """End it now, or cancel it. A second press does no harm."""
        window = await self._window(number)
        done: Done = "over"
        try:
            ended = await self._inbox.commit(
                MaintenanceEdits, lambda edits: edits.end(person.name, window.id)
            )
            done = "cancelled" if ended.was_cancelled else "ended"
        except WindowOver:
            pass
        except NoSuchWindow as error:
            raise _not_found() from error
        return see_other(f"{PATH}/{window.id}?{urlencode({'done': done})}")

    async def move(
        self, request: Request, person: SignedIn, number: str, form: SignedForm
    ) -> Response:
        """Give it another end, which counts from now."""
        window = await self._window(number)
        text = form.text("length")[:LONGEST_LENGTH]
        done: Done = "moved"
        try:
            length = parse_duration(text)
            await self._inbox.commit(
                MaintenanceEdits, lambda edits: edits.move_end(person.name, window.id, length)
            )
        except WindowOver:
            done = "over"
        except NoSuchWindow as error:
            raise _not_found() from error
        except (BadDuration, BadWindow) as error:
            reason = error.reason if isinstance(error, BadWindow) else WRONG_LENGTH
            return page(
                request,
                "maintenance_window.html",
                HTTPStatus.UNPROCESSABLE_ENTITY,
                window=window,
                done=None,
                length=text,
                error=reason,
            )
        return see_other(f"{PATH}/{window.id}?{urlencode({'done': done})}")

    async def _window(self, number: str) -> WindowStatus:
        """The window. Raises ProblemError (404)."""
        id_ = number_in(number)
        window = None if id_ is None else await self._reads.run(self._list.of, id_)
        if window is None:
            raise _not_found()
        return window

    async def _page(
        self,
        request: Request,
        part: _Part,
        window_form: WindowForm,
        errors: Mapping[str, str] | None = None,
        done: Done | None = None,
    ) -> Response:
        errors = errors or {}
        view = await self._reads.run(self._view, part)
        return page(
            request,
            "maintenance.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            view=view,
            part=part,
            window_form=window_form,
            errors=errors,
            done=done,
            at_most={"open": MOST_OPEN, "past": MOST_PAST},
        )

    def _view(self, part: _Part) -> _View:
        names = Names(part.search.strip())
        return _View(
            self._list.counts(names),
            self._list.of_phase("running", names, MOST_OPEN),
            self._list.of_phase("planned", names, MOST_OPEN),
            self._list.of_phase("past", names, MOST_PAST, part.past),
        )


def _not_found() -> ProblemError:
    return ProblemError(problem(HTTPStatus.NOT_FOUND, str(NoSuchWindow())))


def _form_of(form: Form) -> WindowForm:
    """What was typed, no longer than a field can be."""
    return WindowForm(
        without_nul(form.text("service"))[: LONGEST_NAME + 1].strip(),
        without_nul(form.text("length"))[:LONGEST_LENGTH].strip(),
        without_nul(form.text("starts_at"))[:LONGEST_LENGTH].strip(),
        without_nul(form.text("zone"))[:LONGEST_ZONE].strip() or "UTC",
        shortened(" ".join(without_nul(form.text("reason")).split()), LONGEST_REASON),
    )


def _read(typed: WindowForm) -> tuple[_Typed | None, dict[str, str]]:
    """The form, if it is valid, or None; and what is wrong, by the fields of the form."""
    errors: dict[str, str] = {}
    length, starts_at = timedelta(0), None
    try:
        SERVICE_ID.validate_python(typed.service)
    except ValidationError:
        errors["service"] = WRONG_SERVICE_ID
    try:
        length = parse_duration(typed.length)
    except (BadDuration, OverflowError):
        errors["length"] = WRONG_LENGTH
    if typed.starts_at:
        try:
            starts_at = moment_in(typed.starts_at, typed.zone)
        except (KeyError, OSError):  # what ZoneInfo raises for a name that it does not find
            errors["zone"] = WRONG_ZONE
        except (ValueError, OverflowError):
            errors["starts_at"] = WRONG_START
    if errors:
        return None, errors
    return _Typed(typed.service, length, starts_at, typed.reason), {}
