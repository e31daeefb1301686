"""Properties in the API: what has to hold at every moment, and what was found last."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pager.adapters.store.core.codecs import PROPERTIES
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import Counterexample, SqlVerdicts, StoredVerdict
from pager.adapters.web.api.answers import fields_of, json_answer
from pager.adapters.web.api.conditional_requests import Expected, etag
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import body_of, parse
from pager.adapters.web.problems import ProblemError, unprocessable
from pager.configuration.properties import NO_EMPTY_LEVEL, Properties
from pager.verify import unknown_properties


class PropertyVerdict(BaseModel):
    """What was found of a property last."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    sentence: str
    outcome: Literal["holds", "violated", "unknown"]
    being_verified: bool
    """Whether somebody has edited since whoever is paged, so that what is here is of before."""
    why: str
    """Why it is not known whether it holds; empty where it is."""
    verified_at: datetime | None
    """Null where it was never verified."""
    violated_since: datetime | None
    """Since when it was found violated each time; null where it holds."""
    violations: Annotated[int, Field(ge=0)]
    """Of how many policies or schedules it does not hold."""
    counterexamples: list[Counterexample]
    """The first ones: who, when and why."""


BODY: TypeAdapter[Properties] = TypeAdapter(Properties)
VERDICTS: TypeAdapter[list[PropertyVerdict]] = TypeAdapter(list[PropertyVerdict])


class PropertiesApi:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        """They are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._properties = SqlProperties(backend.database)
        self._verdicts = SqlVerdicts(backend.database)

    async def show(self, program: Calling) -> Response:
        """All of them, and in the ETag their version."""
        program.check_all("read")
        stored = await self._reads.run(self._properties.versioned)
        return json_answer(PROPERTIES.encode(stored.properties), headers=etag(stored.version))

    async def put(self, request: Request, program: Calling, expected: Expected) -> Response:
        """Let these have to hold, and no others."""
        program.check_all("policies")
        properties = read_properties(body_of(request))
        version = await self._inbox.commit(
            SqlProperties, lambda stored: stored.put(properties, program.author, expected)
        )
        self._inbox.wakeups.verification.wake()
        return json_answer(PROPERTIES.encode(properties), headers=etag(version))

    async def verdicts(self, program: Calling) -> Response:
        """What was found of each when it was verified last."""
        program.check_all("read")
        return json_answer(VERDICTS.dump_json(await self._reads.run(self._found)))

    def _found(self) -> list[PropertyVerdict]:
        sentences = dict.fromkeys([*self._properties.versioned().sentences, NO_EMPTY_LEVEL])
        known = self._verdicts.all()
        return [verdict_of(sentence, known.get(sentence)) for sentence in sentences]


def read_properties(body: bytes) -> Properties:
    """The properties in a body. Raises ProblemError (422) for what is no property."""
    properties = parse(BODY, body)
    if unknown := unknown_properties(properties.properties):
        raise ProblemError(unprocessable(fields_of(unknown)))
    return properties


def verdict_of(sentence: str, stored: StoredVerdict | None) -> PropertyVerdict:
    """What was found of it, as programs read it."""
    found = stored.found if stored else None
    return PropertyVerdict(
        sentence=sentence,
        outcome=found.outcome if found else "unknown",
        being_verified=stored is None or stored.is_outdated,
        why=found.why if found else "It was not verified yet.",
        verified_at=stored.verified_at if stored else None,
        violated_since=stored.violated_since if stored else None,
        violations=found.number if found else 0,
        counterexamples=list(found.violations) if found else [],
    )
