"""A page as plain text, and the subject of its e-mail."""

from pager.adapters.channels.alert_text import alerts_in_full, unreached_in_short, why_in_short
from pager.adapters.text import one_line, quoted, visible
from pager.messages import Notification
from pager.model import shortened
from pager.words import troubles_of_page_in_words

_LONGEST_SUBJECT = 150


def subject(notification: Notification) -> str:
    """Service and first line of the message in quotes: one line, bounded."""
    lines = visible(notification.message).strip().splitlines()
    first_line = one_line(lines[0].replace('"', "'")) if lines else ""
    service = f"[{shortened(notification.service_id, _LONGEST_SUBJECT // 2)}]"
    said = shortened(first_line, _LONGEST_SUBJECT - len(f'{service} ""'))
    return f'{service} "{said}"' if said else service


def text(notification: Notification, link: str, why: str) -> str:
    """How to acknowledge the page, where it comes from, and the message in full.

    The message comes last, and as a quotation: whatever it says, it is not taken for our link.
    """
    first_line = f"{why}\n\n" if why else ""
    return f"""\
{first_line}Acknowledge: {link}
The link opens a page with one button. Once it is pressed, nobody else is notified.

Monitored Service: {notification.service_id}{_fallback_note(notification)}
Incident: {notification.incident}{_troubles_note(notification)}
Level: {notification.policy_level}{_why_note(notification)}{_unreached_note(notification)}

The Alert says:
{quoted(alerts_in_full(notification))}
"""


def escalation_note(notification: Notification) -> str:
    """A first line that says why another Level is paged, or the same once more.

    The subject stays the same, because Gmail starts a new thread for a mail with another subject.
    """
    level = notification.policy_level
    if notification.expired_of:
        return f"Level {level} is told again: an acknowledgement has expired."
    if notification.told_again_by:
        return f"Nobody has it: Level {level} is told again."
    if notification.escalated_by:
        return f"Level {level}: somebody sent it on."
    if notification.is_first:
        again = f"Level {level} is told again: nobody has answered."
        return again if notification.begun_again else ""
    if notification.continues or notification.level_number:
        return f"Level {level}: nobody has answered yet."
    return f"Level {level}: nobody answered Level {level - 1}."


def _why_note(notification: Notification) -> str:
    """Why the Level is told. A name is somebody else's text: it stands below our link."""
    why = why_in_short(notification)
    return f" ({why})" if why else ""


def _unreached_note(notification: Notification) -> str:
    """Whom the policy names and did not reach: whoever reads it may know what to do."""
    unreached = unreached_in_short(notification)
    return f"\nNot reached: {unreached}" if unreached else ""


def _troubles_note(notification: Notification) -> str:
    """How many troubles are open, where it is not one: what the first Alert said may be over."""
    troubles = troubles_of_page_in_words(notification)
    return f" ({troubles})" if troubles else ""


def _fallback_note(notification: Notification) -> str:
    """Why this Target is paged, who may never have heard of the service."""
    if not notification.is_by_fallback:
        return ""
    # Where it has one that reaches nobody, the line on who is not reached says so.
    why = "" if notification.gaps else "it has no Escalation Policy of its own: "
    return f" ({why}the fallback policy is used)"
