"""Twilio's delivery reports over HTTP: who may send them, and what people see of them."""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from contract.web.application import KEY, check_problem, rules, shared_application
from contract.web.forms import in_words
from contract.web.installation import alert
from contract.web.people import signed_in
from pager import (
    Acknowledgement,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Notification,
    SmsTarget,
    Unreachable,
)
from pager.adapters.channels.sms.status_callbacks import StatusCallbacks, twilio_signature
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.retention import prune
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.timeline import lines
from pager.adapters.web.limits import LARGEST_REPORT
from pager.adapters.web.route_rules import NeedsCallback
from pager.ports import Outcome
from pager.service import PagerService

PUBLIC_URL = "https://pager.example.com"
AUTH_TOKEN = "the-token-of-the-account"
SID = "SM" + "0123456789abcdef" * 2
GRACE = SmsTarget(phone_number="+33612345678")
CALLBACKS = StatusCallbacks(PUBLIC_URL, AUTH_TOKEN, [b"a key"])
POLICY = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=(GRACE,)),))


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application, which Twilio can call, with an SMS that was sent."""
    ports = SqlPorts(database)
    ports.policies.put(POLICY)
    PagerService(ports.policies, ports.services).receive(alert())
    [claim] = ports.outbox.claim("sms", 10)
    ports.outbox.settle(claim, Outcome("sent", SID))
    return shared_application(database, KEY, status_callbacks=CALLBACKS)


@pytest.fixture
def twilio(app: FastAPI) -> Iterator[TestClient]:
    """It has no key."""
    with TestClient(app) as client:
        yield client


def url() -> str:
    """Where Twilio was told to report on the SMS."""
    page = Notification(
        service_id="checkout-api",
        incident=1,
        level=1,
        target=GRACE,
        message="p99 latency above 3 s",
    )
    return CALLBACKS.url(page).partition("#")[0]


def report(status: str, **more: str) -> dict[str, str]:
    """The parameters that Twilio posts."""
    return {"MessageSid": SID, "MessageStatus": status, "To": GRACE.phone_number} | more


def post(
    twilio: TestClient, form: Mapping[str, str], *, signed: Mapping[str, str] | None = None
) -> Response:
    """Post a report, with the signature of these parameters."""
    parameters = list((form if signed is None else signed).items())
    signature = twilio_signature(AUTH_TOKEN.encode(), url(), parameters).decode()
    return twilio.post(
        url().removeprefix(PUBLIC_URL),
        content=urlencode(form),
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature,
            # What a proxy has made of the request says nothing: the URL is Pager's own.
            "Host": "10.0.0.7:8080",
            "X-Forwarded-Proto": "http",
        },
    )


def refused(app: FastAPI) -> float:
    """How many reports it has refused."""
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as client:
        page = client.get("/metrics").text
    found = re.search(r'pager_delivery_reports_total\{status="refused"\} (\S+)', page)
    return float(found[1]) if found else 0


def notification(app: FastAPI) -> dict[str, object]:
    """The SMS, as the API shows it."""
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as client:
        service = client.get("/services/checkout-api").raise_for_status().json()
    [page] = service["notifications"]
    return {name: page[name] for name in ("status", "detail", "delivery")}


def timeline(database: Database) -> list[tuple[str, str]]:
    """What is told of the SMS in the terminal and in the console."""
    entries = Journal(database).of("checkout-api", 1)
    return [line for entry in entries for line in lines(entry)][-1:]


def is_unreachable(database: Database) -> bool:
    """Whether the step is to be escalated at once."""
    due = SqlPorts(database).timer.due()
    return due == [Unreachable(service_id="checkout-api", incident=1, level=1)]


def shown(app: FastAPI, database: Database) -> str:
    """The page of the incident, in words."""
    return in_words(signed_in(app, database, "viewer").get("/incidents/checkout-api/1").text)


def test_what_is_delivered_is_on_the_page_and_in_the_journal(
    app: FastAPI, twilio: TestClient, database: Database
) -> None:
    """It needs no key: Twilio has signed it."""
    assert post(twilio, report("delivered")).status_code == 204
    assert notification(app) == {"status": "sent", "detail": SID, "delivery": "delivered"}
    assert timeline(database) == [
        ("delivered", f"+33612345678, Level 1, as its provider reports: delivered ({SID})")
    ]
    assert "+33612345678 ✓ delivered" in shown(app, database)
    assert not is_unreachable(database)


def test_what_is_not_delivered_is_shown_with_its_reason_and_escalates(
    app: FastAPI, twilio: TestClient, database: Database
) -> None:
    """It was the only page of its step."""
    assert post(twilio, report("undelivered", ErrorCode="30003")).status_code == 204
    reason = "undelivered: Twilio error 30003: the phone is switched off or has no signal"
    assert notification(app) == {"status": "failed", "detail": reason, "delivery": None}
    assert timeline(database) == [
        ("undelivered", f"+33612345678, Level 1, as its provider reports: {reason} ({SID})")
    ]
    page = shown(app, database)
    assert f"failed: {reason}; again at" in page
    assert is_unreachable(database)


def test_a_number_that_is_gone_is_refused(
    app: FastAPI, twilio: TestClient, database: Database
) -> None:
    """As if Twilio had said so at once."""
    post(twilio, report("failed", ErrorCode="21614"))
    assert notification(app)["status"] == "refused"
    assert is_unreachable(database)


@pytest.mark.parametrize("status", ["queued", "sending", "sent"])
def test_what_says_nothing_new_is_taken_and_not_kept(
    app: FastAPI, twilio: TestClient, database: Database, status: str
) -> None:
    """It is known that Twilio has the SMS."""
    before = timeline(database)
    assert post(twilio, report(status)).status_code == 204
    assert timeline(database) == before
    assert notification(app) == {"status": "sent", "detail": SID, "delivery": None}


def test_a_report_after_an_acknowledgement_is_shown_and_changes_nothing(
    app: FastAPI, twilio: TestClient, database: Database
) -> None:
    """The page says that it did not arrive."""
    ports = SqlPorts(database)
    acknowledgement = Acknowledgement(service_id="checkout-api", incident=1, by="Ada")
    PagerService(ports.policies, ports.services).receive(acknowledgement)
    assert post(twilio, report("undelivered", ErrorCode="30003")).status_code == 204
    assert notification(app) == {"status": "sent", "detail": SID, "delivery": "undelivered"}
    assert "+33612345678 ✗ undelivered" in shown(app, database)
    assert not is_unreachable(database)


@pytest.mark.parametrize(
    "signed",
    [{}, report("delivered"), report("undelivered", ErrorCode="30005")],
    ids=["of nothing", "of another status", "of another code"],
)
def test_what_twilio_has_not_signed_changes_nothing(
    app: FastAPI,
    twilio: TestClient,
    database: Database,
    signed: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is refused, logged and counted; the sentence says what may be set wrongly."""
    before, times = timeline(database), refused(app)
    answer = post(twilio, report("undelivered", ErrorCode="30003"), signed=signed)
    check_problem(answer, 403, "PAGER_TWILIO_AUTH_TOKEN")
    assert (timeline(database), refused(app)) == (before, times + 1)
    assert notification(app)["status"] == "sent"
    assert not is_unreachable(database)
    assert "a delivery report was refused" in caplog.text
    assert AUTH_TOKEN not in caplog.text


