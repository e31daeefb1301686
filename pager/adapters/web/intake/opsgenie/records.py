"""What is written of a request, in the transaction of what it leads to: see `receiving.Writing`."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from pager.access.integrations import Integration
from pager.adapters.runtime.requests import Answer, NotTaken
from pager.adapters.store.alerts.reading import StoredAlert
from pager.adapters.store.alerts.writing import (
    AlertName,
    AlertWriter,
    NewAlert,
    RequestOutcome,
    Trouble,
)
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.incident_notes import LONGEST_NOTE, IncidentNotes
from pager.adapters.web.intake.opsgenie.actions import NO_ALERT, Plan, failed
from pager.decide import Decision
from pager.errors import PagerError
from pager.messages import Alert
from pager.model import Unhealthy, shortened

Results = Sequence[Answer | NotTaken | None]

ADD_NOTE = "AddNote"
"""What the status of a request calls it that adds a note, and does nothing else."""


class Creation(NamedTuple):
    """An alert that is created, or counted where it is open."""

    request_id: str
    alert: NewAlert
    note: str
    by: str


class Action(NamedTuple):
    """Something that is done with an alert, and who does it."""

    request_id: str
    name: str
    """As the status of the request has it."""
    alert: StoredAlert | None
    """None where there is no such alert."""
    plan: Plan
    note: str
    by: str


def write_creation(
    integration: Integration, creation: Creation, connection: Connection, answers: Results
) -> None:
    """Write the alert, or count it; nothing where nobody was paged (yet): the fallback is next."""
    match answers[0]:
        case Decision(message=Alert(dedup_key=str(dedup_key)), before=before, after=after):
            trouble = Trouble(after.service_id, after.incident, dedup_key)
        case _:
            return
    writer = AlertWriter(connection, integration.id)
    name = None
    if isinstance(before, Unhealthy):
        if before.may_be_open(dedup_key):
            name = writer.raise_again(trouble)
        else:
            # What its sender has not closed is over all the same: the trouble was not open.
            writer.close(trouble, "")
    status = "Created alert" if name is None else "Counted the alert that is open already"
    name = name or writer.open(creation.alert, trouble)
    _add_note(connection, trouble.service_id, trouble.incident, name, creation.by, creation.note)
    writer.note_request(
        creation.request_id, RequestOutcome("Create", is_success=True, status=status, alert=name)
    )


def write_action(
    integration: Integration, action: Action, connection: Connection, answers: Results
) -> None:
    """Write what was done with an alert, and what became of the request."""
    if any(isinstance(answer, NotTaken) for answer in answers):
        return  # it is to be sent again
    writer = AlertWriter(connection, integration.id)
    alert, name = action.alert, None
    outcome = NO_ALERT if alert is None else action.plan.apply(writer, answers)
    if alert is not None:
        name = AlertName(alert.number, alert.id, alert.alias)
        refusal = _add_note(
            connection, alert.service_id, alert.incident, name, action.by, action.note
        )
        if refusal is not None and action.name == ADD_NOTE:
            outcome = failed(str(refusal))
    writer.note_request(
        action.request_id, RequestOutcome(action.name, outcome.is_success, outcome.status, name)
    )


def _add_note(  # noqa: PLR0913, PLR0917 - what a note has
    connection: Connection, service_id: str, incident: int, alert: AlertName, by: str, text: str
) -> PagerError | None:
    """Add a note, where there is one; why it was not added."""
    if not text.strip():
        return None
    notes = IncidentNotes(InTransaction(connection))
    try:
        notes.add(service_id, incident, by, shortened(text, LONGEST_NOTE), alert.number)
    except PagerError as refusal:
        return refusal
    return None
