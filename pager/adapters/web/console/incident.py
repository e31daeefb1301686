"""One incident: how it is, what comes next, who was told, what happened, and people's notes."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal, NamedTuple

from fastapi import Request, Response

from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.incident_notes import (
    LONGEST_NOTE,
    EmptyNote,
    IncidentNotes,
    IncidentNotKept,
    NoteTooLong,
    TooManyNotes,
)
from pager.adapters.store.views.entries import Entry
from pager.adapters.store.views.incident_details import (
    Beginning,
    Told,
    beginning_of,
    told_in,
)
from pager.adapters.store.views.incident_list import IncidentList, IncidentSummary
from pager.adapters.store.views.incident_markdown import IncidentFacts, markdown
from pager.adapters.store.views.incidents import IncidentPeriod, incident_of
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.position import Position
from pager.adapters.store.views.running_incident import running_incident
from pager.adapters.store.views.status import ServiceStatus, ServiceStatuses
from pager.adapters.store.views.story import story
from pager.adapters.urls import incident_path
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.beginnings import people_by_address
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.incident_actions import Done
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.on_duty import OnDutyReads
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.running_incident import EditedIncident, edited_incident
from pager.adapters.web.console.timeline_place import TimelinePlace, place_in_url
from pager.adapters.web.parsing import ServiceName, number_in
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import browser_headers, see_other
from pager.decide import next_level_number

MOST_ENTRIES = 50
MOST_PAGES = 40
MOST_STEPS = 4
"""Of what comes next."""
MOST_IN_MARKDOWN = 2_000
"""Entries of the journal."""

DoneHere = Done | Literal["written"]
"""What a button has done. "written": a note is added."""


class _View(NamedTuple):
    """What is known of an incident."""

    service_id: str
    incident: int
    status: ServiceStatus | None
    """Of the service; None where this is not the incident that runs."""
    is_unreadable: bool
    """Whether this version of Pager cannot read the state of the service."""
    summary: IncidentSummary | None
    period: IncidentPeriod | None
    beginning: Beginning | None
    told: Told
    going_on: EditedIncident | None
    """What comes next; None where it is over."""
    levels: int
    """How many Levels the policy has now."""
    gaps: Sequence[str]
    """Whom it names and who is nobody just now."""
    people: Mapping[str, str]
    """Whose addresses those are which are told, where they are known as those of people."""
    next_level: int | None
    """The number of the Level that is told next; None where nobody is left."""
    entries: list[Entry]
    """Of the timeline, the newest first: one more than a page shows, where there are more."""
    places: list[str]
    """For each entry, where the page goes on that ends with it."""
    before: int | None
    """The number of the service's incident before this one."""
    after: int | None

    @property
    def message(self) -> str:
        """What the first Alert says; "" where nobody knows it any more."""
        if self.status is not None and self.status.message:
            return self.status.message
        if self.beginning is not None and self.beginning.message:
            return self.beginning.message
        return self.summary.title if self.summary is not None else ""

    @property
    def facts(self) -> IncidentFacts:
        """For the post-mortem."""
        row, period, beginning = self.summary, self.period, self.beginning
        policy = ""
        if beginning is not None and beginning.policy_of is not None:
            fallback = "" if beginning.policy_of == self.service_id else "the fallback policy"
            edit = "" if beginning.edit is None else beginning.edit.in_words
            policy = ", ".join(filter(None, [beginning.shared_policy, fallback, edit]))
        ended_at = row.ended_at if row is not None else None
        if ended_at is None and self.status is None and period is not None:
            ended_at = period.changed_at
        return IncidentFacts(
            service_id=self.service_id,
            incident=self.incident,
            state=_state_in_words(self.status),
            begun_at=row.begun_at if row is not None else period and period.begun_at,
            acknowledged_at=row.acknowledged_at if row is not None else None,
            acknowledged_by=row.acknowledged_by if row is not None else None,
            ended_at=None if self.status is not None else ended_at,
            level=row.level if row is not None else 0,
            policy=policy,
            message=self.message,
        )


def _state_in_words(status: ServiceStatus | None) -> str:
    if status is None:
        return "over"
    if status.acknowledged:
        return f"acknowledged by {status.acknowledged_by or 'somebody'}"
    if status.waits_for_maintenance:
        return "in maintenance, nobody told yet"
    return "nobody answered" if status.exhausted else "unanswered"


