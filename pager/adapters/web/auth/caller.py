"""The program that calls the API: by which key, and what that is good for."""

from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request

from pager.access.scopes import Action, KeyScope
from pager.adapters.web.problems import ProblemError, problem


class Caller(NamedTuple):
    """Whom the guard has let in."""

    author: str | None
    """As the journal names it; None where nobody was asked for a key."""
    scope: KeyScope

    def may(self, action: Action, service_id: str) -> bool:
        """Whether the key is good for that."""
        return self.scope.covers(action, service_id)

    def check(self, action: Action, *service_ids: str) -> None:
        """Raises ProblemError (403) where the key is not good for that on one of them."""
        for service_id in service_ids:
            if not self.may(action, service_id):
                raise self._refusal(action, f"on {service_id!r}")

    def check_any(self, action: Action) -> None:
        """Raises ProblemError (403) where the key is good for that on no service at all."""
        if action not in self.scope.actions:
            raise self._refusal(action, "on any service")

    def check_all(self, action: Action) -> None:
        """Raises ProblemError (403) where the key is not good for that on every service."""
        if not self.scope.covers_all(action):
            raise self._refusal(action, "on every service")

    def _refusal(self, action: Action, where: str) -> ProblemError:
        detail = f"This API key is not good for {action!r} {where}."
        return ProblemError(problem(HTTPStatus.FORBIDDEN, detail))


async def caller_of(request: Request) -> Caller:
    """Who calls. The guard has let nobody else this far."""
    found: Caller = request.state.caller
    return found
