"""Escalation Policies of services in the JSON API: arrow 1 of the brief."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Request, Response
from pydantic import TypeAdapter
from pydantic_core import from_json

from pager.adapters.store.core.codecs import SERVICE_POLICIES
from pager.adapters.store.core.filters import Names
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.validation import FieldError
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.conditional_requests import (
    EditCondition,
    Expected,
    PastEdit,
    etag,
    past_edits,
    put_if,
)
from pager.adapters.web.api.lists import LONGEST_LIST, After, ListLength, next_page
from pager.adapters.web.api.url_fields import MayBeLeftOut, with_field
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import body_of, parse, run_parser
from pager.adapters.web.parsing import AtMost, Before, ServiceName
from pager.adapters.web.problems import ProblemError, problem, unprocessable
from pager.model import EscalationPolicy
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.policies import PolicyUse, ServicePolicy

NOBODY_NOW = (
    "Nobody would be notified about {!r} just now: it has no policy that reaches somebody, and "
    "there is no fallback policy that does."
)

USE = TypeAdapter(Annotated[PolicyUse, MayBeLeftOut("service_id")])
PLAIN_POLICY = TypeAdapter(EscalationPolicy)
POLICY: TypeAdapter[ServicePolicy] = TypeAdapter(ServicePolicy)
POLICY_BODY: TypeAdapter[ServicePolicy] = TypeAdapter(
    EscalationPolicy | Annotated[PolicyUse, MayBeLeftOut("service_id")]
)
"""What PUT takes, to be described: `_read` reads it, and says better what is wrong."""
POLICY_LIST: TypeAdapter[list[ServicePolicy]] = TypeAdapter(list[ServicePolicy])
PAST_EDITS = TypeAdapter(list[PastEdit])


class PoliciesApi:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        """They are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._policies = backend.policies

    async def policies(
        self, program: Calling, after: After = "", at_most: ListLength = LONGEST_LIST
    ) -> Response:
        """The Escalation Policies that the key may read, by their services' identifiers."""
        names = Names(after=after, among=program.scope.services)
        found = await self._reads.run(self._policies.find, names, at_most + 1)
        texts = [
            SERVICE_POLICIES.encode(policy) for _, policy in found[:at_most] if policy is not None
        ]
        is_last = len(found) <= at_most
        last = None if is_last else found[at_most - 1].service_id
        return json_answer(f"[{','.join(texts)}]", headers=next_page(last, at_most))

    async def policy(self, service_id: ServiceName) -> Response:
        """The Escalation Policy of a Monitored Service, and in its ETag the version."""
        policy, version = await self._reads.run(self._policies.versioned, service_id)
        if policy is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} has no policy."))
        return json_answer(SERVICE_POLICIES.encode(policy), headers=etag(version))

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
        return json_answer(PAST_EDITS.dump_json(edits))

    async def policy_now(self, service_id: ServiceName) -> Response:
        """Who would be notified about a Monitored Service just now, Level after Level.

        A shared policy as it is at this moment, with its gaps; the fallback policy where that
        counts.
        """
        policy = await self._reads.run(self._policies.of, service_id)
        if policy is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, NOBODY_NOW.format(service_id)))
        return json_answer(policy.model_dump_json())

    async def put_policy(
        self,
        request: Request,
        program: Calling,
        service_id: ServiceName,
        condition: EditCondition,
    ) -> Response:
        """Give a Monitored Service this Escalation Policy, from the next step on.

        With If-Match, only where it is as it was read: no edit of another person is lost.
        """
        policy = await run_parser(request, _read, body_of(request), service_id)
        try:
            version = await self._inbox.commit(
                SqlEscalationPolicies,
                lambda policies: put_if(policies, policy, program.author, condition),
            )
        except NobodyOfThatName as error:
            wrong = FieldError(field="uses", message=str(error))
            raise ProblemError(unprocessable([wrong])) from error
        return json_answer(policy.model_dump_json(), headers=etag(version))

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


def _read(body: bytes, service_id: str) -> ServicePolicy:
    """The policy in the body of a request to the URL of that service. Raises ProblemError (422)."""
    policy: ServicePolicy
    if _names_a_shared_policy(body):
        policy = parse(USE, with_field(body, "service_id", service_id))
    else:
        policy = parse(PLAIN_POLICY, body)
    if policy.service_id != service_id:
        wrong = FieldError(field="service_id", message=f"The URL says {service_id!r}.")
        raise ProblemError(unprocessable([wrong]))
    return policy


def _names_a_shared_policy(body: bytes) -> bool:
    try:
        value = from_json(body)
    except ValueError:
        return False
    return isinstance(value, dict) and "uses" in value
