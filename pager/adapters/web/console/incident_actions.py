"""What the buttons of an incident do, on each page that has them; then the page is shown again."""

from typing import Literal
from urllib.parse import urlencode

from fastapi import Response

from pager.adapters.web.auth.principals import Person, SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.parsing import ServiceName
from pager.adapters.web.responses import see_other
from pager.decide import Decision
from pager.messages import Acknowledgement, HealthyEvent

Done = Literal["acknowledged", "healthy", "late"]
"""What a button has done; "late": nothing, because somebody was faster or the incident was over."""


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

    async def _receive(
        self, message: Acknowledgement | HealthyEvent, person: Person, form: Form, done: Done
    ) -> Response:
        [answer] = await self._inbox.receive([message], person.name)
        changed = isinstance(answer, Decision) and answer.changed
        result: Done = done if changed else "late"
        if form.text("page") == "now":
            query = {"done": result, "service": message.service_id}
            return see_other(f"/?{urlencode(query)}")
        return see_other(f"/console/services/{message.service_id}?result={result}")


def _incident_of(form: Form) -> int:
    """The incident that a button names. Raises InvalidForm where it names none."""
    incident = form.number("incident")
    if incident == 0:  # there was none: no page has such a button
        raise InvalidForm
    return incident
