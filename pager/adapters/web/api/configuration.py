"""The whole configuration in the API: read as one document, planned, and applied."""

import re
from http import HTTPStatus
from itertools import islice
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, document_of, read
from pager.adapters.configuration.plans import (
    Applied,
    ChangeDocument,
    IncidentDocument,
    Plan,
    ToldDocument,
    ViolationDocument,
    changes_of,
)
from pager.adapters.configuration.problems import WrongDocument, problems_of
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.pools import CONFIGURED_WITHIN
from pager.adapters.runtime.verification.drafts import Verified, verified_in
from pager.adapters.store.access.audit_log import WITHOUT_A_KEY
from pager.adapters.store.configuration.reading import stored_configuration
from pager.adapters.store.configuration.writing import ConfigurationWrites, prepared
from pager.adapters.store.views.running_incident import running_incidents
from pager.adapters.web.api.answers import fields_of, json_answer
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import body_of, check_keys
from pager.adapters.web.problems import ProblemError, problem, unprocessable
from pager.configuration.applying import outcome
from pager.configuration.checks import warnings
from pager.configuration.configuration import Configuration
from pager.configuration.difference import difference
from pager.configuration.managed import Managed, everything
from pager.simulation.changed_incidents import ChangedIncident, Told, changed_incidents
from pager.verify import unknown_properties

MOST_INCIDENTS = 200
"""In a plan: in a storm there are thousands, and to foresee each takes a while."""

MOST_VIOLATIONS = 20
MOST_WARNINGS = 100

PLAN = TypeAdapter(Plan)
APPLIED = TypeAdapter(Applied)

# A proxy that compresses an answer makes its ETag weak (W/): it is still the same version.
_TAG = re.compile(r'(?:W/)?"([0-9a-f]{32})"', re.ASCII)


async def _expected(
    if_match: Annotated[
        str | None,
        Header(
            description="The ETag of the configuration that was planned; 412 if it changed.",
            examples=['"8c7dd922ad47494fc02c388e12c00eac"'],
            json_schema_extra={"pattern": f"^{_TAG.pattern}$"},
        ),
    ] = None,
) -> str | None:
    """The version that is expected. Raises ProblemError (400) for what is no ETag of ours."""
    if if_match is None:
        return None
    if (match := _TAG.fullmatch(if_match)) is None:
        detail = "If-Match takes the ETag of GET /configuration or of POST /configuration/plan."
        raise ProblemError(problem(HTTPStatus.BAD_REQUEST, detail))
    return match[1]


Expected = Annotated[str | None, Depends(_expected)]
Overrides = Annotated[
    bool, Query(description="Whether it has the overrides of schedules, too: people take those.")
]


class Wanted(NamedTuple):
    """What a body says."""

    configuration: Configuration
    managed: Managed


