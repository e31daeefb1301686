"""The endpoint for Twilio's delivery reports: what became of an SMS after Twilio had accepted it.

It takes no key. The URL has a token that only Pager can make, so the guard refuses strangers before
the body is read, and Twilio has signed the request.
"""

import logging
from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.channels.sms.status_callbacks import BadReport, ForgedReport, StatusCallbacks
from pager.adapters.runtime.reports import ReportReceiver
from pager.adapters.web.bodies import body_of
from pager.adapters.web.problems import ProblemError, problem

SIGNATURE = "X-Twilio-Signature"

logger = logging.getLogger(__name__)


class TwilioReports:
    """The endpoint."""

    def __init__(self, callbacks: StatusCallbacks, receiver: ReportReceiver) -> None:
        """`callbacks` made the URLs, and reads what is posted to them."""
        self._callbacks = callbacks
        self._receiver = receiver

    async def receive(self, request: Request, token: str) -> Response:
        """Record the report. Raises ProblemError: 403 or 400."""
        signature = request.headers.get(SIGNATURE, "")
        try:
            report = self._callbacks.read(token, signature, body_of(request))
        except ForgedReport as error:
            self._receiver.refused()
            logger.warning("a delivery report was refused: %s", error)
            raise ProblemError(problem(HTTPStatus.FORBIDDEN, str(error))) from error
        except BadReport as error:
            raise ProblemError(problem(HTTPStatus.BAD_REQUEST, str(error))) from error
        await self._receiver.receive(request.state.reported_page, report)
        return Response(status_code=HTTPStatus.NO_CONTENT)
