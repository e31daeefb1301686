"""Verifying how somebody is reached: a code is sent there, and typed back.

Whoever may edit the person may do it: who has the code in hand has read what came there.
"""

from http import HTTPStatus

from fastapi import Request, Response

from pager.access.verification_codes import (
    CodeIsOver,
    NotACode,
    TooManyCodes,
    WrongCode,
    read_code,
)
from pager.adapters.channels.terminal import OnlyShown
from pager.adapters.runtime.pools import Overloaded
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.verification_codes import SqlVerificationCodes
from pager.adapters.web.auth.principals import Person as Account
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import person_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.names import EntryName, nobody
from pager.adapters.web.console.on_call.own_person import check_may_edit
from pager.adapters.web.console.on_call.person import Outcome, PersonPage
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.responses import see_other
from pager.errors import DeliveryError, DeliveryUnknown
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.people import Person
from pager.oncall.verification import NotReachedThere, method_of, verified


class Verification:
    """The two forms beside each contact method of a person's page."""

    def __init__(self, backend: Backend, person_page: PersonPage) -> None:
        """Its endpoints are in the table of `routes`; `person_page` shows what came of them."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._on_call = SqlOnCall(backend.database)
        self._codes = backend.codes
        self._page = person_page.page
        self._checks = DraftChecks(backend)

    async def send(
        self, request: Request, account: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Send a code to a contact method."""
        person, target = await self._person(account, name), form.text("target")
        done = "sent"
        try:
            await self._codes.send(name, method_of(person, target).target, account.name)
        except OnlyShown:
            done = "shown"
        except NobodyOfThatName as error:
            raise nobody("person", name) from error
        except TimeoutError as error:
            raise Overloaded from error
        except NotReachedThere as error:
            wrong = Outcome(error=str(error), status=HTTPStatus.CONFLICT)
            return await self._page(request, account, name, wrong)
        except TooManyCodes as error:
            wrong = Outcome(error=str(error), status=HTTPStatus.TOO_MANY_REQUESTS, target=target)
            return await self._page(request, account, name, wrong)
        except DeliveryError as error:
            verdict = "No code was sent."
            if isinstance(error, DeliveryUnknown):
                verdict = "Nobody knows whether the code was sent: look."
            wrong = Outcome(
                error=f"{verdict} {error}", status=HTTPStatus.BAD_GATEWAY, target=target
            )
            return await self._page(request, account, name, wrong)
        return see_other(f"{person_path(name)}?done={done}")

    async def verify(
        self, request: Request, account: SignedIn, name: EntryName, form: SignedForm
    ) -> Response:
        """Mark a contact method as verified, where the code that was typed is right."""
        person, target = await self._person(account, name), form.text("target")
        try:
            code = read_code(form.text("code"))
            found = await self._checks.of(verified(person, target))
            if is_held_up(found, form):
                return held_up(request, found, form, person_path(name))
            await self._inbox.commit(
                SqlVerificationCodes,
                lambda codes: codes.verify(account.name, name, target, code, found.note),
            )
        except NobodyOfThatName as error:
            raise nobody("person", name) from error
        except (CodeIsOver, NotACode, NotReachedThere, WrongCode) as error:
            wrong = Outcome(error=str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY, target=target)
            return await self._page(request, account, name, wrong)
        return see_other(f"{person_path(name)}?done=verified")

    async def _person(self, account: Account, name: str) -> Person:
        """The person, whom the account may edit. Raises ProblemError (404) and NotAllowed."""
        person = (await self._reads.run(self._on_call.versioned, Person, name)).entry
        if person is None:
            raise nobody("person", name)
        check_may_edit(account, person)
        return person
