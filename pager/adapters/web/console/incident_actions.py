"""What the buttons of an incident do, on each page that has them; then the page is shown again."""

from http import HTTPStatus
from typing import Literal, TypedDict
from urllib.parse import urlencode

from fastapi import Response

from pager.adapters.runtime.requests import Answer
from pager.adapters.urls import incident_path
from pager.adapters.web.auth.principals import Person, SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.parsing import ServiceName, without_nul
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.decide import Decision
from pager.messages import (
    Acknowledgement,
    Alert,
    Escalate,
    HealthyEvent,
    Message,
    PageAgain,
)
from pager.model import LONGEST_MESSAGE, Unhealthy, shortened

NO_TEXT = "Say what is wrong: the alert has no text."

Done = Literal[
    "acknowledged",
    "healthy",
    "escalated",
    "told again",
    "raised",
    "waits",
    "noted",
    "refused",
    "late",
]
"""What a button has done.

"late": nothing, because somebody was faster or the incident was over; "noted": the alert is for an
incident that runs, so nobody is told again; "waits": it is raised, and nobody is told before the
maintenance is over; "refused": nobody could be paged.
"""


class IncidentActions:
    """The forms of the buttons. Each names its incident: an old page does no harm."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._inbox = backend.inbox

    async def acknowledge(
        self, service_id: ServiceName, person: SignedIn, form: SignedForm
    ) -> Response:
        """Acknowledge the incident of the page: arrow 8."""
        message = Acknowledgement(
            service_id=service_id, incident=_incident_of(form), by=person.name
        )
        return await self._receive(message, person, form, "acknowledged")

    async def healthy(
        self, service_id: ServiceName, person: SignedIn, form: SignedForm
    ) -> Response:
        """Close the incident of the page, and no newer one: arrow 2."""
        message = HealthyEvent(service_id=service_id, incident=_incident_of(form))
        return await self._receive(message, person, form, "healthy")

    async def escalate(
        self, service_id: ServiceName, person: SignedIn, form: SignedForm
    ) -> Response:
        """Tell the next Level now, and do not wait for the timeout."""
        message = Escalate(service_id=service_id, by=person.name, **_step_of(form))
        return await self._receive(message, person, form, "escalated")

    async def page_again(
        self, service_id: ServiceName, person: SignedIn, form: SignedForm
    ) -> Response:
        """Tell the last Level once more; this also takes an Acknowledgement back."""
        message = PageAgain(service_id=service_id, by=person.name, **_step_of(form))
        return await self._receive(message, person, form, "told again")

    async def raise_alert(
        self, service_id: ServiceName, person: SignedIn, form: SignedForm
    ) -> Response:
        """Raise an Alert, as the service itself would: arrow 3. Raises ProblemError (422)."""
        text = without_nul(form.text("message")).strip()
        if not text:
            raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, NO_TEXT))
        message = Alert(service_id=service_id, message=shortened(text, LONGEST_MESSAGE))
        return await self._receive(message, person, form, "raised")

    async def _receive(self, message: Message, person: Person, form: Form, done: Done) -> Response:
        [answer] = await self._inbox.receive([message], person.name)
        result = _done(answer, done)
        if form.text("page") == "now":
            query = {"done": result, "service": message.service_id}
            return see_other(f"/?{urlencode(query)}")
        if form.text("page") == "incident":
            path = incident_path(message.service_id, form.number("incident"))
            return see_other(f"{path}?done={result}")
        return see_other(f"/console/services/{message.service_id}?result={result}")


class _Step(TypedDict):
    """The step that a page has shown, and whether it was acknowledged."""

    incident: int
    level: int
    acknowledged: bool


def _step_of(form: Form) -> _Step:
    """The step of the page. Raises InvalidForm where the form names none."""
    level = form.number("level")
    if level == 0:
        raise InvalidForm
    acknowledged = form.text("acknowledged") == "yes"
    return _Step(incident=_incident_of(form), level=level, acknowledged=acknowledged)


def _done(answer: Answer, done: Done) -> Done:
    """What has become of a message that was to do `done`."""
    if not isinstance(answer, Decision):
        return "refused"
    if isinstance(answer.message, Alert) and isinstance(answer.before, Unhealthy):
        return "noted"
    if isinstance(answer.after, Unhealthy) and answer.after.waits_for_maintenance:
        return "waits"
    return done if answer.changed else "late"


def _incident_of(form: Form) -> int:
    """The incident that a button names. Raises InvalidForm where it names none."""
    incident = form.number("incident")
    if incident == 0:  # there was none: no page has such a button
        raise InvalidForm
    return incident
