"""The page that asks before a schedule is removed: it says who uses it."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request, Response

from pager.adapters.runtime.verification.changes import without_entry
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import entry_path, schedule_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.names import EntryName, nobody
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.responses import see_other
from pager.oncall.directory import StillUsed, users_of
from pager.oncall.schedules import Schedule


class ScheduleRemovalPage:
    """Says who uses the schedule, and removes it where nobody does."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._directories = directories
        self._checks = DraftChecks(backend)

    async def show(self, request: Request, name: EntryName) -> Response:
        """The schedule that would be removed."""
        return await self._page(request, name)

    async def remove(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Remove it, if it is still the one that was shown, and nobody uses it."""
        shown = form.number("version")
        found = await self._checks.of_change(without_entry(Schedule, name))
        if is_held_up(found, form):
            return held_up(request, found, form, schedule_path(name))
        try:
            await self._inbox.commit(
                SqlOnCall,
                lambda on_call: on_call.remove(Schedule, name, person.name, shown, found.note),
            )
        except (EntryChanged, StillUsed):
            return await self._page(request, name, HTTPStatus.CONFLICT)
        return see_other(f"/console/on-call?{urlencode({'done': 'removed', 'name': name})}")

    async def _page(
        self, request: Request, name: str, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        stored = await self._reads.run(self._on_call.versioned, Schedule, name)
        if stored.entry is None:
            raise nobody("schedule", name)
        directory, _ = await self._reads.run(self._directories.now)
        return page(
            request,
            "schedule_removal.html",
            status,
            name=name,
            path=schedule_path(name),
            version=stored.version,
            entry_path=entry_path,
            users=users_of(stored.entry, directory),
            changed=status == HTTPStatus.CONFLICT,
        )
