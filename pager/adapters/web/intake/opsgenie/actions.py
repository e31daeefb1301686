"""What each action means to Pager: the message that it sends, and what is written of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pager.adapters.runtime.requests import Answer, Later, NotTaken
from pager.adapters.store.alerts.reading import StoredAlert
from pager.adapters.store.alerts.writing import AlertWriter, Trouble
from pager.adapters.web.intake.messages import text_of
from pager.adapters.web.intake.opsgenie.bodies import Body
from pager.adapters.web.intake.opsgenie.changes import Change
from pager.decide import Decision
from pager.messages import Acknowledgement, Alert, Escalate, Message, PageAgain, Resolve
from pager.model import Acknowledged, Unhealthy
from pager.ports import EscalationPolicies, MonitoredServices


class Outcome(NamedTuple):
    """What became of an action."""

    is_success: bool
    status: str
    """In a sentence, as Opsgenie says it where Opsgenie has one."""


def done(status: str) -> Outcome:
    """It is as the client wants it, whoever did that."""
    return Outcome(is_success=True, status=status)


def failed(status: str) -> Outcome:
    """It is not."""
    return Outcome(is_success=False, status=status)


NO_ALERT = failed("Alert does not exist")
NOTE_ADDED = done("Added note to alert")
IS_CLOSED = "Alert is already closed"
TOO_MANY = (
    "Not closed: its service has more open alerts than Pager tells apart. Somebody closes the "
    "incident in Pager"
)

Answers = Sequence[Answer | NotTaken | None]


class Plan(NamedTuple):
    """What is done with an alert."""

    messages: Sequence[Message | Later]
    apply: Callable[[AlertWriter, Answers], Outcome]
    """Writes what is to be written, once the messages are decided."""


def finished(outcome: Outcome) -> Plan:
    """Nothing is to be done."""
    return Plan([], lambda _writer, _answers: outcome)


def changing(alert: StoredAlert, change: Change) -> Plan:
    """Change the fields of the alert, and let people know what it says from now on."""

    def apply(writer: AlertWriter, _answers: Answers) -> Outcome:
        is_there = writer.change(alert.number, change.apply)
        return done(change.status) if is_there else NO_ALERT

    def say(service: Unhealthy) -> Message | None:
        said = (service.message, *service.later_alerts.messages)
        if not change.says or any(change.says in text for text in said):
            return None
        return Alert(
            service_id=service.service_id,
            message=text_of(change.says),
            dedup_key=alert.dedup_key,
        )

    return Plan([_while_open(alert, say)] if change.says else [], apply)


def snoozing(alert: StoredAlert, by: str, end: datetime) -> Plan:
    """Acknowledge the incident until then. (What ends it is `runtime.snoozes`.)"""

    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(after=Unhealthy(escalation=Acknowledged()) as service):
                writer.snooze(alert.number, int(end.timestamp() * 1000), service.level)
                return done("Snoozed alert")
            case _:
                return failed(IS_CLOSED)

    # Where it is acknowledged already this changes nothing, and says which Level it is at.
    return Plan([_acknowledgement(alert, by)], apply)


def _while_open(alert: StoredAlert, choose: Callable[[Unhealthy], Message | None]) -> Later:
    """What is sent where the alert is open at the moment of the decision."""

    def choose_then(services: MonitoredServices, _policies: EscalationPolicies) -> Message | None:
        service = services.load(alert.service_id).service
        if not isinstance(service, Unhealthy) or service.incident != alert.incident:
            return None
        return choose(service) if service.may_be_open(alert.dedup_key) else None

    return Later(alert.service_id, choose_then)


def _close(alert: StoredAlert, _body: Body, by: str) -> Plan:
    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(before=Unhealthy(has_too_many_keys=True)):
                return failed(TOO_MANY)
            case Decision(changed=True):
                writer.close(Trouble(alert.service_id, alert.incident, alert.dedup_key), by)
                return done("Closed alert")
            case _:
                return done(IS_CLOSED)

    def close(service: Unhealthy) -> Message | None:
        return Resolve(service_id=service.service_id, dedup_key=alert.dedup_key)

    if not alert.is_open:  # a newer one may have the same key
        return finished(done(IS_CLOSED))
    return Plan([_while_open(alert, close)], apply)


def _delete(alert: StoredAlert, body: Body, by: str) -> Plan:
    close = _close(alert, body, by)

    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        closed = close.apply(writer, answers)
        if not closed.is_success:
            return closed
        writer.forget(alert.number)
        return done("Deleted alert")

    return Plan(close.messages, apply)


def _acknowledge(alert: StoredAlert, _body: Body, by: str) -> Plan:
    def apply(_writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(changed=True):
                return done("Acknowledged alert")
            case Decision():
                return done("Alert is already acknowledged")
            case _:
                return failed(IS_CLOSED)

    return Plan([_acknowledgement(alert, by)], apply)


def _acknowledgement(alert: StoredAlert, by: str) -> Later:
    return _while_open(
        alert,
        lambda service: Acknowledgement(
            service_id=service.service_id, incident=service.incident, by=by
        ),
    )


def _unacknowledge(alert: StoredAlert, _body: Body, by: str) -> Plan:
    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(changed=True):
                writer.snooze(alert.number, None, None)
                return done("UnAcknowledged alert")
            case Decision():
                return failed("Not unacknowledged: its service has no policy")
            case _:
                return done("Alert is not acknowledged") if alert.is_open else failed(IS_CLOSED)

    def page_again(service: Unhealthy) -> Message | None:
        if not isinstance(service.escalation, Acknowledged):
            return None
        return PageAgain(
            service_id=service.service_id,
            incident=service.incident,
            level=service.level,
            by=by,
            acknowledged=True,
        )

    return Plan([_while_open(alert, page_again)], apply)


def _escalate(alert: StoredAlert, _body: Body, by: str) -> Plan:
    def apply(_writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(effects=effects) if effects:
                return done("Escalated alert to the next level")
            case Decision():
                return failed("Not escalated: no level is left")
            case _:
                return failed(IS_CLOSED)

    def escalate(service: Unhealthy) -> Message | None:
        return Escalate(
            service_id=service.service_id,
            incident=service.incident,
            level=service.level,
            by=by,
            acknowledged=isinstance(service.escalation, Acknowledged),
        )

    return Plan([_while_open(alert, escalate)], apply)


PLANS: Mapping[tuple[str, str], Callable[[StoredAlert, Body, str], Plan]] = {
    ("DELETE", ""): _delete,
    ("POST", "acknowledge"): _acknowledge,
    ("POST", "close"): _close,
    ("POST", "escalate"): _escalate,
    ("POST", "unacknowledge"): _unacknowledge,
}
"""By the method and the action: what somebody does with an alert."""
