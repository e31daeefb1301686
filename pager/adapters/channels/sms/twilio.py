"""SMS through Twilio's REST API: arrow 6 of the brief.

Twilio has no idempotency key. A page whose answer is lost is DeliveryUnknown, and the relay sends
it again: a page twice is better than a page lost.
"""

import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from unicodedata import normalize
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, StringConstraints, ValidationError

from pager.adapters.channels.sms.text import in_gsm_7, sms_text
from pager.adapters.channels.test_page import TestPage
from pager.adapters.text import one_line, shortened, visible
from pager.adapters.urls import is_private_base
from pager.errors import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.messages import Notification
from pager.model import SmsTarget
from pager.timeouts import FIRST_TIMEOUT, timeouts

REFUSED_FOR_GOOD = frozenset(
    {
        21211,  # the number is not a valid one
        21214,  # the number cannot be reached
        21217,  # the number does not appear to be valid
        21610,  # its owner has replied STOP, and must not be written to
        21614,  # the number is not a mobile one
        21635,  # the number is a landline
    }
)
"""Twilio's codes for a Target that cannot be reached, whatever an operator does at Twilio.

Errors of our account, sender, balance or permissions (21408: the region is not enabled; 21612: not
from this sender) can be fixed while the incident runs, so the page is tried again.
"""

NOTHING_WAS_SENT = (
    httpx2.ConnectError,  # TLS too: the certificate is checked before anything is sent
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""After any other error of httpx2, Twilio may have received the request."""

LONGEST_ANSWER = 64 * 1024
LONGEST_EXPLANATION = 300


@dataclass(frozen=True)
class TwilioAccount:
    """The Twilio account that sends, and is charged."""

    sid: str
    auth_token: str = field(repr=False)
    url: str = "https://api.twilio.com"

    def __post_init__(self) -> None:
        """Raise ValueError for a `url` that would carry the token unencrypted."""
        if not is_private_base(self.url):
            raise ValueError(
                "Twilio's URL must look like https://api.twilio.com: https (http only to this "
                "machine itself), a host, and no user name or query."
            )


class TwilioSms:
    """Sms: hands pages to Twilio. Threads may share one; close it when no more is to be sent."""

    def __init__(
        self,
        account: TwilioAccount,
        sender: str,
        acknowledge_link: Callable[[Notification], str],
        first_timeout: timedelta = FIRST_TIMEOUT,
    ) -> None:
        """Send as `sender`: a number or name of the account's, or a Messaging Service's SID.

        `acknowledge_link` gives the link that a page carries. `first_timeout` is for the first
        attempt at a page as a whole (`pager.timeouts`); connecting has half of it, every time.
        """
        is_service = re.fullmatch("MG[0-9a-fA-F]{32}", sender) is not None
        self._sender = {"MessagingServiceSid" if is_service else "From": sender}
        self._acknowledge_link = acknowledge_link
        self._first_timeout = first_timeout
        self._messages = (
            f"{account.url.rstrip('/')}/2010-04-01/Accounts/{quote(account.sid, safe='')}"
            "/Messages.json"
        )
        self._client = httpx2.AsyncClient(
            auth=(account.sid, account.auth_token),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=None,  # each request has its own
            follow_redirects=False,
        )
        # A blocking client limits the time of each read only; an event loop limits that of all.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="twilio", daemon=True)
        self._thread.start()

    def send(self, target: SmsTarget, notification: Notification, attempt: int = 1) -> str:
        """Hand the page to Twilio, and return the message's SID once it was accepted.

        Raises DeliveryRefused where this Target is the reason (REFUSED_FOR_GOOD),
        DeliveryUnknown where Twilio may have accepted the page, and DeliveryFailed for the rest.
        """
        text = sms_text(notification, self._acknowledge_link(notification))
        return self._hand_over(target, text, attempt)

    def send_test_page(self, target: SmsTarget, test_page: TestPage) -> str:
        """Hand the test page to Twilio; as `send`."""
        return self._hand_over(target, in_gsm_7(test_page.short_text))

    def close(self) -> None:
        """Wait for the pages that are on their way, and close. Closing twice does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _hand_over(self, target: SmsTarget, text: str, attempt: int = 1) -> str:
        form = {"To": target.phone_number, "Body": text} | self._sender
        try:
            post = self._post(form, timeouts(attempt, self._first_timeout).answer)
            status, body = asyncio.run_coroutine_threadsafe(post, self._loop).result()
        except NOTHING_WAS_SENT as error:
            raise DeliveryFailed(f"Twilio was not reached ({_error_text(error)})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise DeliveryUnknown(f"no whole answer from Twilio ({_error_text(error)})") from error
        return _receipt(status, body)

    async def _close(self) -> None:
        sends = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*sends, return_exceptions=True)
        await self._client.aclose()

    async def _post(self, form: dict[str, str], timeout: timedelta) -> tuple[int, bytes]:
        """Send the form; return the status, and the answer up to about LONGEST_ANSWER bytes."""
        body = b""
        seconds = timeout.total_seconds()
        limits = httpx2.Timeout(seconds, connect=self._first_timeout.total_seconds() / 2)
        async with (
            asyncio.timeout(seconds),
            self._client.stream("POST", self._messages, data=form, timeout=limits) as response,
        ):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    break
        return response.status_code, body


class _Accepted(BaseModel):
    sid: Annotated[str, StringConstraints(pattern="^[!-~]{1,64}$")]


class _Problem(BaseModel):
    code: int
    message: str


def _receipt(status: int, body: bytes) -> str:
    if httpx2.codes.is_success(status):
        return _message_sid(status, body)
    problem = _problem(body)
    if problem is None:
        raise DeliveryFailed(f"HTTP {status} without one of Twilio's error codes")
    reason = f"HTTP {status}, Twilio error {problem.code}: {_explanation(problem.message)}"
    if status == httpx2.codes.BAD_REQUEST and problem.code in REFUSED_FOR_GOOD:
        raise DeliveryRefused(reason)
    raise DeliveryFailed(reason)


def _message_sid(status: int, body: bytes) -> str:
    try:
        return _Accepted.model_validate_json(body).sid
    except ValidationError as error:
        raise DeliveryUnknown(f"HTTP {status} from Twilio without a message SID") from error


def _problem(body: bytes) -> _Problem | None:
    try:
        return _Problem.model_validate_json(body)
    except ValidationError:
        return None


def _error_text(error: Exception) -> str:
    """The kind of `error`, and its message if it has one."""
    return f"{type(error).__name__}: {_explanation(str(error))}".rstrip(": ")


def _explanation(text: str) -> str:
    """Somebody else's `text` as one bounded line, for a log."""
    return shortened(normalize("NFC", one_line(visible(text))), LONGEST_EXPLANATION)
