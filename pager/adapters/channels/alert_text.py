"""What the Alerts of an incident said, as a page tells it."""

from pager.adapters.text import one_line, visible
from pager.messages import Notification
from pager.model import MOST_LATER_ALERTS, shortened

LONGEST_FIRST = 100
"""Characters of the first Alert in a short text, where a later one said something else."""


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
