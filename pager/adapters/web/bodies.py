"""Request bodies: bounded in size, and of the type that is expected.

FastAPI would parse a body first and validate Python objects; our models are strict, and strict
JSON knows what strict Python does not (a duration is text there, a tuple an array).
"""

import asyncio
from http import HTTPStatus
from typing import Generic, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from pager.adapters.web.limits import LARGEST_BODY, Limits
from pager.adapters.web.problems import Problem, ProblemError, invalid, problem

# Browsers let a web page post anything but JSON to a local server without asking that server first.
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

MOST_READ = 16 * LARGEST_BODY
"""Of a body whose end is dropped: a client that still sends may not read the answer."""

T = TypeVar("T")


async def read_body(request: Request) -> bytes:
    """The body of a request to the API: JSON. Raises ProblemError as `read_body_as` does."""
    return await read_body_as(JSON, request)


async def read_body_as(expected: str, request: Request) -> bytes:
    """The body, whose media type is `expected`.

    Raises ProblemError where it has another type (415), is too large (413), or too slow (408).
    """
    if media_type_of(request) != expected:
        raise ProblemError(not_of_type(expected))
    body = await _read(request, LARGEST_BODY)
    if len(body) > LARGEST_BODY:
        detail = f"A body has at most {LARGEST_BODY:,} bytes."
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))
    return body


async def read_start(request: Request) -> bytes:
    """The first LARGEST_BODY bytes of the body, of whichever media type; the rest is dropped.

    Raises ProblemError where it is too slow (408).
    """
    body = await _read(request, MOST_READ)
    return body[:LARGEST_BODY]


def not_of_type(expected: str) -> Problem:
    """415: the body has another media type than `expected`."""
    what = "JSON" if expected == JSON else "a form"
    detail = f"Send {what}, and say so: Content-Type: {expected}."
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


def media_type_of(request: Request) -> str:
    """The media type of the body as the request says it, without parameters; may be empty."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read(request: Request, most: int) -> bytes:
    """The body; of one that is longer than `most`, so much that this can be seen.

    What comes after LARGEST_BODY is not kept.
    """
    limits: Limits = request.app.state.limits
    body = bytearray()
    length = 0
    try:
        async with asyncio.timeout(limits.body_within.total_seconds()):
            async for chunk in request.stream():
                length += len(chunk)
                body += chunk[: LARGEST_BODY + 1 - len(body)]
                if length > most:
                    break
    except ClientDisconnect as error:
        detail = "The rest of the body did not come: nobody reads this."
        raise ProblemError(problem(HTTPStatus.BAD_REQUEST, detail)) from error
    except TimeoutError as error:
        detail = "The rest of the body did not come."
        raise ProblemError(problem(HTTPStatus.REQUEST_TIMEOUT, detail)) from error
    return bytes(body)


def parse(adapter: TypeAdapter[T], body: bytes) -> T:
    """Parse JSON into a value. Raises ProblemError (422) naming each wrong field."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise ProblemError(invalid(error)) from error


class Body(Generic[T]):
    """A FastAPI dependency: the body as a `T`."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        """`adapter` says what the body is."""
        self._adapter = adapter

    async def __call__(self, request: Request) -> T:
        """Read and parse the body. Raises ProblemError as `read_body` and `parse` do."""
        return parse(self._adapter, await read_body(request))
