"""The shape of all that Opsgenie answers: JSON with `requestId` and `took`, errors as well."""

import json
import time
from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

from fastapi import Response
from pydantic import JsonValue

from pager.adapters.validation import FieldError
from pager.adapters.web.problems import Problem, ProblemError, problem

ACCEPTED = "Request will be processed"
"""What a client reads that has written something. (Here it is done already.)"""

UNPROCESSABLE = "Request body is not processable. Please check the errors."


class Reply:
    """The answer to one request, from the moment on at which that has come."""

    def __init__(self) -> None:
        """The request has come now."""
        self.request_id = str(uuid4())
        self._began = time.monotonic()

    def answer(self, status: HTTPStatus = HTTPStatus.OK, /, **parts: JsonValue) -> Response:
        """An answer with these parts: `data`, `paging`, or `result`; an error has a `message`."""
        took = round(time.monotonic() - self._began, 3)
        body = {**parts, "took": took, "requestId": self.request_id}
        headers = {"X-Request-ID": self.request_id, "X-Response-Time": str(took)}
        text = json.dumps(body, ensure_ascii=False)
        return Response(text, status, headers, media_type="application/json")

    def accepted(self, result: str = ACCEPTED) -> Response:
        """202: what was sent is committed."""
        return self.answer(HTTPStatus.ACCEPTED, result=result)


def refused(problem: Problem) -> Response:
    """An error."""
    status = HTTPStatus(problem.status)
    if not problem.errors:
        return Reply().answer(status, message=problem.detail)
    errors: dict[str, JsonValue] = {error.field: error.message for error in problem.errors}
    return Reply().answer(status, message=problem.detail, errors=errors)


def unprocessable(**errors: str) -> ProblemError:
    """422: what is wrong with each of these fields."""
    wrong = [FieldError(field=field, message=message) for field, message in errors.items()]
    return ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, UNPROCESSABLE, wrong))


def not_found(detail: str) -> ProblemError:
    """404."""
    return ProblemError(problem(HTTPStatus.NOT_FOUND, detail))


def time_of(moment: datetime) -> str:
    """A time as Opsgenie writes it: in UTC, with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
