"""What clients read: an alert, some of them, notes, and what became of a request."""

from functools import partial
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import JsonValue

from pager.adapters.store.alerts.reading import SORTS, Alerts, StoredAlert
from pager.adapters.web.backend import Backend
from pager.adapters.web.intake.opsgenie.answers import Reply, not_found, unprocessable
from pager.adapters.web.intake.opsgenie.lookup import (
    AlertLookup,
    integration_of,
    number_of,
    order_of,
    query_text,
    served,
)
from pager.adapters.web.intake.opsgenie.paths import ROOT, Place
from pager.adapters.web.intake.opsgenie.search import read_query
from pager.adapters.web.intake.opsgenie.views import (
    alert_in_list,
    note_in_list,
    request_status,
    whole_alert,
)
from pager.adapters.web.parsing import number_in, without_nul

MOST_IN_LIST = 100
USUAL_IN_LIST = 20
MOST_LISTED = 20_000
"""A list does not go further, as in Opsgenie: `offset` and `limit` together."""


class OpsgenieReads:
    """The endpoint of all that is read."""

    def __init__(self, lookup: AlertLookup, backend: Backend) -> None:
        """Read from the database of `backend`; links to further pages have its public URL."""
        self._lookup = lookup
        self._reads = backend.pools.reads
        self._public_url = backend.public_url

    async def read(self, request: Request) -> Response:
        """An alert, some of them, its notes, or what became of a request."""
        reply, alerts = Reply(), self._lookup.alerts(request)
        integration = integration_of(request)
        place = served(request)
        match place:
            case Place("requests", str(request_id)):
                status = await self._reads.run(alerts.request, without_nul(request_id))
                if status is None:
                    raise not_found("No such request is known: they are kept for seven days.")
                return reply.answer(data=request_status(status, integration))
            case Place("count", _):
                query = read_query(query_text(request))
                return reply.answer(data={"count": await self._reads.run(alerts.count, query)})
            case Place("", None):
                return await self._list(request, reply, alerts)
            case Place("notes", _):
                alert = await self._lookup.existing(request, place)
                return await self._notes(request, reply, alert)
            case _:
                alert = await self._lookup.existing(request, place)
                return reply.answer(data=whole_alert(alert, integration))

    async def _list(self, request: Request, reply: Reply, alerts: Alerts) -> Response:
        parameters = request.query_params
        query = read_query(query_text(request))
        limit = number_of(request, "limit", USUAL_IN_LIST, 1, MOST_IN_LIST)
        offset = number_of(request, "offset", 0, 0, MOST_LISTED - limit)
        sort = parameters.get("sort", "createdAt")
        if sort not in SORTS:
            raise unprocessable(sort=f"is one of {', '.join(SORTS)}")
        order = order_of(request)
        page = partial(alerts.page, query, sort=sort, order=order, offset=offset, limit=limit)
        shown, count = await self._reads.run(lambda: (page(), alerts.count(query)))

        def at(place: int) -> str:
            values = {"limit": limit, "sort": sort, "offset": place, "order": order}
            if text := parameters.get("query"):
                values["query"] = text
            return f"{self._public_url}{ROOT}?{urlencode(values)}"

        last = max(0, (min(count, MOST_LISTED) - 1) // limit * limit)
        paging: dict[str, JsonValue] = {"first": at(0), "last": at(last)}
        if offset + limit < min(count, MOST_LISTED):
            paging["next"] = at(offset + limit)
        if offset:
            paging["prev"] = at(max(0, offset - limit))
        integration = integration_of(request)
        data: list[JsonValue] = [alert_in_list(alert, integration) for alert in shown]
        return reply.answer(data=data, paging=paging)

    async def _notes(self, request: Request, reply: Reply, alert: StoredAlert) -> Response:
        limit = number_of(request, "limit", MOST_IN_LIST, 1, MOST_IN_LIST)
        order = order_of(request)
        text = request.query_params.get("offset", "")
        after = number_in(text)
        if text and after is None:
            raise unprocessable(offset="is that of a note")
        notes = await self._reads.run(
            self._lookup.alerts(request).notes, alert, order, limit, after
        )
        paging: dict[str, JsonValue] = {}
        if len(notes) == limit:
            values = {
                "identifierType": "id",
                "limit": limit,
                "order": order,
                "offset": notes[-1].id,
            }
            path = f"{ROOT}/{alert.id}/notes"
            paging["next"] = f"{self._public_url}{path}?{urlencode(values)}"
        return reply.answer(data=[note_in_list(note) for note in notes], paging=paging)
