"""What the Alerts of an incident said, and why its Level is told, as a page tells it."""

from pager.adapters.text import one_line, visible
from pager.messages import Notification
from pager.model import MOST_LATER_ALERTS, shortened
from pager.words import why_in_words

LONGEST_WHY = 100
LONGEST_FIRST = 100
"""Characters of the first Alert in a short text, where a later one said something else."""


def why_in_short(notification: Notification) -> str:
    """Why its Level is told, in one line; "" where it is just the next one.

    A name is somebody else's text: it belongs below the link that acknowledges.
    """
    text = why_in_words(notification)
    return shortened(one_line(visible(text)), LONGEST_WHY) if text else ""


def unreached_in_short(notification: Notification) -> str:
    """Whom the policy names and did not reach, in one line; "" where it reached everybody.

    Names are somebody else's text, as above.
    """
    return one_line(visible("; ".join(notification.gaps))) if notification.gaps else ""


def alerts_in_full(notification: Notification) -> str:
    """What the first Alert said, and below it what later ones said, the newest last."""
    later = notification.later_alerts
    text = "\n".join(notification.message.splitlines())
    if not later.count:
        return text
    at_least = "at least " if later.count >= MOST_LATER_ALERTS else ""
    count = f" ({at_least}{later.count}, of which these are the newest)" if later.left_out else ""
    said = [f"- {one_line(message)}" for message in later.messages]
    return "\n".join([text, "", f"Since then other Alerts said{count}:", *said])


def alerts_in_short(notification: Notification) -> str:
    """In one line: what the first Alert said, and what the newest one says."""
    first, later = one_line(visible(notification.message)), notification.later_alerts
    if not later.count:
        return first
    between = f"; {later.count - 1} more" if later.count > 1 else ""
    newest = one_line(visible(later.messages[-1]))
    return f"{shortened(first, LONGEST_FIRST, '...')}{between}; now: {newest}"
