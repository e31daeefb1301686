"""Calendar feeds: the secret addresses under which a person's calendar program reads shifts."""

from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Response

from pager.adapters.store.access.calendar_feeds import (
    FeedKind,
    FeedSubject,
    SqlCalendarFeeds,
    TooManyFeeds,
)
from pager.adapters.urls import feed_url
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.names import nobody
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import NamePart
from pager.adapters.web.responses import see_other

PATH = "/console/me/feeds"


class _Asked(NamedTuple):
    """Whose shifts a new feed would have; nobody's where `name` is ""."""

    kind: FeedKind = "schedule"
    name: NamePart = ""


Asked = Annotated[_Asked, Depends()]


class FeedsPage:
    """The feeds of whoever looks: made, shown once, and revoked."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._public_url = backend.public_url
        self._feeds = SqlCalendarFeeds(backend.database)
        self._directories = directories

    async def show(self, request: Request, person: SignedIn, asked: Asked) -> Response:
        """One's own feeds, and the button for a new one of what is asked for."""
        return await self._page(request, person.name, FeedSubject(*asked))

    async def make(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Make a feed, and show its address: nobody sees it again."""
        subject = _subject(form)
        directory, _ = await self._reads.run(self._directories.now)
        known = directory.people if subject.kind == "person" else directory.schedules
        if subject.name not in known:
            raise nobody(subject.kind, subject.name)
        try:
            token = await self._inbox.commit(
                SqlCalendarFeeds, lambda feeds: feeds.make(person.name, subject)
            )
        except TooManyFeeds as error:
            return await self._page(request, person.name, subject, error=str(error))
        url = feed_url(self._public_url, token)
        return await self._page(request, person.name, subject, url=url)

    async def revoke(self, person: SignedIn, form: SignedForm) -> Response:
        """Revoke one of one's own. A second press does no harm."""
        subject = _subject(form)
        await self._inbox.commit(SqlCalendarFeeds, lambda feeds: feeds.revoke(person.name, subject))
        return see_other(PATH)

    async def _page(
        self, request: Request, account: str, subject: FeedSubject, url: str = "", error: str = ""
    ) -> Response:
        return page(
            request,
            "feeds.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
            feeds=await self._reads.run(self._feeds.of_account, account),
            subject=subject,
            url=url,
            error=error,
        )


def _subject(form: Form) -> FeedSubject:
    """Raises InvalidForm where no page has such a button."""
    match form.text("kind"):
        case "person":
            return FeedSubject("person", form.text("name"))
        case "schedule":
            return FeedSubject("schedule", form.text("name"))
        case _:
            raise InvalidForm
