"""E-mail of monitors over LMTP, and through the pipe."""

import json
import os
import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from contract.web.application import application_on
from contract.web.installation import Installation
from contract.web.intake.monitors import Monitor
from contract.web.serving import served
from databases import SharedDatabase, block_writer
from pager.access.integrations import key_in_address
from pager.adapters.addresses import Address
from pager.adapters.runtime.listening import CannotListen, listen_for_mail
from pager.adapters.store.core.database import Database
from pager.adapters.store.refused_alerts import refused_lately
from pager.adapters.terminal.mail_pipe import DONE, LATER, UNKNOWN_ADDRESS, hand_over
from pager.adapters.web.intake import lmtp
from waiting import wait_until

RECORDED = Path(__file__).parents[3] / "clients" / "recorded" / "email-senders.json"
MESSAGES: list[str] = [each["message"] for each in json.loads(RECORDED.read_text())["messages"]]
FIRING, RESOLVED = MESSAGES[:2]
SENDER = "am@monitoring.example.com"


@pytest.fixture
def installation(database: Database) -> Installation:
    """An empty database."""
    return Installation(database)


@pytest.fixture(scope="module")
def server(shared_sqlite: SharedDatabase) -> Iterator[tuple[str, int]]:
    """Where the server of an application takes e-mail: one of all tests that damage nothing."""
    with (
        listen_for_mail(Address("127.0.0.1", 0)) as listener,
        TestClient(application_on(shared_sqlite.empty(), mail_listener=listener)),
    ):
        yield listener.getsockname()


@pytest.fixture
def place(server: tuple[str, int], database: Database) -> tuple[str, int]:
    """The same, with an empty database."""
    return server


@pytest.fixture
def mail(place: tuple[str, int]) -> Iterator[smtplib.LMTP]:
    """The operator's mail server, which is connected."""
    with smtplib.LMTP(*place) as client:
        yield client


@pytest.fixture
def monitor(installation: Installation) -> Monitor:
    """A monitor that sends e-mail."""
    return Monitor(installation, "email")


def test_an_email_pages_and_its_recovery_resolves(mail: smtplib.LMTP, monitor: Monitor) -> None:
    """As Alertmanager has sent them; the address in capital letters, and with another name."""
    mail.sendmail(SENDER, f"{monitor.own_key.upper()}@pager.example.com", FIRING)
    assert monitor.open_keys() == ("group alertname=HighLatency service=checkout-api",)
    assert monitor.text().startswith("[FIRING:1] HighLatency checkout-api")
    assert monitor.pages == 1
    mail.sendmail(SENDER, f"pager+{monitor.own_key}@mail.example.com", RESOLVED)
    assert monitor.state() == "healthy"
    assert monitor.stored.last_outcome == "resolve checkout-api: healthy"


def test_an_email_that_comes_twice_pages_once(mail: smtplib.LMTP, monitor: Monitor) -> None:
    """The mail server sends it again where the answer was lost."""
    for _ in range(2):
        mail.sendmail(SENDER, f"{monitor.own_key}@pager.example.com", FIRING)
    assert monitor.pages == 1


def test_the_email_is_as_the_sender_wrote_it(mail: smtplib.LMTP, monitor: Monitor) -> None:
    """Lines that begin with a dot, and bytes that are not ASCII."""
    text = "Subject: caf\u00e9\r\n\r\n.dot\r\n..two\r\n.\r\nend\r\n".encode()
    mail.sendmail(SENDER, f"{monitor.own_key}@pager.example.com", text)
    assert monitor.text() == "café\n\n.dot\n..two\n.\nend"


