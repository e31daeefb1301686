"""What the e-mails of monitors mean: events, dedup keys, texts."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager import EmailTarget, Notification
from pager.adapters.channels.email.message import Composer
from pager.adapters.web.intake.email import read
from pager.adapters.web.intake.events import Event, NotUnderstood, Payload
from pager.adapters.web.intake.mime import LARGEST_READ

RECORDED = Path(__file__).parents[2] / "clients" / "recorded" / "email-senders.json"


def recorded() -> Sequence[bytes]:
    """The e-mails that Alertmanager, monit, smartd, Nagios and Icinga have sent."""
    return [each["message"].encode() for each in json.loads(RECORDED.read_text())["messages"]]


def events_of(content: bytes) -> Sequence[Event]:
    """The events of an e-mail."""
    return read(Payload(content, "message/rfc822"))


def email(subject: str, text: str = "It says more.", **headers: str) -> bytes:
    """An e-mail of a monitor."""
    fields = {"From": "monitor@example.com", "Subject": subject, **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"{lines}\r\n{text}\r\n".encode()


def event_of(subject: str, text: str = "It says more.", **headers: str) -> tuple[str, str | None]:
    """The action and the dedup key of an e-mail that is one event."""
    [event] = events_of(email(subject, text, **headers))
    return event.action, event.dedup_key


def test_the_emails_that_monitors_have_sent_are_understood() -> None:
    """Each recovery has the dedup key of its trouble."""
    meanings = [(event.action, event.dedup_key) for each in recorded() for event in events_of(each)]
    disk = "root@db-1.example.com SMART error (CurrentPendingSector) detected on host:"
    assert meanings == [
        ("trigger", "group alertname=HighLatency service=checkout-api"),
        ("resolve", "group alertname=HighLatency service=checkout-api"),
        ("resolve", "monit monitoring itself"),
        ("trigger", "monit monitoring marker existence"),
        ("resolve", "monit monitoring marker existence"),
        ("trigger", "monit monitoring itself"),
        ("trigger", f"{disk} db-1"),
        ("trigger", "check web-1/HTTP"),
        ("trigger", f"{disk} monitoring"),
        ("trigger", "check HTTP on web-1"),
        ("acknowledge", "check HTTP on web-1"),
        ("resolve", "check HTTP on web-1"),
    ]


def test_people_read_the_subject_and_the_text() -> None:
    """Of an e-mail in HTML as well, with its links."""
    [event] = events_of(recorded()[0])
    first, empty, heading, *rest = event.text.splitlines()
    assert first == "[FIRING:1] HighLatency checkout-api (web-1:9090 critical)"
    assert (empty, heading) == ("", "1 alert for alertname=HighLatency service=checkout-api")
    assert "View in Alertmanager (http://alertmanager.example.com:9093/#/alerts?receiver=m)" in rest
    assert "summary = p99 latency above 3 s" in rest
    assert "font-family" not in event.text


def test_a_service_is_found_by_what_the_email_says() -> None:
    """By a line with a name, or by its sender."""
    [alerts, *_, icinga] = [event for each in recorded() for event in events_of(each)]
    assert alerts.fields["service"] == "checkout-api"
    assert (icinga.fields["host"], icinga.fields["service"]) == ("web-1.example.com", "HTTP")
    assert icinga.fields["Host"] == icinga.fields["host"]
    assert icinga.fields["from"] == "root@db-1.example.com"


def test_whoever_acknowledged_in_icinga_is_named() -> None:
    """Its e-mail says it as a comment."""
    [acknowledged] = events_of(recorded()[-2])
    assert (acknowledged.action, acknowledged.by) == ("acknowledge", "ada")


@pytest.mark.parametrize(
    ("trouble", "recovery"),
    [
        ("[FIRING:2] Latency (web)", "[RESOLVED] Latency (web-1 critical)"),
        ("[FIRING:1, RESOLVED:1] Latency", "[RESOLVED] Latency"),
        ("[PROBLEM] Host web-1 is DOWN!", "[RECOVERY] Host web-1 is UP!"),
        ("** PROBLEM Host Alert: web-1 is DOWN **", "** RECOVERY Host Alert: web-1 is UP **"),
        ("[PROBLEM] HTTP on web-1 is WARNING!", "[FLAPPINGEND] HTTP on web-1 is OK!"),
        ("Problem: disk full", "Resolved in 5m 3s: disk full"),
        ('ALARM: "cpu" in EU', 'OK: "cpu" in EU'),
        ("[Triggered] cpu on web-1", "[Recovered] cpu on web-1"),
        ("Monitor is DOWN: checkout", "Monitor is UP: checkout"),
        ("[\U0001f534 Down] checkout", "[✅ Up] checkout"),
        ("DOWN | checkout", "UP | checkout"),
        ("[Alerting] checkout", "Re: [OK] checkout"),
        ("[EXTERNAL] [FIRING:1] Latency", "[Ext] [RESOLVED] Latency"),
    ],
)
def test_a_recovery_closes_its_trouble(trouble: str, recovery: str) -> None:
    """The state is no part of the dedup key."""
    (opened, key), (closed, same_key) = event_of(trouble), event_of(recovery)
    assert (opened, closed) == ("trigger", "resolve")
    assert key == same_key


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Backup failed", ""),
        ("Nobody is ok with this", ""),
        ("Recovery is not possible on db-1", ""),
        ("Up and running? No.", ""),
        ("Everything resolved itself, except the disk", ""),
        ("[FLAPPINGSTART] HTTP on web-1 is OK!", ""),
        ("[CUSTOM] HTTP on web-1 is OK!", ""),
        ("monit alert --  Connection failed web", "Connection failed Service web\n"),
        ("", "only a text"),
    ],
)
def test_whatever_is_not_plainly_a_recovery_pages(subject: str, text: str) -> None:
    """A page too many is better than a page lost."""
    assert event_of(subject, text)[0] == "trigger"


def test_two_senders_with_the_same_subject_have_two_troubles() -> None:
    """A host that recovers says nothing of another."""
    _, one = event_of("Backup failed", From="root@db-1.example.com")
    _, other = event_of("Backup failed", From="root@db-2.example.com")
    assert one != other


def test_a_thread_is_one_trouble() -> None:
    """Zabbix names one that no e-mail has; its subjects differ. Others refer to the first one."""
    thread = {"In_Reply_To": "<event.7@zabbix.example.com>"}
    assert event_of("Problem: cpu", **thread) == ("trigger", "thread event.7@zabbix.example.com")
    recoveries = events_of(email("Resolved: cpu", **thread))
    assert [event.action for event in recoveries] == ["resolve", "resolve"]
    keys = {event.dedup_key for event in recoveries}
    assert keys == {"thread event.7@zabbix.example.com", event_of("Problem: cpu")[1]}


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "auto_reply"},
        {"Return_Path": "<>"},
        {"X_Loop": "somebody@example.com"},
        {"Content_Type": "multipart/report; boundary=a"},
    ],
)
def test_an_answer_of_a_program_is_ignored(headers: dict[str, str]) -> None:
    """Nobody is paged by an absence, or by a report on a delivery."""
    assert not events_of(email("Out of office", **headers))


def test_an_email_that_is_generated_is_no_answer() -> None:
    """Cron and many monitors say of their e-mails that a program has written them."""
    assert event_of("Cron <root@db-1> backup", Auto_Submitted="auto-generated", Precedence="bulk")


def test_a_page_of_pager_is_ignored() -> None:
    """Its Target is the address of an integration: it would page for ever."""
    target = EmailTarget(address="integration@example.com")
    page = Notification(
        service_id="checkout-api", incident=1, level=1, target=target, message="It burns."
    )
    mail = Composer("pager@example.com", b"key").compose(page, target, "https://example.com/a")
    assert not events_of(mail.content)


def test_a_downtime_pages_nobody() -> None:
    """Icinga sends these by default."""
    assert not events_of(email("[DOWNTIMESTART] HTTP on web-1 is OK!"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Subject: =?utf-8?B?w6lww7Q=?=\r\n\r\nx", "épô\n\nx"),
        (b"Subject: =?nowhere?B?w6lww7Q=?=\r\n\r\nx", "épô\n\nx"),
        (b"Subject: =?utf-8?B?w6lw\r\n\r\nx", "=?utf-8?B?w6lw\n\nx"),
        ("Subject: épô\r\n\r\nçà".encode(), "épô\n\nçà"),
        ("Subject: épô\r\n\r\nçà".encode("latin-1"), "épô\n\nçà"),
        (b"Subject: a\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xe9", "a\n\né"),
        (
            b"Subject: a\r\nContent-Type: text/html\r\n\r\n<p>5 &lt; 7<br>b<!-- c -->",
            "a\n\n5 < 7\nb",
        ),
        (
            b"Subject: a\r\nContent-Type: text/html\r\n\r\n<style>p{</style>load > 9",
            "a\n\nload > 9",
        ),
        (b"Subject: a\r\nContent-Type: multipart/mixed\r\n\r\nno boundary", "a"),
        (
            b"Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nlog\r\n--b\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\naXQgYnVybnM=\r\n",
            "a\n\nit burns",
        ),
    ],
)
def test_what_is_odd_or_broken_is_read_as_well_as_it_can_be(content: bytes, expected: str) -> None:
    """Charsets that nobody knows, parts without an end, attachments."""
    [event] = events_of(content)
    assert event.text == expected


@given(st.data())
def test_no_email_raises_anything_else_than_that_it_is_not_understood(data: st.DataObject) -> None:
    """Neither bytes of any kind, nor e-mails of monitors with bytes changed."""
    content = bytearray(data.draw(st.sampled_from([b"", *recorded()])))
    for position in data.draw(st.lists(st.integers(0, len(content)), max_size=8)):
        content[position : position + 3] = data.draw(st.binary(max_size=6))
    try:
        events = events_of(bytes(content))
    except NotUnderstood:
        return
    assert all(event.text for event in events)


MANY = LARGEST_READ


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"Content-Type: text/html\r\n\r\n{'<a ' * MANY}", id="tags"),
        pytest.param(f"Content-Type: text/html\r\n\r\n{'<!--' * MANY}", id="comments"),
        pytest.param(f"Content-Type: text/plain{';a=' * MANY}\r\n\r\n", id="parameters"),
        pytest.param(
            f"Content-Type: text/plain; charset=punycode\r\n\r\n{'a' * MANY}", id="charset"
        ),
        pytest.param(f"Subject: {'=?utf-8?B?' * MANY}\r\n\r\n", id="encoded words"),
        pytest.param(
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * MANY,
            id="nested",
            marks=pytest.mark.proof,
        ),
        pytest.param(f"Subject: [FIRING:1] {'( ' * MANY}\r\n\r\n{'1' * MANY}", id="numbers"),
    ],
)
def test_no_email_takes_long(content: str) -> None:
    """The parsers of Python take minutes for some of these."""
    begin = time.process_time()
    with suppress(NotUnderstood):
        events_of(content[: 4 * MANY].encode())
    assert time.process_time() - begin < 2.0
