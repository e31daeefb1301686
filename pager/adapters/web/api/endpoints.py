"""Messages and services in the JSON API. The domain's models are the wire models, so each bound is
written once."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Response
from pydantic import Field, TypeAdapter

from pager.adapters.store.core.filters import Names
from pager.adapters.store.views.status import ServiceStatus, ServiceStatuses
from pager.adapters.validation import FieldError
from pager.adapters.web.admission import RETRY_AFTER
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.lists import (
    LONGEST_LIST,
    After,
    ListedState,
    ListLength,
    next_page,
)
from pager.adapters.web.api.message_requests import (
    MOST_ALERTS,
    AlertRequest,
    AlertRequests,
    HealthyEventRequest,
    ReadAlert,
    ResolveRequest,
    read_alerts,
    read_healthy_event,
    read_plain_alert,
    read_resolve,
)
from pager.adapters.web.api.receipts import Receipt, Refusal, Results, problem_of_all, receipt
from pager.adapters.web.api.tolerant_json import text_of
from pager.adapters.web.auth.principals import Calling, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import (
    JSON,
    LARGEST_PARSED_AT_ONCE,
    Body,
    body_of,
    cut_body_of,
    media_type_of,
    not_of_type,
    run_parser,
)
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.problems import Problem, ProblemError, problem
from pager.messages import Acknowledgement, Escalate, Message, PageAgain

FROM_A_PAGE = frozenset({"origin", "sec-fetch-site"})
"""Headers with which browsers say that a web page made them send a request. Without a key, such a
page could reach a server on its visitor's machine: with any media type but JSON, which browsers ask
the server about first."""

Alerts = Annotated[list[AlertRequest], Field(min_length=1, max_length=MOST_ALERTS)]

ALERT_OR_ALERTS: TypeAdapter[AlertRequest | Alerts] = TypeAdapter(AlertRequest | Alerts)
ACKNOWLEDGEMENT = TypeAdapter(Acknowledgement)
ESCALATE = TypeAdapter(Escalate)
PAGE_AGAIN = TypeAdapter(PageAgain)
HEALTHY_EVENT = TypeAdapter(HealthyEventRequest)
RESOLVE = TypeAdapter(ResolveRequest)
RECEIPT = TypeAdapter(Receipt)
RESULTS = TypeAdapter(Results)
RECEIPT_OR_RESULTS: TypeAdapter[Receipt | Results] = TypeAdapter(Receipt | Results)
STATUS = TypeAdapter(ServiceStatus)
STATUSES = TypeAdapter(list[ServiceStatus])


class Api:
    """The endpoints. Messages go through the Inbox, everything else to the Database."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._board = ServiceStatuses(backend.database)

    # Messages: arrows 2, 3 and 8, and what people do by hand

    async def alerts(self, request: Request, program: Calling) -> Response:
        """Raise Alerts: one, or an array. All are committed before the answer."""
        requests = await _read_alerts(request, program)
        results = await self._raise(requests.alerts, program)
        refusals = [result for result in results if isinstance(result, Refusal)]
        if refusals:  # RefusedAlerts looks at the status of the answer otherwise
            request.state.refused_alerts = [
                (result.service_id or "", result.problem.status) for result in refusals
            ]
        if not requests.is_array:
            return _answer(results[0])
        if (refused := problem_of_all(results)) is not None:
            raise ProblemError(refused, _retry_after(refused))
        return json_answer(RESULTS.dump_json(results, exclude_none=True), HTTPStatus.ACCEPTED)

    async def _raise(self, requests: Sequence[ReadAlert | Problem], program: Program) -> Results:
        """The result of each of them, in their order."""
        results = [_refused_at_once(request, program) for request in requests]
        admitted = [
            request
            for request, refusal in zip(requests, results, strict=True)
            if refusal is None and isinstance(request, ReadAlert)
        ]
        alerts = [request.message for request in admitted]
        answers = await self._inbox.receive_each(alerts, program.author) if alerts else []
        receipts = (
            receipt(request.message.service_id, answer, request.warnings)
            for request, answer in zip(admitted, answers, strict=True)
        )
        return [refusal or next(receipts) for refusal in results]

    async def acknowledgement(
        self,
        program: Calling,
        acknowledgement: Annotated[Acknowledgement, Depends(Body(ACKNOWLEDGEMENT))],
    ) -> Response:
        """Acknowledge an incident: nobody else is notified about it."""
        program.check("acknowledge", acknowledgement.service_id)
        return await self._receive_one(acknowledgement, program)

    async def escalation(
        self,
        program: Calling,
        escalate: Annotated[Escalate, Depends(Body(ESCALATE))],
    ) -> Response:
        """Send an incident on to the next Level, at once."""
        program.check("acknowledge", escalate.service_id)
        return await self._receive_one(escalate, program)

    async def repeated_page(
        self,
        program: Calling,
        page_again: Annotated[PageAgain, Depends(Body(PAGE_AGAIN))],
    ) -> Response:
        """Tell the Level that was notified last once more, or take an Acknowledgement back."""
        program.check("acknowledge", page_again.service_id)
        return await self._receive_one(page_again, program)

    async def healthy_event(self, request: Request, program: Calling) -> Response:
        """Close the running incident, or the one that is named: the service is Healthy."""
        text, media_type, _ = await _read_text(request, program)
        event, warnings = await run_parser(request, read_healthy_event, text, media_type)
        program.check("healthy", event.service_id)
        return await self._receive_one(event, program, warnings)

    async def resolve(self, request: Request, program: Calling) -> Response:
        """Close one trouble of a service: it is Healthy once that was the last one."""
        text, media_type, _ = await _read_text(request, program)
        resolve, warnings = await run_parser(request, read_resolve, text, media_type)
        program.check("healthy", resolve.service_id)
        return await self._receive_one(resolve, program, warnings)

    # Monitored Services

    async def services(
        self,
        program: Calling,
        after: After = "",
        at_most: ListLength = LONGEST_LIST,
        state: ListedState = None,
    ) -> Response:
        """The Monitored Services that the key may read, and the pages of their last incidents."""
        names = Names(after=after, among=program.scope.services)
        find = partial(self._board.page, only_unhealthy=state is not None)
        statuses, last = await self._reads.run(find, names, at_most)
        return json_answer(STATUSES.dump_json(statuses), headers=next_page(last, at_most, state))

    async def service(self, service_id: ServiceName) -> Response:
        """One Monitored Service, and the pages of its last incident."""
        status = await self._reads.run(self._board.of, service_id)
        if status is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, f"{service_id!r} is not known."))
        return json_answer(status.model_dump_json())

    async def _receive_one(
        self, message: Message, program: Program, warnings: Sequence[FieldError] = ()
    ) -> Response:
        [answer] = await self._inbox.receive([message], program.author)
        return _answer(receipt(message.service_id, answer, warnings))


