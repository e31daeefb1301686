"""The endpoint for Twilio's delivery reports: what became of an SMS after Twilio had accepted it.

It takes no key. The URL has a token that only Pager can make, so a stranger is refused before the
body is read, and Twilio has signed the request.
"""

import asyncio
import logging
from datetime import timedelta
from http import HTTPStatus

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from pager.adapters.channels.sms.status_callbacks import (
    LARGEST_REPORT,
    BadReport,
    ForgedReport,
    StatusCallbacks,
    UnknownPage,
)
from pager.adapters.runtime.reports import ReportReceiver
from pager.adapters.web.problems import ProblemError, problem

BODY_WITHIN = timedelta(seconds=10)
SIGNATURE = "X-Twilio-Signature"

logger = logging.getLogger(__name__)


class TwilioReports:
    """The endpoint."""

    def __init__(self, callbacks: StatusCallbacks, receiver: ReportReceiver) -> None:
        """`callbacks` made the URLs, and reads what is posted to them."""
        self._callbacks = callbacks
        self._receiver = receiver

    async def receive(self, request: Request, token: str) -> Response:
        """Record the report. Raises ProblemError: 404, 403, 400, 408 or 413."""
        try:
            key = self._callbacks.page(token)
            signature = request.headers.get(SIGNATURE, "")
            report = self._callbacks.read(token, signature, await _body(request))
        except UnknownPage as error:
            raise _refusal(HTTPStatus.NOT_FOUND, str(error)) from error
        except ForgedReport as error:
            self._receiver.refused()
            logger.warning("a delivery report was refused: %s", error)
            raise _refusal(HTTPStatus.FORBIDDEN, str(error)) from error
        except BadReport as error:
            raise _refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        await self._receiver.receive(key, report)
        return Response(status_code=HTTPStatus.NO_CONTENT)


async def _body(request: Request) -> bytes:
    """The body, which is small. Raises ProblemError and BadReport."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_REPORT:
                    detail = f"A delivery report has at most {LARGEST_REPORT:,} bytes."
                    raise _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    except ClientDisconnect as error:
        raise BadReport("the rest of its body did not come") from error
    except TimeoutError as error:
        detail = "The rest of the body did not come."
        raise _refusal(HTTPStatus.REQUEST_TIMEOUT, detail) from error
    return bytes(body)


def _refusal(status: HTTPStatus, detail: str) -> ProblemError:
    return ProblemError(problem(status, detail))
