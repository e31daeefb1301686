"""Verifying a contact method in the console: a code is sent there, and typed back."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO

import pytest
from fastapi import FastAPI
from rich.console import Console

from contract.channels.email.sending import NO_SUCH_USER, mail_to
from contract.channels.smtp_server import MailServer
from contract.web.application import LINKS, application_on
from contract.web.forms import FormPage
from contract.web.people import Browser, signed_in
from pager import EmailTarget, SmsTarget
from pager.adapters.channels.code_sender import CodeSender
from pager.adapters.channels.terminal import TerminalPages
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.properties.properties import SqlProperties
from pager.configuration.properties import Properties
from pager.oncall.people import ContactMethod, Person
from pager.oncall.schedules import Override, Schedule

PATH = "/console/people/Ada%20Lovelace"
MAIL, PHONE = "ada@example.com", "+33612345678"
METHODS = (
    ContactMethod(target=EmailTarget(address=MAIL)),
    ContactMethod(target=SmsTarget(phone_number=PHONE)),
)
PERSON = Person(name="Ada Lovelace", contact_methods=METHODS, account=MAIL)


@pytest.fixture
def terminal() -> StringIO:
    """What Pager shows where it runs."""
    return StringIO()


@pytest.fixture
def app(database: Database, server: MailServer, terminal: StringIO) -> Iterator[FastAPI]:
    """An application that sends e-mail; SMS is not set up."""
    SqlOnCall(database).put(PERSON)
    sms = TerminalPages(Console(file=terminal), LINKS.link, "SMS is not set up")
    with closing(mail_to(server.port)) as mail, closing(CodeSender(database, mail, sms)) as codes:
        yield application_on(database, codes=codes, unset_channels=("sms",))


@pytest.fixture
def ada(app: FastAPI, database: Database) -> Browser:
    """Ada, who is a viewer: it is how she is reached herself."""
    return signed_in(app, database, "viewer")


def opened(browser: Browser) -> FormPage:
    """The page of Ada."""
    return FormPage(browser, browser.get(PATH))


def code_in(text: str) -> str:
    """The code in the last message, as people copy it."""
    *_, last = re.finditer(r"code is (\d{3} \d{3})", text)
    return last[1]


def another(code: str) -> str:
    """A code that it is not."""
    return "000000" if code != "000 000" else "111111"


def verified(database: Database) -> list[str]:
    """Where it is known that Ada is reached."""
    person = SqlOnCall(database).versioned(Person, "Ada Lovelace").entry
    assert person is not None
    return [method.target.key for method in person.contact_methods if method.verified]


def test_the_code_that_came_verifies_the_address(
    ada: Browser, server: MailServer, database: Database
) -> None:
    """The field for it is there until then, and has the focus."""
    assert "Verify" not in opened(ada).buttons
    sent = opened(ada).press(f"Send a code to {MAIL}")
    assert "A code is on its way." in sent.text
    assert sent.focused == "code-1"
    page = sent.fill(code_1=code_in(server.messages[-1].text)).press("Verify")
    assert "Verified: pages arrive there." in page.text
    assert "✓ verified" in page.text
    assert "Verify" not in page.buttons
    assert f"{PHONE} SMS not verified, so not used yet" in page.text
    assert verified(database) == [MAIL]
    history = ada.get(f"{PATH}/history").text
    assert "ada@example.com verified" in history


def test_a_mark_that_would_break_a_check_asks_first(
    ada: Browser, server: MailServer, database: Database
) -> None:
    """Pages go to verified methods alone, as soon as there is one: then not by SMS any more."""
    schedule = Schedule(
        name="Nights",
        time_zone="UTC",
        overrides=(
            Override(
                person=PERSON.name,
                starts_at=datetime(2020, 1, 1, tzinfo=UTC),
                ends_at=datetime(2090, 1, 1, tzinfo=UTC),
            ),
        ),
    )
    SqlOnCall(database).put(schedule)
    by_sms = "everybody on call can be reached by SMS"
    SqlProperties(database).put(Properties(properties=(by_sms,)))
    sent = opened(ada).press(f"Send a code to {MAIL}")
    held_up = sent.fill(code_1=code_in(server.messages[-1].text)).press("Verify")
    assert f"✗ {by_sms}" in held_up.text
    assert verified(database) == []
    assert "Verified: pages arrive there." in held_up.press("Save all the same").text
    assert verified(database) == [MAIL]
    [edit] = SqlOnCall(database).history(Person, PERSON.name, 1)
    assert edit.note == f"{MAIL} verified; saved although it violates “{by_sms}”"


def test_the_field_for_the_code_is_there_on_every_device(ada: Browser, app: FastAPI) -> None:
    """The code may be read on a phone, and typed on a desk."""
    opened(ada).press(f"Send a code to {MAIL}")
    assert "Verify" in opened(ada).buttons
    assert f"Send another code to {MAIL}" in opened(ada).buttons


def test_an_engineer_with_the_code_in_hand_may_verify_it(
    app: FastAPI, database: Database, server: MailServer
) -> None:
    """The code proves it, whoever types it."""
    grace = signed_in(app, database, "engineer", "grace@example.com")
    opened(grace).press(f"Send a code to {MAIL}")
    assert "Sent by: grace@example.com" in server.messages[-1].text
    opened(grace).fill(code_1=code_in(server.messages[-1].text)).press("Verify")
    assert verified(database) == [MAIL]


def test_who_mistypes_is_told_how_many_tries_are_left(
    ada: Browser, server: MailServer, database: Database
) -> None:
    """Beside the field; then a new code is needed, even with the right one."""
    opened(ada).press(f"Send a code to {MAIL}")
    code = code_in(server.messages[-1].text)
    page = opened(ada)
    for left in (4, 3, 2, 1):
        page = page.fill(code_1=another(code)).press("Verify")
        assert page.response.status_code == 422
        assert f"That is not the code. Tries left: {left}." in page.text
        assert page.focused == "code-1"
    assert "A code has six digits" in page.fill(code_1="12").press("Verify").text
    over = opened(ada).fill(code_1=another(code)).press("Verify")
    assert "Send a new one." in over.text
    assert "Verify" not in over.buttons
    answer = ada.submit(f"{PATH}/verify", target=MAIL, code=code)
    assert (answer.status_code, verified(database)) == (422, [])


def test_where_no_channel_is_set_up_the_code_is_shown_where_pager_runs(
    ada: Browser, terminal: StringIO, database: Database
) -> None:
    """The page says so, and the code works."""
    page = opened(ada).press(f"Send a code to {PHONE}")
    assert "The code was not sent: that channel is not set up." in page.text
    page.fill(code_2=code_in(terminal.getvalue())).press("Verify")
    assert verified(database) == [PHONE]


def test_a_mail_server_that_refuses_is_quoted(ada: Browser, server: MailServer) -> None:
    """Beside the address: it is probably wrong."""
    server.answer("RCPT", NO_SUCH_USER)
    page = opened(ada).press(f"Send a code to {MAIL}")
    assert page.response.status_code == 502
    assert "No code was sent." in page.text
    assert NO_SUCH_USER in page.text


def test_the_fourth_code_in_ten_minutes_is_not_sent(ada: Browser, server: MailServer) -> None:
    """The page says when there may be another."""
    for _ in range(3):
        assert ada.submit(f"{PATH}/code", target=MAIL).status_code == 303
    answer = ada.submit(f"{PATH}/code", target=MAIL)
    assert (answer.status_code, len(server.messages)) == (429, 3)
    assert "No code was sent: there may be 3 to an address within 10 min" in answer.text


def test_only_how_a_person_is_reached_gets_a_code(ada: Browser, server: MailServer) -> None:
    """Nobody writes to strangers through Pager."""
    answer = ada.submit(f"{PATH}/code", target="eve@example.com")
    assert (answer.status_code, server.messages) == (409, [])
    answer = ada.submit(f"{PATH}/verify", target="eve@example.com", code="000000")
    assert (answer.status_code, "is not reached at eve@example.com" in answer.text) == (422, True)
    for path in ("code", "verify"):
        fields = {"target": MAIL, "code": "000000"}
        assert ada.submit(f"/console/people/Eve/{path}", **fields).status_code == 404


def test_the_code_is_in_no_log_and_in_no_address(
    ada: Browser,
    server: MailServer,
    database: Database,
    app: FastAPI,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor on the page, nor in the audit log."""
    with caplog.at_level("DEBUG"):
        page = opened(ada).press(f"Send a code to {MAIL}")
        code = code_in(server.messages[-1].text)
        done = page.fill(code_1=code).press("Verify")
    administrator = signed_in(app, database, "administrator", "root@example.com")
    log = administrator.get("/console/audit-log").text
    assert "code sent" in log
    pages = (page.response.text, done.response.text, str(done.response.url), log)
    # The mail server of the test logs what it is sent.
    logged = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    for said in (*logged, *pages):
        assert code not in said
        assert code.replace(" ", "") not in said