class ConfigurationApi:
    """The endpoints."""

    def __init__(
        self, backend: Backend, heartbeats: Heartbeats, integrations: KnownIntegrations
    ) -> None:
        """They are in the table of `routes`; `integrations` is told of what is changed."""
        self._pool = backend.pools.configuration
        self._verification = backend.pools.verification
        self._verification_wakeup = backend.inbox.wakeups.verification
        self._database = backend.database
        self._heartbeats = heartbeats
        self._integrations = integrations

    async def show(self, program: Calling, *, overrides: Overrides = False) -> Response:
        """The whole configuration."""
        program.check_all("read")
        stored = await self._pool.run(self._database.read, stored_configuration)
        said = everything(stored.configuration) if overrides else Managed()
        document = await self._pool.run(document_of, stored.configuration, said)
        return json_answer(document.model_dump_json(), headers=_etag(stored.version.tag))

    async def plan(self, request: Request, program: Calling) -> Response:
        """What a configuration would change, if it was applied now."""
        program.check_all("read")
        wanted = await self._wanted(request)
        plan, after, tag = await self._pool.run(self._plan, wanted)
        if plan.changes:
            found = await verified_in(self._verification, self._database, lambda _: after)
            plan = plan.model_copy(update=_of_properties(found))
        return json_answer(plan.model_dump_json(), headers=_etag(tag))

    async def apply(self, request: Request, program: Calling, expected: Expected) -> Response:
        """Apply a configuration: all of it, or nothing."""
        program.check_all("policies")
        wanted, managed = await self._wanted(request)
        if "integrations" in managed.kinds:
            program.check_all("integrations")
        author = program.author or WITHOUT_A_KEY
        ready = await self._pool.run(
            self._database.read, lambda found: prepared(found, wanted, managed, expected)
        )
        before, after, version = await self._heartbeats.write(
            lambda writes: ConfigurationWrites(writes).apply(
                author, wanted, managed, expected, ready
            ),
            within=CONFIGURED_WITHIN,
        )
        self._integrations.forget()
        self._verification_wakeup.wake()
        applied = Applied(changes=await self._pool.run(_changes, before, after))
        return json_answer(applied.model_dump_json(), headers=_etag(version.tag))

    async def _wanted(self, request: Request) -> Wanted:
        """What the body says. Raises what `_parsed` raises."""
        return await self._pool.run(_parsed, body_of(request))

    def _plan(self, wanted: Wanted) -> tuple[Plan, Configuration, str]:
        """The plan, what there would be, and the version that it was made of."""
        stored, running = self._database.read(
            lambda found: (stored_configuration(found), running_incidents(found))
        )
        before, version, at = stored
        after = outcome(before, *wanted, at)
        incidents = [*islice(changed_incidents(running, before, after, at), MOST_INCIDENTS + 1)]
        plan = Plan(
            changes=_changes(before, after),
            incidents=tuple(map(_incident, incidents[:MOST_INCIDENTS])),
            more_incidents=len(incidents) > MOST_INCIDENTS,
            warnings=_new_warnings(before, after),
        )
        return plan, after, version.tag


def _new_warnings(before: Configuration, after: Configuration) -> tuple[str, ...]:
    known = set(warnings(before))
    new = (str(warning) for warning in warnings(after) if warning not in known)
    return tuple(islice(new, MOST_WARNINGS))


def _parsed(body: bytes) -> Wanted:
    """What the body says. Raises ProblemError (422) with all that is wrong."""
    check_keys(body)
    try:
        document = DOCUMENT.validate_json(body)
        wanted = Wanted(read(document), document.managed)
    except ValidationError as error:
        raise ProblemError(unprocessable(fields_of(problems_of(error)))) from error
    except WrongDocument as error:
        raise ProblemError(unprocessable(fields_of(error.problems))) from error
    if unknown := unknown_properties(wanted.configuration.properties):
        raise ProblemError(unprocessable(fields_of(unknown)))
    return wanted


def _changes(before: Configuration, after: Configuration) -> tuple[ChangeDocument, ...]:
    return changes_of(difference(before, after, everything(after)))


def _of_properties(found: Verified) -> dict[str, object]:
    """What a plan says of them."""
    worse = (
        ViolationDocument(sentence=verdict.sentence, subject=one.subject, at=one.at, what=one.what)
        for verdict in found.worse
        for one in verdict.violations
    )
    return {
        "violations": tuple(islice(worse, MOST_VIOLATIONS)),
        "unverified": tuple(one.sentence for one in found.unclear),
    }


def _etag(tag: str) -> dict[str, str]:
    return {"ETag": f'"{tag}"'}


def _incident(changed: ChangedIncident) -> IncidentDocument:
    service_id, incident, before, after = changed
    return IncidentDocument(
        service_id=service_id, incident=incident, before=_told(before), after=_told(after)
    )


def _told(step: Told | None) -> ToldDocument | None:
    return None if step is None else ToldDocument(**step._asdict())
