"""Heartbeats: which jobs ping Pager, which of them are missing, and the line to paste."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Depends, Request, Response
from pydantic import BeforeValidator, ValidationError

from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.heartbeats.reading import HeartbeatList, StoredHeartbeat
from pager.adapters.store.heartbeats.writing import (
    HeartbeatChanged,
    HeartbeatExists,
    UnknownHeartbeat,
)
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import WRONG_SERVICE_ID, NamePart, none_where_empty, without_nul
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.durations import BadDuration, in_iso, in_words, parse_duration, whole_seconds
from pager.heartbeats import Heartbeat, Listening

PATH = "/console/heartbeats"
ON_A_PAGE = 50

Done = Literal["made", "saved", "removed", "gone"]
"""What a form has done to a heartbeat; "gone": nothing, it was removed before."""

WRONG = {
    "name": "A name has letters (A to Z), digits, spaces and . _ : @ + - (such as backup).",
    "service_id": WRONG_SERVICE_ID,
    "interval": "Write how often it pings, such as 5 min, 1 h or 1 d: from 1 s to 366 d.",
    "grace": "Write how much later is still fine, such as 30 s or 10 min: up to 366 d, or 0.",
    "dedup_key": "A dedup key has 1 to 255 characters.",
}
"""What people read who have typed something wrong, by the field."""


class _Part(NamedTuple):
    """Of the heartbeats: those with `search` in their name that come `after` one."""

    search: NamePart = ""
    show: Annotated[Literal["missing"] | None, BeforeValidator(none_where_empty)] = None
    after: NamePart = ""


Part = Annotated[_Part, Depends()]
EVERYTHING = _Part()


class Typed(NamedTuple):
    """What was typed into a form, valid or not."""

    name: str = ""
    service_id: str = ""
    interval: str = ""
    grace: str = "1 min"
    dedup_key: str = ""

    def heartbeat(self) -> Heartbeat:
        """The heartbeat. Raises ValidationError."""
        fields: dict[str, object] = {"name": self.name, "service_id": self.service_id}
        if self.dedup_key != f"heartbeat:{self.name}":
            fields["dedup_key"] = self.dedup_key or None
        for name, text in (("interval", self.interval), ("grace", self.grace)):
            try:
                fields[name] = parse_duration(text)
            except (BadDuration, OverflowError):
                fields[name] = text
        return Heartbeat.model_validate(fields)


class _Outcome(NamedTuple):
    """The result of a form."""

    typed: Typed = Typed()
    errors: Mapping[str, str] = {}
    """What is wrong with what was typed, by the fields."""
    error: str = ""
    """Why nothing was saved, where no field is wrong."""
    done: Done | None = None
    """What was done to the heartbeat with the `name`, before this page was opened."""
    name: str = ""


class HeartbeatsPage:
    """Every heartbeat, and a page for each."""

    def __init__(self, backend: Backend, heartbeats: Heartbeats) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._heartbeats = heartbeats
        self._list = HeartbeatList(backend.database)
        self._policies = backend.policies
        self._public_url = backend.public_url

    async def show(
        self, request: Request, part: Part, done: Done | None = None, name: NamePart = ""
    ) -> Response:
        """That `part` of the heartbeats, and the form for a new one."""
        return await self._page(request, _Outcome(done=done, name=name), part)

    async def make(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Make a heartbeat, and show its page."""
        typed = _typed(form, form.text("name").strip())
        try:
            heartbeat = typed.heartbeat()
            await self._heartbeats.write(
                lambda writes: writes.put(person.name, heartbeat, _anybody, "new")
            )
        except ValidationError as error:
            return await self._page(request, _Outcome(typed, _errors(error)))
        except HeartbeatExists as error:
            return await self._page(request, _Outcome(typed, {"name": str(error)}))
        return see_other(f"{_path(heartbeat.name)}?done=made")

    async def show_one(self, request: Request, name: str, done: Done | None = None) -> Response:
        """One heartbeat: how it is, the line to paste, and what can be done about it."""
        return await self._page_of(request, name, _Outcome(done=done))

    async def edit(
        self, request: Request, person: SignedIn, name: str, form: SignedForm
    ) -> Response:
        """Edit a heartbeat, unless somebody else has meanwhile."""
        typed = _typed(form, name)
        try:
            before = Heartbeat.model_validate_json(form.text("before"))
        except ValidationError as error:
            raise InvalidForm from error
        try:
            heartbeat = typed.heartbeat()
            await self._heartbeats.write(
                lambda writes: writes.put(person.name, heartbeat, _anybody, before)
            )
        except ValidationError as error:
            return await self._page_of(request, name, _Outcome(typed, _errors(error)))
        except HeartbeatChanged as error:
            return await self._page_of(request, name, _Outcome(error=str(error)))
        return see_other(f"{_path(name)}?done=saved")

    async def remove(self, person: SignedIn, name: str, _form: SignedForm) -> Response:
        """Remove a heartbeat. A second press does no harm."""
        done: Done = "removed"
        try:
            await self._heartbeats.write(
                lambda writes: writes.remove(person.name, without_nul(name), _anybody)
            )
        except UnknownHeartbeat:
            done = "gone"
        return see_other(f"{PATH}?{urlencode({'done': done, 'name': name})}")

    async def _page(
        self, request: Request, outcome: _Outcome, part: _Part = EVERYTHING
    ) -> Response:
        names = Names(search=part.search.strip(), after=part.after)
        only_missing = part.show == "missing"
        found = await self._reads.run(
            self._list.page, names, ON_A_PAGE + 1, only_missing=only_missing
        )
        missing: Sequence[StoredHeartbeat] = []
        if part == EVERYTHING:
            missing = await self._reads.run(
                self._list.page, Names(), ON_A_PAGE + 1, only_missing=True
            )
        return page(
            request,
            "heartbeats.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if outcome.errors else HTTPStatus.OK,
            heartbeats=found,
            missing=missing,
            counts=await self._reads.run(self._list.counts),
            part=part,
            at_most=ON_A_PAGE,
            outcome=outcome,
            path=_path,
        )

    async def _page_of(self, request: Request, name: str, outcome: _Outcome) -> Response:
        stored = await self._reads.run(self._list.named, without_nul(name))
        if stored is None:
            detail = "There is no such heartbeat. Somebody may have removed it."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        heartbeat = stored.heartbeat
        listening = await self._reads.run(self._list.listening)
        return page(
            request,
            "heartbeat.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if outcome.errors else HTTPStatus.OK,
            stored=stored,
            heartbeat=heartbeat,
            gap=_gap(stored, listening),
            has_policy=await self._reads.run(self._has_policy, heartbeat.service_id),
            outcome=outcome,
            typed=outcome.typed if outcome.errors else _as_typed(heartbeat),
            command=command(self._public_url, heartbeat.name),
            here=_path(heartbeat.name),
        )

    def _has_policy(self, service_id: str) -> bool:
        """Whether somebody is told of its Alerts; it may be that this version cannot read whom."""
        try:
            return self._policies.of(service_id) is not None
        except Unreadable:
            return True


