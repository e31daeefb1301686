"""SMS through Twilio's REST API: arrow 6 of the brief.

Twilio has no idempotency key. A page whose answer is lost is DeliveryUnknown, and the relay sends
it again: a page twice is better than a page lost.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

import httpx2

from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.sms.answers import error_code, explanation, receipt
from pager.adapters.channels.sms.error_codes import INVALID_STATUS_CALLBACK
from pager.adapters.channels.sms.text import in_gsm_7, sms_text
from pager.adapters.channels.test_page import TestPage
from pager.adapters.urls import is_private_base
from pager.errors import DeliveryFailed, DeliveryUnknown
from pager.messages import Notification
from pager.model import SmsTarget
from pager.timeouts import FIRST_TIMEOUT, Timeouts, timeouts

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

logger = logging.getLogger(__name__)


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
        *,
        status_callback: Callable[[Notification], str] | None = None,
    ) -> None:
        """Send as `sender`: a number or name of the account's, or a Messaging Service's SID.

        `acknowledge_link` gives the link that a page carries, and `status_callback` the URL to
        which Twilio reports what becomes of it; None where Twilio cannot call this server.
        `first_timeout` is for the first attempt at a page as a whole (`pager.timeouts`).
        """
        is_service = re.fullmatch("MG[0-9a-fA-F]{32}", sender) is not None
        self._sender = {"MessagingServiceSid" if is_service else "From": sender}
        self._acknowledge_link = acknowledge_link
        self._status_callback = status_callback
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

        Raises DeliveryRefused where Twilio says that the number does not exist (`error_codes`),
        DeliveryUnknown where it may have accepted the page, and DeliveryFailed for the rest.
        """
        text = sms_text(notification, self._acknowledge_link(notification))
        callback = self._status_callback(notification) if self._status_callback else None
        return self._hand_over(target, text, attempt, callback)

    def send_test_page(self, target: SmsTarget, test_page: TestPage) -> str:
        """Hand the test page to Twilio; as `send`."""
        return self._hand_over(target, in_gsm_7(test_page.short_text))

    def send_code(self, target: SmsTarget, message: CodeMessage) -> str:
        """Hand the code to Twilio; as `send`."""
        return self._hand_over(target, in_gsm_7(message.short_text))

    def interrupt(self) -> None:
        """Let every send that is under way end at once: Pager stops. The page may be sent."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def close(self) -> None:
        """Wait for the pages that are on their way, and close. Closing twice does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _hand_over(
        self, target: SmsTarget, text: str, attempt: int = 1, callback: str | None = None
    ) -> str:
        form = {"To": target.phone_number, "Body": text} | self._sender
        within = timeouts(attempt, self._first_timeout)
        try:
            post = self._post(form, callback, within)
            status, body = asyncio.run_coroutine_threadsafe(post, self._loop).result()
        except CancelledError as error:
            raise DeliveryUnknown("Pager stops") from error
        except NOTHING_WAS_SENT as error:
            raise DeliveryFailed(f"Twilio was not reached ({_error_text(error)})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise DeliveryUnknown(f"no whole answer from Twilio ({_error_text(error)})") from error
        return receipt(status, body)

    def _cancel(self) -> None:
        for send in asyncio.all_tasks(self._loop):
            send.cancel()

    async def _close(self) -> None:
        sends = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*sends, return_exceptions=True)
        await self._client.aclose()

    async def _post(
        self, form: dict[str, str], callback: str | None, within: Timeouts
    ) -> tuple[int, bytes]:
        """Send the form, and let Twilio report to `callback`; return Twilio's answer."""
        async with asyncio.timeout(within.answer.total_seconds()):
            if callback is not None:
                status, body = await self._request(form | {"StatusCallback": callback}, within)
                if error_code(status, body) != INVALID_STATUS_CALLBACK:
                    return status, body
                # Better a page of which nobody reports whether it was delivered than no page.
                logger.warning("Twilio does not accept the URL for reports: see PAGER_PUBLIC_URL")
            return await self._request(form, within)

    async def _request(self, form: dict[str, str], within: Timeouts) -> tuple[int, bytes]:
        """Send the form; return the status, and the answer up to about LONGEST_ANSWER bytes."""
        # The first attempt has half of its time to connect: the other half is for the answer.
        connect = min(within.hand_over, within.answer) / 2
        limits = httpx2.Timeout(within.answer.total_seconds(), connect=connect.total_seconds())
        body = b""
        async with self._client.stream(
            "POST", self._messages, data=form, timeout=limits
        ) as response:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    break
        return response.status_code, body


def _error_text(error: Exception) -> str:
    """The kind of `error`, and its message if it has one."""
    return f"{type(error).__name__}: {explanation(str(error))}".rstrip(": ")
