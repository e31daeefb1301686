"""Admission control: too many requests at once are refused (load shedding).

A request is counted only while the server works on it: from the last byte of its body to the first
of its answer. So a client that sends slowly, or does not read, holds no place that others need.
"""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import get_args

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pager.adapters.runtime.pools import caller
from pager.adapters.web.bodies import WHOLE_BODY, BodyReader, CutBody, has_body
from pager.adapters.web.limits import Limits
from pager.adapters.web.problems import ProblemError, problem, response
from pager.adapters.web.route_rules import Admission

RETRY_AFTER = {"Retry-After": "5"}
"""Seconds."""


def service_unavailable(detail: str) -> Response:
    """503, with when to try again."""
    return response(
        problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), RETRY_AFTER | {"Connection": "close"}
    )


def _too_many() -> ProblemError:
    detail = "Pager is answering too many requests: send it again in a while."
    refusal = problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return ProblemError(refusal, RETRY_AFTER | {"Connection": "close"})


class Room:
    """The requests of one kind that are being answered, and the bodies that are in memory."""

    def __init__(self, limits: Limits) -> None:
        """`limits` says how many and how large they may be."""
        self.limits = limits
        self.requests = 0
        self.callers: Counter[str] = Counter()
        """How many of these are each caller's."""
        self.bytes = 0
        self.arriving: dict[Visit, asyncio.Timeout] = {}
        """Whose bodies are not complete, the oldest first, each with its deadline."""


class Visit:
    """One request in its room: first its body arrives, then it is answered."""

    def __init__(self, room: Room) -> None:
        """It is not in there yet: `admit`."""
        self._room = room
        self._name = ""
        self._bytes = 0
        self._is_inside = False
        self._gave_way = False

    async def admit(self, request: Request) -> None:
        """Read the body into the state of the request, and count the request until `leave`.

        Raises ProblemError as `_read_body` does, and where there is no room (503).
        """
        if has_body(request):
            request.scope["state"]["body"] = await self._read_body(request)
        self._enter(caller.get())

    async def _read_body(self, request: Request) -> CutBody:
        """The body.

        Raises ProblemError as BodyReader does, and where it is too slow (408) or gave way (503).
        """
        room, reader = self._room, BodyReader(request)
        whole: bytearray | None = request.scope["state"].pop(WHOLE_BODY, None)
        if whole is not None:
            self._make_room(reader.add(whole))
            whole.clear()
            return reader.body
        try:
            async with asyncio.timeout(room.limits.body_within.total_seconds()) as deadline:
                room.arriving[self] = deadline
                async for part in request.stream():
                    self._make_room(reader.add(part))
                    if reader.has_enough:
                        break
        except ClientDisconnect as error:
            detail = "The rest of the body did not come in time."
            raise ProblemError(problem(HTTPStatus.BAD_REQUEST, detail)) from error
        except TimeoutError as error:
            if self._gave_way:
                raise _too_many() from error
            detail = "The rest of the body did not come."
            raise ProblemError(
                problem(HTTPStatus.REQUEST_TIMEOUT, detail), {"Connection": "close"}
            ) from error
        finally:
            room.arriving.pop(self, None)
        return reader.body

    def _make_room(self, size: int) -> None:
        """Count `size` more bytes: where there is no room, the body that is slowest gives way.

        Raises ProblemError (503) for a body that has given way, or must.
        """
        if self._gave_way:  # the rest of it was here before its time-out
            raise _too_many()
        self._bytes += size
        self._room.bytes += size
        while self._room.bytes > self._room.limits.bytes:
            slowest = next(iter(self._room.arriving), self)
            if slowest is self:
                raise _too_many()
            slowest.give_up()

    def give_up(self) -> None:
        """End `_read_body` at once: another body needs the room."""
        self._gave_way = True
        self._room.arriving.pop(self).reschedule(asyncio.get_running_loop().time())
        self._forget_body()

    def _enter(self, name: str) -> None:
        """Be answered from now on, for that caller. Raises ProblemError (503)."""
        room, limits = self._room, self._room.limits
        if room.requests >= limits.requests or room.callers[name] >= limits.requests_of_one:
            raise _too_many()
        room.requests += 1
        room.callers[name] += 1
        self._name = name
        self._is_inside = True

    def leave(self) -> None:
        """The answer is there, or will never be."""
        self._forget_body()
        if self._is_inside:
            self._is_inside = False
            self._room.requests -= 1
            self._room.callers[self._name] -= 1
            if not self._room.callers[self._name]:
                del self._room.callers[self._name]

    def _forget_body(self) -> None:
        self._room.bytes -= self._bytes
        self._bytes = 0


class AdmissionControl:
    """Refuses requests while too many of their kind are being answered."""

    def __init__(self, limits: Limits) -> None:
        """Each kind is counted by itself: a flood of Alerts keeps out no Acknowledgement."""
        self._rooms: dict[Admission, Room] = {
            kind: Room(limits) for kind in get_args(Admission) if kind != "always"
        }

    def visit(self, kind: Admission) -> Visit | None:
        """A request of that kind, which is not admitted yet; None where it always is."""
        room = self._rooms.get(kind)
        return None if room is None else Visit(room)
