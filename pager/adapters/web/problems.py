"""Errors as problem details (RFC 9457): a sentence that says what is wrong, and where."""

from http import HTTPStatus

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from pager.adapters.json_keys import STANDS_TWICE
from pager.adapters.text import mended
from pager.adapters.validation import FieldError, field_errors
from pager.model import shortened

MEDIA_TYPE = "application/problem+json"
LONGEST_KEY = 100
"""Characters of a key of a body that are told."""


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    title: str
    """The phrase of the status."""
    status: int
    detail: str
    """What is wrong, in a sentence for a person to read."""
    errors: list[FieldError] | None = None
    """Each field that is wrong; left out where no field is."""


class ProblemError(Exception):
    """Raised to answer the request with a Problem."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        """Answer with `problem`, and with these headers."""
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def problem(status: HTTPStatus, detail: str, errors: list[FieldError] | None = None) -> Problem:
    """A Problem of that status, with `detail` for a person to read."""
    return Problem(title=status.phrase, status=status, detail=detail, errors=errors)


def response(details: Problem, headers: dict[str, str] | None = None) -> Response:
    """The answer with that Problem."""
    body = details.model_dump_json(exclude_none=True)
    return Response(body, details.status, headers, media_type=MEDIA_TYPE)


def invalid(error: ValidationError) -> Problem:
    """422: the fields that are wrong, each by its path, and what a good value looks like."""
    return unprocessable(field_errors(error))


def invalid_parameters(error: RequestValidationError) -> Problem:
    """422: each parameter of the URL that is wrong, and what a good value is."""
    return unprocessable(
        [FieldError(field=wrong["loc"][-1], message=wrong["msg"]) for wrong in error.errors()]
    )


def key_twice(key: str) -> Problem:
    """422: that key stands twice in one object."""
    name = shortened(mended(key), LONGEST_KEY)
    return unprocessable([FieldError(field=name, message=STANDS_TWICE)])


def unprocessable(errors: list[FieldError]) -> Problem:
    """422: these fields are wrong."""
    detail = "; ".join(f"{error.field}: {error.message}" for error in errors[:3])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)