@pytest.mark.parametrize("local_part", ["nobody", "", "0" * 32, "pager+nobody"])
def test_an_unknown_address_is_refused_for_good(
    mail: smtplib.LMTP, monitor: Monitor, local_part: str
) -> None:
    """Before the e-mail is sent, so that the mail server can refuse it itself."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        mail.sendmail(SENDER, f"{local_part}@pager.example.com", FIRING)
    [(status, _)] = caught.value.recipients.values()
    assert status == 550
    assert monitor.state() == "healthy"


def test_the_key_of_another_protocol_is_no_address(
    mail: smtplib.LMTP, installation: Installation
) -> None:
    """A key that leaks in an address is good for nothing else, and the other way round."""
    other = Monitor(installation, "grafana")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail.sendmail(SENDER, f"{other.own_key}@pager.example.com", FIRING)


def test_each_recipient_has_an_answer_of_its_own(
    place: tuple[str, int], monitor: Monitor, installation: Installation
) -> None:
    """One is committed, and the other is not: no Escalation Policy, so it is kept, and seen."""
    other = Monitor(installation, "email", ("search-api",), name="another")
    installation.ports.policies.remove("search-api")
    with socket.create_connection(place) as client, client.makefile("rwb") as stream:
        stream.write(
            b"LHLO mail.example.com\r\nMAIL FROM:<a@example.com> BODY=8BITMIME\r\n"
            + b"".join(
                f"RCPT TO:<{key}@x>\r\n".encode() for key in (monitor.own_key, other.own_key)
            )
            + b"DATA\r\nSubject: a\r\n\r\nb\r\n.\r\nQUIT\r\n"
        )
        stream.flush()
        answers = stream.read().decode().splitlines()
    assert [answer[:3] for answer in answers[5:]] == [
        "250",
        "250",
        "250",
        "354",
        "250",
        "451",
        "221",
    ]
    assert monitor.open_keys() is not None
    wait_until(lambda: refused_lately(installation.database), "it is noted")
    [refused] = refused_lately(installation.database)
    assert (refused.service_id, refused.sender) == (
        "search-api",
        "integration another email, by e-mail",
    )


def test_a_busy_database_is_a_temporary_failure(
    place: tuple[str, int], monitor: Monitor, database: Database
) -> None:
    """Nothing is accepted that is not committed: the answer waits for the commit."""
    release = block_writer(database)
    with smtplib.LMTP(*place) as client, ThreadPoolExecutor() as threads:
        address = f"{monitor.own_key}@pager.example.com"
        sent = threads.submit(client.sendmail, SENDER, address, FIRING)
        assert not sent.done()
        assert monitor.state() == "healthy"
        release.set()
        sent.result()
    assert monitor.open_keys() is not None


def test_what_is_no_email_pages_too(mail: smtplib.LMTP, monitor: Monitor) -> None:
    """Somebody must look: it may have been an Alert."""
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 2_000
    mail.sendmail(SENDER, f"{monitor.own_key}@pager.example.com", nested)
    assert "cannot be read" in monitor.text()
    assert monitor.open_keys() == ("not understood",)


def test_a_large_email_is_read_as_far_as_its_text_goes(
    mail: smtplib.LMTP, monitor: Monitor
) -> None:
    """Its attachments are of no use to whoever is woken up."""
    body = "Subject: report\r\n\r\nIt burns.\r\n" + ("x" * 76 + "\r\n") * 50_000
    mail.sendmail(SENDER, f"{monitor.own_key}@pager.example.com", body)
    assert monitor.text().startswith("report\n\nIt burns.")
    mail.sendmail(SENDER, f"{monitor.own_key}@pager.example.com", RESOLVED)  # it is still in step


def test_a_client_that_goes_away_within_an_email_changes_nothing(
    place: tuple[str, int], monitor: Monitor
) -> None:
    """It sends the whole of it again."""
    with socket.create_connection(place) as client, client.makefile("rwb") as stream:
        stream.write(
            f"LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{monitor.own_key}@x>\r\nDATA\r\n".encode()
            + b"Subject: half an"
        )
        stream.flush()
        while not stream.readline().startswith(b"354"):
            pass
    with smtplib.LMTP(*place) as client_after:
        client_after.noop()
    assert monitor.state() == "healthy"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("EHLO mail.example.com", 500),
        ("MAIL nonsense", 501),
        ("RCPT TO:<a@example.com>", 503),
        ("DATA", 503),
        ("VRFY root", 252),
        ("", 500),
        ("\x00", 500),
        ("NOOP", 250),
    ],
)
def test_a_command_out_of_place_is_answered(mail: smtplib.LMTP, command: str, status: int) -> None:
    """And the connection goes on."""
    mail.putcmd(command)
    assert mail.getreply()[0] == status
    assert mail.noop()[0] == 250


def test_a_line_without_an_end_closes_the_connection(place: tuple[str, int]) -> None:
    """It must not fill the memory."""
    with socket.create_connection(place) as client, client.makefile("rb") as stream:
        client.sendall(b"x" * (2 * lmtp.LONGEST_LINE))
        assert stream.read().splitlines()[-1].startswith(b"500 ")


def test_more_connections_than_the_limit_are_sent_away(
    place: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a temporary failure; those that are there go on."""
    monkeypatch.setattr(lmtp, "MOST_CONNECTIONS", 1)
    with smtplib.LMTP(*place) as first:
        with socket.create_connection(place) as second, second.makefile("rb") as stream:
            assert stream.read().startswith(b"421 ")
        assert first.noop()[0] == 250