def test_a_request_without_a_signature_is_refused(twilio: TestClient) -> None:
    """Whoever has seen the URL cannot report."""
    path = url().removeprefix(PUBLIC_URL)
    answer = twilio.post(path, data=report("undelivered"))
    check_problem(answer, 403, "not signed by Twilio")


def test_a_stranger_is_refused_before_the_body_is_read(
    twilio: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """And writes no line of the log."""
    caplog.set_level(logging.INFO, "pager")

    def body() -> Iterator[bytes]:
        yield b"MessageSid=SM1"
        pytest.fail("the body was read")

    answer = twilio.post("/twilio/status/forged", content=body())
    check_problem(answer, 404, "Nothing was sent with this URL")
    assert "delivery report" not in caplog.text


def test_a_report_has_a_bounded_size(twilio: TestClient) -> None:
    """Twilio's have 500 bytes."""
    answer = post(twilio, report("delivered", Body="x" * LARGEST_REPORT))
    check_problem(answer, 413, "at most 16,384 bytes")


def test_what_is_signed_and_is_no_report_is_refused(twilio: TestClient) -> None:
    """As from another application of the same account."""
    check_problem(post(twilio, {"CallSid": "CA1"}), 400, "it names no message")


def test_a_report_on_a_page_that_is_gone_is_taken(app: FastAPI, twilio: TestClient) -> None:
    """It may be older than the retention: Twilio can do nothing about it."""
    del app
    other = StatusCallbacks(PUBLIC_URL, AUTH_TOKEN, [b"a key"]).url(
        Notification(service_id="gone-api", incident=9, level=1, target=GRACE, message="p99")
    )
    other = other.partition("#")[0]
    form = report("undelivered")
    signature = twilio_signature(AUTH_TOKEN.encode(), other, list(form.items())).decode()
    answer = twilio.post(
        other.removeprefix(PUBLIC_URL),
        data=form,
        headers={"X-Twilio-Signature": signature},
    )
    assert answer.status_code == 204


def test_reports_are_deleted_with_their_incident(
    app: FastAPI, twilio: TestClient, database: Database
) -> None:
    """Once it is older than the retention; a report on it is taken, and forgotten."""
    del app
    ports = SqlPorts(database)
    service = PagerService(ports.policies, ports.services)
    post(twilio, report("delivered"))
    service.receive(HealthyEvent(service_id="checkout-api"))
    service.receive(alert())
    assert prune(database, timedelta(days=-1)) > 0
    assert Journal(database).of("checkout-api", 1) == []
    assert post(twilio, report("delivered")).status_code == 204


def test_reports_wait_for_nobody_and_nobody_waits_for_them(app: FastAPI) -> None:
    """They have a room of their own in admission control."""
    rule = rules(app)["POST", "/twilio/status/{token}"]
    assert (rule.access, rule.admission) == (NeedsCallback(), "callback")
    others = {
        rule.admission for (_, path), rule in rules(app).items() if not path.startswith("/twilio")
    }
    assert "callback" not in others


def test_without_a_public_url_there_is_no_such_route(database: Database) -> None:
    """It is an unknown path, as any other."""
    with TestClient(shared_application(database, KEY)) as client:
        assert client.post("/twilio/status/x").status_code == 401
