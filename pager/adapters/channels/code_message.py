"""The message with a verification code: whoever types the code into Pager is reached there.

It is not a Notification: it belongs to no incident, and there is nothing to acknowledge.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from pager.access.verification_codes import LIFETIME
from pager.durations import in_words
from pager.model import Target, Value, shortened
from pager.oncall.names import Name

SUBJECT = "Pager: a code to verify this address"
"""Without the code: mail servers write subjects into their logs."""
_LONGEST_IN_SMS = 40


class CodeMessage(Value):
    """A code for one Target."""

    target: Target
    person: Name
    """Who is to be reached there."""
    sent_by: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100, pattern=r"^[^\p{C}\p{Zl}\p{Zp}]+$"),
    ]
    """The account of whoever lets it be sent: one line, without control characters."""
    code: Annotated[str, Field(repr=False, pattern="^[0-9]{6}$")]

    @property
    def readable_code(self) -> str:
        """The code in two halves: so people keep it in mind."""
        return f"{self.code[:3]} {self.code[3:]}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What an e-mail says below the code."""
        return (
            f"Type it into Pager within {in_words(LIFETIME)}: then Pager knows that its pages to "
            f"{self.person} arrive here.",
            "If you know nothing of this, do nothing. Without the code nothing changes.",
        )

    @property
    def text(self) -> str:
        """What an e-mail says in plain text."""
        said = "\n\n".join(self.sentences)
        return f"""\
Your code is {self.readable_code}

{said}

Sent by: {self.sent_by}
"""

    @property
    def short_text(self) -> str:
        """What an SMS says: one segment, where both names are written in plain letters."""
        person, by = (
            shortened(name, _LONGEST_IN_SMS, "...") for name in (self.person, self.sent_by)
        )
        return f"{self.readable_code} is the code for Pager to reach {person}. Sent by {by}."
