"""The page of a schedule: its calendar, and the form with which somebody stands in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, ValidationError

from pager.adapters.runtime.verification.changes import Change, with_edit
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.directory import DirectoryNow
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import schedule_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.directories import Directories, person_of_account
from pager.adapters.web.console.on_call.names import EntryName, nobody
from pager.adapters.web.console.on_call.override_form import (
    OverrideForm,
    changes_by,
    changes_in_words,
    filled_in,
    override_of_form,
    read_override_form,
    told_until,
)
from pager.adapters.web.console.on_call.schedule_view import ScheduleView, schedule_view
from pager.adapters.web.console.on_call.schedule_words import rotation_in_words
from pager.adapters.web.console.on_call.zone_times import ZoneTimes
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.responses import see_other
from pager.configuration.configuration import Configuration
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.overrides import (
    NoSuchOverride,
    override_of,
    with_override,
    without_override,
)
from pager.oncall.people import Person
from pager.oncall.schedules import YEARS, Override, Schedule

AT_MOST = {"weeks": 4, "shifts": 14, "gaps": 10, "overrides": 20, "people": 200}
"""What the page shows of each."""

Done = Literal["made", "saved", "restored", "taken", "taken-back", "gone"]
"""What a form has done; "gone": nothing, the override was taken back before."""


def _known_year(day: date | None) -> date | None:
    if day is not None and day.year not in YEARS[1:-1]:
        raise ValueError(f"a date between {YEARS[1]} and {YEARS[-2]} is expected")
    return day


class _Looked(NamedTuple):
    """What the address says: which weeks, and what the form for an override has in it."""

    since: Annotated[date | None, Query(alias="from"), AfterValidator(_known_year)] = None
    take: Literal["tonight", "now"] | None = None
    starts: Annotated[str, Query(max_length=40)] = ""
    ends: Annotated[str, Query(max_length=40)] = ""
    rotation: Annotated[str, Query(max_length=100)] = ""
    done: Done | None = None


Looked = Annotated[_Looked, Depends()]


class Preview(NamedTuple):
    """What is in the form for an override, and what that would change."""

    form: OverrideForm
    is_open: bool = True
    errors: Mapping[str, str] = {}
    changes: Sequence[str] | None = None
    """None where it is not valid."""


class SchedulePage:
    """The page of a schedule, which everybody reads; engineers make overrides."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._directories = directories
        self._on_call = SqlOnCall(backend.database)
        self._checks = DraftChecks(backend)

    async def show(
        self, request: Request, person: SignedIn, name: EntryName, looked: Looked
    ) -> Response:
        """The schedule."""
        read = await self._reads.run(self._directories.now)
        return await self._page(request, person.name, name, read, looked)

    async def override(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Show what the override would change; or save it, where the button says so."""
        typed = read_override_form(form)
        read = await self._reads.run(self._directories.now)
        override = override_of_form(typed, _zone(name, read))
        preview = Preview(typed)
        if not isinstance(override, Override):
            preview = preview._replace(errors=override)
        elif form.text("do") == "save":
            found = await self._checks.of_change(_taken_over(name, override, read.at))
            if is_held_up(found, form):
                return held_up(request, found, form, schedule_path(name))
            errors = await self._add(name, override, read.at, person.name, found.note)
            if not errors:
                return see_other(f"{schedule_path(name)}?done=taken")
            preview = preview._replace(errors=errors)
        return await self._page(request, person.name, name, read, preview)

    async def take_back(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Take an override back. A second press does no harm."""
        id_ = form.text("override")

        def taken_back(schedule: Schedule | None) -> Schedule:
            if schedule is None:
                raise NoSuchOverride(name)
            return without_override(schedule, override_of(schedule, id_))

        try:
            stored = await self._reads.run(self._on_call.versioned, Schedule, name)
            found = await self._checks.of(taken_back(stored.entry))
            if is_held_up(found, form):
                return held_up(request, found, form, schedule_path(name))

            def work(alone: SqlOnCall) -> None:
                changed = taken_back(alone.versioned(Schedule, name).entry)
                alone.put(changed, person.name, note=found.note)

            await self._inbox.commit(SqlOnCall, lambda on_call: on_call.alone(work))
        except NoSuchOverride:
            return see_other(f"{schedule_path(name)}?done=gone")
        return see_other(f"{schedule_path(name)}?done=taken-back")

    async def _add(
        self, name: str, override: Override, now: datetime, author: str, note: str
    ) -> Mapping[str, str]:
        """Add the override; what is wrong with it, where that cannot be."""

        def work(alone: SqlOnCall) -> None:
            schedule = alone.versioned(Schedule, name).entry
            if schedule is None:
                raise nobody("schedule", name)
            alone.put(with_override(schedule, override, now), author, note=note)

        try:
            await self._inbox.commit(SqlOnCall, lambda on_call: on_call.alone(work))
        except NobodyOfThatName as error:
            return {"person": str(error)}
        except ValidationError as error:
            return {"rotation": error.errors()[0]["msg"]}
        return {}

    async def _page(
        self,
        request: Request,
        account: str,
        name: str,
        read: DirectoryNow,
        asked: _Looked | Preview,
    ) -> Response:
        looked = asked if isinstance(asked, _Looked) else _Looked()
        # It computes: on this thread it would keep every other request waiting.
        shown = await self._reads.run(_shown, account, name, read, asked, looked)
        return page(
            request,
            "schedule.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if shown.preview.errors else HTTPStatus.OK,
            schedule=shown.schedule,
            path=schedule_path(name),
            me=shown.me,
            people=sorted(read.directory.people),
            preview=shown.preview,
            done=looked.done,
            is_this_week=looked.since is None,
            at_most=AT_MOST,
            rotation_in_words=rotation_in_words,
            **shown.view._asdict(),
        )


def _taken_over(name: str, override: Override, now: datetime) -> Change:
    """The change that somebody stands in: nothing, where that cannot be."""

    def change(before: Configuration) -> Configuration:
        schedule = before.directory.schedules.get(name)
        if schedule is None:
            return before
        try:
            return with_edit(with_override(schedule, override, now))(before)
        except ValidationError:
            return before

    return change


class _Shown(NamedTuple):
    """A schedule as its page shows it to somebody."""

    schedule: Schedule
    me: Person | None
    preview: Preview
    view: ScheduleView


def _shown(
    account: str, name: str, read: DirectoryNow, asked: _Looked | Preview, looked: _Looked
) -> _Shown:
    """Raises ProblemError (404)."""
    directory, now = read
    schedule = directory.schedules.get(name)
    if schedule is None:
        raise nobody("schedule", name)
    me = person_of_account(directory, account)
    preview = asked if isinstance(asked, Preview) else _opened(looked, schedule, me, now)
    preview = _with_changes(preview, schedule, me.name if me else "", now)
    return _Shown(schedule, me, preview, schedule_view(schedule, now, looked.since))


def _opened(looked: _Looked, schedule: Schedule, me: Person | None, now: datetime) -> Preview:
    """The form as the address has it."""
    form = filled_in(schedule, now, me.name if me else "", looked)
    return Preview(form, is_open=bool(looked.take or looked.starts))


def _zone(name: str, read: DirectoryNow) -> ZoneInfo:
    """The zone of that schedule. Raises ProblemError (404)."""
    schedule = read.directory.schedules.get(name)
    if schedule is None:
        raise nobody("schedule", name)
    return ZoneInfo(schedule.time_zone)


def _with_changes(preview: Preview, schedule: Schedule, me: str, now: datetime) -> Preview:
    """With what it would change, in words, where it is valid."""
    if preview.errors or not preview.is_open:
        return preview
    times = ZoneTimes(ZoneInfo(schedule.time_zone), now)
    override = override_of_form(preview.form, times.zone)
    if not isinstance(override, Override):
        return preview
    try:
        after = with_override(schedule, override, now)
    except ValidationError as error:
        return preview._replace(errors={"rotation": error.errors()[0]["msg"]})
    changes = [*changes_in_words(changes_by(schedule, after, override), me, times)]
    if (until := told_until(after, override)) < override.ends_at:
        changes.append(f"What it changes after {times.when(until)} is not looked at here.")
    return preview._replace(changes=changes)
