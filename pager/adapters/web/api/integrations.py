"""Integrations in the API: whoever sets up a monitor makes its key here."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Response

from pager.access.integrations import ProtocolName, Routing
from pager.adapters.store.access.audit_log import WITHOUT_A_KEY
from pager.adapters.store.access.integrations import (
    IntegrationExists,
    NewIntegration,
    SqlIntegrations,
    StoredIntegration,
)
from pager.adapters.store.core.filters import Names
from pager.adapters.validation import FieldError
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.integration_bodies import (
    INTEGRATION,
    INTEGRATION_REQUEST,
    INTEGRATIONS,
    NEW_KEY_REQUEST,
    IntegrationRequest,
    MadeIntegration,
    NewKeyRequest,
    details,
    listed,
)
from pager.adapters.web.api.lists import After, next_page
from pager.adapters.web.api.sender_urls import sender_url
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.principals import Calling, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import Body
from pager.adapters.web.parsing import number_in
from pager.adapters.web.problems import ProblemError, problem
from pager.model import FALLBACK

LONGEST_LIST = 100

NO_POLICY_WARNING = (
    "{service_id!r} has no Escalation Policy, and there is no fallback policy: its events are "
    "refused until it has one."
)

NO_FIELD_WARNING = "They are not used: there is no `field` that has them in it."

NO_PATHS_WARNING = "They are not used: where things are is known in this protocol."

HAVE_PATHS: frozenset[ProtocolName] = frozenset({"webhook", "grafana-oncall"})

ListLength = Annotated[
    int, Query(alias="limit", ge=1, le=LONGEST_LIST, description="How many are listed at most.")
]
Number = Annotated[
    str,
    Path(
        description="The `id` of the integration.",
        openapi_examples={"the first": {"value": "1"}},
    ),
]


class IntegrationsApi:
    """The endpoints.

    A key may do with an integration what it may do with every service that its events can be about.
    """

    def __init__(self, backend: Backend, known: KnownIntegrations) -> None:
        """Its endpoints are in the table of `routes`; `known` is told of one that is revoked."""
        self._known = known
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._integrations = SqlIntegrations(backend.database)
        self._policies = backend.policies
        self._public_url, self._mail_domain = backend.public_url, backend.mail_in_domain

    async def make_integration(
        self,
        program: Calling,
        request: Annotated[IntegrationRequest, Depends(Body(INTEGRATION_REQUEST))],
    ) -> Response:
        """Make an integration, and show its key, this once."""
        routing = request.routing
        _check(program, routing)
        author = program.author or WITHOUT_A_KEY
        warnings = await self._reads.run(self._warnings, request.protocol, routing)
        try:
            new = await self._inbox.commit(
                SqlIntegrations,
                lambda rows: rows.make(author, request.wanted_name, request.protocol, routing),
            )
        except IntegrationExists as error:
            raise ProblemError(problem(HTTPStatus.CONFLICT, str(error))) from error
        made = self._made(new, request.protocol, routing, warnings)
        location = {"Location": f"/integrations/{new.id}"}
        return json_answer(made.model_dump_json(exclude_none=True), HTTPStatus.CREATED, location)

    async def integrations(
        self, program: Calling, after: After = "", at_most: ListLength = LONGEST_LIST
    ) -> Response:
        """The integrations that the key may do something with, by their names."""
        found = await self._reads.run(partial(self._integrations.all, at_most + 1, after))
        shown = [listed(stored) for stored in found[:at_most] if _may(program, stored.routing)]
        last = None if len(found) <= at_most else found[at_most - 1].name
        return json_answer(INTEGRATIONS.dump_json(shown), headers=next_page(last, at_most))

    async def integration(self, program: Calling, number: Number) -> Response:
        """One integration."""
        return json_answer(INTEGRATION.dump_json(details(await self._of(program, number))))

    async def renew_key(
        self,
        program: Calling,
        number: Number,
        _request: Annotated[NewKeyRequest, Depends(Body(NEW_KEY_REQUEST))],
    ) -> Response:
        """Make a new key of an integration, and show it, this once."""
        stored = await self._of(program, number)
        integration = stored.integration()
        author = program.author or WITHOUT_A_KEY
        new = await self._inbox.commit(
            SqlIntegrations, lambda rows: rows.renew_key(author, stored.id)
        )
        self._known.forget()
        if new is None:
            raise _unknown(number)
        made = self._made(new, integration.protocol, integration.routing)
        return json_answer(made.model_dump_json(exclude_none=True))

    async def revoke_integration(self, program: Calling, number: Number) -> Response:
        """Revoke an integration: from now on its key is refused."""
        stored = await self._of(program, number)
        author = program.author or WITHOUT_A_KEY
        name = await self._inbox.commit(
            SqlIntegrations, lambda rows: rows.revoke(author, stored.id)
        )
        self._known.forget()
        if name is None:
            raise _unknown(number)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _made(
        self,
        new: NewIntegration,
        protocol: ProtocolName,
        routing: Routing,
        warnings: Sequence[FieldError] = (),
    ) -> MadeIntegration:
        return MadeIntegration(
            id=new.id,
            name=new.name,
            protocol=protocol,
            service_id=routing.service_id,
            key=new.key,
            url=sender_url(protocol, new.key, self._public_url, self._mail_domain),
            warnings=[*warnings] or None,
        )

    async def _of(self, program: Program, number: str) -> StoredIntegration:
        """The integration with that id. Raises ProblemError (403 or 404)."""
        id_ = number_in(number)
        stored = None if id_ is None else await self._reads.run(self._integrations.numbered, id_)
        if stored is None:
            raise _unknown(number)
        _check(program, stored.routing)
        return stored

    def _warnings(self, protocol: ProtocolName, routing: Routing) -> list[FieldError]:
        service_id, warnings = routing.service_id, []
        if not self._policies.find(Names(among=frozenset({service_id, FALLBACK})), 1):
            no_policy = NO_POLICY_WARNING.format(service_id=service_id)
            warnings.append(FieldError(field="service_id", message=no_policy))
        if routing.names and routing.field is None:
            warnings.append(FieldError(field="names", message=NO_FIELD_WARNING))
        if routing.paths is not None and protocol not in HAVE_PATHS:
            warnings.append(FieldError(field="paths", message=NO_PATHS_WARNING))
        return warnings


def _may(program: Program, routing: Routing | None) -> bool:
    try:
        _check(program, routing)
    except ProblemError:
        return False
    return True


def _check(program: Program, routing: Routing | None) -> None:
    """Raises ProblemError (403) where the key is not good for each service of the integration."""
    reached = None if routing is None else routing.reaches
    if reached is None:
        program.check_all("integrations")
    else:
        program.check("integrations", *reached)


def _unknown(number: str) -> ProblemError:
    return ProblemError(problem(HTTPStatus.NOT_FOUND, f"There is no integration {number!r}."))
