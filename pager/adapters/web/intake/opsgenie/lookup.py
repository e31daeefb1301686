"""What a request is about: which part of the API, which alert, and which page of a list."""

from http import HTTPStatus

from fastapi import Request

from pager.access.integrations import Integration
from pager.adapters.store.alerts.fields import stored_alias
from pager.adapters.store.alerts.reading import AlertQuery, Alerts, Order, StoredAlert
from pager.adapters.web.backend import Backend
from pager.adapters.web.intake.opsgenie.answers import not_found, unprocessable
from pager.adapters.web.intake.opsgenie.compatibility import (
    actions_of,
    methods_of,
    support_of,
)
from pager.adapters.web.intake.opsgenie.paths import Place, place_of
from pager.adapters.web.parsing import number_in, without_nul
from pager.adapters.web.problems import ProblemError, problem
from pager.model import shortened

LONGEST_SHOWN = 200
"""Characters of an identifier."""


class AlertLookup:
    """Finds the alerts that requests name: those of their own integration alone."""

    def __init__(self, backend: Backend) -> None:
        """Read from the database of `backend`."""
        self._database = backend.database
        self._reads = backend.pools.reads

    def alerts(self, request: Request) -> Alerts:
        """The alerts that the request may see."""
        return Alerts(self._database, integration_of(request).id)

    async def existing(self, request: Request, place: Place) -> StoredAlert:
        """The alert that the path names. Raises ProblemError (404 or 422)."""
        alert = await self.find(request, place)
        if alert is None:
            name = shortened(place.identifier or "", LONGEST_SHOWN)
            raise not_found(f"This integration has no alert {name!r}.")
        return alert

    async def find(self, request: Request, place: Place) -> StoredAlert | None:
        """The alert that the path names; by its alias the newest. Raises ProblemError (422)."""
        identifier, kind = place.identifier or "", request.query_params.get("identifierType", "id")
        match kind.lower():
            case "id":
                query = AlertQuery(id=without_nul(identifier))
            case "alias":
                query = AlertQuery(alias=stored_alias(identifier))
            case "tiny":
                number = number_in(identifier)
                if number is None:
                    return None
                query = AlertQuery(number=number)
            case _:
                raise unprocessable(identifierType="is one of id, alias, tiny")
        return await self._reads.run(self.alerts(request).find, query)


def integration_of(request: Request) -> Integration:
    integration: Integration = request.state.integration
    return integration


def served(request: Request) -> Place:
    """What the path names. Raises ProblemError (404 or 405) where that is not served."""
    method = "GET" if request.method == "HEAD" else request.method
    place = place_of(request.scope, actions_of(method))
    of_alert = place.identifier is not None and place.action != "requests"
    support = support_of(method, place.action, of_alert=of_alert)
    if support is None:
        methods = ", ".join(sorted(methods_of(place.action, of_alert=of_alert)))
        detail = f"{method} is no method of this path. It takes {methods}."
        raise ProblemError(problem(HTTPStatus.METHOD_NOT_ALLOWED, detail), {"Allow": methods})
    if support.use == "refused":
        raise not_found(f"Pager does not serve this. {support.note}")
    return place


def query_text(request: Request) -> str:
    """What is searched for. Raises ProblemError (422) where that is a search that was saved."""
    if request.query_params.get("searchIdentifier"):
        raise unprocessable(searchIdentifier="Pager saves no searches: send the query.")
    return request.query_params.get("query", "")


def number_of(request: Request, name: str, usual: int, least: int, most: int) -> int:
    """A number in the query of the URL. Raises ProblemError (422) for one that is out of bounds."""
    text = request.query_params.get(name, str(usual))
    number = number_in(text)
    if number is None or not least <= number <= most:
        raise unprocessable(**{name: f"is a number from {least} to {most:,}"})
    return number


def order_of(request: Request) -> Order:
    """In which order a list is wanted. Raises ProblemError (422)."""
    match request.query_params.get("order", "desc").lower():
        case "asc":
            return "asc"
        case "desc":
            return "desc"
        case _:
            raise unprocessable(order="is asc or desc")
