"""Request bodies: bounded in size, and of the type that is expected.

FastAPI would parse a body first and validate Python objects; our models are strict, and strict
JSON knows what strict Python does not (a duration is text there, a tuple an array).
"""

from http import HTTPStatus
from typing import Generic, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.types import Scope

from pager.adapters.runtime.pools import Pool
from pager.adapters.web.limits import LARGEST_BODY
from pager.adapters.web.problems import ProblemError, invalid, problem
from pager.adapters.web.route_rules import Kind, found_of

# Browsers let a web page post anything but JSON to a local server without asking that server first.
MEDIA_TYPES: dict[Kind, str] = {
    "api": "application/json",
    "console": "application/x-www-form-urlencoded",
}
"""The type of the bodies that routes of a kind read; the others read none."""

LARGEST_PARSED_AT_ONCE = 20_000
"""Bytes of a body that is parsed where it is read: that takes milliseconds at most."""

T = TypeVar("T")


def expects_body(scope: Scope) -> bool:
    """Whether the endpoint of the request reads its body.

    Raises ProblemError where that has another type (415), or is announced as too large (413).
    """
    found = found_of(scope)
    expected = MEDIA_TYPES.get(found.rule.kind)
    if expected is None or not found.is_routed or scope["method"] not in {"POST", "PUT"}:
        return False
    headers = Request(scope).headers
    if headers.get("content-type", "").partition(";")[0].strip().lower() != expected:
        what = "JSON" if expected.endswith("json") else "a form"
        detail = f"Send {what}, and say so: Content-Type: {expected}."
        raise ProblemError(problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail))
    if int(headers.get("content-length", 0)) > LARGEST_BODY:
        raise too_large()
    return True


def too_large() -> ProblemError:
    """413."""
    detail = f"A body has at most {LARGEST_BODY:,} bytes."
    return ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))


async def read_body(request: Request) -> bytes:
    """The body of the request, which admission control has read."""
    body: bytes = request.state.body
    return body


def parse(adapter: TypeAdapter[T], body: bytes) -> T:
    """Parse JSON into a value. Raises ProblemError (422) naming each wrong field."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise ProblemError(invalid(error)) from error


async def parsed(adapter: TypeAdapter[T], request: Request) -> T:
    """Parse the body of the request; on a thread, where it is large, so that nobody else waits.

    Raises ProblemError as `parse` does, and Overloaded.
    """
    body = await read_body(request)
    if len(body) <= LARGEST_PARSED_AT_ONCE:
        return parse(adapter, body)
    threads: Pool = request.app.state.parsing
    return await threads.run(parse, adapter, body)


class Body(Generic[T]):
    """A FastAPI dependency: the body as a `T`."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        """`adapter` says what the body is."""
        self._adapter = adapter

    async def __call__(self, request: Request) -> T:
        """Parse the body. Raises what `parsed` raises."""
        return await parsed(self._adapter, request)
