"""Twilio's status callbacks: which are Twilio's, and what each says."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from pager import Notification, SmsTarget
from pager.adapters.channels.sms.error_codes import MEANINGS, NO_SUCH_NUMBER
from pager.adapters.channels.sms.status_callbacks import (
    BadReport,
    ForgedReport,
    StatusCallbacks,
    UnknownPage,
    twilio_signature,
    why_not_called,
)
from pager.ports import DeliveryReport, ReportStatus

TOKEN = "12345"
SID = "SM" + "0123456789abcdef" * 2
PUBLIC_URL = "https://pager.example.com"
PAGE = Notification(
    service_id="checkout-api",
    incident=3,
    level=2,
    target=SmsTarget(phone_number="+33612345678"),
    message="p99 above 3 s",
)
DELIVERED = {"MessageSid": SID, "MessageStatus": "delivered", "To": "+33612345678"}


def callbacks(public_url: str = PUBLIC_URL, key: bytes = b"a key") -> StatusCallbacks:
    return StatusCallbacks(public_url, TOKEN, [key])


def token_of(url: str) -> str:
    return url.partition("#")[0].rpartition("/")[2]


def signed(url: str, form: Mapping[str, str], auth_token: str = TOKEN) -> str:
    return twilio_signature(auth_token.encode(), url, list(form.items())).decode()


def read(form: Mapping[str, str], public_url: str = PUBLIC_URL) -> DeliveryReport:
    """The report in a request that Twilio has signed."""
    url = callbacks(public_url).url(PAGE)
    body = urlencode(form).encode()
    return callbacks(public_url).read(token_of(url), signed(url, form), body)


# --- whose it is


def test_a_signature_is_as_twilio_documents_it() -> None:
    """Twilio's own example."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signed(url, form) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize("signed_url", ["as Pager gave it", "as Twilio calls it"])
def test_twilio_posts_a_report_again_if_the_server_is_not_available(signed_url: str) -> None:
    """It is asked to by the fragment of the URL, which may be signed or not."""
    url = callbacks().url(PAGE)
    called, _, fragment = url.partition("#")
    assert fragment == "rc=3&rp=5xx,ct,rt"
    signature = signed(url if signed_url == "as Pager gave it" else called, DELIVERED)
    body = urlencode(DELIVERED).encode()
    assert callbacks().read(token_of(url), signature, body).status == "delivered"


def test_a_url_is_for_one_page() -> None:
    """Its token is the idempotency key of the page, signed by Pager."""
    url = callbacks().url(PAGE)
    assert url.startswith("https://pager.example.com/twilio/status/")
    assert callbacks().page(token_of(url)) == PAGE.idempotency_key


@pytest.mark.parametrize("token", ["", "x", "ImNoZWNrb3V0LWFwaS8zLzIvKzMzIg.forged", "\x00", "é"])
def test_a_token_that_pager_has_not_made_is_refused(token: str) -> None:
    """Before anything else of the request is read."""
    with pytest.raises(UnknownPage, match="Nothing was sent with this URL"):
        callbacks().page(token)


def test_a_token_of_another_installation_is_refused() -> None:
    """Also one of the same installation before its database was restored."""
    token = token_of(callbacks(key=b"another key").url(PAGE))
    with pytest.raises(UnknownPage):
        callbacks().page(token)


@pytest.mark.parametrize(
    "public_url",
    [
        "https://pager.example.com",
        "https://pager.example.com:443",
        "https://pager.example.com:8443",
        "http://pager.example.com",
        "http://pager.example.com:8080",
        "https://pager.example.com/behind/a/path",
        "https://[2001:db8::1]:8443",
    ],
)
@pytest.mark.parametrize("form", ["as given", "with port", "without port"])
def test_twilio_signs_a_url_with_or_without_its_port(public_url: str, form: str) -> None:
    """Its own libraries try both."""
    url = callbacks(public_url).url(PAGE)
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    has_port = host.rpartition("]")[2].count(":") > 0
    if form == "with port" and not has_port:
        url = f"{scheme}://{host}:{443 if scheme == 'https' else 80}{slash}{path}"
    if form == "without port" and has_port:
        url = f"{scheme}://{host.rpartition(':')[0]}{slash}{path}"
    report = callbacks(public_url).read(
        token_of(url), signed(url, DELIVERED), urlencode(DELIVERED).encode()
    )
    assert report.status == "delivered"


@pytest.mark.parametrize(
    ("url", "form", "auth_token"),
    [
        ("", DELIVERED, "another token"),
        ("", DELIVERED | {"MessageStatus": "undelivered"}, TOKEN),
        ("", DELIVERED | {"Another": "parameter"}, TOKEN),
        ("", {}, TOKEN),
        ("http://evil.example.com/", DELIVERED, TOKEN),
    ],
    ids=["token", "value", "parameter", "nothing", "URL"],
)
def test_what_twilio_has_not_signed_is_forged(
    url: str, form: Mapping[str, str], auth_token: str
) -> None:
    """Every byte of the parameters and of the URL is signed."""
    own = callbacks().url(PAGE)
    signature = signed(url or own, form, auth_token)
    with pytest.raises(ForgedReport, match="PAGER_TWILIO_AUTH_TOKEN"):
        callbacks().read(token_of(own), signature, urlencode(DELIVERED).encode())


