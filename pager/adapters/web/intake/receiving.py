"""Receives what monitors send: the same way for every protocol, into the same inbox as Alerts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import NamedTuple
from typing import Protocol as Interface

from fastapi import Request
from sqlalchemy import Connection

from pager.access.integrations import Integration, key_within, without_keys
from pager.adapters.runtime.requests import (
    Answer,
    Later,
    NothingToDo,
    NotTaken,
    Record,
    UnknownService,
)
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.text import mended
from pager.adapters.web.api.receipts import Receipt, Refusal, receipt
from pager.adapters.web.backend import Backend
from pager.adapters.web.bodies import cut_body_of, is_soon_parsed, media_type_of
from pager.adapters.web.intake.events import Event, NotAnAlert, NotUnderstood, Payload
from pager.adapters.web.intake.last_requests import LastRequests
from pager.adapters.web.intake.messages import messages_at
from pager.adapters.web.intake.protocol import Protocol, Result
from pager.adapters.web.limits import LIMITS
from pager.adapters.web.problems import ProblemError, problem
from pager.counted import counted
from pager.decide import Decision
from pager.errors import NoEscalationPolicy
from pager.messages import Message
from pager.model import shortened

MOST_EVENTS = 1_000
"""Of one request; the fallback hears of more."""

LONGEST_OUTCOME = 1_000
"""Characters of what became of a request."""

MOST_OUTCOMES = 20
"""Events whose outcome is noted."""

SHOWN = 2_000
"""Characters of a payload that a page shows, where it is not understood."""

NOT_UNDERSTOOD = "not understood"
"""The dedup key of all that one integration sends and Pager does not understand."""


class Writing(Interface):
    """What a protocol writes of its events, in the transaction that decides them."""

    def __call__(self, connection: Connection, answers: Sequence[Answer | NotTaken | None]) -> None:
        """`answers` has one for each event; None where it stood for no message."""
        ...


class Sent(NamedTuple):
    """An event, the service that it is about, and the messages that it stands for."""

    event: Event
    service_id: str
    messages: Sequence[Message | Later]


Answers = Sequence[Answer | NotTaken]
Note = Callable[[Answers], str]
"""What became of a request, in a sentence, by the answers to its messages."""


class Intake:
    """Commits the events of a request, and says what became of each."""

    def __init__(
        self, backend: Backend, noted_every: timedelta = LIMITS.requests_noted_every
    ) -> None:
        """Commit to the inbox of `backend`, and note requests as often as that at most."""
        self._last = LastRequests(backend.database, noted_every)
        self._inbox = backend.inbox
        self._parsing = backend.pools.parsing

    async def receive(
        self, request: Request, integration: Integration, protocol: Protocol
    ) -> Sequence[Result]:
        """Read the body of `request`, and take its events: as `receive_payload`."""
        request.state.integration = integration
        return await self.receive_payload(integration, protocol, await payload_of(request))

    async def receive_payload(
        self, integration: Integration, protocol: Protocol, payload: Payload
    ) -> Sequence[Result]:
        """Take the events of `payload`, in whatever way it has come.

        What is not understood pages the integration's own service. Raises ProblemError where an
        event was not taken: then all are to be sent again (503); and for what makes no sense (400).
        """
        payload = payload._replace(routing=integration.routing)
        try:
            events = await self._read(protocol, payload)
        except NotUnderstood as error:
            events = [not_understood(payload, error)]
        except NotAnAlert as error:
            await self.commit(integration, f"refused: {error}", [], payload, is_fault=True)
            raise ProblemError(problem(HTTPStatus.BAD_REQUEST, str(error))) from error
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

        Raises ProblemError: 503 where one was not taken, 404 where one can page nobody.
        """
        sent = [_sent(event, integration) for event in events[:MOST_EVENTS]]
        if len(events) > MOST_EVENTS:
            more = counted(len(events) - MOST_EVENTS, "more event")
            rest = f"{more} than Pager takes in one request."
            sent.append(_sent(_not_understood(rest), integration))

        def write_events(connection: Connection, answers: Answers) -> None:
            if write is not None:
                write(connection, _of_events(sent, answers))

        messages = [message for one in sent for message in one.messages]
        # What is not understood is always noted.
        is_fault = any(one.event.dedup_key == NOT_UNDERSTOOD for one in sent)
        committed = await self._commit(
            integration,
            messages,
            None if write is None else write_events,
            None if payload is None else _Noting(payload, partial(_outcomes, sent), is_fault),
        )
        answers = _of_events(sent, committed)
        results = [
            Result(one.event, one.service_id, _receipt(one, answer))
            for one, answer in zip(sent, answers, strict=True)
        ]
        _raise_refusal([result.receipt for result in results])
        return results

    async def commit(  # noqa: PLR0913 - the last two say what is rarely so
        self,
        integration: Integration,
        what: str,
        messages: Sequence[Message | Later],
        payload: Payload,
        write: Writing | None = None,
        *,
        is_fault: bool = False,
    ) -> Sequence[Answer]:
        """Commit `messages`, which may be none, with what `write` writes: all in one transaction.

        For what is no event, or names its service; `what` says it to people, whatever else comes
        where it `is_fault`. Returns the answers to the messages. Raises ProblemError (503) where
        one was not taken.
        """

        def outcome(answers: Answers) -> str:
            return _outcome(what, answers[0]) if answers else what

        noting = _Noting(payload, outcome, is_fault)
        answers = await self._commit(integration, messages, write, noting)
        _raise_refusal([receipt("", answer) for answer in answers if isinstance(answer, NotTaken)])
        return [answer for answer in answers if not isinstance(answer, NotTaken)]

    async def _read(self, protocol: Protocol, payload: Payload) -> Sequence[Event]:
        if is_soon_parsed(payload.body, payload.headers.get("content-encoding", "")):
            return protocol.read(payload)
        return await self._parsing.run(protocol.read, payload)

    async def _commit(
        self,
        integration: Integration,
        messages: Sequence[Message | Later],
        write: Writing | Callable[[Connection, Answers], None] | None,
        noting: "_Noting | None",
    ) -> Answers:
        """Commit all of it together. A request is noted with it, or after it, in a storm."""
        is_noted_now = noting is not None and (self._last.is_due(integration.id) or noting.is_fault)
        record = None
        if is_noted_now or write is not None:
            now = noting if is_noted_now else None
            record = Record(
                f"integration {integration.id}", partial(_record, integration.id, now, write)
            )
        answers: Answers = []
        if messages:
            answers = await self._inbox.receive_together(messages, integration.author, record)
        elif record is not None:
            write_record = record.write
            await self._inbox.write(lambda connection: write_record(connection, []), record.key)
        if noting is not None and not is_noted_now:
            self._last.keep(integration.id, partial(noting.note, answers))
        return answers


