"""What each action means to Pager: the message that it sends, and what is written of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pager.adapters.runtime.requests import Answer, NotTaken
from pager.adapters.store.alerts.reading import StoredAlert
from pager.adapters.store.alerts.writing import AlertWriter, Trouble
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.web.intake.opsgenie.bodies import Body
from pager.adapters.web.intake.opsgenie.changes import Change
from pager.decide import Decision
from pager.messages import Acknowledgement, Escalate, Message, PageAgain, Resolve
from pager.model import Acknowledged, Unhealthy


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

    messages: Sequence[Message]
    apply: Callable[[AlertWriter, Answers], Outcome]
    """Writes what is to be written, once the messages are decided."""


def finished(outcome: Outcome) -> Plan:
    """Nothing is to be done."""
    return Plan([], lambda _writer, _answers: outcome)


def changing(alert: StoredAlert, change: Change) -> Plan:
    """Change the fields of the alert."""

    def apply(writer: AlertWriter, _answers: Answers) -> Outcome:
        is_there = writer.change(alert.number, change.apply)
        return done(change.status) if is_there else NO_ALERT

    return Plan([], apply)


def snoozing(alert: StoredAlert, by: str, end: datetime) -> Plan:
    """Acknowledge the incident until then. (What ends it is `runtime.snoozes`.)"""

    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(after=Unhealthy(escalation=Acknowledged()) as service) if (
                service.incident == alert.incident
            ):
                writer.snooze(alert.number, int(end.timestamp() * 1000), service.level)
                return done("Snoozed alert")
            case _:
                return failed(IS_CLOSED)

    # Where it is acknowledged already this changes nothing, and says which Level it is at.
    return Plan([_acknowledgement(alert, by)], apply) if alert.is_open else _closed()


def _closed() -> Plan:
    return finished(failed(IS_CLOSED))


def _close(alert: StoredAlert, _body: Body, by: str) -> Plan:
    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        match answers[0]:
            case Decision(before=Unhealthy(has_too_many_keys=True)):
                return failed(TOO_MANY)
            case Decision(changed=True, before=before):
                writer.close(Trouble(alert.service_id, before.incident, alert.dedup_key), by)
                return done("Closed alert")
            case _:
                return done(IS_CLOSED)

    if not alert.is_open:
        return finished(done(IS_CLOSED))
    return Plan([Resolve(service_id=alert.service_id, dedup_key=alert.dedup_key)], apply)


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
            case Decision(after=Unhealthy(escalation=Acknowledged()) as service) if (
                service.incident == alert.incident
            ):
                return done("Alert is already acknowledged")
            case _:
                return failed(IS_CLOSED)

    return Plan([_acknowledgement(alert, by)], apply) if alert.is_open else _closed()


def _acknowledgement(alert: StoredAlert, by: str) -> Acknowledgement:
    return Acknowledgement(service_id=alert.service_id, incident=alert.incident, by=by)


def _unacknowledge(alert: StoredAlert, _body: Body, by: str) -> Plan:
    if not alert.is_open:
        return _closed()
    service = _running(alert)
    if not isinstance(service.escalation, Acknowledged):
        return finished(done("Alert is not acknowledged"))

    def apply(writer: AlertWriter, answers: Answers) -> Outcome:
        if not _tells_somebody(answers):
            return failed("Not unacknowledged: it has no policy, or somebody was faster")
        writer.snooze(alert.number, None, None)
        return done("UnAcknowledged alert")

    again = PageAgain(
        service_id=service.service_id,
        incident=service.incident,
        level=service.level,
        by=by,
        acknowledged=True,
    )
    return Plan([again], apply)


def _escalate(alert: StoredAlert, _body: Body, by: str) -> Plan:
    if not alert.is_open:
        return _closed()
    service = _running(alert)

    def apply(_writer: AlertWriter, answers: Answers) -> Outcome:
        if _tells_somebody(answers):
            return done("Escalated alert to the next level")
        return failed("Not escalated: no level is left, or somebody was faster")

    escalate = Escalate(
        service_id=service.service_id,
        incident=service.incident,
        level=service.level,
        by=by,
        acknowledged=isinstance(service.escalation, Acknowledged),
    )
    return Plan([escalate], apply)


PLANS: Mapping[tuple[str, str], Callable[[StoredAlert, Body, str], Plan]] = {
    ("DELETE", ""): _delete,
    ("POST", "acknowledge"): _acknowledge,
    ("POST", "close"): _close,
    ("POST", "escalate"): _escalate,
    ("POST", "unacknowledge"): _unacknowledge,
}
"""By the method and the action: what somebody does with an alert. Each raises Unreadable."""


def _running(alert: StoredAlert) -> Unhealthy:
    if alert.running is None:
        raise Unreadable(alert.service_id, "its state")
    return alert.running


def _tells_somebody(answers: Answers) -> bool:
    return isinstance(answers[0], Decision) and bool(answers[0].effects)
