"""Tries an example of what a sender sends: what Pager would read of it, without paging anybody.

For JSON of any shape the paths to its fields are tried with it, and saved.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple

from fastapi import Request, Response
from markupsafe import escape
from pydantic import BeforeValidator, ValidationError

from pager.access.integrations import PayloadPaths, Routing
from pager.adapters.dedup_keys import dedup_key_of
from pager.adapters.store.access.integrations import (
    IntegrationChanged,
    SqlIntegrations,
    StoredIntegration,
)
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.principals import Person, SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import JSON
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.intake.events import Action, Event, NotAnAlert, NotUnderstood, Payload
from pager.adapters.web.intake.messages import text_of
from pager.adapters.web.intake.protocols import PROTOCOLS
from pager.adapters.web.intake.receiving import SHOWN, not_understood
from pager.adapters.web.parsing import none_where_empty, number_in, without_nul
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other

LONGEST_EXAMPLE = 25_000
"""Bytes of a page: it shows the example again."""
MOST_SHOWN = 10
"""Events that the page shows."""

WITH_PATHS = ("webhook", "grafana-oncall")
"""Protocols in which the fields of a payload may be found by paths."""
KINDS = ("formatted_webhook", "webhook", "alertmanager", "grafana", "grafana_alerting")
"""Of Grafana OnCall's addresses."""
READERS = {
    str(name): protocol.read
    for name, protocol in PROTOCOLS.items()
    if name not in {"email", "opsgenie"}
}
"""Of protocols in which a request is no more than its body."""

NO_SUCH_INTEGRATION = "There is no such integration: somebody may have revoked it."
CANNOT_BE_TRIED = "An example of this integration cannot be tried here."

PATHS = {
    "field": (
        "Service",
        "labels.service",
        "What names the service. Where nothing is found there: {service}.",
    ),
    "title": ("Title", "incident.title", "What is wrong, in a line."),
    "text": ("Text", "incident.description", "What else people should read."),
    "dedup_key": ("Dedup key", "incident.id", "The sender's name of the trouble."),
    "state": ("State", "incident.status", "Whether the trouble is over."),
}
"""The paths of the form: a label, an example, a hint."""


class Found(NamedTuple):
    """What Pager would make of an event."""

    action: Action
    service_id: str
    has_policy: bool
    dedup_key: str | None
    text: str
    """Of a trigger: what people would read."""


Done = Annotated[Literal["saved"] | None, BeforeValidator(none_where_empty)]


class _Try(NamedTuple):
    """What was typed, and what came of it."""

    example: str = ""
    kind: str = ""
    paths: Mapping[str, str] = {}
    errors: Mapping[str, str] = {}
    found: Sequence[Found] | None = None
    """None: nothing was tried."""
    number_of: int = 0
    """How many events were found; `found` has the first."""
    fault: str = ""
    """Why the example is not understood."""
    refused: str = ""
    """Why it is refused, and pages nobody."""
    done: Done = None


