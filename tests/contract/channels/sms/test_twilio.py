"""Sms over Twilio: against Twilio's own OpenAPI file, and against servers that misbehave."""

import base64
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import NamedTuple
from urllib.parse import parse_qs

import httpx2
import pytest
from pydantic import JsonValue, TypeAdapter

from pager import (
    DeliveryFailed,
    DeliveryRefused,
    DeliveryUnknown,
    Notification,
    SmsTarget,
)
from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.sms.status_callbacks import StatusCallbacks
from pager.adapters.channels.sms.text import GSM_7
from pager.adapters.channels.sms.twilio import TwilioAccount, TwilioSms
from pager.adapters.channels.test_page import TestPage
from pager.errors import DeliveryError
from waiting import WAIT_TIMEOUT

pytestmark = pytest.mark.usefixtures("one_authority")

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
SERVICE_SID = "MG" + "0123456789abcdef" * 2
MESSAGE_SID = "SM" + "0123456789abcdef" * 2
TOKEN = "a-token-that-nobody-may-see"
SENDER = "+33757900000"
LINK = "https://pager.example.com/a/checkout-api.1.c2lnbmF0dXJl"
ADA = SmsTarget(phone_number="+33612345678")

LONG_TIMEOUT = timedelta(minutes=1)
"""Long enough for any machine: no test waits until it is over."""
SHORT_TIMEOUT = timedelta(seconds=2)
"""For the tests that wait until it is over."""


def page(
    message: str = "p99 above 3 s", service_id: str = "checkout-api", level: int = 1
) -> Notification:
    return Notification(service_id=service_id, incident=1, level=level, target=ADA, message=message)


A_CODE = CodeMessage(target=ADA, person="Ada Lovelace", sent_by="grace", code="042137")


def a_test_page(service_id: str = "checkout-api", sent_by: str = "grace@example.com") -> TestPage:
    return TestPage(target=ADA, service_id=service_id, sent_by=sent_by)


@contextmanager
def twilio_sms(
    url: str, *, sid: str = ACCOUNT_SID, sender: str = SENDER, timeout: timedelta = LONG_TIMEOUT
) -> Iterator[TwilioSms]:
    account = TwilioAccount(sid, TOKEN, url)
    with closing(TwilioSms(account, sender, lambda _: LINK, timeout)) as sms:
        yield sms


# --- against Twilio's own description of its API


@pytest.mark.proof
@pytest.mark.parametrize("sender", [SENDER, SERVICE_SID, "Pager"])
def test_twilio_accepts_the_page_and_its_message_sid_is_the_receipt(
    prism: str, sender: str
) -> None:
    """A number, a Messaging Service and a name can send."""
    with twilio_sms(prism, sender=sender) as sms:
        assert sms.send(ADA, page()) == "SM" + "a" * 32


@pytest.mark.proof
def test_twilio_accepts_the_url_for_its_reports(prism: str) -> None:
    """As Pager makes it: with a token, and a fragment."""
    callbacks = StatusCallbacks("https://pager.example.com", TOKEN, [b"a key"])
    account = TwilioAccount(ACCOUNT_SID, TOKEN, prism)
    with closing(
        TwilioSms(account, SENDER, lambda _: LINK, LONG_TIMEOUT, status_callback=callbacks.url)
    ) as sms:
        assert sms.send(ADA, page()) == "SM" + "a" * 32


@pytest.mark.proof
def test_twilio_accepts_a_code(prism: str) -> None:
    """By the same request as a page."""
    with twilio_sms(prism) as sms:
        assert sms.send_code(ADA, A_CODE) == "SM" + "a" * 32


@pytest.mark.proof
def test_twilio_accepts_a_test_page(prism: str) -> None:
    """By the same request as a page."""
    with twilio_sms(prism) as sms:
        assert sms.send_test_page(ADA, a_test_page()) == "SM" + "a" * 32