class IncidentPage:
    """The page of each incident, its notes, and its text for a post-mortem."""

    def __init__(self, backend: Backend, on_duty: OnDutyReads, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`; `on_duty` says who is on call."""
        self._on_duty = on_duty
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._board = ServiceStatuses(backend.database)
        self._list = IncidentList(backend.database)
        self._journal = Journal(backend.database)
        self._policies = backend.policies
        self._directories = directories

    async def show(
        self,
        request: Request,
        service_id: ServiceName,
        incident: str,
        before: TimelinePlace = None,
        done: DoneHere | None = None,
    ) -> Response:
        """The incident, and its timeline, or what is in it `before` a place."""
        number = _number(service_id, incident)
        view = await self._reads.run(self._read, service_id, number, before)
        on_duty = await self._reads.run(self._on_duty.of_service, service_id)
        return _page(request, view, is_first_page=before is None, done=done, on_duty=on_duty)

    async def add_note(
        self,
        request: Request,
        service_id: ServiceName,
        incident: str,
        person: SignedIn,
        form: SignedForm,
    ) -> Response:
        """Add a note about the incident."""
        number, text = _number(service_id, incident), form.text("note")
        try:
            await self._inbox.commit(
                IncidentNotes, lambda notes: notes.add(service_id, number, person.name, text)
            )
        except (EmptyNote, NoteTooLong, TooManyNotes, IncidentNotKept) as error:
            view = await self._reads.run(self._read, service_id, number)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return _page(request, view, status, note=text, error=str(error))
        return see_other(f"{incident_path(service_id, number)}?done=written#timeline")

    async def post_mortem(
        self, request: Request, service_id: ServiceName, incident: str
    ) -> Response:
        """The incident as Markdown, to be copied."""
        number = _number(service_id, incident)
        text = await self._reads.run(self._markdown, service_id, number)
        return page(
            request,
            "post_mortem.html",
            service_id=service_id,
            incident=number,
            text=text,
        )

    async def download(self, service_id: ServiceName, incident: str) -> Response:
        """The same, as a file."""
        number = _number(service_id, incident)
        text = await self._reads.run(self._markdown, service_id, number)
        name = f"incident-{number}.md"
        headers = browser_headers() | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)

    def _read(
        self,
        service_id: str,
        incident: int,
        before: Position | None = None,
        at_most: int = MOST_ENTRIES,
    ) -> _View:
        database = self._database
        status, is_unreadable = None, False
        try:
            few = self._board.with_few_pages(service_id, 0)
        except Unreadable:
            is_unreadable = True
        else:
            if few is not None and few.status.state == "unhealthy":
                status = few.status if few.status.incident == incident else None
        summary = self._list.of(service_id, incident)
        period = incident_of(database, service_id, incident)
        if status is None and summary is None and period is None:
            detail = f"Nothing is kept of incident {incident} of {service_id!r}."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        policy = None
        try:
            policy = self._policies.of(service_id)
        except Unreadable:
            is_unreadable = True
        entries: Sequence[tuple[Entry, Position]] = self._journal.newest(
            service_id, incident, at_most + 1, before
        )
        running = running_incident(database, service_id) if status else None
        before_this, after_this = self._list.neighbours(service_id, incident)
        return _View(
            service_id=service_id,
            incident=incident,
            status=status,
            is_unreadable=is_unreadable,
            summary=summary,
            period=period,
            beginning=beginning_of(database, service_id, incident),
            told=told_in(database, service_id, incident, MOST_PAGES),
            going_on=edited_incident(database, service_id, policy) if status else None,
            levels=policy.level_count if policy else 0,
            gaps=policy.gaps if policy else (),
            people=people_by_address(self._directories.now().directory),
            next_level=next_level_number(running.service, policy) if running else None,
            entries=[entry for entry, _ in entries],
            places=[place_in_url(place) for _, place in entries],
            before=before_this,
            after=after_this,
        )

    def _markdown(self, service_id: str, incident: int) -> str:
        view = self._read(service_id, incident, at_most=MOST_IN_MARKDOWN)
        entries = view.entries[:MOST_IN_MARKDOWN]
        is_whole = len(entries) == len(view.entries)
        return markdown(view.facts, story(reversed(entries)), is_whole=is_whole)


def _page(
    request: Request, view: _View, status: HTTPStatus = HTTPStatus.OK, **context: object
) -> Response:
    """The page; `context` may have what came of a button, or a note that was refused."""
    shown = {"is_first_page": True, "done": None, "note": "", "error": "", "on_duty": ()} | context
    return page(
        request,
        "incident.html",
        status,
        view=view,
        at_most=MOST_ENTRIES,
        at_most_pages=MOST_PAGES,
        at_most_steps=MOST_STEPS,
        longest_note=LONGEST_NOTE,
        **shown,
    )


def _number(service_id: str, incident: str) -> int:
    """The number of an incident in the URL. Raises ProblemError (404) where it is none."""
    number = number_in(incident)
    if not number:
        detail = f"{service_id!r} has no such incident."
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
    return number