class IntegrationExamplePage:
    """The form, and below it what was read."""

    def __init__(self, backend: Backend, known: KnownIntegrations) -> None:
        """Its endpoints are in the table of `routes`; `known` is told of paths that are saved."""
        self._known = known
        self._inbox = backend.inbox
        self._reads = backend.pools.reads
        self._integrations = SqlIntegrations(backend.database)
        self._policies = backend.policies

    async def show(self, request: Request, number: str, done: Done = None) -> Response:
        """The form, with the last request in it where that is whole."""
        stored, routing = await self._integration(number)
        last = stored.last_request if len(stored.last_request) < SHOWN else ""
        return _page(request, stored, routing, _Try(last, paths=_typed_of(routing), done=done))

    async def submit(
        self, request: Request, person: SignedIn, number: str, form: SignedForm
    ) -> Response:
        """Read the example with the paths of the form, or save these. Nobody is paged."""
        stored, before = await self._integration(number)
        example = form.text("example")
        if len(escape(example).encode(errors="replace")) > LONGEST_EXAMPLE:
            detail = "Paste a shorter example: this one is too large to be shown again."
            raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))
        has_paths = stored.protocol in WITH_PATHS
        typed = _typed_in(form) if has_paths else _typed_of(before)
        tried = _Try(without_nul(example), form.text("kind")[:100], typed)
        try:
            routing = routing_of(before, typed)
        except ValidationError as error:
            return _page(request, stored, before, tried._replace(errors=_errors(error)))
        if has_paths and form.text("do") == "save":
            return await self._save(request, person, stored, routing, form, tried)
        kind = tried.kind if tried.kind in KINDS else stored.protocol
        payload = Payload(example.encode(), JSON, kind=kind, routing=routing)
        tried = await self._reads.run(self._tried, stored, payload, tried)
        return _page(request, stored, routing, tried)

    async def _save(  # noqa: PLR0913, PLR0917 - the page shows what was typed
        self,
        request: Request,
        person: Person,
        stored: StoredIntegration,
        routing: Routing,
        form: Form,
        tried: _Try,
    ) -> Response:
        try:
            await self._inbox.commit(
                SqlIntegrations,
                lambda rows: rows.reroute(person.name, stored.id, form.text("version"), routing),
            )
        except IntegrationChanged as error:
            changed, routing = await self._integration(str(stored.id))
            tried = tried._replace(errors={"version": str(error)})
            return _page(request, changed, routing, tried)
        self._known.forget()
        return see_other(f"/console/integrations/{stored.id}/example?done=saved")

    def _tried(self, stored: StoredIntegration, payload: Payload, tried: _Try) -> _Try:
        try:
            events = READERS[stored.protocol](payload)
        except NotUnderstood as error:
            events = [not_understood(payload, error)]
            tried = tried._replace(fault=str(error))
        except NotAnAlert as error:
            return tried._replace(found=[], refused=str(error))
        found = [self._found(event, payload) for event in events[:MOST_SHOWN]]
        return tried._replace(found=found, number_of=len(events))

    def _found(self, event: Event, payload: Payload) -> Found:
        service_id = payload.service_of(event.fields)
        text = text_of(event.text) if event.action == "trigger" else ""
        key = dedup_key_of(event.dedup_key)
        return Found(event.action, service_id, self._has_policy(service_id), key, text)

    def _has_policy(self, service_id: str) -> bool:
        try:
            return self._policies.of(service_id) is not None
        except Unreadable:  # by this version
            return True

    async def _integration(self, number: str) -> tuple[StoredIntegration, Routing]:
        id_ = number_in(number)
        stored = None if id_ is None else await self._reads.run(self._integrations.numbered, id_)
        if stored is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, NO_SUCH_INTEGRATION))
        if stored.routing is None or stored.protocol not in READERS:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, CANNOT_BE_TRIED))
        return stored, stored.routing


def _typed_of(routing: Routing) -> dict[str, str]:
    """What the fields of the form have for the stored paths."""
    paths = routing.paths or PayloadPaths()
    typed = {name: getattr(paths, name, None) or "" for name in PATHS}
    return typed | {"field": routing.field or "", "resolved": ", ".join(paths.resolved)}


def _typed_in(form: Form) -> dict[str, str]:
    return {name: without_nul(form.text(name))[:1_000] for name in (*PATHS, "resolved")}


def routing_of(routing: Routing, typed: Mapping[str, str]) -> Routing:
    """The routing with these paths instead of its own. Raises ValidationError."""
    paths: dict[str, object] = {
        name: typed[name].strip() or None for name in PATHS if name != "field"
    }
    paths["resolved"] = [word for word in typed["resolved"].split(",") if word.strip()]
    field = typed["field"].strip() or None
    fields = {**routing.model_dump(), "field": field, "paths": paths}
    return Routing.model_validate(fields)


def _errors(error: ValidationError) -> dict[str, str]:
    """The first error of each field of the form."""
    sentences: dict[str, str] = {}
    for wrong in error.errors():
        name = next(part for part in reversed(wrong["loc"]) if part in {*PATHS, "resolved"})
        sentences.setdefault(str(name), wrong["msg"])
    return sentences


def _page(request: Request, stored: StoredIntegration, routing: Routing, tried: _Try) -> Response:
    status = HTTPStatus.OK
    if tried.errors:
        is_changed = "version" in tried.errors
        status = HTTPStatus.CONFLICT if is_changed else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(
        request,
        "integration_example.html",
        status,
        integration=stored,
        routing=routing,
        tried=tried,
        paths=PATHS if stored.protocol in WITH_PATHS else {},
        kinds=KINDS if stored.protocol == "grafana-oncall" else (),
        longest=LONGEST_EXAMPLE,
    )
