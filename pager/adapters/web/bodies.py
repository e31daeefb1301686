"""Request bodies: bounded in size, and of the type that is expected.

FastAPI would parse a body first and validate Python objects; our models are strict, and strict
JSON knows what strict Python does not (a duration is text there, a tuple an array).

Admission control reads them (`BodyReader`), before a request takes a place.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Generic, NamedTuple, ParamSpec, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from pager.adapters.json_keys import key_given_twice
from pager.adapters.runtime.pools import Pool
from pager.adapters.web.limits import LARGEST_BODY, LARGEST_CONFIGURATION, LARGEST_REPORT
from pager.adapters.web.problems import Problem, ProblemError, invalid, key_twice, problem
from pager.adapters.web.route_rules import Kind, Rule, found_of

# Browsers let a web page post anything but JSON to a local server without asking that server first.
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

MEDIA_TYPES: dict[Kind, str] = {"api": JSON, "console": FORM, "callback": FORM}
"""The type of the bodies that routes of a kind read."""

WITH_BODY: frozenset[Kind] = frozenset({*MEDIA_TYPES, "intake"})
"""Admission control reads no other bodies. What monitors send may be of any type."""

MOST_READ = 16 * LARGEST_BODY
"""Of a body that is cut: a client that is still sending may not read the answer."""

LARGEST_END = 64 * 1024
"""Bytes of the end of a body that is cut: what comes after a long text may say whose it is."""

WHOLE_BODY = "whole_body"
"""In the state of a request: the bytes of its body, where that came with its head, so that nobody
has to wait for it. Whoever takes it clears them, and does not `receive` it."""

GZIP = b"\x1f\x8b"
PACKED = ("gzip", "x-gzip", "deflate")
"""Values of Content-Encoding."""

LARGEST_PARSED_AT_ONCE = 20_000
"""Bytes of a body that is parsed where it is read: that takes milliseconds at most."""

P = ParamSpec("P")
T = TypeVar("T")


class CutBody(NamedTuple):
    """A body of any size, of which the middle may be missing."""

    start: bytes
    """The first LARGEST_BODY bytes."""
    end: bytes
    """The last LARGEST_END bytes of what comes after these; empty where that is all."""


class BodyReader:
    """Takes in the parts of one body."""

    def __init__(self, request: Request) -> None:
        """The route of `request` says what it may be.

        Raises ProblemError where it has another type (415), or is announced as too large (413).
        """
        rule = found_of(request.scope).rule
        self._may_be_cut = rule.may_be_cut
        self._largest = _largest(rule)
        self._start, self._end, self._length = bytearray(), b"", 0
        if self._may_be_cut:
            return
        expected = MEDIA_TYPES.get(rule.kind)
        if expected is not None and media_type_of(request) != expected:
            raise ProblemError(not_of_type(expected))
        if int(request.headers.get("content-length", 0)) > self._largest:
            raise _too_large(self._largest)

    def add(self, part: bytes | bytearray) -> int:
        """Take `part`, and return how many bytes of it are kept. Raises ProblemError (413)."""
        self._length += len(part)
        if self._length > self._largest and not self._may_be_cut:
            raise _too_large(self._largest)
        kept = part[: self._largest - len(self._start)]
        self._start += kept
        self._end = (self._end + part[len(kept) :])[-LARGEST_END:]
        return len(kept)

    @property
    def has_enough(self) -> bool:
        """Whether the rest need not be read."""
        return self._length > MOST_READ

    @property
    def body(self) -> CutBody:
        """What was read."""
        return CutBody(bytes(self._start), self._end)


def _largest(rule: Rule) -> int:
    """Bytes of a body on a route of that rule."""
    if rule.admission == "configuration":
        return LARGEST_CONFIGURATION
    return LARGEST_REPORT if rule.kind == "callback" else LARGEST_BODY


def has_body(request: Request) -> bool:
    """Whether the endpoint of the request reads its body."""
    found = found_of(request.scope)
    is_read = found.rule.kind in WITH_BODY and request.method in {"POST", "PUT", "PATCH"}
    return found.is_routed and is_read


def body_of(request: Request) -> bytes:
    """The body of the request, which admission control has read."""
    return cut_body_of(request).start


def cut_body_of(request: Request) -> CutBody:
    """The same, of one that may be cut."""
    body: CutBody = request.scope["state"]["body"]
    return body


def not_of_type(expected: str) -> Problem:
    """415: the body has another media type than `expected`."""
    what = "JSON" if expected == JSON else "a form"
    detail = f"Send {what}, and say so: Content-Type: {expected}."
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


def media_type_of(request: Request) -> str:
    """The media type of the body as the request says it, without parameters; may be empty."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _too_large(largest: int) -> ProblemError:
    """413."""
    detail = f"A body has at most {largest:,} bytes."
    return ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))


def parse(adapter: TypeAdapter[T], body: bytes) -> T:
    """Parse JSON into a value. Raises ProblemError (422) naming each wrong field, or the key that
    stands twice."""
    check_keys(body)
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise ProblemError(invalid(error)) from error


def check_keys(body: bytes | str) -> None:
    """Raises ProblemError (422) where a key stands twice in an object of the JSON."""
    if (key := key_given_twice(body)) is not None:
        raise ProblemError(key_twice(key))


def is_packed(body: bytes, content_encoding: str) -> bool:
    """Whether a body may be packed, by gzip or deflate."""
    return body.startswith(GZIP) or content_encoding.strip().lower() in PACKED


def is_soon_parsed(body: bytes, content_encoding: str) -> bool:
    """Whether nobody has to wait for it: it is small, also when it is unpacked."""
    return len(body) <= LARGEST_PARSED_AT_ONCE and not is_packed(body, content_encoding)


async def run_parser(
    request: Request, parser: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run `parser` for the body; on a thread where that takes long, so that nobody else waits.

    Raises Overloaded, and what `parser` raises.
    """
    if is_soon_parsed(body_of(request), request.headers.get("content-encoding", "")):
        return parser(*args, **kwargs)
    threads: Pool = request.app.state.parsing
    return await threads.run(parser, *args, **kwargs)


class Body(Generic[T]):
    """A FastAPI dependency: the body as a `T`."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        """`adapter` says what the body is."""
        self._adapter = adapter

    async def __call__(self, request: Request) -> T:
        """Parse the body. Raises what `run_parser` and `parse` raise."""
        return await run_parser(request, parse, self._adapter, body_of(request))
