"""A test page: it shows whether a Target can be reached, before an incident begins.

It is not a Notification: it belongs to no incident, and there is nothing to acknowledge.
"""

from typing import Annotated

from pydantic import StringConstraints

from pager.model import ServiceId, Target, Value, shortened

SUBJECT = "[TEST] Pager: this is only a test"
_LONGEST_IN_SMS = 40


class TestPage(Value):
    """A test page to one Target."""

    __test__ = False  # pytest would take it for a class of tests

    target: Target
    service_id: ServiceId
    """Whose Escalation Policy has this Target."""
    sent_by: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100, pattern=r"^[^\p{C}\p{Zl}\p{Zp}]+$"),
    ]
    """The account of its sender: one line, without control characters."""

    @property
    def text(self) -> str:
        """What an e-mail says in plain text."""
        return f"""\
This is only a test. Nothing is wrong, and there is nothing to acknowledge.

Sent by: {self.sent_by}
Monitored Service: {self.service_id}

You are a Target of its Escalation Policy: this is how its pages would reach you.
"""

    @property
    def short_text(self) -> str:
        """What an SMS says: one segment, where both names are written in plain letters."""
        by, about = (
            shortened(name, _LONGEST_IN_SMS, "...") for name in (self.sent_by, self.service_id)
        )
        return f"TEST of Pager, nothing is wrong and nothing to do. Sent by {by} for {about}."
