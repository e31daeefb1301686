"""API keys: administrators make them, with the scope that a program needs, and revoke them."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from markupsafe import escape
from pydantic import BeforeValidator, ValidationError

from pager.access.api_keys import BadKeyName
from pager.access.scopes import MOST_SERVICES, Action, KeyScope
from pager.adapters.store.access.api_keys import KeyExists, KeyFilter, SqlApiKeys
from pager.adapters.store.core.filters import Names
from pager.adapters.web.auth.known_keys import KnownKeys
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import (
    WRONG_SERVICE_ID,
    NamePart,
    none_where_empty,
    number_in,
)
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other

PATH = "/console/keys"
ON_A_PAGE = 50
UNUSED_FOR = timedelta(days=30)
"""A key that was not used for so long is likely to be one that nobody needs."""
FEW_SERVICES = 12
"""If there are no more services than these, the form lists their names as a hint."""
LONGEST_SERVICES = 25_000
"""Bytes of a page: 100 identifiers, each with its line break, need fewer."""

WHAT_FOR: dict[Action, str] = {
    "alert": "raise alerts",
    "acknowledge": "acknowledge incidents",
    "healthy": "close incidents",
    "read": "read services and policies",
    "policies": "edit policies and heartbeats",
    "integrations": "make integrations",
    "heartbeat": "ping heartbeats",
}
IN_SHORT: dict[Action, str] = {
    "alert": "raise alerts",
    "acknowledge": "acknowledge",
    "healthy": "close",
    "read": "read",
    "policies": "edit policies",
    "integrations": "make integrations",
    "heartbeat": "ping",
}
"""For a row of the list."""

Done = Literal["revoked", "gone"]
"""What a form has done to a key; "gone": nothing, the key was revoked before."""


class _Part(NamedTuple):
    """Of the keys: those with `search` in their name, made `by` somebody, that come `after` one."""

    search: NamePart = ""
    by: NamePart = ""
    show: Annotated[Literal["unused"] | None, BeforeValidator(none_where_empty)] = None
    after: NamePart = ""

    @property
    def which(self) -> KeyFilter:
        """The keys that are listed."""
        return KeyFilter(
            self.search.strip(), self.by.strip(), UNUSED_FOR if self.show == "unused" else None
        )


Part = Annotated[_Part, Depends()]
EVERYTHING = _Part()


NO_SUCH_KEY = "There is no such API key: somebody may have revoked it. The audit log says who did."


class KeyRequest(NamedTuple):
    """What was typed into the form for a new key, valid or not."""

    name: str = ""
    actions: tuple[str, ...] = ("alert",)
    on: str = "these"
    """"all" services, or "these"."""
    services: str = ""
    """One on each line."""

    def scope(self) -> KeyScope:
        """The scope of the key. Raises ValidationError."""
        lines = [line.strip() for line in self.services.splitlines()]
        services = None if self.on == "all" else [line for line in lines if line]
        return KeyScope.model_validate({"actions": list(self.actions), "services": services})


class NewKey(NamedTuple):
    """A new key."""

    key: str
    service_id: str | None
    """A service whose Alerts it may raise; None where there is none."""


class _Outcome(NamedTuple):
    """The result of a form."""

    key_request: KeyRequest = KeyRequest()
    """What is in the fields of the form for a new key."""
    errors: Mapping[str, str] = {}
    """What is wrong with them, by their names."""
    new_key: NewKey | None = None
    done: Done | None = None
    """What was done to the key with the `name`, before this page was opened."""
    name: str = ""


class ApiKeysPage:
    """Every key, with its scope and when it was used last."""

    def __init__(self, backend: Backend, known: KnownKeys) -> None:
        """Its endpoints are in the table of `routes`; `known` is told of a key that is revoked."""
        self._known = known
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._keys = SqlApiKeys(backend.database)
        self._policies = backend.policies
        self._public_url = backend.public_url

    async def show(
        self, request: Request, part: Part, done: Done | None = None, name: NamePart = ""
    ) -> Response:
        """That `part` of the keys, and the form for a new one. `done` is what was just done."""
        return await self._page(request, _Outcome(done=done, name=name), part)

    async def show_one(self, request: Request, number: str) -> Response:
        """One key: what it may do, when it was used last, and what its end means."""
        id_ = number_in(number)
        key = None if id_ is None else await self._reads.run(self._keys.numbered, id_)
        if key is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, NO_SUCH_KEY))
        return page(request, "api_key.html", key=key, what_for=WHAT_FOR)

    async def create(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Create a key, and show it, this once."""
        key_request = _request_of(form)
        try:
            scope = key_request.scope()
        except ValidationError as error:
            return await self._page(request, _Outcome(key_request, _errors(error)))
        try:
            key = await self._inbox.commit(
                SqlApiKeys, lambda keys: keys.make(person.name, key_request.name, scope)
            )
        except (BadKeyName, KeyExists) as error:
            return await self._page(request, _Outcome(key_request, {"name": str(error)}))
        new_key = NewKey(key, await self._reads.run(self._example_service, scope))
        return await self._page(request, _Outcome(new_key=new_key))

    def _example_service(self, scope: KeyScope) -> str | None:
        """A service whose Alerts a key of this scope may raise."""
        if "alert" not in scope.actions:
            return None
        known = [policy.service_id for policy in self._policies.find(Names(), 1)]
        return min(scope.services or known, default=None)

    async def revoke(self, person: SignedIn, number: str, _form: SignedForm) -> Response:
        """Revoke a key: from now on it is refused. A second press does no harm."""
        id_, name = number_in(number), None
        if id_ is not None:
            name = await self._inbox.commit(SqlApiKeys, lambda keys: keys.revoke(person.name, id_))
            self._known.forget()
        done: Done = "gone" if name is None else "revoked"
        return see_other(f"{PATH}?{urlencode({'done': done, 'name': name or ''})}")

    async def _page(
        self, request: Request, outcome: _Outcome, part: _Part = EVERYTHING
    ) -> Response:
        keys = await self._reads.run(self._keys.all, ON_A_PAGE + 1, part.after, part.which)
        policies = await self._reads.run(self._policies.find, Names(), FEW_SERVICES + 1)
        known = [policy.service_id for policy in policies]
        return page(
            request,
            "api_keys.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if outcome.errors else HTTPStatus.OK,
            keys=keys,
            found=await self._reads.run(self._keys.count, part.which),
            part=part,
            at_most=ON_A_PAGE,
            what_for=WHAT_FOR,
            in_short=IN_SHORT,
            longest_services=LONGEST_SERVICES,
            known=known if len(known) <= FEW_SERVICES else [],
            outcome=outcome,
            unused_for=UNUSED_FOR,
            url=self._public_url,
        )


def _request_of(form: Form) -> KeyRequest:
    """What was typed. Raises ProblemError (413) where it is too large to be shown again."""
    actions = tuple(value for name, value in form.fields if name == "action")
    services = form.text("services")
    if len(escape(services).encode()) > LONGEST_SERVICES:
        detail = f"Name at most {MOST_SERVICES} services, or choose all: no key was made."
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))
    return KeyRequest(form.text("name")[:200], actions, form.text("on"), services)


def _errors(error: ValidationError) -> dict[str, str]:
    """The first error of each field of the form, from top to bottom."""
    sentences: dict[str, str] = {}
    for wrong in error.errors():
        field = str(wrong["loc"][0])
        sentences.setdefault(field, _sentence(field, wrong["type"]))
    return sentences


def _sentence(field: str, kind: str) -> str:
    if field == "actions":
        return "Choose what the key is for."
    if kind == "too_short":
        return "Name at least one service, one on each line."
    if kind == "too_long":
        return f"Name at most {MOST_SERVICES} services, or choose all."
    return WRONG_SERVICE_ID
