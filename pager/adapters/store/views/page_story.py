"""What became of pages, in plain words: those that left together are one line."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from pager.adapters.store.views.entries import Attempt, Reported
from pager.adapters.text import one_line
from pager.messages import Effect, Notification
from pager.model import EmailTarget, shortened

Tone = Literal["", "alarm", "acknowledged", "healthy", "failed", "note"]

MOST_NAMED = 5
"""Targets in one line: the others are counted."""

LONGEST_DETAIL = 200
"""Characters of what a mail server or a provider has answered."""


class Line(NamedTuple):
    """Something that happened."""

    at: datetime
    text: str
    quote: str = ""
    """What somebody wrote: an Alert, or a note. It may be long, and have several lines."""
    then: str = ""
    """What would have happened `then_at`."""
    then_at: datetime | None = None
    tone: Tone = ""


def is_one_line(one: Attempt, other: Attempt) -> bool:
    """Whether they are one line: the same Level and channel, and the same end."""

    def kind(attempt: Attempt) -> tuple[object, ...]:
        is_sent = attempt.status == "sent"
        return (
            *(attempt.effect.level, attempt.effect.channel, attempt.status),
            # Of what was sent, the receipt of each is another one.
            *(() if is_sent else (attempt.detail,)),
        )

    return kind(one) == kind(other)


def attempted(attempts: Sequence[Attempt]) -> Line:
    """What became of pages that were tried together."""
    last = attempts[-1]
    to = _named([attempt.effect for attempt in attempts])
    is_one, by_email = len(attempts) == 1, last.effect.channel == "email"
    if is_one:
        page, was, tried = "an e-mail" if by_email else "an SMS", "was", "It is tried again"
    else:
        page, was, tried = "e-mails" if by_email else "SMS", "were", "They are tried again"
    match last.status:
        case "sent":
            text = f"{to} {was} {'e-mailed' if by_email else 'sent an SMS'}"
        case "withdrawn":
            text = f"{page} to {to} {was} not needed any more"
        case "refused":
            text = f"{page} to {to} {was} refused{because(last)}"
        case "failed":
            text = f"{page} to {to} could not be sent yet{because(last)}"
        case "unknown":
            text = f"nobody knows whether {page} to {to} {was} sent{because(last)}"
        case _:
            assert_never(last.status)
    return Line(
        last.at,
        text if last.status == "sent" else text[0].upper() + text[1:],
        then=tried if last.retry_at else "",
        then_at=last.retry_at,
        tone="" if last.status in ("sent", "withdrawn") else "failed",
    )


def reported(entry: Reported) -> list[Line]:
    """What a provider has said of a page; nothing where it only has it."""
    to = _named([entry.effect])
    page = "e-mail" if entry.effect.channel == "email" else "SMS"
    if entry.status == "delivered":
        return [Line(entry.at, f"The {page} to {to} has arrived")]
    if entry.status == "undelivered":
        text = f"The {page} to {to} has not arrived{because(entry)}"
        return [Line(entry.at, text, tone="failed")]
    return []


def because(entry: Attempt | Reported) -> str:
    """Why that has failed, as the end of a sentence."""
    return f": {shortened(one_line(entry.detail), LONGEST_DETAIL)}" if entry.detail else ""


def _named(effects: Sequence[Effect]) -> str:
    """The Targets of these, each once; a few of them by name."""
    names = list(dict.fromkeys(map(_target, effects)))
    text = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{text} and {more} more" if more > 0 else text


def _target(effect: Effect) -> str:
    if not isinstance(effect, Notification):
        return ""
    target = effect.target
    return target.address if isinstance(target, EmailTarget) else target.phone_number
