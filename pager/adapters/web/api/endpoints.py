"""The JSON API. The domain's models are the wire models, so each bound is written once."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pager.adapters.runtime.inbox import Answer
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.views.status import ServiceStatus, ServiceStatuses
from pager.adapters.validation import FieldError
from pager.adapters.web.api.conditional_requests import (
    EditCondition,
    Expected,
    PastEdit,
    etag,
    past_edits,
    put_if,
)
from pager.adapters.web.auth.principals import Calling, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import Body, parse, parsed, read_body
from pager.adapters.web.parsing import AtMost, Before, ServiceName
from pager.adapters.web.problems import Problem, ProblemError, problem
from pager.decide import Decision
from pager.messages import Acknowledgement, Alert, HealthyEvent, Message
from pager.model import EscalationPolicy

MOST_ALERTS = 1_000


class Receipt(BaseModel):
    """What a message led to. It is committed: what is to be sent will be sent."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    service_id: str
    state: Literal["healthy", "unhealthy"]
    incident: Annotated[int, Field(ge=0)]
    """The number of the running incident, or of the last one."""
    changed: bool
    """False for a duplicate, stale or late message: it was received, and changed nothing."""


class Refusal(BaseModel):
    """Why one Alert of an array was refused. It does not concern the others."""

    service_id: str
    problem: Problem


Alerts = Annotated[list[Alert], Field(min_length=1, max_length=MOST_ALERTS)]
Results = list[Receipt | Refusal]

ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
ALERTS: TypeAdapter[Alerts] = TypeAdapter(Alerts)
ALERT_OR_ALERTS: TypeAdapter[Alert | Alerts] = TypeAdapter(Alert | Alerts)
ACKNOWLEDGEMENT = TypeAdapter(Acknowledgement)
HEALTHY_EVENT = TypeAdapter(HealthyEvent)
RECEIPT = TypeAdapter(Receipt)
RESULTS = TypeAdapter(Results)
RECEIPT_OR_RESULTS: TypeAdapter[Receipt | Results] = TypeAdapter(Receipt | Results)
POLICY = TypeAdapter(EscalationPolicy)
POLICIES = TypeAdapter(list[EscalationPolicy])
PAST_EDITS = TypeAdapter(list[PastEdit])
STATUS = TypeAdapter(ServiceStatus)
STATUSES = TypeAdapter(list[ServiceStatus])


class Api:
    """The endpoints. Messages go through the Inbox, everything else to the Database."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._policies = SqlEscalationPolicies(backend.database)
        self._board = ServiceStatuses(backend.database)

    # Escalation Policies: arrow 1

    async def policies(self, program: Calling) -> Response:
        """Every Escalation Policy that the key may read, by its service's identifier."""
        policies = await self._reads.run(self._policies.all)
        readable = [policy for policy in policies if program.may("read", policy.service_id)]
        return _json(POLICIES.dump_json(readable))

    async def policy(self, service_id: ServiceName) -> Response:
        """The Escalation Policy of a Monitored Service, and in its ETag the version."""
        policy, version = await self._reads.run(self._policies.versioned, service_id)
        if policy is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} has no policy."))
        return _json(policy.model_dump_json(), headers=etag(version))

    async def history(
        self,
        service_id: ServiceName,
        before: Before = None,
        at_most: AtMost = 20,
    ) -> Response:
        """Who gave a Monitored Service which policy, the newest edit first, as far as it is kept.

        For the next page, the last `version` of this one is `before`.
        """
        edits = await self._reads.run(past_edits, self._policies, service_id, at_most, before)
        return _json(PAST_EDITS.dump_json(edits))

    async def put_policy(
        self,
        program: Calling,
        service_id: ServiceName,
        policy: Annotated[EscalationPolicy, Depends(Body(POLICY))],
        condition: EditCondition,
    ) -> Response:
        """Give a Monitored Service this Escalation Policy, from the next step on.

        With If-Match, only where it is as it was read: no edit of another person is lost.
        """
        if policy.service_id != service_id:
            wrong = FieldError(field="service_id", message=f"The URL says {service_id!r}.")
            detail = f"{wrong.field}: {wrong.message}"
            raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, [wrong]))
        version = await self._inbox.commit(
            SqlEscalationPolicies,
            lambda policies: put_if(policies, policy, program.author, condition),
        )
        return _json(policy.model_dump_json(), headers=etag(version))

    async def delete_policy(
        self, program: Calling, service_id: ServiceName, expected: Expected
    ) -> Response:
        """Leave a Monitored Service without an Escalation Policy: it can page nobody then."""
        is_removed = await self._inbox.commit(
            SqlEscalationPolicies,
            lambda policies: policies.remove(service_id, program.author, expected),
        )
        if not is_removed:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} has no policy."))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    # Messages: arrows 2, 3 and 8

    async def alerts(self, request: Request, program: Calling) -> Response:
        """Raise one Alert, or an array of them: all are committed before the answer."""
        body = await read_body(request)
        if not body.lstrip().startswith(b"["):
            alert = parse(ALERT, body)
            program.check("alert", alert.service_id)
            return await self._receive_one(alert, program)
        alerts = await parsed(ALERTS, request)
        program.check("alert", *(alert.service_id for alert in alerts))
        answers = await self._inbox.receive(alerts, program.author)
        results = [_receipt(answer) for answer in answers]
        return _json(RESULTS.dump_json(results, exclude_none=True), HTTPStatus.ACCEPTED)

    async def acknowledgement(
        self,
        program: Calling,
        acknowledgement: Annotated[Acknowledgement, Depends(Body(ACKNOWLEDGEMENT))],
    ) -> Response:
        """Acknowledge an incident: nobody else is notified about it."""
        program.check("acknowledge", acknowledgement.service_id)
        return await self._receive_one(acknowledgement, program)

    async def healthy_event(
        self,
        program: Calling,
        healthy_event: Annotated[HealthyEvent, Depends(Body(HEALTHY_EVENT))],
    ) -> Response:
        """Close the running incident, or the one that is named: the service is Healthy."""
        program.check("healthy", healthy_event.service_id)
        return await self._receive_one(healthy_event, program)

    # Monitored Services

    async def services(self, program: Calling) -> Response:
        """Every Monitored Service that the key may read, and the pages of its last incident."""
        statuses = await self._reads.run(self._board.all)
        readable = [status for status in statuses if program.may("read", status.service_id)]
        return _json(STATUSES.dump_json(readable))

    async def service(self, service_id: ServiceName) -> Response:
        """One Monitored Service, and the pages of its last incident."""
        status = await self._reads.run(self._board.of, service_id)
        if status is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} is not known."))
        return _json(status.model_dump_json())

    async def _receive_one(self, message: Message, program: Program) -> Response:
        [answer] = await self._inbox.receive([message], program.author)
        result = _receipt(answer)
        if isinstance(result, Refusal):
            raise ProblemError(result.problem)
        return _json(result.model_dump_json(), HTTPStatus.ACCEPTED)


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
