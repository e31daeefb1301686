"""PagerDuty's Events API v2: trigger, acknowledge, resolve, and change events.

The key of the integration is the `routing_key` of the body, whatever the headers say.
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import uuid4

from fastapi import Request, Response

from pager.access.integrations import Integration
from pager.adapters.runtime.pools import caller
from pager.adapters.web.auth.integration_keys import unknown_key
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.bodies import run_parser
from pager.adapters.web.intake.events import Action, Event, NotAnAlert, NotUnderstood, Payload
from pager.adapters.web.intake.json_payload import whole_object_of
from pager.adapters.web.intake.json_values import fields_in, lines_of, member, members, text_at
from pager.adapters.web.intake.protocol import Protocol, Result, Use
from pager.adapters.web.intake.receiving import Intake, payload_of, shown
from pager.adapters.web.problems import Problem, ProblemError, problem

ENDPOINTS: Mapping[str, Use] = {
    "POST /v2/enqueue": "served",
    "POST /v2/change/enqueue": "accepted and ignored",
}

FIELDS: Mapping[str, Use] = {
    "routing_key": "served",
    "X-Routing-Key": "served",
    "event_action": "served",
    "dedup_key": "served",
    "payload.summary": "served",
    "payload.source": "served",
    "payload.severity": "served",
    "payload.component": "served",
    "payload.group": "served",
    "payload.class": "served",
    "payload.custom_details": "served",
    "payload.timestamp": "accepted and ignored",
    "links[].href": "served",
    "links[].text": "served",
    "images[].src": "served",
    "images[].href": "served",
    "images[].alt": "served",
    "client": "served",
    "client_url": "served",
}

ACTIONS: Mapping[str, Action] = {
    "trigger": "trigger",
    "acknowledge": "acknowledge",
    "resolve": "resolve",
}

SHOWN = ("severity", "source", "component", "group", "class")
"""Fields of the payload that a page has a line for, in this order."""

ROUTING_KEY = re.compile(r'"routing_key"\s{0,9}:\s{0,9}"([0-9A-Fa-f-]{32,36})"')


class PagerDuty:
    """The endpoints."""

    def __init__(self, intake: Intake, integrations: KnownIntegrations) -> None:
        """Pass on to `intake` what the keys of `integrations` send."""
        self._intake = intake
        self._integrations = integrations

    async def enqueue(self, request: Request) -> Response:
        """Take an event."""
        payload = await payload_of(request)
        integration = await self._integration(request, payload)
        return accepted(await self._intake.receive_payload(integration, PROTOCOL, payload))

    async def change(self, request: Request) -> Response:
        """Note a change event as the last request of its integration: it pages nobody."""
        payload = await payload_of(request)
        integration = await self._integration(request, payload)
        try:
            summary = text_at(member(whole_object_of(payload), "payload"), "summary")
        except NotUnderstood as error:
            raise ProblemError(problem(HTTPStatus.BAD_REQUEST, str(error))) from error
        if not summary:
            detail = "'payload.summary' is missing or blank"
            raise ProblemError(problem(HTTPStatus.BAD_REQUEST, detail))
        await self._intake.commit(integration, "a change event: it pages nobody", [], payload)
        return _answer(HTTPStatus.ACCEPTED, "success", message="Change event processed")

    async def _integration(self, request: Request, payload: Payload) -> Integration:
        """Whose key is in the body. Raises ProblemError (401)."""
        key = await run_parser(request, key_of, payload)
        integration = await self._integrations.of_key(key)
        if integration is None or integration.protocol != "pagerduty":
            raise ProblemError(unknown_key())
        request.state.integration = integration
        caller.set(integration.author)
        return integration


def key_of(payload: Payload) -> str:
    """The key in a body, also where that is no JSON; or in the header of older clients."""
    try:
        key = text_at(whole_object_of(payload), "routing_key")
    except NotUnderstood:
        found = ROUTING_KEY.search(payload.text)
        key = found[1] if found else ""
    return key or payload.headers.get("x-routing-key", "").strip()


def read(payload: Payload) -> Sequence[Event]:
    """The event of a body; its dedup key is made where it has none."""
    body = whole_object_of(payload)
    details = member(body, "payload")
    action = text_at(body, "event_action").lower()
    key = text_at(body, "dedup_key")
    if action not in ACTIONS:
        raise NotUnderstood(f"Its event_action is {action[:100]!r}.")
    if action != "trigger" and not key:
        raise NotAnAlert(f"'dedup_key' is missing or blank: {action} needs one.")
    custom = member(details, "custom_details")
    fields = fields_in(custom) | fields_in(custom, "custom_details.") | fields_in(details)
    text = _text(body, details) or shown(payload)
    return [Event(ACTIONS[action], key or uuid4().hex, text, fields)]


def _text(body: Mapping[str, object], details: Mapping[str, object]) -> str:
    """What people read. The time is not in it: each duplicate would say something else."""
    facts = [f"{name.capitalize()}: {text}" for name in SHOWN if (text := text_at(details, name))]
    links = [_link(text_at(link, "text"), text_at(link, "href")) for link in members(body, "links")]
    images = [
        _link(text_at(image, "alt"), text_at(image, "href"), text_at(image, "src"))
        for image in members(body, "images")
    ]
    client = _link(text_at(body, "client"), text_at(body, "client_url"))
    blocks = [
        [text_at(details, "summary")],
        facts,
        [*links, *images, client],
        lines_of(details.get("custom_details")),
    ]
    texts = ("\n".join(line for line in block if line) for block in blocks)
    return "\n\n".join(text for text in texts if text)


def _link(name: str, *addresses: str) -> str:
    """A line with the name of a link, and its addresses."""
    return ": ".join(part for part in (name, " ".join(filter(None, addresses))) if part)


def accepted(results: Sequence[Result]) -> Response:
    """202, as PagerDuty answers."""
    [result] = results
    return _answer(
        HTTPStatus.ACCEPTED,
        "success",
        message="Event processed",
        dedup_key=result.event.dedup_key,
    )


def refused(details: Problem) -> Response:
    """An error, as PagerDuty answers."""
    is_invalid = details.status == HTTPStatus.BAD_REQUEST
    return _answer(
        details.status,
        "invalid event" if is_invalid else details.title.lower(),
        message="Event object is invalid" if is_invalid else details.detail,
        errors=[details.detail],
    )


def _answer(status: int, word: str, **fields: object) -> Response:
    text = json.dumps({"status": word, **fields})
    return Response(text, status, media_type="application/json")


PROTOCOL = Protocol(read, accepted, refused)
