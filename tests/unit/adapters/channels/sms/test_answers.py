"""What Twilio answers: accepted, refused for good, or tried again."""

import json

import pytest
from pydantic import JsonValue

from pager import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.adapters.channels.sms.answers import error_code, receipt
from pager.adapters.channels.sms.error_codes import MEANINGS, NO_SUCH_NUMBER, error_in_words
from pager.errors import DeliveryError

MESSAGE_SID = "SM" + "0123456789abcdef" * 2


def error_of(status: int, body: bytes) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        receipt(status, body)
    return caught.value


def problem(code: JsonValue, message: str = "What Twilio says about it.") -> bytes:
    return json.dumps({"code": code, "message": message, "status": 400}).encode()


def message(**fields: JsonValue) -> bytes:
    return json.dumps({"sid": MESSAGE_SID} | fields).encode()


# --- accepted


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_with_a_message_sid_is_accepted(status: int) -> None:
    """Twilio says 201; what is compatible with Twilio may say another yes."""
    assert receipt(status, message()) == MESSAGE_SID


@pytest.mark.parametrize(
    "status", ["accepted", "queued", "sending", "sent", "delivered", "new", "", 7, None, ["failed"]]
)
def test_a_message_with_any_other_status_than_failed_is_accepted(status: JsonValue) -> None:
    """Twilio may invent more of them."""
    assert receipt(201, message(status=status, error_code=None)) == MESSAGE_SID


@pytest.mark.parametrize(
    "body",
    [b"", b"OK", b"{}", b'{"sid": null}', b'{"sid": ""}', b'{"sid": "SM0\\u0007"}', b"\xff\x00"],
)
def test_an_acceptance_without_a_message_sid_is_unknown(body: bytes) -> None:
    """Twilio accepted something, but it is not known what."""
    error = error_of(201, body)
    assert type(error) is DeliveryUnknown
    assert error.reason == "HTTP 201 from Twilio without a message SID"


# --- there is no such number


@pytest.mark.parametrize("code", sorted(NO_SUCH_NUMBER))
def test_a_number_that_does_not_exist_is_refused(code: int) -> None:
    """No SMS can ever reach it, whatever an operator does at Twilio."""
    error = error_of(400, problem(code))
    assert type(error) is DeliveryRefused
    assert error.reason == f"HTTP 400, Twilio error {code}: What Twilio says about it."


def test_a_message_that_is_created_as_failed_for_a_dead_number_is_refused() -> None:
    """The same code as in an error."""
    error = error_of(201, message(status="failed", error_code=21614))
    assert type(error) is DeliveryRefused


def test_only_four_codes_say_that_a_number_does_not_exist() -> None:
    """A code that is added must be proof, and not evidence."""
    assert {21211, 21217, 21614, 21635} == NO_SUCH_NUMBER


# --- Twilio did not take the page, and may yet


@pytest.mark.parametrize("code", [*sorted(MEANINGS.keys() - NO_SUCH_NUMBER), 29999, 12345, 1])
def test_every_other_code_is_tried_again(code: int) -> None:
    """Also "cannot be reached", STOP or "may no longer exist", and a code that nobody knows."""
    error = error_of(400, problem(code))
    assert type(error) is DeliveryFailed
    assert error.reason == f"HTTP 400, Twilio error {code}: What Twilio says about it."


@pytest.mark.parametrize(
    "status", [300, 401, 402, 403, 404, 407, 409, 422, 429, 451, 500, 502, 503, 504]
)
def test_only_a_bad_request_says_something_about_the_number(status: int) -> None:
    """With any other status, nobody knows what a code is about."""
    error = error_of(status, problem(21211))
    assert type(error) is DeliveryFailed
    assert error.reason == f"HTTP {status}, Twilio error 21211: What Twilio says about it."


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        ("failed", 30002, "failed, Twilio error 30002: the Twilio account was suspended"),
        (
            "undelivered",
            "30003",
            "undelivered, Twilio error 30003: the phone is switched off or has no signal",
        ),
        ("failed", None, "failed, without an error code"),
        ("canceled", True, "canceled, without an error code"),
        ("failed", {"code": 21211}, "failed, without an error code"),
        ("failed", 39999, "failed, Twilio error 39999"),
    ],
)
def test_a_message_that_is_created_as_failed_is_a_failure(
    status: str, code: JsonValue, reason: str
) -> None:
    """HTTP 201 says that there is a message, not that it is sent."""
    error = error_of(201, message(status=status, error_code=code))
    assert type(error) is DeliveryFailed
    assert error.reason == f"Twilio created message {MESSAGE_SID} as {reason}"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b'{"code": "21211", "mess'),
        (400, b"[21211]"),
        (400, b'{"message": "without a code"}'),
        (400, b'{"code": null, "message": "null"}'),
        (400, b'{"code": 21211}'),
        (400, b"<html>Your request looks like an attack</html>"),
        (403, b'{"error": {"code": 21211, "message": "of somebody else"}}'),
        (407, b"Proxy Authentication Required"),
        (511, b"<html>Sign in to this network</html>"),
        (502, b"<html>Bad gateway</html>"),
        (503, b"\xff\x00\xfe"),
    ],
)
def test_an_error_that_is_not_twilios_is_a_failure(status: int, body: bytes) -> None:
    """What some proxy on the way answers says nothing about the Target."""
    error = error_of(status, body)
    assert type(error) is DeliveryFailed
    assert error.reason == f"HTTP {status} without one of Twilio's error codes"


# --- what an operator reads


def test_a_reason_is_one_line_of_bounded_length() -> None:
    """Whatever Twilio says, it cannot forge a line of a log or fill the store."""
    error = error_of(400, problem(21211, "\x1b[31mno\r\n such\u202e  number " + "!" * 10_000))
    assert error.reason.startswith("HTTP 400, Twilio error 21211: [31mno such number !!!")
    assert len(error.reason) < 400


def test_an_error_has_its_number_and_its_meaning() -> None:
    """The number can be looked up at Twilio; a code without a meaning has its number only."""
    expected = (
        "Twilio error 21610: the owner of the number has replied STOP; START allows SMS again"
    )
    assert error_in_words(21610) == expected
    assert error_in_words(39999) == "Twilio error 39999"


def test_the_code_of_an_error_is_that_of_twilios_form_only() -> None:
    """A success has none, and neither has what a proxy answers."""
    assert error_code(400, problem(21609)) == 21609
    assert error_code(201, problem(21609)) is None
    assert error_code(400, b"<html>") is None