@pytest.mark.proof
def test_an_account_that_twilio_does_not_know_is_a_failure(prism: str) -> None:
    """An operator may correct the setting while the incident runs."""
    with (
        twilio_sms(prism, sid="AC-mistyped") as sms,
        pytest.raises(DeliveryFailed, match="HTTP 422"),
    ):
        sms.send(ADA, page())


@pytest.mark.proof
@pytest.mark.parametrize(
    ("credentials", "form", "status"),
    [
        ((ACCOUNT_SID, TOKEN), {"To": ADA.phone_number}, HTTPStatus.CREATED),
        (None, {"To": ADA.phone_number}, HTTPStatus.UNAUTHORIZED),
        ((ACCOUNT_SID, TOKEN), {"Body": "to nobody"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        (
            (ACCOUNT_SID, TOKEN),
            {"To": ADA.phone_number, "MessagingServiceSid": SENDER},
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
    ],
)
def test_prism_holds_us_to_the_description(
    prism: str, credentials: tuple[str, str] | None, form: dict[str, str], status: HTTPStatus
) -> None:
    """Prism refuses what Twilio would: that it accepts our pages means something."""
    url = f"{prism}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    assert httpx2.post(url, data=form, auth=credentials, timeout=WAIT_TIMEOUT).status_code == status


# --- against a server that follows a script


class Request(NamedTuple):
    """What the scripted server was sent."""

    path: str
    authorization: str
    form: dict[str, list[str]]


Script = Callable[[BufferedIOBase], None]
"""Answers one request, in whatever way."""


class ScriptedTwilio(ThreadingHTTPServer):
    """Answers each request with `script`, and keeps what it was asked."""

    daemon_threads = False
    block_on_close = True

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        super().__init__(("127.0.0.1", 0), ScriptedAnswer)
        self.script: Script = answering(201, {"sid": MESSAGE_SID})
        self.requests: list[Request] = []
        self.connections: list[socket.socket] = []
        self.released = threading.Event()
        """No script has to wait any longer; at the end of the test at the latest."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class ScriptedAnswer(BaseHTTPRequestHandler):
    """One connection to a ScriptedTwilio."""

    protocol_version = "HTTP/1.1"
    server: ScriptedTwilio

    def setup(self) -> None:
        """Keep the connection."""
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self) -> None:
        """Keep the request, and answer as the script says."""
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.requests.append(
            Request(self.path, self.headers["Authorization"], parse_qs(form))
        )
        try:
            self.server.script(self.wfile)
        except ConnectionError:  # either side may hang up
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def twilio() -> Iterator[ScriptedTwilio]:
    with ScriptedTwilio() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()
        for connection in server.connections:
            with suppress(OSError):  # it is closed, unless the client forgot to
                connection.shutdown(socket.SHUT_RDWR)


def answer(status: int, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def answering(status: int, body: JsonValue, *headers: str) -> Script:
    return writing(answer(status, TypeAdapter(JsonValue).dump_json(body), *headers), keep_open=True)


def writing(data: bytes, *, keep_open: bool = False) -> Script:
    def script(client: BufferedIOBase) -> None:
        client.write(data)
        if not keep_open:
            raise ConnectionAbortedError

    return script


def problem(status: int, code: int, message: str = "What Twilio says about it.") -> Script:
    return answering(status, {"code": code, "message": message, "status": status})


def error_of(twilio: ScriptedTwilio, timeout: timedelta = LONG_TIMEOUT) -> DeliveryError:
    with (
        twilio_sms(twilio.url, timeout=timeout) as sms,
        pytest.raises(DeliveryError) as caught,
    ):
        sms.send(ADA, page())
    return caught.value


@pytest.mark.parametrize(
    ("sender", "field"),
    [
        (SENDER, "From"),
        ("Pager", "From"),
        ("MGM Ops", "From"),
        (SERVICE_SID, "MessagingServiceSid"),
    ],
)
def test_twilio_is_asked_to_send_the_text_to_the_target(
    twilio: ScriptedTwilio, sender: str, field: str
) -> None:
    """The request is the whole one and nothing but: path, credentials and form."""
    with twilio_sms(f"{twilio.url}/proxied/", sender=sender) as sms:
        assert sms.send(ADA, page()) == MESSAGE_SID
    credentials = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    expected = Request(
        f"/proxied/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        f"Basic {credentials}",
        {
            "To": ["+33612345678"],
            "Body": [f"Service checkout-api, Level 1\nAcknowledge: {LINK}\n> p99 above 3 s"],
            field: [sender],
        },
    )
    assert twilio.requests == [expected]


def test_an_answer_may_come_in_pieces(twilio: ScriptedTwilio) -> None:
    """The receipt is read from the whole answer."""
    body = f'{{"body": "{"x" * 1_000}", "sid": "{MESSAGE_SID}"}}'
    pieces = "".join(f"1\r\n{character}\r\n" for character in body) + "0\r\n\r\n"
    head = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    twilio.script = writing((head + pieces).encode())
    with twilio_sms(twilio.url) as sms:
        assert sms.send(ADA, page()) == MESSAGE_SID


def test_a_test_page_says_so_first_and_has_no_link(twilio: ScriptedTwilio) -> None:
    """Its receiver can go on sleeping."""
    with twilio_sms(twilio.url) as sms:
        assert sms.send_test_page(ADA, a_test_page()) == MESSAGE_SID
    (request,) = twilio.requests
    assert request.form["To"] == ["+33612345678"]
    assert request.form["Body"] == [
        "TEST of Pager, nothing is wrong and nothing to do. "
        "Sent by grace@example.com for checkout-api."
    ]


@pytest.mark.parametrize("letter", ["x", "ë", "日"])
def test_a_test_page_is_one_segment(twilio: ScriptedTwilio, letter: str) -> None:
    """Also with long names and with letters that GSM-7 lacks."""
    with twilio_sms(twilio.url) as sms:
        sms.send_test_page(ADA, a_test_page(service_id="x" * 200, sent_by=letter * 100))
    (request,) = twilio.requests
    assert GSM_7.issuperset(request.form["Body"][0])
    assert len(request.form["Body"][0]) <= 160


def test_a_test_page_to_a_target_that_twilio_cannot_reach_is_refused(
    twilio: ScriptedTwilio,
) -> None:
    """As a page would be: that is what the test is for."""
    twilio.script = problem(400, 21614)
    with twilio_sms(twilio.url) as sms, pytest.raises(DeliveryRefused, match="21614"):
        sms.send_test_page(ADA, a_test_page())


@pytest.mark.parametrize("letter", ["x", "ë", "日"])
def test_a_code_stands_first_in_one_segment(twilio: ScriptedTwilio, letter: str) -> None:
    """Where a phone shows the first words only, and with names of any length."""
    names = {"person": letter * 100, "sent_by": letter * 100}
    with twilio_sms(twilio.url) as sms:
        assert sms.send_code(ADA, A_CODE.model_copy(update=names)) == MESSAGE_SID
    (request,) = twilio.requests
    [body] = request.form["Body"]
    assert body.startswith("042 137 is the code for Pager")
    assert GSM_7.issuperset(body)
    assert len(body) <= 160


def test_the_link_is_that_of_the_page(twilio: ScriptedTwilio) -> None:
    """The link is made from the Notification that is sent."""

    def link(notification: Notification) -> str:
        return f"https://pager.example.com/a/{notification.idempotency_key}"

    with closing(TwilioSms(TwilioAccount("AC", TOKEN, twilio.url), SENDER, link)) as sms:
        sms.send(ADA, page())
    (request,) = twilio.requests
    assert "/a/checkout-api/1/1/+33612345678\n" in request.form["Body"][0]


def test_pages_share_a_connection(twilio: ScriptedTwilio) -> None:
    """One client is kept open: a second page needs no second handshake."""
    with twilio_sms(twilio.url) as sms:
        sms.send(ADA, page())
        sms.send(ADA, page())
    assert (len(twilio.requests), len(twilio.connections)) == (2, 1)


def test_threads_share_the_adapter(twilio: ScriptedTwilio) -> None:
    """Pages of several threads are on their way at the same time, and each gets its own answer."""
    together = threading.Barrier(4, timeout=LONG_TIMEOUT.total_seconds())

    def script(client: BufferedIOBase) -> None:
        answering(201, {"sid": f"SM{together.wait()}"})(client)

    twilio.script = script
    with twilio_sms(twilio.url) as sms, ThreadPoolExecutor(4) as threads:
        receipts = list(threads.map(lambda _: sms.send(ADA, page()), range(4)))
    assert sorted(receipts) == ["SM0", "SM1", "SM2", "SM3"]


def test_closing_twice_leaves_nothing_running(twilio: ScriptedTwilio) -> None:
    """The thread that talks to Twilio ends with the adapter."""
    with twilio_sms(twilio.url) as sms:
        assert "twilio" in [thread.name for thread in threading.enumerate()]
        sms.close()
    assert "twilio" not in [thread.name for thread in threading.enumerate()]


def test_closing_waits_for_the_pages_that_are_on_their_way(twilio: ScriptedTwilio) -> None:
    """A page that Twilio takes is not forgotten because Pager stops."""
    asked = threading.Event()

    def script(client: BufferedIOBase) -> None:
        asked.set()
        twilio.released.wait()
        answering(201, {"sid": MESSAGE_SID})(client)

    twilio.script = script
    receipts = []
    with twilio_sms(twilio.url) as sms:
        sender = threading.Thread(
            target=lambda: receipts.append(sms.send(ADA, page())), daemon=True
        )
        sender.start()
        assert asked.wait(LONG_TIMEOUT.total_seconds())
        closer = threading.Thread(target=sms.close, daemon=True)
        closer.start()
        closer.join(0.1)
        assert closer.is_alive()
        twilio.released.set()
        closer.join(LONG_TIMEOUT.total_seconds())
        sender.join(LONG_TIMEOUT.total_seconds())
    assert receipts == [MESSAGE_SID]


def test_a_page_that_hangs_can_be_interrupted(twilio: ScriptedTwilio) -> None:
    """Pager stops, and does not wait ten minutes for Twilio: the page may have been taken."""
    asked = threading.Event()

    def script(_: BufferedIOBase) -> None:
        asked.set()
        twilio.released.wait()

    twilio.script = script
    with twilio_sms(twilio.url) as sms, ThreadPoolExecutor(1) as threads:
        sending = threads.submit(sms.send, ADA, page(), 2)
        assert asked.wait(LONG_TIMEOUT.total_seconds())
        sms.interrupt()
        error = sending.exception(LONG_TIMEOUT.total_seconds())
        assert isinstance(error, DeliveryUnknown)
        assert error.reason == "Pager stops"
    sms.interrupt()


def test_a_process_that_forgets_to_close_can_end() -> None:
    """A Pager that dies of a wrong setting dies, and does not wait for anything."""
    program = (
        "from pager.adapters.channels.sms.twilio import TwilioAccount, TwilioSms;"
        "sms = TwilioSms(TwilioAccount('AC', 'token'), 'Pager', str)"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=LONG_TIMEOUT.total_seconds()
    )


# --- what Twilio answers (tests/unit/adapters/channels/sms/test_answers.py has all of it)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (problem(400, 21211), DeliveryRefused),
        (problem(400, 21610), DeliveryFailed),
        (problem(401, 20003), DeliveryFailed),
        (answering(201, {"sid": MESSAGE_SID, "status": "failed"}), DeliveryFailed),
        (writing(answer(502, b"<html>Bad gateway</html>")), DeliveryFailed),
    ],
    ids=["no such number", "STOP", "wrong token", "created as failed", "a proxy"],
)
def test_an_answer_that_is_no_acceptance(
    twilio: ScriptedTwilio, script: Script, kind: type[DeliveryError]
) -> None:
    """Its status and its body decide whether the page is tried again."""
    twilio.script = script
    assert type(error_of(twilio)) is kind


def test_twilio_is_told_where_to_report(twilio: ScriptedTwilio) -> None:
    """Each page has a URL of its own; a test page has none, since nobody escalates for it."""
    with closing(
        TwilioSms(
            TwilioAccount(ACCOUNT_SID, TOKEN, twilio.url),
            SENDER,
            lambda _: LINK,
            status_callback=lambda page: f"https://pager.example.com/{page.idempotency_key}",
        )
    ) as sms:
        sms.send(ADA, page())
        sms.send_test_page(ADA, a_test_page())
    of_page, of_test_page = (request.form.get("StatusCallback") for request in twilio.requests)
    assert of_page == ["https://pager.example.com/checkout-api/1/1/+33612345678"]
    assert of_test_page is None


def test_a_url_that_twilio_does_not_call_costs_no_page(
    twilio: ScriptedTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    """The page is sent at once, without reports; the log says so, without the URL."""
    answers = [problem(400, 21609), answering(201, {"sid": MESSAGE_SID})]

    def script(client: BufferedIOBase) -> None:
        answers[len(twilio.requests) - 1](client)

    twilio.script = script
    account = TwilioAccount(ACCOUNT_SID, TOKEN, twilio.url)
    with closing(
        TwilioSms(account, SENDER, lambda _: LINK, status_callback=lambda _: "https://nowhere")
    ) as sms:
        assert sms.send(ADA, page()) == MESSAGE_SID
    assert [("StatusCallback" in request.form) for request in twilio.requests] == [True, False]
    assert "does not accept the URL for reports" in caplog.text
    assert "nowhere" not in caplog.text


# --- Twilio did not take the page, and may yet


def test_a_redirect_is_a_failure_and_is_not_followed(twilio: ScriptedTwilio) -> None:
    """The page and the credentials go to the configured host, or nowhere."""
    twilio.script = answering(307, {}, f"Location: {twilio.url}/elsewhere")
    error = error_of(twilio)
    assert type(error) is DeliveryFailed
    assert error.reason.startswith("HTTP 307")
    assert len(twilio.requests) == 1


def test_a_refused_connection_is_a_failure() -> None:
    """Nothing was sent: there is nobody."""
    with socket.socket() as taken:  # its port is nobody else's, and nobody listens
        taken.bind(("127.0.0.1", 0))
        with (
            twilio_sms(f"http://127.0.0.1:{taken.getsockname()[1]}") as sms,
            pytest.raises(DeliveryFailed, match="ConnectError"),
        ):
            sms.send(ADA, page())


def test_a_server_that_does_not_speak_tls_is_a_failure(twilio: ScriptedTwilio) -> None:
    """Nothing was sent: there is no telling who it is."""
    with (
        twilio_sms(twilio.url.replace("http:", "https:")) as sms,
        pytest.raises(DeliveryFailed, match="SSL"),
    ):
        sms.send(ADA, page())
    assert twilio.requests == []


def test_a_connection_that_is_never_established_is_a_failure() -> None:
    """Nothing was sent: TLS was never agreed on. Connecting gets half of the time."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        twilio_sms(f"https://127.0.0.1:{server.getsockname()[1]}", timeout=SHORT_TIMEOUT) as sms,
        pytest.raises(DeliveryFailed, match="ConnectTimeout"),
    ):
        sms.send(ADA, page())


# --- Twilio may have taken the page, and did not say so


def test_an_acceptance_that_is_too_long_is_unknown(twilio: ScriptedTwilio) -> None:
    """Only the beginning of an answer is read."""
    twilio.script = writing(answer(201, b'{"sid": "SM0", "body": "' + b"x" * 1_000_000 + b'"}'))
    error = error_of(twilio)
    assert type(error) is DeliveryUnknown
    assert error.reason == "HTTP 201 from Twilio without a message SID"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 201 Cre",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b'HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{"sid": "SM0"}',
    ],
    ids=["nothing", "half a head", "not HTTP", "half a body"],
)
def test_a_connection_that_is_closed_after_the_request_is_unknown(
    twilio: ScriptedTwilio, data: bytes
) -> None:
    """Twilio has the request, so it may have taken the page."""
    twilio.script = writing(data)
    error = error_of(twilio)
    assert type(error) is DeliveryUnknown
    assert "RemoteProtocolError" in error.reason
    assert len(twilio.requests) == 1


