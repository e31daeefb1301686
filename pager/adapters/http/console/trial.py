"""The page that sends test pages to the Targets of a policy, one at a time."""

import asyncio
from http import HTTPStatus
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from pager.adapters.http.console.form import SignedForm
from pager.adapters.http.console.pages import page
from pager.adapters.http.console.visitor import Engineer
from pager.adapters.http.names import ServiceName
from pager.adapters.sql.database import Database
from pager.adapters.sql.policies import SqlEscalationPolicies
from pager.adapters.trials import NotATarget, TooManyTrials, Trials
from pager.errors import DeliveryError

MOST_TARGETS = 50
"""That are listed."""


class _Sent(NamedTuple):
    """A test page, and what its provider said."""

    target: str
    receipt: str


class TrialPage:
    """Every Target of a stored policy, with a button."""

    def __init__(self, database: Database, trials: Trials) -> None:
        """`router` is to be included in an application."""
        self._policies = SqlEscalationPolicies(database)
        self._trials = trials
        self.router = APIRouter()
        path = "/console/services/{service_id}/policy/test"
        self.router.add_api_route(path, self.show, methods=["GET", "HEAD"])
        self.router.add_api_route(path, self.send, methods=["POST"])

    async def show(self, request: Request, _visitor: Engineer, service_id: ServiceName) -> Response:
        """The Targets of the policy."""
        return await self._page(request, service_id)

    async def send(
        self, request: Request, visitor: Engineer, service_id: ServiceName, form: SignedForm
    ) -> Response:
        """Send a test page to one of them, and say what became of it."""
        target = form.one("target")
        try:
            receipt = await self._trials.send(service_id, target, visitor.name)
        except NotATarget as error:
            return await self._page(request, service_id, HTTPStatus.NOT_FOUND, error=str(error))
        except TooManyTrials as error:
            status = HTTPStatus.TOO_MANY_REQUESTS
            return await self._page(request, service_id, status, error=str(error))
        except DeliveryError as error:
            said = f"{target}: {error}"
            return await self._page(request, service_id, HTTPStatus.BAD_GATEWAY, error=said)
        return await self._page(request, service_id, sent=_Sent(target, receipt))

    async def _page(
        self,
        request: Request,
        service_id: str,
        status: HTTPStatus = HTTPStatus.OK,
        *,
        sent: _Sent | None = None,
        error: str = "",
    ) -> Response:
        """The page; with what became of a test page that was `sent`, or an `error`."""
        policy = await asyncio.to_thread(self._policies.of, service_id)
        levels = policy.levels if policy else ()
        targets = list(dict.fromkeys(target.key for level in levels for target in level.targets))
        return page(
            request,
            "trial.html",
            status,
            service_id=service_id,
            targets=targets[:MOST_TARGETS],
            more=max(0, len(targets) - MOST_TARGETS),
            sent=sent,
            error=error,
        )