def command(public_url: str, name: str) -> str:
    """The line that a job runs at its end. It tries again for a minute, such as in a restart."""
    url = f"{public_url}/heartbeats/{quote(name)}/ping"
    return (
        "curl -fsS -o /dev/null -m 10 --retry 6 --retry-connrefused"
        f" -H 'Authorization: Bearer KEY' '{url}'"
    )


def _path(name: str) -> str:
    """The page of that heartbeat."""
    return f"{PATH}/{quote(name)}"


def _anybody(_service_id: str) -> bool:
    """Engineers may do it to the heartbeats of all services."""
    return True


def _gap(stored: StoredHeartbeat, listening: Listening | None) -> tuple[datetime, datetime] | None:
    """When Pager could not hear, if that was after its last ping."""
    pinged_at = stored.watch.pinged_at
    if listening is None or listening.gap_from is None or pinged_at is None:
        return None
    return (listening.gap_from, listening.since) if listening.since > pinged_at else None


def _typed(form: Form, name: str) -> Typed:
    fields = ("service_id", "interval", "grace", "dedup_key")
    service_id, interval, grace, dedup_key = (form.text(field).strip()[:300] for field in fields)
    return Typed(name[:200], service_id, interval, grace, dedup_key)


def _as_typed(heartbeat: Heartbeat) -> Typed:
    """What the form of a heartbeat says before somebody types."""
    interval, grace = (
        in_words(duration) if whole_seconds(duration) == duration else in_iso(duration)
        for duration in (heartbeat.interval, heartbeat.grace)
    )
    return Typed(heartbeat.name, heartbeat.service_id, interval, grace, heartbeat.key)


def _errors(error: ValidationError) -> dict[str, str]:
    """What is wrong, by the fields of the form."""
    return {field: WRONG[field] for wrong in error.errors() if (field := str(wrong["loc"][0]))}
