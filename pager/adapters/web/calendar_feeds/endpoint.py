"""The endpoint of calendar feeds: what a calendar program reads under a secret address."""

import hashlib
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from pager.adapters.store.access.calendar_feeds import FeedSubject
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.web.backend import Backend
from pager.adapters.web.calendar_feeds.events import (
    DatedSchedule,
    Feed,
    feed_of_person,
    feed_of_schedule,
    window_at,
)
from pager.adapters.web.calendar_feeds.text import MEDIA_TYPE, in_icalendar
from pager.adapters.web.problems import ProblemError, problem
from pager.oncall.schedules import Schedule


async def _subject(request: Request) -> FeedSubject:
    """Whose feed the request is for, as the guard has found by its token."""
    subject: FeedSubject = request.state.feed_subject
    return subject


class CalendarFeeds:
    """The endpoint."""

    def __init__(self, backend: Backend, known: KnownDirectory) -> None:
        """It is in the table of `on_call_api_routes`."""
        self._reads = backend.pools.reads
        self._database = backend.database
        self._known = known
        self._public_url = backend.public_url

    async def show(
        self, request: Request, subject: Annotated[FeedSubject, Depends(_subject)]
    ) -> Response:
        """The shifts of a person or of a schedule; 304 where the program has them already."""
        text = await self._reads.run(self._text, subject)
        if text is None:
            detail = f"There is no {subject.kind} {subject.name} any more."
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail))
        tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
        # Nobody else may keep it, and the program asks each time whether it is still the same.
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(text, headers=headers, media_type=MEDIA_TYPE)

    def _text(self, subject: FeedSubject) -> bytes | None:
        feed = self._database.read(lambda connection: self._feed(connection, subject))
        return None if feed is None else in_icalendar(feed, self._public_url)

    def _feed(self, connection: Connection, subject: FeedSubject) -> Feed | None:
        directory, now = self._known.read(connection, database_clock)
        if subject.kind == "schedule":
            dated = _dated(connection, subject.name)
            return dated and feed_of_schedule(dated, window_at(now, [dated.schedule]))
        if subject.name not in directory.people:
            return None
        names = [one.name for one in directory.schedules.values() if subject.name in one.people]
        among = [one for name in sorted(names) if (one := _dated(connection, name)) is not None]
        window = window_at(now, [one.schedule for one in among])
        return feed_of_person(subject.name, among, window)


def _dated(connection: Connection, name: str) -> DatedSchedule | None:
    """The schedule with its last edit; None where there is none. Raises Unreadable."""
    edits = SqlOnCall(InTransaction(connection)).history(Schedule, name, 1)
    if edits and edits[0].unreadable:
        raise Unreadable(name, "a newer version has edited it")
    match edits:
        case [edit] if isinstance(edit.entry, Schedule):
            return DatedSchedule(edit.entry, edit.version, edit.at)
        case _:
            return None
