"""The page on which a schedule is copied under another name."""

from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.runtime.verification.changes import with_new
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import schedule_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.names import EntryName, nobody, wrong_name
from pager.adapters.web.console.on_call.new_schedule import (
    LONGEST_TEXT,
    TAKEN,
)
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import (
    DraftChecks,
    held_up,
    is_held_up,
    with_note,
)
from pager.adapters.web.parsing import without_nul
from pager.adapters.web.responses import see_other
from pager.oncall.schedules import Schedule


class ScheduleCopyPage:
    """Copies the rotations of a schedule; its overrides stay where they are."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._checks = DraftChecks(backend)

    async def show(self, request: Request, name: EntryName) -> Response:
        """The form for the name of the copy."""
        await self._read(name)
        return _page(request, name, "")

    async def copy(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Make the copy, and open it in the editor."""
        schedule = await self._read(name)
        new = without_nul(form.text("name"))[:LONGEST_TEXT].strip()
        if wrong := wrong_name(new):
            return _page(request, name, new, wrong)
        copy = schedule.model_copy(update={"name": new, "overrides": ()})
        found = await self._checks.of_change(with_new([copy]))
        if is_held_up(found, form):
            return held_up(request, found, form, f"{schedule_path(name)}/copy")
        note = with_note(f"a copy of {name}", found)
        added = await self._inbox.commit(
            OnCallAdditions, lambda additions: additions.add(person.name, [copy], note)
        )
        if not added:
            return _page(request, name, new, TAKEN)
        return see_other(f"{schedule_path(new)}/edit")

    async def _read(self, name: str) -> Schedule:
        """The schedule. Raises ProblemError (404)."""
        stored = await self._reads.run(self._on_call.versioned, Schedule, name)
        if stored.entry is None:
            raise nobody("schedule", name)
        return stored.entry


def _page(request: Request, name: str, new: str, error: str = "") -> Response:
    return page(
        request,
        "schedule_copy.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        name=name,
        path=schedule_path(name),
        new=new,
        error=error,
    )
