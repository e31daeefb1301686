"""One kind of entry in the API: people, teams, schedules or shared policies."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Generic, NamedTuple

from fastapi import Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.codecs import ENTRIES
from pager.adapters.store.oncall.edits import kind_of
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.conditional_requests import EditCondition, Expected, etag
from pager.adapters.web.api.lists import LONGEST_LIST, After, ListLength, next_page
from pager.adapters.web.api.on_call.bodies import read_entry
from pager.adapters.web.api.on_call.editing import put_if
from pager.adapters.web.api.on_call.parameters import EntryName
from pager.adapters.web.api.url_fields import MayBeLeftOut
from pager.adapters.web.auth.principals import Calling, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import body_of, run_parser
from pager.adapters.web.parsing import AtMost, Before
from pager.oncall.directory import Kind, NobodyOfThatName
from pager.oncall.people import Person
from pager.oncall.policies import SharedPolicy
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team


class PastEntry(BaseModel, Generic[Kind]):
    """An edit of a person, a team, a schedule or a shared policy."""

    # Not by docstrings: pydantic would look for the source of PastEntry[Person], which has none,
    # through all that is imported: a sixteenth of what a start takes.
    version: Annotated[int, Field(ge=1)]
    at: datetime
    author: Annotated[str | None, Field(description="Null where nobody was asked who they are.")]
    note: Annotated[
        str, Field(description="What the edit was, where that is not plain from the entry.")
    ]
    entry: Annotated[
        Kind | None,
        Field(description="As the edit left it: null where it was removed, or cannot be read."),
    ]
    unreadable: Annotated[
        bool,
        Field(
            exclude_if=lambda unreadable: not unreadable,
            description="True, and only then there, where this version of Pager cannot read it.",
        ),
    ] = False


class Wire(NamedTuple, Generic[Kind]):
    """What is read and written of one kind."""

    kind: type[Kind]
    body: TypeAdapter[Kind]
    """The URL has the name, too."""
    one: TypeAdapter[Kind]
    many: TypeAdapter[list[Kind]]
    history: TypeAdapter[list[PastEntry[Kind]]]


_NAME = MayBeLeftOut("name")
PEOPLE = Wire(
    Person,
    TypeAdapter(Annotated[Person, _NAME]),
    TypeAdapter(Person),
    TypeAdapter(list[Person]),
    TypeAdapter(list[PastEntry[Person]]),
)
TEAMS = Wire(
    Team,
    TypeAdapter(Annotated[Team, _NAME]),
    TypeAdapter(Team),
    TypeAdapter(list[Team]),
    TypeAdapter(list[PastEntry[Team]]),
)
SCHEDULES = Wire(
    Schedule,
    TypeAdapter(Annotated[Schedule, _NAME]),
    TypeAdapter(Schedule),
    TypeAdapter(list[Schedule]),
    TypeAdapter(list[PastEntry[Schedule]]),
)
SHARED_POLICIES = Wire(
    SharedPolicy,
    TypeAdapter(Annotated[SharedPolicy, _NAME]),
    TypeAdapter(SharedPolicy),
    TypeAdapter(list[SharedPolicy]),
    TypeAdapter(list[PastEntry[SharedPolicy]]),
)


class EntriesApi(Generic[Kind]):
    """The endpoints of one kind."""

    def __init__(self, backend: Backend, known: KnownDirectory, wire: Wire[Kind]) -> None:
        """They are in the table of `on_call_api_routes`; `known` is shared by all of them."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._on_call = SqlOnCall(backend.database)
        self._known = known
        self._wire = wire

    async def list(
        self, program: Calling, after: After = "", at_most: ListLength = LONGEST_LIST
    ) -> Response:
        """All of the kind, by name."""
        self._check_reads(program)
        text, last = await self._reads.run(self._page, after, at_most)
        return json_answer(text, headers=next_page(last, at_most))

    async def show(self, program: Calling, name: EntryName) -> Response:
        """One of them, and in its ETag the version."""
        self._check_reads(program)
        entry, version = await self._reads.run(self._on_call.versioned, self._wire.kind, name)
        if entry is None:
            raise NobodyOfThatName(kind_of(self._wire.kind), name)
        return json_answer(ENTRIES.encode(entry), headers=etag(version))

    async def put(
        self, request: Request, program: Calling, name: EntryName, condition: EditCondition
    ) -> Response:
        """Add it, or put it in the place of the one of that name."""
        program.check_all("policies")
        body = body_of(request)
        entry = await run_parser(request, read_entry, self._wire.body, body, name)
        stored, version = await self._inbox.commit(
            SqlOnCall, lambda on_call: put_if(on_call, entry, program.author, condition)
        )
        return json_answer(ENTRIES.encode(stored), headers=etag(version))

    async def remove(self, program: Calling, name: EntryName, expected: Expected) -> Response:
        """Remove it, where nobody names it."""
        program.check_all("policies")
        kind, author = self._wire.kind, program.author
        is_removed = await self._inbox.commit(
            SqlOnCall, lambda on_call: on_call.remove(kind, name, author, expected)
        )
        if not is_removed:
            raise NobodyOfThatName(kind_of(kind), name)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def history(
        self, program: Calling, name: EntryName, before: Before = None, at_most: AtMost = 20
    ) -> Response:
        """Who edited it when, the newest edit first, as far as it is kept."""
        self._check_reads(program)
        edits = await self._reads.run(self._on_call.history, self._wire.kind, name, at_most, before)
        past = self._wire.history.validate_python([edit._asdict() for edit in edits])
        return json_answer(self._wire.history.dump_json(past))

    def _page(self, after: str, at_most: int) -> tuple[str, str | None]:
        """The JSON of a page, and the last name on it where there is another page."""
        directory, _ = self._database.read(
            lambda connection: self._known.read(connection, database_clock)
        )
        kind = self._wire.kind
        entries = {one.name: one for one in directory.entries if isinstance(one, kind)}
        names = sorted(name for name in entries if name > after)
        last = names[at_most - 1] if len(names) > at_most else None
        texts = (ENTRIES.encode(entries[name]) for name in names[:at_most])
        return f"[{','.join(texts)}]", last

    def _check_reads(self, program: Program) -> None:
        """Contact methods are for whoever may read everything. Raises ProblemError (403)."""
        if self._wire.kind is Person:
            program.check_all("read")
