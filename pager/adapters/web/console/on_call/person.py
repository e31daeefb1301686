"""A person: how they are reached, where they are on call, what counts on them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Request, Response

from pager.access.names import BadName, account_name
from pager.adapters.runtime.verification.changes import without_entry
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.verification_codes import SqlVerificationCodes
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import PEOPLE, entry_path, person_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.contact_form import (
    Line,
    lines_of,
    methods_in,
    read_lines,
    wait_in_words,
    with_spare_lines,
)
from pager.adapters.web.console.on_call.differences import DescribedEntryEdit, described
from pager.adapters.web.console.on_call.directories import Directories, person_of_account
from pager.adapters.web.console.on_call.names import EntryName, nobody
from pager.adapters.web.console.on_call.own_person import check_may_edit, may_edit
from pager.adapters.web.console.on_call.schedule_now import OwnShift, on_call_now, own_shifts
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.responses import see_other
from pager.oncall.directory import Entry, StillUsed, users_of
from pager.oncall.people import Person
from pager.oncall.reachable import Counting, relied_on_by, trouble_of
from pager.oncall.verification import with_marks_of

MOST_SHIFTS = 20
MOST_EDITS_SHOWN = 5
"""Edits of others, since the work began."""

Done = Literal["saved", "same", "restored", "sent", "shown", "verified", "made"]
"""What a form has just done."""


class Outcome(NamedTuple):
    """The result of a form of the page."""

    done: Done | None = None
    error: str = ""
    """Why nothing was done."""
    status: HTTPStatus = HTTPStatus.OK
    lines: Sequence[Line] | None = None
    """What was typed into the form of contact methods, where it is not saved."""
    account: str = ""
    account_error: str = ""
    target: str = ""
    """The key of the Target whose code is wrong, or could not be sent."""
    begun: int | None = None
    """The version that the form began with, where somebody else has edited since."""


class _Duties(NamedTuple):
    """What a person has to do with everybody else."""

    relied_on: Sequence[Counting]
    """What counts on them."""
    users: Sequence[Entry]
    """What names them."""
    on_call_now: Sequence[str]
    """The schedules in which they are on call."""
    shifts: Sequence[OwnShift]


class PersonPage:
    """The page of each person, and what can be done there."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._accounts = SqlAccounts(backend.database)
        self._on_call = SqlOnCall(backend.database)
        self._directories = directories
        self._codes = SqlVerificationCodes(backend.database)
        self._checks = DraftChecks(backend)

    async def show(
        self, request: Request, person: SignedIn, name: EntryName, done: Done | None = None
    ) -> Response:
        """The person, as they are now."""
        return await self.page(request, person, name, Outcome(done))

    async def save(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Save how the person is reached, unless somebody else has edited it meanwhile."""
        stored = await self._reads.run(self._on_call.versioned, Person, name)
        if stored.entry is None:
            raise nobody("person", name)
        check_may_edit(person, stored.entry)
        lines, shown = read_lines(form, stored.entry), form.number("version")
        account = stored.entry.account
        typed_account, wrong_account = form.text("account").strip()[:100], ""
        if person.may("engineer"):
            account, wrong_account = await self._account(name, typed_account)
        typed = Outcome(lines=lines, account=typed_account, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        if wrong_account or any(line.error for line in lines):
            return await self.page(
                request, person, name, typed._replace(account_error=wrong_account)
            )
        methods = methods_in(lines, stored.entry)
        changed = {"contact_methods": methods, "account": account}
        edited = with_marks_of(stored.entry, stored.entry.model_copy(update=changed))
        found = await self._checks.of(edited)
        if is_held_up(found, form):
            return held_up(request, found, form, person_path(name))
        try:
            version = await self._inbox.commit(
                SqlOnCall, lambda on_call: on_call.put(edited, person.name, shown, found.note)
            )
        except EntryChanged:
            conflict = typed._replace(status=HTTPStatus.CONFLICT, begun=shown)
            return await self.page(request, person, name, conflict)
        return see_other(f"{person_path(name)}?done={'same' if version == shown else 'saved'}")

    async def remove(
        self, request: Request, person: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Remove the person, unless something counts on them. A second press does no harm."""
        shown = form.number("version")
        found = await self._checks.of_change(without_entry(Person, name))
        if is_held_up(found, form):
            return held_up(request, found, form, person_path(name))
        try:
            removed = await self._inbox.commit(
                SqlOnCall,
                lambda on_call: on_call.remove(Person, name, person.name, shown, found.note),
            )
        except (EntryChanged, StillUsed) as error:
            kept = Outcome(error=f"Nobody was removed. {error}", status=HTTPStatus.CONFLICT)
            return await self.page(request, person, name, kept)
        done = "removed" if removed else "gone"
        return see_other(f"{PEOPLE}?{urlencode({'done': done, 'name': name})}")

    async def page(
        self, request: Request, account: SignedIn, name: str, outcome: Outcome
    ) -> Response:
        """The page, with the result of a form."""
        stored = await self._reads.run(self._on_call.versioned, Person, name)
        if stored.entry is None:
            raise nobody("person", name)
        subject = stored.entry
        if outcome.target not in {method.target.key for method in subject.contact_methods}:
            outcome = outcome._replace(target="")  # it was taken out: the error stands on top
        # It computes: on this thread it would keep every other request waiting.
        duties = await self._reads.run(self._duties, subject)
        return page(
            request,
            "person.html",
            outcome.status,
            subject=subject,
            version=stored.version,
            here=person_path(name),
            outcome=outcome,
            may_edit=may_edit(account, subject),
            is_own=subject.account == account.name,
            trouble=trouble_of(subject),
            more_shifts=len(duties.shifts) - MOST_SHIFTS,
            **duties._asdict(),
            lines=_lines(subject, outcome),
            awaited=await self._reads.run(self._codes.awaited, name),
            since_then=await self._since(name, outcome),
            entry_path=entry_path,
            wait_in_words=wait_in_words,
        )

    def _duties(self, person: Person) -> _Duties:
        directory, now = self._directories.now()
        schedules = directory.schedules.values()
        return _Duties(
            relied_on_by(directory).get(person.name, ()),
            users_of(person, directory),
            on_call_now(schedules, now).get(person.name, ()),
            own_shifts(schedules, person.name, now),
        )

    async def _account(self, name: str, typed: str) -> tuple[str | None, str]:
        """The account that is meant, or what is wrong with it."""
        if not typed:
            return None, ""
        try:
            account = account_name(typed)
        except BadName as error:
            return None, str(error)
        if await self._reads.run(self._accounts.named, account) is None:
            return None, f"There is no account {account}."
        directory, _ = await self._reads.run(self._directories.now)
        other = person_of_account(directory, account)
        if other is not None and other.name != name:
            return None, f"That is the account of {other.name}."
        return account, ""

    async def _since(self, name: str, outcome: Outcome) -> Sequence[DescribedEntryEdit]:
        """What others have edited since the form was shown."""
        if outcome.begun is None:
            return ()
        edits = await self._reads.run(self._on_call.history, Person, name, MOST_EDITS_SHOWN + 1)
        return [each for each in described(edits) if each.edit.version > outcome.begun]


def _lines(person: Person, outcome: Outcome) -> list[Line]:
    return lines_of(person) if outcome.lines is None else with_spare_lines(outcome.lines)
