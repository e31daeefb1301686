"""One integration: administrators set its sender up, try it, change it and revoke it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Request, Response

from pager.access.integrations import Integration, Routing, key_within
from pager.adapters.store.access.integrations import (
    IntegrationChanged,
    NewIntegration,
    SqlIntegrations,
    StoredIntegration,
    UnreadableIntegration,
)
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.ports.maintenance import SqlMaintenanceWindows
from pager.adapters.store.ports.services import SqlMonitoredServices
from pager.adapters.store.refused_alerts import RefusedAlerts, refused_lately
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.principals import Person, SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.routing_form import (
    LONGEST_MAP,
    RoutingRequest,
    WrongFields,
    has_long_map,
    stored_as_typed,
    typed_in,
)
from pager.adapters.web.intake.events import Event
from pager.adapters.web.intake.receiving import Intake
from pager.adapters.web.intake.setup_texts import (
    PROTOCOL_TEXTS,
    SETUPS,
    ProtocolText,
    Setup,
    filled,
)
from pager.adapters.web.parsing import number_in
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.model import EscalationPolicy, MonitoredService, Unhealthy

PATH = "/console/integrations"
KEY_NOT_SHOWN = "KEY"
"""In the place of the key, once it cannot be shown any more."""

CHANGED = (
    "Somebody else has changed it meanwhile. Above is how it is now; save again to have it as it "
    "is here."
)
NO_SUCH_INTEGRATION = (
    "There is no such integration: somebody may have revoked it. The audit log says who did."
)

Done = Literal["changed", "revoked", "gone", "tested", "resolved", "refused"]
"""What a form has done; "gone": nothing, it was revoked before; "refused": the test was."""


class _Outcome(NamedTuple):
    """The result of a form."""

    routing_request: RoutingRequest | None = None
    """What is in the fields of the form; None: as it is stored."""
    errors: Mapping[str, str] = {}
    key: str = ""
    """Of an integration that was just made, or has got another one."""
    done: Done | None = None
    status: HTTPStatus = HTTPStatus.OK


class _Target(NamedTuple):
    """The service that the integration names, as it is now."""

    policy: EscalationPolicy | None
    """Its own one, or the fallback policy."""
    service: MonitoredService
    maintenance: timedelta | None
    """How long it is still in maintenance; None where it is in none."""
    test_is_open: bool
    refused: Sequence[RefusedAlerts]


class IntegrationPage:
    """One integration: what came last, how its sender is set up, and what it leads to."""

    def __init__(self, backend: Backend, known: KnownIntegrations, intake: Intake) -> None:
        """Its endpoints are in the table of `routes`.

        `known` is told of what is changed or revoked; `intake` takes the tests.
        """
        self._known = known
        self._intake = intake
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._integrations = SqlIntegrations(backend.database)
        self._policies = backend.policies
        self._services = SqlMonitoredServices(backend.database)
        self._maintenance = SqlMaintenanceWindows(backend.database)
        self._public_url, self._mail_domain = backend.public_url, backend.mail_in_domain

    async def show(self, request: Request, number: str, done: Done | None = None) -> Response:
        """The integration, after what was just done."""
        return await self._page(request, await self._stored(number), _Outcome(done=done))

    async def show_new(self, request: Request, new: NewIntegration) -> Response:
        """The integration, with its key: this once."""
        return await self._page(request, await self._stored(str(new.id)), _Outcome(key=new.key))

    async def reroute(
        self, request: Request, person: SignedIn, number: str, form: SignedForm
    ) -> Response:
        """Change how the service is found."""
        stored = await self._stored(number)
        typed = typed_in(form)
        before = _integration(stored).routing
        try:
            routing = typed.routing(before)
            name = await self._inbox.commit(
                SqlIntegrations,
                lambda rows: rows.reroute(person.name, stored.id, form.text("version"), routing),
            )
        except WrongFields as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            outcome = _Outcome(typed, error.errors, status=status)
            return await self._page(request, stored, outcome)
        except IntegrationChanged:
            changed = _Outcome(typed, {"version": CHANGED}, status=HTTPStatus.CONFLICT)
            return await self._page(request, await self._stored(number), changed)
        self._known.forget()
        if name is None:
            return _list("gone")
        return see_other(f"{PATH}/{stored.id}?done=changed")

    async def renew_key(
        self, request: Request, person: SignedIn, number: str, _form: SignedForm
    ) -> Response:
        """Make a new key in the place of the old one, and show it, this once."""
        stored = await self._stored(number)
        new = await self._inbox.commit(
            SqlIntegrations, lambda rows: rows.renew_key(person.name, stored.id)
        )
        self._known.forget()
        if new is None:
            return _list("gone")
        return await self._page(request, stored, _Outcome(key=new.key))

    async def revoke(self, person: SignedIn, number: str, _form: SignedForm) -> Response:
        """Revoke an integration: its key is refused from now on. A second press does no harm."""
        id_, name = number_in(number), None
        if id_ is not None:
            name = await self._inbox.commit(
                SqlIntegrations, lambda rows: rows.revoke(person.name, id_)
            )
            self._known.forget()
        return _list("gone") if name is None else _list("revoked", name)

    async def test(self, person: SignedIn, number: str, _form: SignedForm) -> Response:
        """Raise the test alert of the integration's service: it pages as any other does."""
        return await self._take_test(person, number, "trigger")

    async def resolve_test(self, person: SignedIn, number: str, _form: SignedForm) -> Response:
        """Resolve it: that closes the incident, unless something else is wrong."""
        return await self._take_test(person, number, "resolve")

    async def _take_test(
        self, person: Person, number: str, action: Literal["trigger", "resolve"]
    ) -> Response:
        stored = await self._stored(number)
        integration = _integration(stored)
        text = f"Test of the integration {stored.name}, by {person.name}. Nothing is wrong."
        event = Event(action, _test_key(stored), text)
        done: Done = "tested" if action == "trigger" else "resolved"
        try:
            await self._intake.take(integration, [event], None)
        except ProblemError as error:
            if error.problem.status != HTTPStatus.NOT_FOUND:
                raise
            done = "refused"
        return see_other(f"{PATH}/{stored.id}?done={done}#test")

    async def _stored(self, number: str) -> StoredIntegration:
        """The integration with that id. Raises ProblemError (404)."""
        id_ = number_in(number)
        stored = None if id_ is None else await self._reads.run(self._integrations.numbered, id_)
        if stored is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, NO_SUCH_INTEGRATION))
        return stored

    async def _page(
        self, request: Request, stored: StoredIntegration, outcome: _Outcome
    ) -> Response:
        routing = stored.routing
        target = None if routing is None else await self._reads.run(self._read, stored, routing)
        typed = outcome.routing_request or stored_as_typed(routing)
        return page(
            request,
            "integration.html",
            outcome.status,
            stored=stored,
            texts=_texts_of(stored),
            target=target,
            outcome=outcome,
            typed=typed,
            has_long_map=has_long_map(routing),
            setups=_setups(
                stored, outcome.key or KEY_NOT_SHOWN, self._public_url, self._mail_domain
            ),
            longest_map=LONGEST_MAP,
            paths=_paths(routing),
        )

    def _read(self, stored: StoredIntegration, routing: Routing) -> _Target | None:
        """None where this version cannot read the service or its policy."""
        try:
            service = self._services.load(routing.service_id).service
            policy = self._policies.of(routing.service_id)
        except Unreadable:
            return None
        is_open = isinstance(service, Unhealthy) and (
            key_within(stored.name, _test_key(stored)) in service.open_keys
        )
        author = f"integration {stored.name}, "
        refused = [row for row in refused_lately(self._database) if row.sender.startswith(author)]
        return _Target(
            policy,
            service,
            self._maintenance.left(routing.service_id),
            is_open,
            refused,
        )


