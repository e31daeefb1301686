"""What clients write. Opsgenie processes it later; here it is committed before the answer.

Each write notes what became of it in the same transaction: a client asks for that by the id of its
request.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from uuid import uuid4

from fastapi import Request, Response

from pager.access.integrations import Integration
from pager.adapters.store.alerts.fields import stored_alias
from pager.adapters.store.alerts.reading import AlertQuery, StoredAlert
from pager.adapters.store.alerts.writing import NewAlert
from pager.adapters.text import mended
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import cut_body_of, has_body, run_parser
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.intake.messages import text_of
from pager.adapters.web.intake.opsgenie.actions import (
    NO_ALERT,
    NOTE_ADDED,
    PLANS,
    Plan,
    changing,
    finished,
    snoozing,
)
from pager.adapters.web.intake.opsgenie.answers import Reply, unprocessable
from pager.adapters.web.intake.opsgenie.bodies import (
    Body,
    NoAlert,
    end_of_snooze,
    read_action,
    read_alert,
)
from pager.adapters.web.intake.opsgenie.changes import CHANGES
from pager.adapters.web.intake.opsgenie.lookup import AlertLookup, integration_of, served
from pager.adapters.web.intake.opsgenie.paths import Place
from pager.adapters.web.intake.opsgenie.records import (
    ADD_NOTE,
    Action,
    Creation,
    write_action,
    write_creation,
)
from pager.adapters.web.intake.receiving import (
    Intake,
    Writing,
    not_understood,
    payload_of,
    without_key_of,
)
from pager.adapters.web.limits import LARGEST_BODY
from pager.adapters.web.problems import ProblemError, problem
from pager.decide import Decision
from pager.messages import Alert
from pager.model import shortened

LONGEST_WHAT = 300
"""Characters of what a request did, for people."""

REQUEST_NAMES = {
    ("POST", "acknowledge"): "Acknowledge",
    ("POST", "unacknowledge"): "UnAcknowledge",
    ("POST", "close"): "Close",
    ("POST", "snooze"): "Snooze",
    ("POST", "escalate"): "EscalateToNext",
    ("POST", "assign"): "AssignOwnership",
    ("POST", "notes"): ADD_NOTE,
    ("POST", "tags"): "AddTags",
    ("DELETE", "tags"): "RemoveTags",
    ("POST", "details"): "AddDetails",
    ("DELETE", "details"): "RemoveDetails",
    ("POST", "responders"): "AddResponder",
    ("POST", "teams"): "AddTeam",
    ("PUT", "message"): "UpdateMessage",
    ("PUT", "description"): "UpdateDescription",
    ("PUT", "priority"): "UpdatePriority",
    ("DELETE", ""): "Delete",
}
"""What the status of a request calls its action."""


class OpsgenieWrites:
    """The endpoint of all that is written."""

    def __init__(self, lookup: AlertLookup, intake: Intake, backend: Backend) -> None:
        """Write through `intake`."""
        self._lookup = lookup
        self._intake = intake
        self._reads = backend.pools.reads

    async def write(self, request: Request) -> Response:
        """Create an alert, or do something with one."""
        reply = Reply()
        try:
            place = served(request)
            if place.identifier is not None:
                await self._act(request, reply, place)
                return reply.accepted()
        except ProblemError as error:
            if error.problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                _tell_that_no_alert_is_lost(request)
            raise
        return await self._create(request, reply)

    async def _create(self, request: Request, reply: Reply) -> Response:
        integration, payload = integration_of(request), await payload_of(request)
        cut = cut_body_of(request)
        try:
            body = await run_parser(request, read_alert, cut, _encoding(request))
        except NoAlert as error:
            # It may have been an Alert, and its sender may tell nobody of the refusal.
            await self._intake.take(integration, [not_understood(payload, error)], payload)
            _tell_that_no_alert_is_lost(request)
            raise (
                _too_large() if cut.end else unprocessable(**{error.field: error.message})
            ) from error
        new = _new_alert(body)
        by = body.by or integration.author
        write = partial(write_creation, integration, Creation(reply.request_id, new, body.note, by))
        if integration.routing.field is not None:
            newest = await self._reads.run(
                self._lookup.alerts(request).find, AlertQuery(alias=new.alias)
            )
            if (
                newest is not None
                and newest.is_open
                and await self._join(integration, newest, body, payload, write)
            ):
                return reply.accepted()
        event = Event("trigger", body.alias or new.id, body.text, body.routing_fields)
        await self._intake.take(integration, [event], payload, write)
        return reply.accepted()

    async def _join(
        self,
        integration: Integration,
        alert: StoredAlert,
        body: Body,
        payload: Payload,
        write: Writing,
    ) -> bool:
        """Raise an alert again that is open, whichever service the body names now.

        False where it could not be: it was closed meanwhile, and its service has no policy.
        """
        again = Alert(
            service_id=alert.service_id,
            message=text_of(without_key_of(integration, body.text)),
            dedup_key=alert.dedup_key,
        )
        what = f"create {alert.alias}"
        answers = await self._intake.commit(integration, what, [again], payload, write)
        return isinstance(answers[0], Decision)

    async def _act(self, request: Request, reply: Reply, place: Place) -> None:
        """Do what the path names with the alert, and note what became of it."""
        query = dict(request.query_params)
        if has_body(request):
            cut, encoding = cut_body_of(request), _encoding(request)
            body = await run_parser(request, read_action, query, cut, encoding)
        else:
            body = read_action(query)
        integration, key = integration_of(request), (request.method, place.action)
        by = body.by or integration.author
        make_plan = _planned(key, body, by)
        alert = await self._lookup.find(request, place)
        todo = finished(NO_ALERT) if alert is None else make_plan(alert)
        action = Action(reply.request_id, REQUEST_NAMES[key], alert, todo, body.note, by)
        alias = place.identifier if alert is None else alert.alias
        what = shortened(mended(f"{action.name} {alias}"), LONGEST_WHAT)
        payload = await payload_of(request) if has_body(request) else Payload(b"", "")
        write = partial(write_action, integration, action)
        await self._intake.commit(integration, what, todo.messages, payload, write)


def _planned(key: tuple[str, str], body: Body, by: str) -> Callable[[StoredAlert], Plan]:
    """What is done with an alert. Raises ProblemError (422), whether or not there is one."""
    if key == ("POST", "notes"):
        if not body.note.strip():
            raise unprocessable(note="may not be empty")
        return lambda _alert: finished(NOTE_ADDED)
    if key == ("POST", "snooze"):
        end = end_of_snooze(body, datetime.now(UTC))
        return lambda alert: snoozing(alert, by, end)
    if key in CHANGES:
        change = CHANGES[key](body)
        return lambda alert: changing(alert, change)
    return lambda alert: PLANS[key](alert, body, by)


def _tell_that_no_alert_is_lost(request: Request) -> None:
    """Nobody need be told of the refusal: it is about no Alert, or somebody was paged instead."""
    request.state.refused_alerts = ()


def _encoding(request: Request) -> str:
    return request.headers.get("content-encoding", "")


def _too_large() -> ProblemError:
    """413: it was not understood, because its middle was not read."""
    detail = f"A body has at most {LARGEST_BODY:,} bytes. Pager has paged somebody with its begin."
    return ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))


def _new_alert(body: Body) -> NewAlert:
    id_ = str(uuid4())
    return NewAlert(id_, stored_alias(body.alias) if body.alias else id_, body.alert_fields)
