"""On call: who is on call now in every schedule, until when, who is next, and where nobody is."""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Request, Response

from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.on_call.directories import Directories, person_of_account
from pager.adapters.web.console.on_call.schedule_now import (
    OwnShift,
    ScheduleNow,
    own_shifts,
    schedule_now,
)
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import NamePart
from pager.oncall.on_call import on_call
from pager.oncall.people import Person

ON_A_PAGE = 25
MOST_OWN = 5

Done = Literal["removed"]


class _Part(NamedTuple):
    """Of the schedules: those with `search` in their name that come `after` one."""

    search: NamePart = ""
    after: NamePart = ""


Part = Annotated[_Part, Depends()]


class _View(NamedTuple):
    """What the page shows."""

    me: Person | None
    mine: Sequence[OwnShift]
    schedules: Sequence[ScheduleNow]
    has_more: bool
    number: int
    """Of all schedules."""
    with_nobody: Sequence[str]
    """The names of those in which nobody is on call now."""


class OnCallPage:
    """The first page about who is on call."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoint is in the table of `routes`."""
        self._reads = backend.pools.reads
        self._directories = directories

    async def show(
        self,
        request: Request,
        person: SignedIn,
        part: Part,
        done: Done | None = None,
        name: NamePart = "",
    ) -> Response:
        """That `part` of the schedules, and the next shifts of whoever looks."""
        view = await self._reads.run(self._view, person.name, part)
        return page(
            request, "on_call.html", part=part, at_most=ON_A_PAGE, done=done, name=name,
            **view._asdict(),
        )  # fmt: skip

    def _view(self, account: str, part: _Part) -> _View:
        directory, now = self._directories.now()
        every = sorted(directory.schedules.values(), key=lambda schedule: schedule.name)
        search = part.search.strip().casefold()
        found = [
            schedule
            for schedule in every
            if schedule.name > part.after and search in schedule.name.casefold()
        ]
        me = person_of_account(directory, account)
        return _View(
            me,
            own_shifts(every, me.name, now)[:MOST_OWN] if me else (),
            [schedule_now(schedule, now) for schedule in found[:ON_A_PAGE]],
            len(found) > ON_A_PAGE,
            len(every),
            [schedule.name for schedule in every if not on_call(schedule, now)],
        )