@pytest.mark.proof
def test_a_server_that_never_answers_is_unknown(twilio: ScriptedTwilio) -> None:
    """Twilio has the request, so it may have taken the page."""

    def script(_: BufferedIOBase) -> None:
        twilio.released.wait()

    twilio.script = script
    error = error_of(twilio, SHORT_TIMEOUT)
    assert type(error) is DeliveryUnknown
    assert "Timeout" in error.reason


@pytest.mark.proof
def test_a_twilio_that_is_only_slow_sends_two_copies(twilio: ScriptedTwilio) -> None:
    """The first attempt gives up early; the second waits as long as Twilio needs."""

    def script(client: BufferedIOBase) -> None:
        twilio.released.wait(1.5 * SHORT_TIMEOUT.total_seconds())
        answering(201, {"sid": MESSAGE_SID})(client)

    twilio.script = script
    with twilio_sms(twilio.url, timeout=SHORT_TIMEOUT) as sms:
        with pytest.raises(DeliveryUnknown):
            sms.send(ADA, page(), attempt=1)
        assert sms.send(ADA, page(), attempt=2) == MESSAGE_SID
    assert len(twilio.requests) == 2


@pytest.mark.proof
@pytest.mark.parametrize("at_once", [0, 60], ids=["head", "body"])
def test_an_answer_that_only_drips_is_unknown(twilio: ScriptedTwilio, at_once: int) -> None:
    """The timeout is for the page as a whole, not for each byte of the answer."""
    data = answer(201, b'{"sid": "SM0"}' + b" " * 200)

    def script(client: BufferedIOBase) -> None:
        client.write(data[:at_once])
        for byte in data[at_once:]:
            client.write(bytes([byte]))
            twilio.released.wait(SHORT_TIMEOUT.total_seconds() / 40)

    twilio.script = script
    error = error_of(twilio, SHORT_TIMEOUT)
    assert type(error) is DeliveryUnknown
    assert error.reason == "no whole answer from Twilio (TimeoutError)"


