"""Why somebody was paged, or was not, and who would be: for any moment."""

from datetime import timedelta
from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Response
from pydantic import AfterValidator, Field, TypeAdapter

from pager.adapters.store.explaining.explanations import Explanations, Question
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.on_call.parameters import At
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.parsing import ServiceName, without_nul
from pager.durations import IsoDuration
from pager.explain.asked import NotThere
from pager.explain.values import Explanation
from pager.oncall.names import LONGEST_NAME
from pager.oncall.schedules import TimeZone

EXPLANATION = TypeAdapter(Explanation)
NAMES_NONE = "Which ones there are is for API keys that are good for all services."
LATEST = timedelta(days=1_000)
"""After 100 Levels of 7 days nothing happens any more."""

PersonAsked = Annotated[
    str,
    Query(max_length=LONGEST_NAME, description="Whether this person was told, and why, or not."),
    AfterValidator(without_nul),
]
Zone = Annotated[
    TimeZone | None,
    Query(
        description="In which moments are shown in sentences; left out: that of the first schedule "
        "that the policy names."
    ),
]
AnsweredAfter = Annotated[
    Annotated[IsoDuration, Field(ge=timedelta(0), le=LATEST)] | None,
    Query(
        description="How long after the Alert somebody would acknowledge, such as PT5M, where it "
        "is rehearsed; left out: nobody does."
    ),
]


class _Asked(NamedTuple):
    """What is asked about a service."""

    at: At = None
    person: PersonAsked = ""
    time_zone: Zone = None
    acknowledged_after: AnsweredAfter = None


Asked = Annotated[_Asked, Depends()]


class ExplanationsApi:
    """The endpoint."""

    def __init__(self, backend: Backend) -> None:
        """It is in the table of `on_call_api_routes`."""
        self._reads = backend.pools.reads
        self._explanations = Explanations(backend.database)

    async def explanation(
        self, program: Calling, service_id: ServiceName, asked: Asked
    ) -> Response:
        """Who was told of the incident that was running then, or would be told of an Alert."""
        at, person, time_zone, acknowledged_after = asked
        question = Question(service_id, at, person or None, time_zone, acknowledged_after)
        try:
            explanation = await self._reads.run(self._explanations.of, question)
        except NotThere as error:
            if program.scope.services is None:
                raise
            raise NotThere(error.noun, error.name, NAMES_NONE) from error
        return json_answer(EXPLANATION.dump_json(explanation))
