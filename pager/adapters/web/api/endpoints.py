"""The JSON API. The domain's models are the wire models, so what is valid is said once."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from pager.adapters.runtime.inbox import Answer, Inbox
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.views.status import ServiceStatus, StatusBoard
from pager.adapters.validation import FieldError
from pager.adapters.web.api.conditions import (
    ETAG,
    AtMost,
    Before,
    EditCondition,
    Expected,
    PastEdit,
    etag,
    past_edits,
    put_if,
)
from pager.adapters.web.auth.caller import Caller, caller_of
from pager.adapters.web.bodies import Body, parse, read_body
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.problems import Problem, ProblemError, problem
from pager.decide import Decision
from pager.messages import Acknowledgement, Alert, HealthyEvent, Message
from pager.model import EscalationPolicy

MOST_ALERTS = 1_000

ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
ALERTS: TypeAdapter[list[Alert]] = TypeAdapter(
    Annotated[list[Alert], Field(min_length=1, max_length=MOST_ALERTS)]
)


AnyCaller = Annotated[Caller, Depends(caller_of)]


class Receipt(BaseModel):
    """What a message led to. It is committed: what is to be sent will be sent."""

    service_id: str
    state: Literal["healthy", "unhealthy"]
    incident: int
    """The number of the running incident, or of the last one."""
    changed: bool
    """False for a duplicate, stale or late message: it was received, and changed nothing."""


class Refusal(BaseModel):
    """Why one Alert of an array led to nothing. It does not concern the others."""

    service_id: str
    problem: Problem


Results = TypeAdapter(list[Receipt | Refusal])
Policies = TypeAdapter(list[EscalationPolicy])
PastEdits = TypeAdapter(list[PastEdit])
Statuses = TypeAdapter(list[ServiceStatus])


class Api:
    """The endpoints, on a Database and the Inbox that leads to it."""

    def __init__(self, database: Database, inbox: Inbox) -> None:
        """`router` is to be included in an application."""
        self._inbox = inbox
        self._policies = SqlEscalationPolicies(database)
        self._board = StatusBoard(database)
        self.router = APIRouter(responses={"4XX": {"model": Problem}})
        self._route()

    def _route(self) -> None:
        get, post = ["GET"], ["POST"]
        route = self.router.add_api_route
        policy, accepted = "/escalation-policies/{service_id}", HTTPStatus.ACCEPTED
        route(
            "/escalation-policies",
            self.policies,
            methods=get,
            response_model=list[EscalationPolicy],
        )
        route(
            policy,
            self.policy,
            methods=get,
            response_model=EscalationPolicy,
            responses=ETAG,
        )
        route(f"{policy}/history", self.history, methods=get, response_model=list[PastEdit])
        route(
            policy,
            self.put_policy,
            methods=["PUT"],
            response_model=EscalationPolicy,
            responses=ETAG,
            openapi_extra=body_of("EscalationPolicy"),
        )
        route(policy, self.delete_policy, methods=["DELETE"], status_code=HTTPStatus.NO_CONTENT)
        route(
            "/alerts",
            self.alerts,
            methods=post,
            status_code=accepted,
            response_model=Receipt | list[Receipt | Refusal],
            openapi_extra=body_of("Alert", or_array=True),
        )
        route(
            "/acknowledgements",
            self.acknowledgement,
            methods=post,
            status_code=accepted,
            response_model=Receipt,
            openapi_extra=body_of("Acknowledgement"),
        )
        route(
            "/healthy-events",
            self.healthy_event,
            methods=post,
            status_code=accepted,
            response_model=Receipt,
            openapi_extra=body_of("HealthyEvent"),
        )
        route("/services", self.services, methods=get, response_model=list[ServiceStatus])
        route("/services/{service_id}", self.service, methods=get, response_model=ServiceStatus)

    # Escalation Policies: arrow 1

    async def policies(self, caller: AnyCaller) -> Response:
        """Every Escalation Policy that the key may read, by its service's identifier."""
        caller.check_any("read")
        found = await asyncio.to_thread(self._policies.all)
        return _json(
            Policies.dump_json([each for each in found if caller.may("read", each.service_id)])
        )

    async def policy(self, caller: AnyCaller, service_id: ServiceName) -> Response:
        """The Escalation Policy of a Monitored Service, and in its ETag the version."""
        caller.check("read", service_id)
        found, version = await asyncio.to_thread(self._policies.versioned, service_id)
        if found is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} has no policy."))
        return _json(found.model_dump_json(), headers=etag(version))

    async def history(
        self,
        caller: AnyCaller,
        service_id: ServiceName,
        before: Before = None,
        at_most: AtMost = 20,
    ) -> Response:
        """Who gave a Monitored Service which policy, the newest edit first, as far as it is kept.

        For the next page, the last `version` of this one is `before`.
        """
        caller.check("read", service_id)
        found = await asyncio.to_thread(past_edits, self._policies, service_id, at_most, before)
        return _json(PastEdits.dump_json(found))

    async def put_policy(
        self,
        caller: AnyCaller,
        service_id: ServiceName,
        policy: Annotated[EscalationPolicy, Depends(Body(EscalationPolicy))],
        condition: EditCondition,
    ) -> Response:
        """Give a Monitored Service this Escalation Policy, from the next step on.

        With If-Match, only where it is as it was read: no edit of somebody else's is lost.
        """
        caller.check("policies", service_id)
        if policy.service_id != service_id:
            wrong = FieldError(field="service_id", message=f"The URL says {service_id!r}.")
            detail = f"{wrong.field}: {wrong.message}"
            raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, [wrong]))
        version = await asyncio.to_thread(put_if, self._policies, policy, caller.author, condition)
        return _json(policy.model_dump_json(), headers=etag(version))

    async def delete_policy(
        self, caller: AnyCaller, service_id: ServiceName, expected: Expected
    ) -> Response:
        """Leave a Monitored Service without an Escalation Policy: it can page nobody then."""
        caller.check("policies", service_id)
        remove = self._policies.remove
        if not await asyncio.to_thread(remove, service_id, caller.author, expected):
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} has no policy."))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    # Messages: arrows 2, 3 and 8

    async def alerts(self, request: Request, caller: AnyCaller) -> Response:
        """Raise one Alert, or an array of them: all are committed by the answer."""
        body = await read_body(request)
        if not body.lstrip().startswith(b"["):
            alert = parse(ALERT, body)
            caller.check("alert", alert.service_id)
            return await self._receive_one(alert, caller)
        alerts = parse(ALERTS, body)
        caller.check("alert", *(alert.service_id for alert in alerts))
        answers = await self._inbox.receive(alerts, caller.author)
        results = [_receipt(answer) for answer in answers]
        return _json(Results.dump_json(results, exclude_none=True), HTTPStatus.ACCEPTED)

    async def acknowledgement(
        self,
        caller: AnyCaller,
        acknowledgement: Annotated[Acknowledgement, Depends(Body(Acknowledgement))],
    ) -> Response:
        """Take an incident in hand: nobody else is notified about it."""
        caller.check("acknowledge", acknowledgement.service_id)
        return await self._receive_one(acknowledgement, caller)

    async def healthy_event(
        self,
        caller: AnyCaller,
        healthy_event: Annotated[HealthyEvent, Depends(Body(HealthyEvent))],
    ) -> Response:
        """Close the running incident, or the one that is named: the service is Healthy."""
        caller.check("healthy", healthy_event.service_id)
        return await self._receive_one(healthy_event, caller)

    # Monitored Services

    async def services(self, caller: AnyCaller) -> Response:
        """Every Monitored Service that the key may read, and the pages of its last incident."""
        caller.check_any("read")
        found = await asyncio.to_thread(self._board.all)
        return _json(
            Statuses.dump_json([each for each in found if caller.may("read", each.service_id)])
        )

    async def service(self, caller: AnyCaller, service_id: ServiceName) -> Response:
        """One Monitored Service, and the pages of its last incident."""
        caller.check("read", service_id)
        found = await asyncio.to_thread(self._board.of, service_id)
        if found is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} is not known."))
        return _json(found.model_dump_json())

    async def _receive_one(self, message: Message, caller: Caller) -> Response:
        [answer] = await self._inbox.receive([message], caller.author)
        result = _receipt(answer)
        if isinstance(result, Refusal):
            raise ProblemError(result.problem)
        return _json(result.model_dump_json(), HTTPStatus.ACCEPTED)


def body_of(model: str, *, or_array: bool = False) -> dict[str, object]:
    """What OpenAPI is told of a body that is a `model`, or an array of them too."""
    one: dict[str, object] = {"$ref": f"#/components/schemas/{model}"}
    array: dict[str, object] = {"type": "array", "maxItems": MOST_ALERTS, "items": one}
    schema = {"anyOf": [one, array]} if or_array else one
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _receipt(answer: Answer) -> Receipt | Refusal:
    if not isinstance(answer, Decision):
        return Refusal(
            service_id=answer.service_id, problem=problem(HTTPStatus.NOT_FOUND, str(answer))
        )
    service = answer.after
    return Receipt(
        service_id=service.service_id,
        state=service.state,
        incident=service.incident,
        changed=answer.changed,
    )


def _json(
    text: str | bytes, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(text, status, headers, media_type="application/json")
