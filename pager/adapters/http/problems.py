"""Errors as problem details (RFC 9457): a sentence that says what is wrong, and where."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import get_args

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from pager.model import Target

MEDIA_TYPE = "application/problem+json"
TAGS = {kind.model_fields["type"].default for kind in get_args(get_args(Target)[0])}

MOST_ERRORS = 100
"""That are told of: a body has room for a hundred thousand."""


class FieldError(BaseModel):
    """What is wrong with one field of a body."""

    field: str
    message: str


class Problem(BaseModel):
    """Problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class ProblemError(Exception):
    """Carries a Problem to where it is answered."""

    def __init__(self, found: Problem, headers: dict[str, str] | None = None) -> None:
        """The Problem to answer with, and headers that go with it."""
        super().__init__(found.detail)
        self.problem = found
        self.headers = headers


def problem(status: HTTPStatus, detail: str, errors: list[FieldError] | None = None) -> Problem:
    """A Problem of that status, with `detail` for a person to read."""
    return Problem(title=status.phrase, status=status, detail=detail, errors=errors)


def response(found: Problem, headers: dict[str, str] | None = None) -> Response:
    """The Problem as it is sent."""
    body = found.model_dump_json(exclude_none=True)
    return Response(body, found.status, headers, media_type=MEDIA_TYPE)


def invalid(error: ValidationError, whole: str = "body") -> Problem:
    """422: the fields that are wrong, each by its path, and what a good value looks like.

    What is wrong with no field in particular is wrong with the `whole`.
    """
    errors = [
        FieldError(field=_path(found["loc"]) or whole, message=found["msg"])
        for found in error.errors()[:MOST_ERRORS]
    ]
    return _unprocessable(errors)


def invalid_parameters(error: RequestValidationError) -> Problem:
    """422: each parameter of the URL that is wrong, and what a good value is."""
    return _unprocessable(
        [FieldError(field=found["loc"][-1], message=found["msg"]) for found in error.errors()]
    )


def _unprocessable(errors: list[FieldError]) -> Problem:
    detail = "; ".join(f"{found.field}: {found.message}" for found in errors[:3])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


def _path(location: Sequence[int | str]) -> str:
    # Members of a union carry its tag in their path, which is in no body.
    return ".".join(str(part) for part in location if part not in TAGS)
