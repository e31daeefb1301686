"""A team: who is in it, and which policies tell it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Request, Response

from pager.adapters.runtime.verification.changes import without_entry
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import PEOPLE, entry_path, person_path, team_path
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.names import WRONG_NAME, EntryName, nobody, read_name
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.responses import see_other
from pager.oncall.directory import NobodyOfThatName, StillUsed, users_of
from pager.oncall.names import is_name
from pager.oncall.reachable import trouble_of
from pager.oncall.teams import MOST_MEMBERS, Team

MOST_BOXES = 150
"""People with a checkbox who are not in the team. Where there are more, names are typed."""

Done = Literal["made", "saved", "restored"]


class _Outcome(NamedTuple):
    """The result of a form."""

    done: Done | None = None
    error: str = ""
    status: HTTPStatus = HTTPStatus.OK
    members: Sequence[str] | None = None
    """What was chosen, where it is not saved."""


class TeamsPage:
    """The page of each team."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._directories = directories
        self._checks = DraftChecks(backend)

    async def make(self, person: SignedIn, form: SignedForm) -> Response:
        """Make a team of nobody, and show its page; that of the team of this name, if there is one.

        A name that no team can have is told on the page of people.
        """
        name = read_name(form.text("name"))
        if name is None:
            return see_other(f"{PEOPLE}?done=wrong-team#new-team")
        made = await self._inbox.commit(
            OnCallAdditions, lambda additions: additions.add(person.name, [Team(name=name)])
        )
        return see_other(f"{team_path(name)}{'?done=made' if made else ''}")

    async def show(self, request: Request, name: EntryName, done: Done | None = None) -> Response:
        """The team, as it is now."""
        return await self._page(request, name, _Outcome(done))

    async def save(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Save who is in the team, unless somebody else has edited it meanwhile."""
        members, shown = _members(form), form.number("version")
        if len(members) > MOST_MEMBERS:
            many = f"A team has at most {MOST_MEMBERS} people, and these are {len(members)}."
            return await self._page(request, name, _wrong(many, members[:MOST_MEMBERS]))
        if not all(map(is_name, members)):
            return await self._page(request, name, _wrong(WRONG_NAME, ()))
        stored = (await self._reads.run(self._on_call.versioned, Team, name)).entry
        if stored is None:
            raise nobody("team", name)
        team = stored.model_copy(update={"members": tuple(members)})
        found = await self._checks.of(team)
        if is_held_up(found, form):
            return held_up(request, found, form, team_path(name))
        try:
            await self._inbox.commit(
                SqlOnCall, lambda on_call: on_call.put(team, person.name, shown, found.note)
            )
        except NobodyOfThatName as error:
            return await self._page(request, name, _wrong(str(error), members))
        except EntryChanged:
            faster = "Somebody else was faster. Nothing of yours is saved yet, and nothing is lost."
            conflict = _Outcome(None, faster, HTTPStatus.CONFLICT, members)
            return await self._page(request, name, conflict)
        return see_other(f"{team_path(name)}?done=saved")

    async def remove(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Remove the team, unless a policy names it. A second press does no harm."""
        shown = form.number("version")
        found = await self._checks.of_change(without_entry(Team, name))
        if is_held_up(found, form):
            return held_up(request, found, form, team_path(name))
        try:
            removed = await self._inbox.commit(
                SqlOnCall,
                lambda on_call: on_call.remove(Team, name, person.name, shown, found.note),
            )
        except (EntryChanged, StillUsed) as error:
            kept = _Outcome(None, f"Nothing was removed. {error}", HTTPStatus.CONFLICT)
            return await self._page(request, name, kept)
        done = "team-removed" if removed else "team-gone"
        return see_other(f"{PEOPLE}?{urlencode({'done': done, 'name': name})}")

    async def _page(self, request: Request, name: str, outcome: _Outcome) -> Response:
        stored = await self._reads.run(self._on_call.versioned, Team, name)
        if stored.entry is None:
            raise nobody("team", name)
        team = stored.entry
        directory, _ = await self._reads.run(self._directories.now)
        members = team.members if outcome.members is None else outcome.members
        others = sorted(directory.people.keys() - set(members))
        return page(
            request,
            "team.html",
            outcome.status,
            team=team,
            version=stored.version,
            here=team_path(name),
            outcome=outcome,
            members=members,
            others=others,
            most_boxes=MOST_BOXES,
            troubles={
                member: trouble_of(directory.people[member])
                for member in team.members
                if member in directory.people
            },
            policies=users_of(team, directory),
            entry_path=entry_path,
            person_path=person_path,
        )


def _members(form: Form) -> list[str]:
    """Those whose box is checked, and those whose names are typed, each once."""
    checked = [value for field, value in form.fields if field == "member"]
    typed = [line.strip() for line in form.text("more").splitlines()]
    return list(dict.fromkeys(filter(None, (*checked, *typed))))


def _wrong(error: str, members: Sequence[str]) -> _Outcome:
    return _Outcome(None, error, HTTPStatus.UNPROCESSABLE_ENTITY, members)
