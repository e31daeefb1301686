"""The editor of a schedule. The draft is in the form: nothing is stored until it is saved."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.runtime.verification.drafts import Verified
from pager.adapters.store.oncall.edits import EntryChanged, VersionedEntry
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import schedule_path
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.on_call.calendar import Week, colours
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.hours import CHOICES
from pager.adapters.web.console.on_call.names import EntryName, nobody
from pager.adapters.web.console.on_call.new_schedule import zones_beside
from pager.adapters.web.console.on_call.presets import handover
from pager.adapters.web.console.on_call.schedule_draft import ScheduleDraft, schedule_draft_of
from pager.adapters.web.console.on_call.schedule_errors import Errors
from pager.adapters.web.console.on_call.schedule_form import (
    TooLarge,
    fields_of_draft,
    read_schedule_draft,
)
from pager.adapters.web.console.on_call.schedule_now import ScheduleNow, schedule_now
from pager.adapters.web.console.on_call.schedule_view import weeks_of
from pager.adapters.web.console.on_call.schedule_words import UNITS, schedule_differences
from pager.adapters.web.console.on_call.stretches import Share, shares, stretches_of
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import (
    OVERRULED,
    DraftChecks,
    broken_checks,
    is_held_up,
)
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.oncall.directory import Directory, NobodyOfThatName
from pager.oncall.horizon import horizon
from pager.oncall.schedules import Schedule

SHARED_FOR = timedelta(days=396)
"""How far shares are counted: thirteen months, so that each has a holiday season in it."""

NOBODY = "There is no person called {}: add them under People first, or check the name."


class _Work(NamedTuple):
    """What is in the editor."""

    name: str
    version: int
    """The version that saving replaces."""
    draft: ScheduleDraft


class Rehearsed(NamedTuple):
    """What the draft would mean."""

    weeks: Sequence[Week]
    colours: Mapping[str, int]
    shares: Sequence[Share]
    shared_for: timedelta
    """How far they are counted."""
    here: ScheduleNow


class _View(NamedTuple):
    """What the editor shows of the work."""

    stored: VersionedEntry[Schedule]
    changes: Sequence[str]
    """What saving would change; none where the draft is not valid."""
    is_unsaved: bool
    rehearsed: Rehearsed | None
    """None where the draft is not valid."""
    unknown: Errors
    """Names of nobody, by the field of their rotation."""
    names: Sequence[str]
    """Of all people."""


class ScheduleEditorPage:
    """The page on which engineers edit a schedule."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._directories = directories
        self._checks = DraftChecks(backend)

    async def show(self, request: Request, name: EntryName) -> Response:
        """The schedule in the editor. Raises ProblemError (404, or 413 where it is too large)."""
        stored = await self._reads.run(self._on_call.versioned, Schedule, name)
        if stored.entry is None:
            raise nobody("schedule", name)
        draft = schedule_draft_of(stored.entry)
        if not draft.fits:
            raise _too_large()
        return await self._page(request, _Work(name, stored.version, draft))

    async def submit(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Do what the button says: only "save" stores the draft, the others change the page."""
        work = _read_work(name, form)
        button = "save" if form.text(OVERRULED) else form.text("do")
        if button in {"rehearse", "edit"}:
            return await self._page(request, work)
        if button != "save":
            now = (await self._reads.run(self._directories.now)).at
            draft, focus = work.draft.after(button, handover(work.draft.time_zone, now))
            return await self._page(request, work._replace(draft=draft), focus=focus)
        stored = await self._reads.run(self._on_call.versioned, Schedule, name)
        schedule = work.draft.schedule(name, stored.entry)
        if not isinstance(schedule, Schedule):
            return await self._page(request, work, schedule)
        found = await self._checks.of(schedule)
        if is_held_up(found, form):
            return await self._page(request, work, focus="broken", found=found)
        return await self._save(request, person, work, schedule, found.note)

    async def _save(
        self, request: Request, person: SignedIn, work: _Work, schedule: Schedule, note: str
    ) -> Response:
        try:
            await self._inbox.commit(
                SqlOnCall,
                lambda on_call: on_call.put(schedule, person.name, work.version, note),
            )
        except EntryChanged:
            return await self._conflict(request, work, schedule)
        except NobodyOfThatName:
            directory, _ = await self._reads.run(self._directories.now)
            return await self._page(request, work, _unknown(work.draft, directory))
        return see_other(f"{schedule_path(work.name)}?done=saved")

    async def _conflict(self, request: Request, work: _Work, mine: Schedule) -> Response:
        """What saving mine would change in theirs; the draft is in the form."""
        stored = await self._reads.run(self._on_call.versioned, Schedule, work.name)
        edits = await self._reads.run(self._on_call.history, Schedule, work.name, 1)
        if not edits:
            raise nobody("schedule", work.name)
        return page(
            request,
            "schedule_conflict.html",
            HTTPStatus.CONFLICT,
            name=work.name,
            path=schedule_path(work.name),
            version=stored.version,
            last=edits[0],
            fields=fields_of_draft(work.draft),
            changes=schedule_differences(stored.entry, mine),
        )

    async def _page(
        self,
        request: Request,
        work: _Work,
        errors: Errors | None = None,
        *,
        focus: str = "",
        found: Verified | None = None,
    ) -> Response:
        view = await self._reads.run(self._view, work)
        return page(
            request,
            "schedule_editor.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            work=work,
            path=schedule_path(work.name),
            errors=errors or {},
            found=found,
            broken=broken_checks(found) if found else (),
            focus=focus,
            choices=CHOICES,
            units=UNITS,
            zones=zones_beside(work.draft.time_zone),
            **view._asdict(),
        )

    def _view(self, work: _Work) -> _View:
        directory, now = self._directories.now()
        stored = self._on_call.versioned(Schedule, work.name)
        drafted = work.draft.schedule(work.name, stored.entry)
        schedule = drafted if isinstance(drafted, Schedule) else None
        return _View(
            stored,
            schedule_differences(stored.entry, schedule) if schedule else (),
            stored.entry is None or work.draft != schedule_draft_of(stored.entry),
            rehearsed(schedule, now) if schedule else None,
            _unknown(work.draft, directory),
            sorted(directory.people),
        )


def rehearsed(schedule: Schedule, now: datetime) -> Rehearsed:
    """What the schedule would mean from now on."""
    ahead = horizon(schedule, SHARED_FOR)
    return Rehearsed(
        weeks_of(schedule, now),
        colours(schedule.people),
        shares(stretches_of(schedule, now, now + ahead), schedule.people),
        ahead,
        schedule_now(schedule, now),
    )


def _unknown(draft: ScheduleDraft, directory: Directory) -> Errors:
    errors: Errors = {}
    for number, layer in enumerate(draft.layers, start=1):
        for place, rotation in enumerate(layer, start=1):
            for name in rotation.participants:
                if name not in directory.people:
                    field = f"add-{number}-{place}"
                    errors.setdefault(field, []).append(NOBODY.format(name))
    return errors


def _read_work(name: str, form: Form) -> _Work:
    """What is in the form.

    Raises InvalidForm where it is not a form of ours, ProblemError (413) where it is too large.
    """
    try:
        draft = read_schedule_draft(form.fields)
    except TooLarge as error:
        raise _too_large() from error
    return _Work(name, form.number("version"), draft.tidy)


def _too_large() -> ProblemError:
    return ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(TooLarge())))
