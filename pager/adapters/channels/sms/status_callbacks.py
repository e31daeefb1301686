"""Twilio's status callbacks: what became of a message after Twilio has accepted it.

Each message is created with a URL of its own, to which Twilio posts each change of the message's
status. Two signatures protect it: the URL has a token that only Pager can make, so strangers are
refused before their body is read; and Twilio signs each request with the account's auth token.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from itsdangerous import BadData, URLSafeSerializer

from pager.adapters.channels.sms.answers import MESSAGE_SID, NOT_SENT
from pager.adapters.channels.sms.error_codes import NO_SUCH_NUMBER, error_in_words, number_of
from pager.errors import PagerError
from pager.messages import Notification
from pager.ports import DeliveryReport

PATH = "/twilio/status"
RETRIES = "#rc=3&rp=5xx,ct,rt"
"""Twilio posts a report again where this server does not answer, or is not available (its
"connection overrides"). It reads the fragment and does not send it."""
MOST_PARAMETERS = 100

LOCAL_ENDINGS = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "test")
"""The last label of names that only a private network knows."""

ARRIVED = frozenset({"delivered", "read"})


class UnknownPage(PagerError):
    """Nothing was sent with this URL for delivery reports; after a restore, reports on what was \
sent before are not taken."""


class BadReport(PagerError):
    """This is not a delivery report of Twilio: {reason}."""

    def __init__(self, reason: str) -> None:
        """`reason` says what is wrong with it."""
        super().__init__(reason=reason)


class ForgedReport(PagerError):
    """This request is not signed by Twilio. Is PAGER_TWILIO_AUTH_TOKEN the account's primary \
token, and PAGER_PUBLIC_URL the address that Twilio calls?"""


class StatusCallbacks:
    """Makes the URL of each page that Twilio reports to, and reads the reports."""

    def __init__(self, public_url: str, auth_token: str, keys: Sequence[bytes]) -> None:
        """`keys`: the last one signs tokens, all of them are accepted."""
        self._base = f"{public_url.rstrip('/')}{PATH}/"
        self._auth_token = auth_token.encode()
        self._serializer = URLSafeSerializer(list(keys), salt="sms-status")

    def url(self, notification: Notification) -> str:
        """Where Twilio is to report on this page."""
        return f"{self._base}{self._serializer.dumps(notification.idempotency_key)}{RETRIES}"

    def page(self, token: str) -> str:
        """The idempotency key of the page that a URL with `token` is for. Raises UnknownPage."""
        try:
            key = self._serializer.loads(token)
        except BadData as error:
            raise UnknownPage from error
        if not isinstance(key, str):
            raise UnknownPage
        return key

    def read(self, token: str, signature: str, body: bytes) -> DeliveryReport:
        """The report in a request to the URL with `token`.

        Raises ForgedReport where Twilio has not signed it, and BadReport where it is no report.
        """
        parameters = _parameters(body)
        if not self._is_signed(self._base + token, signature, parameters):
            raise ForgedReport
        return _report(dict(parameters))

    def _is_signed(self, url: str, signature: str, parameters: Sequence[tuple[str, str]]) -> bool:
        """Whether Twilio has made `signature`.

        The URL is the one that Pager gave to Twilio, whatever a proxy has made of it. Twilio signs
        it with or without its port, as its own libraries know, and its fragment may be part of it.
        """
        forms = [f"{form}{fragment}" for form in _forms(url) for fragment in ("", RETRIES)]
        expected = [twilio_signature(self._auth_token, form, parameters) for form in forms]
        equal = [hmac.compare_digest(signature.encode(), good) for good in expected]
        return any(equal)


def twilio_signature(auth_token: bytes, url: str, parameters: Sequence[tuple[str, str]]) -> bytes:
    """Twilio's signature of a request: HMAC-SHA1 of its URL and its sorted parameters."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.digest(auth_token, text.encode(), "sha1"))


def why_not_called(public_url: str) -> str | None:
    """Why Twilio cannot call this server; None where nothing speaks against it."""
    host = (urlsplit(public_url).hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        pass
    else:
        return None if address.is_global else f"{host} is an address of a private network"
    if "_" in host:
        return f"Twilio takes no host name with an underscore ({host})"
    if "." not in host or host.rpartition(".")[2] in LOCAL_ENDINGS:
        return f"{host} is a name of a private network"
    return None


def _parameters(body: bytes) -> Sequence[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise BadReport("its body is not a form") from error


def _forms(url: str) -> Sequence[str]:
    """The URL as it is, and with and without its port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    user = parts.netloc.rpartition("@")[0]
    host = f"{user}@{host}" if user else host
    return [
        url,
        parts._replace(netloc=host).geturl(),
        parts._replace(netloc=f"{host}:{port}").geturl(),
    ]


def _report(parameters: dict[str, str]) -> DeliveryReport:
    sid = parameters.get("MessageSid") or parameters.get("SmsSid") or ""
    if not re.fullmatch(MESSAGE_SID, sid):
        raise BadReport("it names no message")
    status = (parameters.get("MessageStatus") or parameters.get("SmsStatus") or "").lower()
    code = number_of(parameters.get("ErrorCode", ""))
    if status in NOT_SENT:
        why = f": {error_in_words(code)}" if code is not None else ""
        return DeliveryReport(sid, "undelivered", f"{status}{why}", code in NO_SUCH_NUMBER)
    # Whatever else it reports, and may report some day: Twilio has accepted the message.
    return DeliveryReport(sid, "delivered" if status in ARRIVED else "accepted", status)
