"""The page that sends test pages to the Targets of a policy, one at a time."""

from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.access.rate_limits import TooManyTestPages
from pager.adapters.channels.test_page_sender import NotATarget
from pager.adapters.runtime.pools import Overloaded
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import ServiceName, Skip
from pager.errors import DeliveryError, DeliveryUnknown


class _Outcome(NamedTuple):
    """The result of a test page: it was sent, or there was an error."""

    status: HTTPStatus = HTTPStatus.OK
    sent_to: str = ""
    receipt: str = ""
    """The provider's answer."""
    error: str = ""
    verdict: str = "No test page was sent."


class TestPagesPage:
    """Every Target of a stored policy, with a button."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._policies = backend.policies
        self._test_pages = backend.test_pages

    async def show(self, request: Request, service_id: ServiceName, skip: Skip = 0) -> Response:
        """The Targets of the policy, without the first `skip` of them."""
        return await self._page(request, service_id, skip, _Outcome())

    async def send(
        self,
        request: Request,
        person: SignedIn,
        service_id: ServiceName,
        form: SignedForm,
        skip: Skip = 0,
    ) -> Response:
        """Send a test page to one of the Targets, and show the result."""
        outcome = await self._send(service_id, form.text("target"), person.name)
        return await self._page(request, service_id, skip, outcome)

    async def _send(self, service_id: str, target: str, author: str) -> _Outcome:
        try:
            receipt = await self._test_pages.send(service_id, target, author)
        except NotATarget as error:
            return _Outcome(HTTPStatus.NOT_FOUND, error=str(error))
        except TooManyTestPages as error:
            return _Outcome(HTTPStatus.TOO_MANY_REQUESTS, error=str(error))
        except TimeoutError as error:
            raise Overloaded from error
        except DeliveryUnknown as error:
            verdict = "Nobody knows whether it was sent: look."
            return _Outcome(HTTPStatus.BAD_GATEWAY, error=f"{target}: {error}", verdict=verdict)
        except DeliveryError as error:
            return _Outcome(HTTPStatus.BAD_GATEWAY, error=f"{target}: {error}")
        return _Outcome(sent_to=target, receipt=receipt)

    async def _page(
        self, request: Request, service_id: str, skip: int, outcome: _Outcome
    ) -> Response:
        """The page, with the result of a test page, if one was sent."""
        policy = await self._reads.run(self._policies.of, service_id)
        levels = policy.levels if policy else ()
        targets = list(dict.fromkeys(target.key for level in levels for target in level.targets))
        return page(
            request,
            "test_pages.html",
            outcome.status,
            service_id=service_id,
            targets=targets[skip:],
            skip=skip,
            outcome=outcome,
        )