class _Text(NamedTuple):
    text: str
    media_type: str
    is_cut: bool


async def _read_alerts(request: Request, program: Program) -> AlertRequests:
    """The Alerts in a body. Raises what `_read_text` and `read_alerts` raise."""
    body = body_of(request)
    is_json = media_type_of(request) == JSON and "content-encoding" not in request.headers
    if is_json and len(body) <= LARGEST_PARSED_AT_ONCE and (plain := read_plain_alert(body)):
        return AlertRequests([plain], is_array=False)
    text, media_type, is_cut = await _read_text(request, program)
    return await run_parser(request, read_alerts, text, media_type, is_cut=is_cut)


async def _read_text(request: Request, program: Program) -> _Text:
    """The text of a body in whatever encoding; of one that is too large the middle is missing.

    Raises ProblemError where a web page may have sent it (415), and where it is too slow (408).
    """
    media_type = media_type_of(request)
    from_a_page = not FROM_A_PAGE.isdisjoint(request.headers)
    if program.author is None and from_a_page and media_type != JSON:
        raise ProblemError(not_of_type(JSON))
    body = cut_body_of(request)
    encoding = request.headers.get("content-encoding", "")
    text = await run_parser(request, text_of, body, encoding)
    return _Text(text, media_type, is_cut=bool(body.end))


def _refused_at_once(request: ReadAlert | Problem, program: Program) -> Refusal | None:
    """The refusal of what is no Alert, or is not for this key; None where it is decided on."""
    if isinstance(request, Problem):
        return Refusal(problem=request)
    service_id = request.message.service_id
    try:
        program.check("alert", service_id)
    except ProblemError as error:
        return Refusal(service_id=service_id, problem=error.problem)
    return None


def _answer(result: Receipt | Refusal) -> Response:
    """202, and the receipt. Raises ProblemError for a refusal."""
    if isinstance(result, Refusal):
        raise ProblemError(result.problem, _retry_after(result.problem))
    return json_answer(result.model_dump_json(exclude_none=True), HTTPStatus.ACCEPTED)


def _retry_after(refused: Problem) -> dict[str, str] | None:
    return RETRY_AFTER if refused.status == HTTPStatus.SERVICE_UNAVAILABLE else None
