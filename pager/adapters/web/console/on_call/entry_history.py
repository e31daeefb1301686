"""The history of a person, a team or a schedule: who changed what when, and the way back."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.oncall.edits import EntryChanged, EntryEdit, kind_of
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.views.timeline import clock_time
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import InvalidForm, SignedForm
from pager.adapters.web.console.on_call.differences import described, summary
from pager.adapters.web.console.on_call.names import EntryName, nobody
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import (
    DraftChecks,
    held_up,
    is_held_up,
    with_note,
)
from pager.adapters.web.parsing import Before
from pager.adapters.web.responses import see_other
from pager.errors import PagerError
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.people import Person
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team
from pager.oncall.verification import with_marks_of

ON_A_PAGE = 20


class _Outcome(NamedTuple):
    """Why nothing was restored."""

    error: PagerError
    status: HTTPStatus


class EntryHistoryPage:
    """The edits of each person, of each team, or of each schedule."""

    def __init__(
        self, backend: Backend, kind: type[Person | Team | Schedule], path: Callable[[str], str]
    ) -> None:
        """Its endpoints are in the table of `routes`, once for each kind.

        `path` gives the page of the one of that name.
        """
        self._kind = kind
        self._path = path
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._checks = DraftChecks(backend)

    async def show(self, request: Request, name: EntryName, before: Before = None) -> Response:
        """The edits, the newest first; with `before`, only those before that version."""
        return await self._page(request, name, before)

    async def restore(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Restore a version, if nobody has edited since the page was shown."""
        number, shown = form.number("restored"), form.number("current")
        edit = await self._reads.run(self._on_call.edit, self._kind, name, number)
        entry = edit.entry if edit else None
        if edit is None or entry is None:  # no page has such a button
            raise InvalidForm
        if isinstance(entry, Person):  # what was verified then may be somebody else's today
            now = await self._reads.run(self._on_call.versioned, Person, name)
            entry = with_marks_of(now.entry, entry)
        found = await self._checks.of(entry)
        if is_held_up(found, form):
            return held_up(request, found, form, f"{self._path(name)}/history")
        note = with_note(f"the version of {clock_time(edit.at)} restored", found)
        try:
            await self._inbox.commit(
                SqlOnCall,
                partial(SqlOnCall.put, entry=entry, author=person.name, expected=shown, note=note),
            )
        except EntryChanged as error:
            return await self._page(request, name, outcome=_Outcome(error, HTTPStatus.CONFLICT))
        except NobodyOfThatName as error:
            wrong = _Outcome(error, HTTPStatus.UNPROCESSABLE_ENTITY)
            return await self._page(request, name, outcome=wrong)
        return see_other(f"{self._path(name)}?done=restored")

    async def _page(
        self,
        request: Request,
        name: str,
        before: int | None = None,
        outcome: _Outcome | None = None,
    ) -> Response:
        newest = await self._edits(name, 1)
        if not newest:
            raise nobody(kind_of(self._kind), name)
        edits = await self._edits(name, ON_A_PAGE + 1, before)
        return page(
            request,
            "entry_history.html",
            outcome.status if outcome else HTTPStatus.OK,
            name=name,
            path=self._path(name),
            current=newest[0].version,
            is_there=newest[0].entry is not None or newest[0].unreadable,
            edits=described(edits),
            at_most=ON_A_PAGE,
            error=outcome.error if outcome else None,
            summary=summary,
        )

    async def _edits(self, name: str, at_most: int, before: int | None = None) -> list[EntryEdit]:
        edits = await self._reads.run(self._on_call.history, self._kind, name, at_most, before)
        return list(edits)