def _integration(stored: StoredIntegration) -> Integration:
    """Raises ProblemError (404) where this version of Pager cannot read it."""
    try:
        return stored.integration()
    except UnreadableIntegration as error:
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, NO_SUCH_INTEGRATION)) from error


def _paths(routing: Routing | None) -> Mapping[str, str]:
    """Where the JSON of the sender says what, as far as that is set."""
    if routing is None or routing.paths is None:
        return {}
    paths = routing.paths.model_dump(mode="json", exclude_none=True)
    return {
        name: ", ".join(path) if name == "resolved" else path
        for name, path in paths.items()
        if path
    }


def _texts_of(stored: StoredIntegration) -> ProtocolText:
    """Its protocol in words; of one that only a newer version knows, its name."""
    for protocol, texts in PROTOCOL_TEXTS.items():
        if protocol == stored.protocol:
            return texts
    return ProtocolText(stored.protocol, "", "")


def _setups(
    stored: StoredIntegration, key: str, public_url: str, mail_domain: str | None
) -> Sequence[Setup]:
    """What to paste into the configuration of the sender."""
    return [
        setup._replace(text=filled(setup.text, protocol, key, public_url, mail_domain))
        for protocol, setups in SETUPS.items()
        if protocol == stored.protocol
        for setup in setups
    ]


def _test_key(stored: StoredIntegration) -> str:
    """The dedup key of its test."""
    return f"test of integration {stored.id}"


def _list(done: Done, name: str = "") -> Response:
    return see_other(f"{PATH}?{urlencode({'done': done, 'name': name})}")
