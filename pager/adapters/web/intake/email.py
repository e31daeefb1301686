"""E-mail of monitors: each is an event; a recovery is recognised by its subject.

The dedup key of an e-mail is, by the first of these rules that applies:

1. what its monitor calls the trouble, where the form of the e-mail is known (`email_subjects`);
2. the thread that it belongs to: its first reference, which some monitors make for each trouble;
3. its sender, and its subject without replies and words of a state.

A recovery that names a thread closes the keys of the rules 2 and 3: the e-mail that began the
thread did not name it.
"""

import re
from collections.abc import Mapping, Sequence
from email.utils import parseaddr

from fastapi import Response

from pager.adapters.web.intake.answers import committed
from pager.adapters.web.intake.email_subjects import Meaning, fields_of, meaning_of
from pager.adapters.web.intake.events import Event, NotUnderstood, Payload
from pager.adapters.web.intake.mime import Email, read_email
from pager.adapters.web.intake.protocol import Protocol, Use
from pager.adapters.web.problems import Problem, response

ENDPOINTS: Mapping[str, Use] = {
    "POST /integrations/v1/email/{key}": "served",
}
FIELDS: Mapping[str, Use] = {
    "Subject": "served",
    "From": "served",
    "References": "served",
    "In-Reply-To": "served",
    "Auto-Submitted": "served",
    "Precedence": "served",
    "Return-Path": "served",
    "X-Autoreply": "served",
    "X-Autorespond": "served",
    "X-Loop": "served",
    "the text, in plain text or in HTML": "served",
    "attachments": "accepted and ignored",
    "all other headers": "accepted and ignored",
}

_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_OF_AUTO_REPLIES = ("x-autoreply", "x-autorespond", "x-loop")
_OWN_ID = re.compile(r"<(?P<digest>[0-9a-f]{32})@[^<>\s]+>")


def read(payload: Payload) -> Sequence[Event]:
    """The events of a message (RFC 5322): one, or none where it is no monitor's.

    Two, both of them resolve, where the recovery names a thread.
    """
    try:
        return _events(read_email(payload.body))
    except Exception as error:  # the parser raises any error for some broken messages
        raise NotUnderstood("This e-mail cannot be read.") from error


def _events(email: Email) -> Sequence[Event]:
    if not email.message.keys():
        raise NotUnderstood("This is no e-mail: it has no headers.")
    if _is_automatic_reply(email) or _is_page_of_pager(email):
        return []
    subject = email.header("subject")
    meaning = meaning_of(subject, email.text)
    if meaning.action is None:
        return []
    text = f"{subject or '(no subject)'}\n\n{email.text}".strip()
    _, sender = parseaddr(email.header("from"))
    fields = {**fields_of(email.text), "from": sender, "subject": subject}
    return [
        Event(meaning.action, key, text, fields, meaning.by)
        for key in _keys(email, meaning, sender)
    ]


def _keys(email: Email, meaning: Meaning, sender: str) -> Sequence[str]:
    if meaning.is_of_monitor:
        return [meaning.trouble]
    by_subject = f"{sender.lower()} {meaning.trouble}"
    references = email.header("references") or email.header("in-reply-to")
    thread = _MESSAGE_ID.search(references)
    if thread is None:
        return [by_subject]
    if meaning.action == "resolve":
        return [f"thread {thread[1]}", by_subject]
    return [f"thread {thread[1]}"]


def _is_automatic_reply(email: Email) -> bool:
    """Whether a program has answered an e-mail: an absence, or a report on a delivery.

    What is sent automatically and is no answer ("auto-generated") is what monitors send.
    """
    return (
        email.header("auto-submitted").lower().startswith("auto-replied")
        or email.header("precedence").lower() in {"auto_reply", "junk"}
        or email.header("return-path") == "<>"
        or email.message.get_content_type() == "multipart/report"
        or any(name in email.message for name in _OF_AUTO_REPLIES)
    )


def _is_page_of_pager(email: Email) -> bool:
    """Whether a Pager has sent it: its address is a Target of a policy, so it would page itself."""
    own = _OWN_ID.fullmatch(email.header("message-id"))
    return own is not None and email.message.get_boundary() == f"=_{own['digest']}"


def refused(problem: Problem) -> Response:
    """Problem details: no mail server reads them."""
    return response(problem)


PROTOCOL = Protocol(read, committed, refused)
