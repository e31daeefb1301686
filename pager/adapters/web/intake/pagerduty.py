"""PagerDuty's Events API v2: trigger, acknowledge, resolve, and change events.

The key of the integration is the `routing_key` of the body, whatever the headers say.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from pager.adapters.validation import field_errors
from pager.adapters.web.auth.integration_keys import unknown_key
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.intake.events import Action, Event, NotUnderstood, Payload
from pager.adapters.web.intake.protocol import Protocol, Result
from pager.adapters.web.intake.receiving import Intake, payload_of
from pager.adapters.web.problems import Problem, ProblemError


class Details(BaseModel):
    """What is wrong, where."""

    model_config = ConfigDict(extra="ignore")

    summary: str = ""
    source: str = ""
    severity: str = ""
    component: str | None = None
    group: str | None = None
    class_: Annotated[str | None, Field(alias="class")] = None
    custom_details: JsonValue = None


class PagerDutyEvent(BaseModel):
    """The body of an event."""

    model_config = ConfigDict(extra="ignore")

    routing_key: str
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str | None = None
    payload: Details | None = None


ACTIONS: dict[str, Action] = {
    "trigger": "trigger",
    "acknowledge": "acknowledge",
    "resolve": "resolve",
}


class PagerDuty:
    """The endpoints."""

    def __init__(self, intake: Intake, integrations: KnownIntegrations) -> None:
        """Pass on to `intake` what the keys of `integrations` send."""
        self._intake = intake
        self._integrations = integrations

    async def enqueue(self, request: Request) -> Response:
        """Take an event."""
        payload = await payload_of(request)
        integration = await self._integrations.of_key(_key(payload))
        if integration is None or integration.protocol != "pagerduty":
            raise ProblemError(unknown_key())
        return accepted(await self._intake.receive(request, integration, PROTOCOL))


def _key(payload: Payload) -> str:
    try:
        key = json.loads(payload.body)["routing_key"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return str(key)


def read(payload: Payload) -> Sequence[Event]:
    """The event of a body; its dedup key is made where it has none."""
    try:
        event = PagerDutyEvent.model_validate_json(payload.body)
    except ValidationError as error:
        wrong = "; ".join(f"{each.field}: {each.message}" for each in field_errors(error)[:3])
        raise NotUnderstood(wrong) from error
    details = event.payload or Details()
    fields = {
        name: value
        for name, value in details.model_dump(by_alias=True).items()
        if isinstance(value, str)
    }
    action = ACTIONS[event.event_action]
    return [Event(action, event.dedup_key or uuid4().hex, details.summary, fields)]


def accepted(results: Sequence[Result]) -> Response:
    """202, as PagerDuty answers."""
    [result] = results
    answer = {
        "status": "success",
        "message": "Event processed",
        "dedup_key": result.event.dedup_key,
    }
    return Response(json.dumps(answer), HTTPStatus.ACCEPTED, media_type="application/json")


def refused(problem: Problem) -> Response:
    """An error, as PagerDuty answers."""
    answer = {
        "status": problem.title.lower(),
        "message": problem.detail,
        "errors": [problem.detail],
    }
    return Response(json.dumps(answer), problem.status, media_type="application/json")


PROTOCOL = Protocol(read, accepted, refused)