# --- what an operator reads, and what nobody reads


def test_the_token_is_written_nowhere(
    twilio: ScriptedTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not in the account's repr, in an error or in the log at level DEBUG."""
    caplog.set_level(logging.DEBUG)
    twilio.script = problem(401, 20003, "Authenticate")
    error = error_of(twilio)
    encoded = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    written = [repr(TwilioAccount(ACCOUNT_SID, TOKEN)), repr(error), caplog.text]
    assert "HTTP Request: POST" in caplog.text
    assert not [text for text in written if TOKEN in text or encoded in text]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://192.168.0.1",
        "ftp://127.0.0.1",
        "api.twilio.com",
        "https://",
        "https://[",
        "https://[::1",
        "https://api.twilio.com ",
        "https://someone:secret@api.twilio.com",
        "https://api.twilio.com?secret",
        "https://api.twilio.com#secret",
        "",
    ],
)
def test_a_url_that_could_give_the_token_away_is_refused(url: str) -> None:
    """The sentence says what a good one looks like, and repeats neither token nor URL."""
    with pytest.raises(ValueError, match=r"must look like https://api\.twilio\.com") as caught:
        TwilioAccount(ACCOUNT_SID, TOKEN, url)
    assert TOKEN not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com",
        "https://proxy.example.com:8443/twilio/",
        "http://127.0.0.1:4010",
        "http://localhost:4010",
        "http://[::1]:4010",
    ],
)
def test_a_url_that_keeps_the_token_secret_is_taken(url: str) -> None:
    """Anything over TLS, and this machine itself."""
    assert TwilioAccount(ACCOUNT_SID, TOKEN, url).url == url
