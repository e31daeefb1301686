"""The page on which a schedule is made: a name, a time zone, people, and one of the presets."""

from collections.abc import Container
from http import HTTPStatus
from typing import NamedTuple
from zoneinfo import available_timezones

from fastapi import Request, Response

from pager.adapters.runtime.verification.changes import with_new
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import schedule_path
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.names import wrong_name
from pager.adapters.web.console.on_call.presets import PRESETS, preset_draft
from pager.adapters.web.console.on_call.schedule_errors import Errors
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.parsing import without_nul
from pager.adapters.web.responses import see_other
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.schedules import Schedule

LONGEST_PEOPLE = 20_000
LONGEST_TEXT = 101

TAKEN = "There is a schedule of that name already: choose another one."

ZONES = sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name)
"""Those that are suggested; every other one may be typed."""


def zones_beside(zone: str) -> list[str]:
    """Those of the same part of the world."""
    region = zone.partition("/")[0]
    return [other for other in ZONES if other.startswith(f"{region}/")]


class _Typed(NamedTuple):
    """What was typed, valid or not."""

    name: str = ""
    time_zone: str = "UTC"
    people: str = ""
    preset: str = "weekly"


class NewSchedulePage:
    """The page for a new schedule."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._directories = directories
        self._checks = DraftChecks(backend)

    async def show(self, request: Request) -> Response:
        """The form."""
        return await self._page(request, _Typed())

    async def make(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Make the schedule, and show it."""
        typed = _typed(form)
        directory, now = await self._reads.run(self._directories.now)
        people = _one_a_line(typed.people, directory.people)
        draft = preset_draft(typed.preset, typed.time_zone, people, now)
        if wrong := wrong_name(typed.name):
            return await self._page(request, typed, {"name": [wrong]})
        schedule = draft.schedule(typed.name, None)
        if not isinstance(schedule, Schedule):
            return await self._page(request, typed, _of_this_page(schedule))
        found = await self._checks.of_change(with_new([schedule]))
        if is_held_up(found, form):
            return held_up(request, found, form, "/console/on-call/new")
        try:
            added = await self._inbox.commit(
                OnCallAdditions,
                lambda additions: additions.add(person.name, [schedule], found.note),
            )
        except NobodyOfThatName as error:
            return await self._page(request, typed, {"people": [str(error)]})
        if not added:
            return await self._page(request, typed, {"name": [TAKEN]})
        return see_other(f"{schedule_path(typed.name)}?done=made")

    async def _page(
        self, request: Request, typed: _Typed, errors: Errors | None = None
    ) -> Response:
        directory, _ = await self._reads.run(self._directories.now)
        return page(
            request,
            "new_schedule.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            typed=typed,
            errors=errors or {},
            presets=PRESETS,
            zones=ZONES,
            names=sorted(directory.people),
        )


def _typed(form: Form) -> _Typed:
    """Raises InvalidForm for a preset that the page does not have."""
    typed = _Typed(
        without_nul(form.text("name"))[:LONGEST_TEXT].strip(),
        without_nul(form.text("time_zone"))[:LONGEST_TEXT].strip(),
        without_nul(form.text("people"))[:LONGEST_PEOPLE],
        form.text("preset"),
    )
    if typed.preset not in PRESETS:
        raise InvalidForm
    return typed


def _one_a_line(typed: str, known: Container[str]) -> str:
    """The names, with a line for each of those that stand on one with commas between them.

    A name may have a comma itself: a line is taken apart only where each part is somebody.
    """
    lines = []
    for line in typed.splitlines():
        parts = [part for part in map(str.strip, line.split(",")) if part]
        lines += parts if all(part in known for part in parts) else [line]
    return "\n".join(lines)


def _of_this_page(errors: Errors) -> Errors:
    """The errors of a draft at the fields of this page: whatever is no zone is of the people."""
    return {
        "time-zone" if field == "time-zone" else "people": sentences
        for field, sentences in reversed(errors.items())
    }
