"""The history of a schedule: who changed what when, and the way back to an earlier version."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import zip_longest
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.oncall.edits import EntryChanged, EntryEdit
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.views.timeline import clock_time
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.names import EntryName, nobody, schedule_path
from pager.adapters.web.console.on_call.schedule_words import schedule_differences
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Before
from pager.adapters.web.responses import see_other
from pager.oncall.schedules import Schedule

ON_A_PAGE = 20


class _Described(NamedTuple):
    """An edit, and what it changed, in words."""

    edit: EntryEdit
    differences: list[str]


class ScheduleHistoryPage:
    """The edits of a schedule, each of which can be brought back."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)

    async def show(self, request: Request, name: EntryName, before: Before = None) -> Response:
        """The edits, the newest first; with `before`, only those before that version."""
        return await self._page(request, name, before)

    async def restore(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Restore a version, if nobody has edited the schedule since the page was shown."""
        version, shown = form.number("version"), form.number("current")
        edit = await self._reads.run(self._on_call.edit, Schedule, name, version)
        if edit is None or edit.entry is None:
            raise nobody("schedule", name)
        entry, note = edit.entry, f"the version of {clock_time(edit.at)} restored"
        try:
            await self._inbox.commit(
                SqlOnCall, lambda on_call: on_call.put(entry, person.name, shown, note)
            )
        except EntryChanged:
            return await self._page(request, name, None, HTTPStatus.CONFLICT)
        return see_other(f"{schedule_path(name)}?done=saved")

    async def _page(
        self,
        request: Request,
        name: str,
        before: int | None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        last = await self._reads.run(self._on_call.history, Schedule, name, 1)
        if not last:
            raise nobody("schedule", name)
        edits = await self._reads.run(self._on_call.history, Schedule, name, ON_A_PAGE + 1, before)
        return page(
            request,
            "schedule_history.html",
            status,
            name=name,
            path=schedule_path(name),
            current=last[0].version,
            is_removed=last[0].entry is None,
            edits=_described(edits),
            changed=status == HTTPStatus.CONFLICT,
            at_most=ON_A_PAGE,
        )


def _described(edits: Sequence[EntryEdit]) -> list[_Described]:
    """The newest first; the oldest as if there was no schedule before it."""
    return [
        _Described(edit, _differences(edit, older)) for edit, older in zip_longest(edits, edits[1:])
    ]


def _differences(edit: EntryEdit, older: EntryEdit | None) -> list[str]:
    if edit.unreadable:
        return ["A schedule that this version of Pager cannot read."]
    before = older.entry if older else None
    before = before if isinstance(before, Schedule) else None
    after = edit.entry if isinstance(edit.entry, Schedule) else None
    return schedule_differences(before, after)