def test_it_is_served_on_a_unix_socket(
    database: Database, monitor: Monitor, tmp_path: Path
) -> None:
    """One that was left by a server that was killed is replaced; one that is served is not."""
    path = tmp_path / "lmtp"
    listen_for_mail(path).close()
    with closing(listen_for_mail(path)) as listener:
        with pytest.raises(CannotListen, match="PAGER_LMTP_LISTEN"):
            listen_for_mail(path)
        with (
            TestClient(application_on(database, mail_listener=listener)),
            smtplib.LMTP(str(path)) as client,
        ):
            client.sendmail(SENDER, f"{monitor.own_key}@pager.example.com", FIRING)
    assert monitor.open_keys() is not None


def test_a_server_that_stops_answers_what_it_commits(database: Database, monitor: Monitor) -> None:
    """And sends away whoever says nothing."""
    with listen_for_mail(Address("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        place = listener.getsockname()
        with TestClient(application_on(database, mail_listener=listener)):
            idle, busy = smtplib.LMTP(*place), smtplib.LMTP(*place)
            release = block_writer(database)
            sent = threads.submit(busy.sendmail, SENDER, f"{monitor.own_key}@x", FIRING)
            wait_until(lambda: database.waiting, "the e-mail waits for its commit")
            threading.Timer(0.1, release.set).start()
        sent.result()
        with closing(idle), closing(busy), pytest.raises(smtplib.SMTPServerDisconnected):
            idle.noop()
    assert monitor.open_keys() is not None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("0123456789abcdef0123456789ABCDEF@example.com", "0123456789abcdef0123456789abcdef"),
        ("pager+0123456789abcdef0123456789abcdef@x", "0123456789abcdef0123456789abcdef"),
        ("0123456789abcdef0123456789abcdef-disk@x", "0123456789abcdef0123456789abcdef"),
        ("0123456789abcdef0123456789abcdef", ""),
        ("0123456789abcdef0123456789abcdef0@x", ""),
        ("a@0123456789abcdef0123456789abcdef", ""),
    ],
)
def test_the_key_stands_before_the_at(address: str, key: str) -> None:
    """Alone, or with words of the mail server's own."""
    assert key_in_address(address) == key


def test_a_database_that_fails_is_a_temporary_failure(database: Database, monitor: Monitor) -> None:
    """The mail server keeps the e-mail."""
    address = f"{monitor.own_key}@pager.example.com"
    with (
        listen_for_mail(Address("127.0.0.1", 0)) as listener,
        TestClient(application_on(database, mail_listener=listener)),
        smtplib.LMTP(*listener.getsockname()) as mail,
    ):
        mail.sendmail(SENDER, address, RESOLVED)  # the integration is known from now on
        database.close()
        with pytest.raises(smtplib.SMTPDataError) as caught:
            mail.sendmail(SENDER, address, FIRING)
    assert caught.value.smtp_code == 451


@pytest.mark.proof
def test_the_pipe_hands_over_by_http(database: Database, monitor: Monitor) -> None:
    """Its exit status says what the mail server does with the e-mail."""
    with served(application_on(database)) as url:

        def status(address: str) -> int:
            return hand_over(url, address, BytesIO(FIRING.encode())).status

        assert status(f"pager+{monitor.own_key}@pager.example.com") == DONE == os.EX_OK
        assert monitor.open_keys() is not None
        assert status(f"{'0' * 32}@pager.example.com") == UNKNOWN_ADDRESS == 67
        assert status("nobody@pager.example.com") == UNKNOWN_ADDRESS
        database.close()
        assert status(f"{monitor.own_key}@pager.example.com") == LATER == 75
    assert status(f"{monitor.own_key}@pager.example.com") == LATER
