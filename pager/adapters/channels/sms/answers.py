"""What Twilio answers when it is asked to send a message: accepted, refused, or tried again.

Only an answer in Twilio's own form says something about the Target. A proxy, a load balancer or a
captive portal on the way may answer anything, with any status: that is tried again.
"""

from http import HTTPStatus
from typing import Annotated
from unicodedata import normalize

from pydantic import BaseModel, StringConstraints, ValidationError

from pager.adapters.channels.sms.error_codes import NO_SUCH_NUMBER, error_in_words, number_of
from pager.adapters.text import one_line, visible
from pager.errors import DeliveryError, DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.model import shortened

LONGEST_EXPLANATION = 300
SUCCESS, CLIENT_ERROR = 2, 4
"""The hundreds of an HTTP status."""

NOT_SENT = frozenset({"failed", "undelivered", "canceled"})
"""The statuses of a message that Twilio has created and does not send."""

MESSAGE_SID = "[!-~]{1,64}"


class _Message(BaseModel):
    """A message that Twilio has created."""

    sid: Annotated[str, StringConstraints(pattern=f"^{MESSAGE_SID}$")]
    status: object = None
    error_code: object = None


class _Problem(BaseModel):
    code: int
    message: str


def receipt(status: int, body: bytes) -> str:
    """The SID of the message that Twilio has accepted.

    Raises DeliveryRefused where Twilio says that the number does not exist, DeliveryUnknown where
    it may have accepted the page, and DeliveryFailed for the rest.
    """
    if status // 100 != SUCCESS:
        raise _error(status, body)
    try:
        message = _Message.model_validate_json(body)
    except ValidationError as error:
        raise DeliveryUnknown(f"HTTP {status} from Twilio without a message SID") from error
    if isinstance(message.status, str) and message.status in NOT_SENT:
        raise _not_sent(message)
    return message.sid


def error_code(status: int, body: bytes) -> int | None:
    """Twilio's code of the error that it has answered; None where the answer is no such error."""
    problem = _problem(body)
    return problem.code if problem and status // 100 == CLIENT_ERROR else None


def explanation(text: str) -> str:
    """Somebody else's `text` as one bounded line, for a log."""
    return shortened(normalize("NFC", one_line(visible(text))), LONGEST_EXPLANATION)


def _not_sent(message: _Message) -> DeliveryError:
    """The error of a message that Twilio has created, and says itself that it does not send."""
    reason = f"Twilio created message {message.sid} as {message.status}"
    code = number_of(str(message.error_code))
    if code is None:
        return DeliveryFailed(f"{reason}, without an error code")
    reason = f"{reason}, {error_in_words(code)}"
    return DeliveryRefused(reason) if code in NO_SUCH_NUMBER else DeliveryFailed(reason)


def _error(status: int, body: bytes) -> DeliveryError:
    problem = _problem(body)
    if problem is None:
        return DeliveryFailed(f"HTTP {status} without one of Twilio's error codes")
    reason = f"HTTP {status}, Twilio error {problem.code}: {explanation(problem.message)}"
    # Only with this status do we know that the code is about the Target.
    if status == HTTPStatus.BAD_REQUEST and problem.code in NO_SUCH_NUMBER:
        return DeliveryRefused(reason)
    return DeliveryFailed(reason)


def _problem(body: bytes) -> _Problem | None:
    try:
        return _Problem.model_validate_json(body)
    except ValidationError:
        return None