@pytest.mark.parametrize("signature", ["", "x", "é", "=" * 28, "A" * 10_000])
def test_what_is_no_signature_is_forged(signature: str) -> None:
    """Whatever is in the header."""
    with pytest.raises(ForgedReport):
        callbacks().read(token_of(callbacks().url(PAGE)), signature, urlencode(DELIVERED).encode())


def test_a_report_on_one_page_says_nothing_of_another() -> None:
    """The token is in the URL, and the URL is signed."""
    url = callbacks().url(PAGE)
    other = token_of(callbacks().url(PAGE.model_copy(update={"incident": 4})))
    with pytest.raises(ForgedReport):
        callbacks().read(other, signed(url, DELIVERED), urlencode(DELIVERED).encode())


# --- what it says


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("queued", "accepted"),
        ("sending", "accepted"),
        ("sent", "accepted"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("a status of tomorrow", "accepted"),
    ],
)
def test_a_status_is_one_of_three(status: str, expected: ReportStatus) -> None:
    """Whatever Twilio reports of a message, it has accepted it."""
    assert read(DELIVERED | {"MessageStatus": status}) == DeliveryReport(SID, expected, status)


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled", "FAILED"])
@pytest.mark.parametrize("code", [30003, 30005, 30006, 30007, 21610, 12345])
def test_what_was_not_delivered_has_its_reason(status: str, code: int) -> None:
    """No number, no code proves that the phone will never be reached."""
    report = read(DELIVERED | {"MessageStatus": status, "ErrorCode": str(code)})
    meaning = f": {MEANINGS[code]}" if code in MEANINGS else ""
    expected = f"{status.lower()}: Twilio error {code}{meaning}"
    assert report == DeliveryReport(SID, "undelivered", expected)


@pytest.mark.parametrize("code", sorted(NO_SUCH_NUMBER))
def test_a_number_that_does_not_exist_is_not_tried_again(code: int) -> None:
    """As in an answer."""
    report = read(DELIVERED | {"MessageStatus": "failed", "ErrorCode": str(code)})
    assert report.is_for_good


@pytest.mark.parametrize("code", ["", "None", "x" * 100, "30003; DROP", "9" * 30])
def test_a_code_that_is_none_is_left_out(code: str) -> None:
    """The status is what counts."""
    report = read(DELIVERED | {"MessageStatus": "undelivered", "ErrorCode": code})
    assert report == DeliveryReport(SID, "undelivered", "undelivered")


def test_older_names_of_the_parameters_are_read() -> None:
    """What is compatible with Twilio may know no others."""
    assert read({"SmsSid": SID, "SmsStatus": "delivered"}).receipt == SID


def test_parameters_may_be_empty_or_not_ascii() -> None:
    """Twilio signs what they mean, not how they are encoded."""
    assert read(DELIVERED | {"ErrorCode": "", "ProfileName": "Zoë +1 & 😀"}).receipt == SID


@pytest.mark.parametrize(
    "body",
    [b"\xff", b"a&b", b"a=%ff", b"&".join(b"a=1" for _ in range(1_000))],
    ids=["not UTF-8", "no values", "not UTF-8 inside", "too many"],
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    """Nothing in it is looked at."""
    with pytest.raises(BadReport, match="its body is not a form"):
        callbacks().read(token_of(callbacks().url(PAGE)), "", body)


@pytest.mark.parametrize("sid", ["", "SM 1", "x" * 65, "SM\x07"])
def test_a_report_without_a_message_sid_is_refused(sid: str) -> None:
    """Nobody could tell which copy of the page it is about."""
    with pytest.raises(BadReport, match="it names no message"):
        read(DELIVERED | {"MessageSid": sid})


# --- whether Twilio can call


@pytest.mark.parametrize(
    "url",
    [
        "https://pager.example.com",
        "http://pager.example.com:8080",
        "https://example.com/pager",
        "https://93.184.215.14",
        "https://[2606:4700::1111]",
    ],
)
def test_twilio_can_call_a_public_address(url: str) -> None:
    """By name or by address."""
    assert why_not_called(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:8080", "address of a private network"),
        ("http://10.0.0.7", "address of a private network"),
        ("http://192.168.1.1", "address of a private network"),
        ("http://[::1]:8080", "address of a private network"),
        ("http://[fd00::1]", "address of a private network"),
        ("http://localhost:8080", "name of a private network"),
        ("http://pager:8080", "name of a private network"),
        ("https://pager.corp.local", "name of a private network"),
        ("https://PAGER.INTERNAL.", "name of a private network"),
        ("https://my_pager.example.com", "underscore"),
    ],
)
def test_twilio_cannot_call_a_private_network(url: str, why: str) -> None:
    """It refuses such a URL, or its reports would never arrive."""
    assert why in (why_not_called(url) or "")
