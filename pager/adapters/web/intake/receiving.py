"""Receives what monitors send: the same way for every protocol, into the same inbox as Alerts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from typing import Protocol as Interface

from fastapi import Request
from sqlalchemy import Connection

from pager.access.integrations import Integration, without_keys
from pager.adapters.runtime.requests import Answer, NotTaken, Record, UnknownService
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports.services import SqlMonitoredServices
from pager.adapters.text import mended
from pager.adapters.web.api.receipts import Receipt, Refusal, receipt
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import media_type_of, read_cut, run_parser
from pager.adapters.web.intake.events import Event, NotUnderstood, Payload
from pager.adapters.web.intake.last_requests import LastRequests
from pager.adapters.web.intake.messages import messages_of
from pager.adapters.web.intake.protocol import Protocol, Result
from pager.adapters.web.limits import LIMITS
from pager.adapters.web.problems import ProblemError
from pager.decide import Decision
from pager.errors import NoEscalationPolicy
from pager.messages import Message
from pager.model import Healthy, MonitoredService, shortened

MOST_EVENTS = 1_000
"""Of one request; the fallback hears of more."""

LONGEST_OUTCOME = 1_000
"""Characters of what became of a request."""

SHOWN = 2_000
"""Characters of a payload that a page shows, where it is not understood."""

NOT_UNDERSTOOD = "not understood"
"""The dedup key of all that one integration sends and Pager does not understand."""

NEEDS_STATE = frozenset({"acknowledge", "unacknowledge"})


class Writing(Interface):
    """What a protocol writes of its events, in the transaction that decides them."""

    def __call__(self, connection: Connection, answers: Sequence[Answer | NotTaken | None]) -> None:
        """`answers` has one for each event; None where it stood for no message."""
        ...


class Sent(NamedTuple):
    """What is written of an event: the service, and the messages that it stands for."""

    event: Event
    service_id: str
    messages: Sequence[Message]


class Intake:
    """Commits the events of a request, and says what became of each."""

    def __init__(
        self, backend: Backend, noted_every: timedelta = LIMITS.requests_noted_every
    ) -> None:
        """Commit to the inbox of `backend`, and note requests as often as that at most."""
        self._last = LastRequests(backend.database, noted_every)
        self._inbox = backend.inbox
        self._reads = backend.pools.reads
        self._services = SqlMonitoredServices(backend.database)

    async def receive(
        self, request: Request, integration: Integration, protocol: Protocol
    ) -> Sequence[Result]:
        """Read the body of `request`, and take its events.

        What is not understood pages the integration's own service. Raises ProblemError where an
        event was not taken: then all are to be sent again.
        """
        request.state.integration = integration
        payload = (await payload_of(request))._replace(routing=integration.routing)
        try:
            events = await run_parser(request, protocol.read, payload)
        except NotUnderstood as error:
            events = [not_understood(payload, error)]
        return await self.take(integration, events, payload)

    async def take(
        self,
        integration: Integration,
        events: Sequence[Event],
        payload: Payload | None,
        write: Writing | None = None,
    ) -> Sequence[Result]:
        """Commit `events` of `payload` in one transaction, with what `write` writes of them.

        Without a payload the sender has sent nothing: a person tries the integration.

        Raises ProblemError (503) where one was not taken.
        """
        sent = [await self._sent(event, integration) for event in events[:MOST_EVENTS]]
        if len(events) > MOST_EVENTS:
            rest = f"{len(events) - MOST_EVENTS} more events than Pager takes in one request."
            sent.append(await self._sent(Event("trigger", None, rest), integration))
        answers = await self._decide(integration, sent, payload, write)
        without_policy = [
            position
            for position, answer in enumerate(answers)
            if isinstance(answer, NoEscalationPolicy)
            and sent[position].service_id != integration.routing.service_id
        ]
        if without_policy:
            again = [_to_fallback(sent[position], integration) for position in without_policy]
            later = await self._decide(integration, again, payload, None)
            for position, answer in zip(without_policy, later, strict=True):
                answers[position] = answer
        results = [
            Result(one.event, one.service_id, _receipt(one, answer))
            for one, answer in zip(sent, answers, strict=True)
        ]
        for result in results:
            if isinstance(result.receipt, Refusal):
                raise ProblemError(result.receipt.problem)
        return results

    async def _sent(self, event: Event, integration: Integration) -> Sent:
        service_id = integration.routing.service_of(event.fields)
        service: MonitoredService = Healthy(service_id=service_id)
        if event.action in NEEDS_STATE:
            service = (await self._reads.run(self._services.load, service_id)).service
        messages = list(messages_of(event, service))
        if event.action == "resolve" and service_id != integration.routing.service_id:
            # Its Alert may have gone to the fallback.
            messages += _to_fallback(Sent(event, service_id, messages), integration).messages
        return Sent(event, service_id, messages)

    async def _decide(
        self,
        integration: Integration,
        sent: Sequence[Sent],
        payload: Payload | None,
        write: Writing | None,
    ) -> list[Answer | NotTaken | None]:
        """The answer to the first message of each event."""
        messages = [message for one in sent for message in one.messages]
        note = None if payload is None else partial(_note, sent, payload)
        is_noted_now = note is not None and self._is_due(integration.id, sent)
        record = None
        if is_noted_now or write is not None:
            record = Record(
                f"integration {integration.id}",
                partial(_record, sent, integration.id, note if is_noted_now else None, write),
            )
        answers: Sequence[Answer | NotTaken] = []
        if messages:
            answers = await self._inbox.receive_each(messages, integration.author, record)
        elif record is not None:
            write_record = record.write
            await self._inbox.write(lambda connection: write_record(connection, []), record.key)
        of_events = _of_events(sent, answers)
        if note is not None and not is_noted_now:
            self._last.keep(integration.id, partial(note, of_events))
        return of_events

    def _is_due(self, integration: int, sent: Sequence[Sent]) -> bool:
        """Whether the request is noted at once: what is not understood always is."""
        is_fault = any(one.event.dedup_key == NOT_UNDERSTOOD for one in sent)
        return self._last.is_due(integration) or is_fault


async def payload_of(request: Request) -> Payload:
    """What the request says."""
    body = await read_cut(request)
    return Payload(
        body.start,
        media_type_of(request),
        dict(request.query_params),
        dict(request.headers),
        body.end,
        request.path_params.get("protocol", ""),
    )


def not_understood(payload: Payload, error: NotUnderstood) -> Event:
    """The page that says so: somebody must look, since it may have been an Alert."""
    return Event("trigger", NOT_UNDERSTOOD, f"{error}\n\n{shown(payload)}")


def shown(payload: Payload) -> str:
    """The payload for people: cut, and without anything that looks like the key."""
    # A part of a key at the end of what is decoded is cut off with it.
    text = payload.body[: 5 * SHOWN].decode(errors="replace")
    return without_keys(mended(text))[:SHOWN]


def _to_fallback(sent: Sent, integration: Integration) -> Sent:
    """The same for the fallback, under a key of its own: other services may have the same key."""
    event, fallback = sent.event, integration.routing.service_id
    again = event._replace(
        dedup_key=f"{sent.service_id}: {event.dedup_key or ''}",
        text=f"{event.text}\n\n(For {sent.service_id}, which has no Escalation Policy.)",
    )
    return Sent(event, sent.service_id, messages_of(again, Healthy(service_id=fallback)))


def _of_events(
    sent: Sequence[Sent], answers: Sequence[Answer | NotTaken]
) -> list[Answer | NotTaken | None]:
    """The answer to the first message of each event; None where it stands for none."""
    left = iter(answers)
    firsts: list[Answer | NotTaken | None] = []
    for one in sent:
        of_event = [next(left) for _ in one.messages]
        failed = [answer for answer in of_event if isinstance(answer, NotTaken)]
        firsts.append((failed or of_event or [None])[0])
    return firsts


def _record(  # noqa: PLR0913, PLR0917 - the last two are given when it is written
    sent: Sequence[Sent],
    integration: int,
    note: Callable[[Sequence[Answer | NotTaken | None]], tuple[str, str]] | None,
    write: Writing | None,
    connection: Connection,
    answers: Sequence[Answer | NotTaken],
) -> None:
    of_events = _of_events(sent, answers)
    if write is not None:
        write(connection, of_events)
    if note is not None:
        SqlIntegrations(InTransaction(connection)).note_request(integration, *note(of_events))


def _note(
    sent: Sequence[Sent], payload: Payload, answers: Sequence[Answer | NotTaken | None]
) -> tuple[str, str]:
    """The request for people, and what became of its events."""
    outcomes = [_outcome(one, answer) for one, answer in zip(sent[:20], answers, strict=False)]
    return shown(payload), shortened("; ".join(outcomes) or "nothing to do", LONGEST_OUTCOME)


def _outcome(sent: Sent, answer: Answer | NotTaken | None) -> str:
    """What became of an event, for whoever set the integration up."""
    what = f"{sent.event.action} {sent.service_id}"
    if sent.event.dedup_key == NOT_UNDERSTOOD:
        what = f"not understood, {what}"
    match answer:
        case Decision():
            return f"{what}: {answer.after.state}{'' if answer.changed else ', nothing changed'}"
        case None | UnknownService():
            return f"{what}: nothing to do"
        case NotTaken():
            return f"{what}: {answer.error}"
        case _:
            return f"{what}: {answer}"


def _receipt(sent: Sent, answer: Answer | NotTaken | None) -> Receipt | Refusal:
    if answer is None or (sent.event.action != "trigger" and isinstance(answer, UnknownService)):
        # Monitors resolve what Pager never knew, such as after a restart.
        return Receipt(service_id=sent.service_id, state="healthy", incident=0, changed=False)
    return receipt(sent.service_id, answer)
