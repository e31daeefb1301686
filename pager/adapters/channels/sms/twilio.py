"""SMS through Twilio's REST API: arrow 6 of the brief.

Twilio has no idempotency key. So a page whose answer is lost is DeliveryUnknown, and the rule for
that is the relay's: it is sent again, because whoever did get it acknowledges.
"""

import asyncio
import re
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, StringConstraints, ValidationError

from pager.adapters.channels.test_page import TestPage
from pager.adapters.text import shortened
from pager.adapters.urls import is_private_base
from pager.errors import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.messages import Notification
from pager.model import SmsTarget

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
"""Twilio's codes for a Target that no operator of ours can mend by doing something at Twilio.

What our account, sender, balance or permissions are to blame for (21408: the region is not
enabled; 21612: not from this sender) can be mended while the incident runs, so it is tried again.
"""

NOTHING_WAS_SENT = (
    httpx2.ConnectError,  # TLS too: the certificate is checked before anything is sent
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""After any other error of httpx2's, Twilio may have the request."""

LONGEST_ANSWER = 64 * 1024
LONGEST_EXPLANATION = 300
LONGEST_SERVICE_ID = 60

# Three segments. No character is split between two, so each of the two seams may cost room: one
# unit where the largest character has two, and three for a flag or a waving hand, which have four.
GSM_ROOM = 3 * 153 - 2 * 1
UTF_16_ROOM = 3 * 67 - 2 * 3

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE_AS_LONG = frozenset("^{}\\[~]|€")
TYPEWRITER = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
    }
)


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
        timeout: timedelta = timedelta(seconds=20),
    ) -> None:
        """Send as `sender`: a number or name of the account's, or a Messaging Service's SID.

        `acknowledge_link` gives the link that a page carries. `timeout` is for one page as a
        whole, half of it at most for connecting; keep it below half of the outbox's lease.
        """
        is_service = re.fullmatch("MG[0-9a-fA-F]{32}", sender) is not None
        self._sender = {"MessagingServiceSid" if is_service else "From": sender}
        self._acknowledge_link = acknowledge_link
        self._timeout = timeout.total_seconds()
        self._messages = (
            f"{account.url.rstrip('/')}/2010-04-01/Accounts/{quote(account.sid, safe='')}"
            "/Messages.json"
        )
        self._client = httpx2.AsyncClient(
            auth=(account.sid, account.auth_token),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(self._timeout, connect=self._timeout / 2),
            follow_redirects=False,
        )
        # A blocking client bounds each read but not their sum: an event loop can bound the whole.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="twilio", daemon=True)
        self._thread.start()

    def send(self, target: SmsTarget, notification: Notification) -> str:
        """Hand the page to Twilio, and return the message's SID once it was accepted.

        Raises DeliveryRefused where this Target is the reason (REFUSED_FOR_GOOD),
        DeliveryUnknown where Twilio may have accepted the page, and DeliveryFailed for the rest.
        """
        return self._hand_over(target, sms_text(notification, self._acknowledge_link(notification)))

    def send_test_page(self, target: SmsTarget, test_page: TestPage) -> str:
        """Hand the test page to Twilio; as `send`."""
        return self._hand_over(target, _in_gsm(test_page.short_text))

    def close(self) -> None:
        """Wait for the pages that are on their way, and close. Closing twice does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _hand_over(self, target: SmsTarget, text: str) -> str:
        form = {"To": target.phone_number, "Body": text} | self._sender
        try:
            status, body = asyncio.run_coroutine_threadsafe(self._post(form), self._loop).result()
        except NOTHING_WAS_SENT as error:
            raise DeliveryFailed(f"Twilio was not reached ({_named(error)})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise DeliveryUnknown(f"no whole answer from Twilio ({_named(error)})") from error
        return _receipt(status, body)

    async def _close(self) -> None:
        on_their_way = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*on_their_way, return_exceptions=True)
        await self._client.aclose()

    async def _post(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Send the form, and read the status and as much of the answer as is of use."""
        body = b""
        async with (
            asyncio.timeout(self._timeout),
            self._client.stream("POST", self._messages, data=form) as response,
        ):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    break
        return response.status_code, body


def sms_text(notification: Notification, link: str) -> str:
    r"""The page as an SMS: `checkout-api, Level 1: <message>\nAcknowledge: <link>`.

    It takes three segments at most: the message is cut to what fits, the link is kept whole (a
    link that is too long on its own is kept whole too). One character that GSM-7 lacks makes a
    segment hold 67 characters instead of 153. So what has to be cut is written in GSM-7, without
    its accents and with `?` for what cannot be, where more of it can be read like that.
    """
    service = shortened(notification.service_id, LONGEST_SERVICE_ID, "...")
    opening = f"{service}, Level {notification.level}: "
    message = _one_line(notification.message)
    closing = f"\nAcknowledge: {link}"
    whole = opening + message + closing
    if _fits(whole):
        return whole
    cuts = (_cut(opening, text, closing) for text in (message, _in_gsm(message)))
    return max(cuts, key=lambda text: len(text) - text.count("?"))


def _cut(opening: str, message: str, closing: str) -> str:
    """As much of `message` as fits between the two, with `...` where something is missing."""
    whole = opening + message + closing
    if _fits(whole):
        return whole

    def cut_at(length: int) -> str:
        return f"{opening}{message[:length].rstrip()}...{closing}"

    length = bisect_left(range(1, len(message)), x=True, key=lambda at: not _fits(cut_at(at)))
    while length > 0 and unicodedata.category(message[length]).startswith("M"):
        length -= 1  # what stands above or below a letter is not cut off from it
    return cut_at(length)


def _fits(text: str) -> bool:
    """Whether `text` takes three segments at most, counted as Twilio counts them."""
    if GSM.union(GSM_TWICE_AS_LONG).issuperset(text):
        return len(text) + sum(c in GSM_TWICE_AS_LONG for c in text) <= GSM_ROOM
    return len(text.encode("utf-16-le")) <= UTF_16_ROOM * 2


def _in_gsm(text: str) -> str:
    return "".join(map(_character_in_gsm, text.translate(TYPEWRITER)))


def _character_in_gsm(character: str) -> str:
    if character in GSM or character in GSM_TWICE_AS_LONG:
        return character
    # Canonical decomposition takes accents off; the other kind would make 12 of a half (U+00BD).
    letter = unicodedata.normalize("NFD", character)[0]
    return letter if letter in GSM else "?"


def _one_line(text: str) -> str:
    """`text` without control characters and other invisible ones, as one line."""
    visible = "".join(c for c in text if c.isprintable() or c.isspace())
    return unicodedata.normalize("NFC", " ".join(visible.split()))


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
    explanation = _one_line(problem.message)[:LONGEST_EXPLANATION]
    reason = f"HTTP {status}, Twilio error {problem.code}: {explanation}"
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


def _named(error: Exception) -> str:
    """The kind of `error`, and what it says if it says anything."""
    return f"{type(error).__name__}: {_one_line(str(error))[:LONGEST_EXPLANATION]}".rstrip(": ")
