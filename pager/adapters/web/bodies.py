"""Request bodies: bounded in size, and of the type that is expected.

FastAPI would parse a body first and validate Python objects; our models are strict, and strict
JSON knows what strict Python does not (a duration is text there, a tuple an array).
"""

import asyncio
from http import HTTPStatus
from typing import Generic, NamedTuple, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from pager.adapters.web.limits import LARGEST_BODY, Limits
from pager.adapters.web.problems import Problem, ProblemError, invalid, problem

# Browsers let a web page post anything but JSON to a local server without asking that server first.
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

MOST_READ = 16 * LARGEST_BODY
"""Of a body that is cut: a client that is still sending may not read the answer."""

LARGEST_END = 64 * 1024
"""Bytes of the end of a body that is cut: what comes after a long text may say whose it is."""

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
    body, rest = await _read(request, LARGEST_BODY)
    if rest:
        detail = f"A body has at most {LARGEST_BODY:,} bytes."
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))
    return body


class CutBody(NamedTuple):
    """A body of any size, of which the middle may be missing."""

    start: bytes
    """The first LARGEST_BODY bytes."""
    end: bytes
    """The last LARGEST_END bytes of what comes after these; empty where that is all."""


async def read_cut(request: Request) -> CutBody:
    """Read a body of whichever size and media type. Raises ProblemError (408) if it is too slow."""
    return await _read(request, MOST_READ)


def not_of_type(expected: str) -> Problem:
    """415: the body has another media type than `expected`."""
    what = "JSON" if expected == JSON else "a form"
    detail = f"Send {what}, and say so: Content-Type: {expected}."
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


def media_type_of(request: Request) -> str:
    """The media type of the body as the request says it, without parameters; may be empty."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read(request: Request, most: int) -> CutBody:
    """Read the body, up to about `most` bytes of it."""
    limits: Limits = request.app.state.limits
    start, end = bytearray(), b""
    length = 0
    try:
        async with asyncio.timeout(limits.body_within.total_seconds()):
            async for chunk in request.stream():
                length += len(chunk)
                room = LARGEST_BODY - len(start)
                start += chunk[:room]
                end = (end + chunk[room:])[-LARGEST_END:]
                if length > most:
                    break
    except ClientDisconnect as error:
        detail = "The rest of the body did not come: nobody reads this."
        raise ProblemError(problem(HTTPStatus.BAD_REQUEST, detail)) from error
    except TimeoutError as error:
        detail = "The rest of the body did not come."
        raise ProblemError(problem(HTTPStatus.REQUEST_TIMEOUT, detail)) from error
    return CutBody(bytes(start), end)


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