class _Noting(NamedTuple):
    """How a request is noted as the last one of its integration."""

    payload: Payload
    outcome: Note
    is_fault: bool
    """Whether it is noted whatever else comes."""

    def note(self, answers: Answers) -> tuple[str, str]:
        """The request for people, and what became of it."""
        return shown(self.payload), shortened(self.outcome(answers), LONGEST_OUTCOME)


def _record(
    integration: int,
    noting: _Noting | None,
    write: Writing | Callable[[Connection, Answers], None] | None,
    connection: Connection,
    answers: Answers,
) -> None:
    # The note is first: two nodes that both lock the row of the integration before anything else
    # that is written of a request never wait for each other in a circle.
    if noting is not None:
        rows = SqlIntegrations(InTransaction(connection))
        rows.note_request(integration, *noting.note(answers))
    if write is not None:
        write(connection, answers)


async def payload_of(request: Request) -> Payload:
    """What the request says."""
    body = cut_body_of(request)
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


def _not_understood(reason: str) -> Event:
    return Event("trigger", NOT_UNDERSTOOD, str(NotUnderstood(reason)))


def shown(payload: Payload) -> str:
    """The payload for people: cut, and without anything that looks like the key."""
    # A part of a key at the end of what is decoded is cut off with it.
    start = payload._replace(body=payload.body[: 5 * SHOWN], end=b"")
    return without_keys(mended(start.text[: 5 * SHOWN]))[:SHOWN]


def without_key_of(integration: Integration, text: str) -> str:
    """`text` with … in the place of the key of the integration: people read it in pages."""
    return without_keys(text, lambda key: fingerprint(key) == integration.key_fingerprint)


def _sent(event: Event, integration: Integration) -> Sent:
    routing = integration.routing
    service_id = routing.service_of(event.fields)
    event = event._replace(text=without_key_of(integration, event.text))
    if not event.by:
        event = event._replace(by=integration.author)
    key = event.dedup_key and key_within(integration.name, event.dedup_key)
    written = event._replace(dedup_key=key)
    return Sent(event, service_id, messages_at(written, service_id, routing.service_id))


def _of_events(sent: Sequence[Sent], answers: Answers) -> Sequence[Answer | NotTaken | None]:
    """The answer to each event: of those to its messages the one that says most."""
    left = iter(answers)
    return [_most_telling([next(left) for _ in one.messages]) for one in sent]


def _most_telling(answers: Answers) -> Answer | NotTaken | None:
    def rank(answer: Answer | NotTaken) -> int:
        match answer:
            case NotTaken():
                return 4
            case Decision():
                return 3 if answer.changed else 2
            case NoEscalationPolicy():
                return 1
            case _:
                return 0

    answer = max(answers, key=rank)
    return None if isinstance(answer, NothingToDo) else answer


def _outcomes(sent: Sequence[Sent], answers: Answers) -> str:
    """What became of the events, for whoever set the integration up."""
    pairs = zip(sent[:MOST_OUTCOMES], _of_events(sent, answers), strict=False)
    return "; ".join(_outcome(_what(one), answer) for one, answer in pairs) or "nothing to do"


def _what(sent: Sent) -> str:
    """What an event says, for people."""
    what = f"{sent.event.action} {sent.service_id}"
    return f"not understood, {what}" if sent.event.dedup_key == NOT_UNDERSTOOD else what


def _outcome(what: str, answer: Answer | NotTaken | None) -> str:
    """What became of it, for whoever set the integration up."""
    match answer:
        case Decision():
            return f"{what}: {answer.after.state}{'' if answer.changed else ', nothing changed'}"
        case None | UnknownService() | NothingToDo():
            return f"{what}: nothing to do"
        case NotTaken():
            return f"{what}: {answer.error}"
        case _:
            return f"{what}: {answer}"


def _receipt(sent: Sent, answer: Answer | NotTaken | None) -> Receipt | Refusal:
    if answer is None or (sent.event.action != "trigger" and isinstance(answer, UnknownService)):
        # Monitors resolve what Pager never knew, such as after a restart.
        return Receipt(service_id=sent.service_id, state="healthy", incident=0, changed=False)
    if isinstance(answer, Decision):
        return receipt(answer.after.service_id, answer)
    return receipt(sent.service_id, answer)


def _raise_refusal(receipts: Sequence[Receipt | Refusal]) -> None:
    """Raise ProblemError for the one that matters most: what is to be sent again."""
    refusals = [one.problem for one in receipts if isinstance(one, Refusal)]
    if refusals:
        raise ProblemError(max(refusals, key=lambda refusal: refusal.status))
