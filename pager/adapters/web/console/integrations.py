"""Integrations: administrators find them, and make new ones."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Request, Response
from pydantic import BeforeValidator

from pager.access.integrations import BadIntegrationName, ProtocolName, Routing, known_protocol
from pager.adapters.store.access.integrations import (
    IntegrationExists,
    IntegrationFilter,
    SqlIntegrations,
)
from pager.adapters.store.core.filters import Names
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.integration import Done, IntegrationPage
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.routing_form import (
    LONGEST_MAP,
    RoutingRequest,
    WrongFields,
    typed_in,
)
from pager.adapters.web.intake.setup_texts import PROTOCOL_TEXTS
from pager.adapters.web.parsing import NamePart, none_where_empty

ON_A_PAGE = 50
FEW_SERVICES = 12
"""If there are no more services than these, the form lists their names as a hint."""

NEW = Routing(service_id="new")
"""What the form for a new integration begins with."""

ChosenProtocol = Annotated[ProtocolName | None, BeforeValidator(none_where_empty)]


class _Part(NamedTuple):
    """Of the integrations: those with `search` in their name, of a protocol, after one."""

    search: NamePart = ""
    protocol: ChosenProtocol = None
    show: Annotated[Literal["unheard"] | None, BeforeValidator(none_where_empty)] = None
    after: NamePart = ""

    @property
    def which(self) -> IntegrationFilter:
        """The integrations that are listed."""
        return IntegrationFilter(
            self.search.strip(), self.protocol or "", is_unheard=self.show is not None
        )


Part = Annotated[_Part, Depends()]


class IntegrationsPage:
    """Every integration, with what came last; and the form for a new one."""

    def __init__(self, backend: Backend, one: IntegrationPage) -> None:
        """Its endpoints are in the table of `routes`; `one` shows what was made."""
        self._one = one
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._integrations = SqlIntegrations(backend.database)
        self._policies = backend.policies

    async def show(
        self, request: Request, part: Part, done: Done | None = None, name: NamePart = ""
    ) -> Response:
        """That `part` of the integrations. `done` is what was just done to `name`."""
        stored = await self._reads.run(
            self._integrations.all, ON_A_PAGE + 1, part.after, part.which
        )
        return page(
            request,
            "integrations.html",
            integrations=stored,
            found=await self._reads.run(self._integrations.count, part.which),
            part=part,
            at_most=ON_A_PAGE,
            protocols=PROTOCOL_TEXTS,
            done=done,
            name=name,
        )

    async def new(self, request: Request, protocol: ChosenProtocol = None) -> Response:
        """The protocols to choose from, or the form for a new integration of `protocol`."""
        if protocol is None:
            return page(request, "new_integration.html", protocols=PROTOCOL_TEXTS)
        return await self._form(request, protocol, "", RoutingRequest(), {})

    async def make(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Make an integration, and show its key, this once."""
        protocol = _protocol_of(form)
        name, typed = form.text("name")[:200], typed_in(form)
        try:
            routing = typed.routing(NEW)
        except WrongFields as error:
            return await self._form(request, protocol, name, typed, error.errors)
        try:
            new = await self._inbox.commit(
                SqlIntegrations,
                lambda rows: rows.make(person.name, name.strip() or None, protocol, routing),
            )
        except (BadIntegrationName, IntegrationExists) as error:
            return await self._form(request, protocol, name, typed, {"name": str(error)})
        return await self._one.show_new(request, new)

    async def _form(
        self,
        request: Request,
        protocol: ProtocolName,
        name: str,
        typed: RoutingRequest,
        errors: Mapping[str, str],
    ) -> Response:
        policies = await self._reads.run(self._policies.find, Names(), FEW_SERVICES + 1)
        known = [policy.service_id for policy in policies]
        return page(
            request,
            "new_integration.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            protocol=protocol,
            texts=PROTOCOL_TEXTS[protocol],
            name=name,
            typed=typed,
            errors=errors,
            known=known if len(known) <= FEW_SERVICES else [],
            longest_map=LONGEST_MAP,
        )


def _protocol_of(form: Form) -> ProtocolName:
    """The protocol that our page has put into the form. Raises InvalidForm."""
    protocol = known_protocol(form.text("protocol"))
    if protocol is None:
        raise InvalidForm
    return protocol
