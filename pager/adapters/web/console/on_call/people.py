"""People and teams: how each is reached, where they are on call, and who cannot be reached."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Query, Request, Response
from pydantic import BeforeValidator

from pager.adapters.runtime.verification.changes import with_new
from pager.adapters.store.access.known_addresses import known_addresses
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.store.ports.directory import Key
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import PEOPLE, person_path, team_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.contact_form import wait_in_words
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.pasted_people import (
    MOST_AT_ONCE,
    PastedPerson,
    read_people,
)
from pager.adapters.web.console.on_call.schedule_now import on_call_now
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.parsing import NamePart, none_where_empty
from pager.adapters.web.responses import see_other
from pager.oncall.directory import Directory
from pager.oncall.people import Person
from pager.oncall.reachable import Trouble, relied_on_by, trouble_of

ON_A_PAGE = 50
LONGEST_PASTE = 30_000
"""Characters."""

Done = Literal["added", "removed", "gone", "team-removed", "team-gone", "wrong-team"]
"""What a form has done. "gone": nothing, whoever was to be removed was so before; "wrong-team":
nothing, no team can have such a name."""


class _Part(NamedTuple):
    """Of the people: those with `search` in their name or in how they are reached."""

    search: NamePart = ""
    show: Annotated[Literal["trouble"] | None, BeforeValidator(none_where_empty)] = None
    """Only those who are relied on, and of whom it is not known that pages reach them."""
    after: NamePart = ""


Part = Annotated[_Part, Depends()]
EVERYBODY = _Part()


class ListedPerson(NamedTuple):
    """A person in the list."""

    person: Person
    on_call: Sequence[str]
    """The schedules in which they are on call just now."""
    teams: Sequence[str]
    trouble: Trouble | None
    """Why a page may not arrive, where somebody relies on them."""


class _Outcome(NamedTuple):
    """The result of a form."""

    typed: str = ""
    """The lines of those who were not added."""
    wrong: Sequence[PastedPerson] = ()
    """Why they were not."""
    added: int = 0
    done: Done | None = None
    name: str = ""
    """Of whoever was removed."""


class PeoplePage:
    """Everybody who can be on call, and the form that adds many at once."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._directories = directories
        self._checks = DraftChecks(backend)

    async def show(
        self,
        request: Request,
        part: Part,
        done: Done | None = None,
        name: NamePart = "",
        added: Annotated[int, Query(ge=0, le=MOST_AT_ONCE)] = 0,
    ) -> Response:
        """That `part` of the people. `done` is what was just done."""
        outcome = _Outcome(done=done, name=name, added=added)
        return await self._page(request, outcome, part)

    async def add(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Add everybody in the pasted lines; whoever cannot be added stays in the form."""
        typed = form.text("people")
        pasted = read_people(typed)
        if len(typed) > LONGEST_PASTE or len(pasted) > MOST_AT_ONCE:
            too_many = PastedPerson("", None, f"Add at most {MOST_AT_ONCE} people at once.")
            return await self._page(request, _Outcome(typed[:LONGEST_PASTE], [too_many]))
        if not pasted:
            empty = PastedPerson("", None, "Paste or type at least one person.")
            return await self._page(request, _Outcome("", [empty]))
        people = [found.person for found in pasted if found.person is not None]
        people = await self._reads.run(self._with_accounts, people)
        checked = await self._checks.of_change(with_new(people))
        if is_held_up(checked, form):
            return held_up(request, checked, form, PEOPLE)
        added = await self._inbox.commit(
            OnCallAdditions, lambda additions: additions.add(person.name, people, checked.note)
        )
        wrong = _not_added(pasted, added)
        if not wrong:
            return see_other(f"{PEOPLE}?done=added&added={len(added)}")
        lines = "\n".join(each.line for each in wrong)
        return await self._page(request, _Outcome(lines, wrong, len(added)))

    def _with_accounts(self, people: Sequence[Person]) -> list[Person]:
        """The people, each with the account that is named like one of their addresses."""
        addresses = [address for person in people for address in _addresses(person)]
        accounts = known_addresses(self._database, addresses).accounts
        return [
            person.model_copy(
                update={"account": next(filter(accounts.__contains__, _addresses(person)), None)}
            )
            for person in people
        ]

    def _read(self) -> tuple[list[ListedPerson], Directory, Sequence[Key]]:
        (directory, now), unreadable = self._directories.now_with_unreadable()
        return _listed(directory, now), directory, unreadable

    async def _page(self, request: Request, outcome: _Outcome, part: _Part = EVERYBODY) -> Response:
        everybody, directory, unreadable = await self._reads.run(self._read)
        found = [listed for listed in everybody if _is_in(part, listed)]
        return page(
            request,
            "people.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if outcome.wrong else HTTPStatus.OK,
            found=len(found),
            people=[listed for listed in found if listed.person.name > part.after][: ON_A_PAGE + 1],
            everybody=len(everybody),
            troubled=_troubled(everybody),
            teams=sorted(directory.teams.values(), key=lambda team: team.name),
            unreadable=unreadable,
            part=part,
            at_most=ON_A_PAGE,
            outcome=outcome,
            person_path=person_path,
            team_path=team_path,
            wait_in_words=wait_in_words,
        )


def _listed(directory: Directory, now: datetime) -> list[ListedPerson]:
    """Everybody, in the order of their names."""
    on_call = on_call_now(directory.schedules.values(), now)
    relied_on = relied_on_by(directory)
    teams = {
        name: [team.name for team in directory.teams.values() if name in team.members]
        for name in directory.people
    }
    return [
        ListedPerson(
            person,
            on_call.get(name, ()),
            teams[name],
            trouble_of(person) if name in relied_on else None,
        )
        for name, person in sorted(directory.people.items())
    ]


def _troubled(everybody: Sequence[ListedPerson]) -> list[ListedPerson]:
    """Those whom a page may not reach, and before them those whom none can reach."""
    found = [listed for listed in everybody if listed.trouble]
    return sorted(found, key=lambda listed: listed.trouble != "no contact method")


def _is_in(part: _Part, listed: ListedPerson) -> bool:
    if part.show and not listed.trouble:
        return False
    said = [listed.person.name, *(method.target.key for method in listed.person.contact_methods)]
    return any(part.search.strip().lower() in text.lower() for text in said)


def _addresses(person: Person) -> list[str]:
    return [method.target.key for method in person.contact_methods if method.target.type == "email"]


def _not_added(pasted: Sequence[PastedPerson], added: set[str]) -> list[PastedPerson]:
    """Those who were not added, each with the reason; of two lines with one name the second."""
    left = set(added)
    wrong = []
    for found in pasted:
        if found.person is None:
            wrong.append(found)
        elif found.person.name in left:
            left.discard(found.person.name)
        else:
            name = found.person.name
            wrong.append(found._replace(problem=f"There is a person called {name} already."))
    return wrong
