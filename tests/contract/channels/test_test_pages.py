"""Test pages: to whom, how often, and what the journal says; by real mail, on both databases."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from contract.channels.email.sending import (
    MonotonicClock,
    hang_up_after_final_dot,
    link,
    mail_to,
    mail_within_20_seconds,
)
from contract.channels.smtp_server import Dialogue, MailServer, ScriptedServer
from databases import SharedDatabase, engine_of, sql_clock
from pager import (
    DeliveryRefused,
    DeliveryUnknown,
    EmailTarget,
    EscalationPolicy,
    Level,
    Notification,
    SmsTarget,
)
from pager.access.rate_limits import TEST_PAGES_IN_ALL, TooManyTestPages
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.terminal import OnlyShown, TerminalPages
from pager.adapters.channels.test_page_sender import NotATarget, TestPageSender
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.clock import database_clock, milliseconds, moment
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.ports import SqlPorts
from pager.errors import DeliveryFailed
from pager.testing import Clock
from pager.testing.contract.store import at_once
from waiting import WAIT_TIMEOUT

ADA, PHONE = "ada@example.com", "+33612345678"
MOST = TEST_PAGES_IN_ALL.most
OTHERS = [f"engineer-{number}@example.com" for number in range(2 * MOST)]
POLICY = EscalationPolicy(
    service_id="checkout-api",
    levels=(
        Level(targets=(EmailTarget(address=ADA),)),
        Level(
            targets=(
                SmsTarget(phone_number=PHONE),
                *(EmailTarget(address=address) for address in OTHERS),
            )
        ),
    ),
)


@pytest.fixture
def mail(server: MailServer) -> Iterator[SmtpMail]:
    """Mail by that server."""
    with closing(mail_to(server.port)) as mail:
        yield mail


@pytest.fixture
def database(either_database: Database) -> Database:
    """A database with a policy in it."""
    SqlPorts(either_database).policies.put(POLICY)
    return either_database


@pytest.fixture
def clock() -> Clock:
    """Moved by hand."""
    return Clock()


Open = Callable[[Transactions], TestPageSender]


@pytest.fixture
def open_test_pages(mail: SmtpMail, clock: Clock) -> Iterator[Open]:
    """Opens test pages of one node: by that mail, and with SMS on the terminal."""

    sms = TerminalPages(Console(file=StringIO()), link, "PAGER_TWILIO_ACCOUNT_SID")
    with ExitStack() as stack:

        def opened(transactions: Transactions) -> TestPageSender:
            return stack.enter_context(
                closing(TestPageSender(transactions, mail, sms, sql_clock(clock)))
            )

        yield opened


@pytest.fixture
def test_pages(database: Database, open_test_pages: Open) -> TestPageSender:
    """Test pages of the only node."""
    return open_test_pages(database)


def send(test_pages: TestPageSender, target: str = ADA) -> str:
    """Send a test page, and wait for what becomes of it."""
    return asyncio.run(test_pages.send("checkout-api", target, "grace@example.com"))


def sending(test_pages: TestPageSender, target: str) -> Callable[[], str]:
    """`send`, for later."""
    return lambda: send(test_pages, target)


def journal(database: Database) -> list[tuple[str, str, str, str]]:
    """Everything that is in it, the oldest first: author, action, subject and detail."""
    return [
        (change.author, change.action, change.subject, change.detail)
        for change in reversed(SqlAuditLog(database).last(100))
    ]


def test_a_target_gets_a_test_page_and_the_journal_says_so(
    test_pages: TestPageSender, server: MailServer, database: Database, clock: Clock
) -> None:
    """Who sent it, when, to whom, for which service, and the receipt of the mail server."""
    receipt = send(test_pages)
    [received] = server.messages
    assert received.recipients == [ADA]
    assert received.message["Message-ID"] == receipt
    assert received.message["Subject"].startswith("[TEST]")
    assert "Sent by: grace@example.com\n" in received.text
    assert journal(database) == [
        ("grace@example.com", "test page begun", ADA, "for checkout-api"),
        ("grace@example.com", "test page sent", ADA, receipt),
    ]
    assert {change.at for change in SqlAuditLog(database).last(2)} == {
        moment(milliseconds(clock.now))
    }


def test_a_test_page_is_no_page(test_pages: TestPageSender, database: Database) -> None:
    """No incident begins, and nothing waits in the outbox."""
    send(test_pages)
    ports = SqlPorts(database)
    assert ports.services.load("checkout-api").version == 0
    assert ports.outbox.claim("email", 10) == []


@pytest.mark.parametrize(
    ("service_id", "target"),
    [
        ("checkout-api", "eve@example.com"),
        ("checkout-api", "ADA@EXAMPLE.COM"),
        ("checkout-api", ""),
        ("search", ADA),
    ],
)
def test_only_a_target_of_the_policy_gets_one(
    test_pages: TestPageSender, server: MailServer, database: Database, service_id: str, target: str
) -> None:
    """Nobody writes to strangers through Pager; it is no use of the limit either."""
    with pytest.raises(NotATarget, match="save the policy first"):
        asyncio.run(test_pages.send(service_id, target, "grace@example.com"))
    assert (server.messages, journal(database)) == ([], [])


def test_a_refusal_is_told_and_kept(
    test_pages: TestPageSender, server: MailServer, database: Database
) -> None:
    """In the words of the mail server."""
    server.answer("RCPT", "550 5.1.1 No such user")
    with pytest.raises(DeliveryRefused, match=r"refuses this Target for good: .* No such user"):
        send(test_pages)
    assert [(action, detail) for _, action, _, detail in journal(database)] == [
        ("test page begun", "for checkout-api"),
        (
            "test page failed",
            f"The provider refuses this Target for good: 127.0.0.1:{server.port}: "
            "550 5.1.1 No such user",
        ),
    ]


def test_without_a_provider_it_says_what_is_missing(
    test_pages: TestPageSender, database: Database
) -> None:
    """To its sender, and in the journal."""
    with pytest.raises(OnlyShown, match="PAGER_TWILIO_ACCOUNT_SID"):
        send(test_pages, PHONE)
    assert "PAGER_TWILIO_ACCOUNT_SID" in journal(database)[-1][3]


# --- how often


def test_a_target_gets_one_a_minute(
    test_pages: TestPageSender, server: MailServer, clock: Clock
) -> None:
    """An error says how many seconds are left, rounded up."""
    send(test_pages)
    clock.advance(timedelta(seconds=20, milliseconds=1))
    with pytest.raises(TooManyTestPages) as caught:
        send(test_pages)
    assert caught.value.retry_after == timedelta(seconds=40)
    assert str(caught.value) == (
        "There may be 1 test page to a Target and 10 in all within 1 min: nothing was sent, "
        "try again in 40 s."
    )
    assert len(server.messages) == 1
    clock.advance(timedelta(seconds=39, milliseconds=999))
    send(test_pages)
    assert len(server.messages) == 2


def test_one_that_failed_counts(test_pages: TestPageSender, server: MailServer) -> None:
    """A mail server that refuses must not be asked without end."""
    server.answer("RCPT", "451 Not now")
    with pytest.raises(DeliveryFailed):
        send(test_pages)
    with pytest.raises(TooManyTestPages):
        send(test_pages)


def test_one_that_came_too_early_does_not_count(test_pages: TestPageSender, clock: Clock) -> None:
    """Trying again does not make the wait longer."""
    send(test_pages)
    clock.advance(timedelta(seconds=59))
    with pytest.raises(TooManyTestPages):
        send(test_pages)
    clock.advance(timedelta(seconds=1))
    send(test_pages)


def test_there_are_ten_a_minute_in_all(
    test_pages: TestPageSender, server: MailServer, clock: Clock
) -> None:
    """The eleventh is sent once the first is a minute old."""
    for address in OTHERS[:MOST]:
        send(test_pages, address)
        clock.advance(timedelta(seconds=1))
    with pytest.raises(TooManyTestPages) as caught:
        send(test_pages)
    assert caught.value.retry_after == timedelta(seconds=50)
    clock.advance(timedelta(seconds=50))
    send(test_pages)
    with pytest.raises(TooManyTestPages):
        send(test_pages, OTHERS[MOST])
    assert len(server.messages) == MOST + 1


def test_the_limit_goes_by_the_clock_of_the_database(
    database: Database, mail: SmtpMail, server: MailServer
) -> None:
    """Nodes whose own clocks differ have the same minute."""
    with closing(
        TestPageSender(database, mail, TerminalPages(Console(), link, ""), database_clock)
    ) as one:
        send(one)
        with pytest.raises(TooManyTestPages) as caught:
            send(one)
    assert timedelta(seconds=30) < caught.value.retry_after <= timedelta(minutes=1)


@pytest.fixture
def nodes(
    shared: SharedDatabase, database: Database, open_test_pages: Open
) -> Iterator[list[TestPageSender]]:
    """Two of them on a database that can be shared, otherwise the only one twice."""
    if database.serves_alone:
        yield [open_test_pages(database)] * 2
        return
    with closing(Database(shared.url)) as other:
        yield [open_test_pages(database), open_test_pages(other)]


def test_of_many_at_once_to_a_target_one_is_sent(
    nodes: list[TestPageSender], server: MailServer
) -> None:
    """Whichever node they ask."""
    results = at_once([sending(node, ADA) for node in nodes * 8])
    sent = [result for result in results if isinstance(result, str)]
    assert len(sent) == len(server.messages) == 1
    assert sum(isinstance(result, TooManyTestPages) for result in results) == 15


def test_of_many_at_once_to_all_targets_ten_are_sent(
    nodes: list[TestPageSender], server: MailServer
) -> None:
    """At most: a node that meets another one that counts refuses, and may be asked again."""
    at_once([sending(nodes[n % 2], address) for n, address in enumerate(OTHERS)])
    assert len(server.messages) <= MOST
    for address in OTHERS:
        with suppress(TooManyTestPages):
            send(nodes[0], address)
    assert len(server.messages) == MOST


def test_a_node_does_not_wait_for_another_that_counts(
    postgresql_database: str, open_test_pages: Open, server: MailServer
) -> None:
    """What is not committed yet counts too; and no Alert waits behind a test page."""
    with (
        engine_of(postgresql_database) as engine,
        closing(Database(postgresql_database)) as database,
    ):
        SqlPorts(database).policies.put(POLICY)
        with engine.begin() as connection:
            send(open_test_pages(InTransaction(connection)))
            with pytest.raises(TooManyTestPages, match="in 1 s"):
                send(open_test_pages(database))
        with pytest.raises(TooManyTestPages, match="in 1 min"):
            send(open_test_pages(database))
    assert len(server.messages) == 1


# --- a provider that hangs


def test_a_mail_server_that_hangs_is_given_up(database: Database) -> None:
    """After the time-out of its gateway, and the journal says that it may have been taken."""
    clock = MonotonicClock()

    def take_and_hang(dialogue: Dialogue) -> None:
        hang_up_after_final_dot(dialogue)
        clock.advance(timedelta(seconds=21))
        dialogue.send("2")
        dialogue.wait_for_close()

    sms = TerminalPages(Console(file=StringIO()), link, "")
    with (
        ScriptedServer(take_and_hang) as hanging,
        closing(mail_within_20_seconds(clock, hanging.port)) as mail,
        closing(TestPageSender(database, mail, sms)) as test_pages,
        pytest.raises(DeliveryUnknown, match="timed out"),
    ):
        send(test_pages)
    assert "may have taken the page" in journal(database)[-1][3]


def test_test_pages_that_hang_hold_up_nothing_else(
    test_pages: TestPageSender, mail: SmtpMail, server: MailServer
) -> None:
    """As many as there may be have threads of their own: an Acknowledgement does not wait."""
    server.answer_together(MOST + 1)

    async def hang() -> list[str]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        sends = [
            asyncio.create_task(test_pages.send("checkout-api", address, "grace@example.com"))
            for address in OTHERS[:MOST]
        ]
        ada = EmailTarget(address=ADA)
        page = Notification(
            service_id="checkout-api", incident=1, level=1, target=ada, message="down"
        )
        await asyncio.wait_for(asyncio.to_thread(mail.send, ada, page), WAIT_TIMEOUT)
        return await asyncio.gather(*sends)

    assert len(set(asyncio.run(hang()))) == MOST


def test_closing_waits_for_those_that_are_on_their_way(
    test_pages: TestPageSender, database: Database, server: MailServer, open_test_pages: Open
) -> None:
    """What became of them is in the journal before the database is closed."""
    server.answer_together(2)
    sender = threading.Thread(target=send, args=[test_pages])
    sender.start()
    server.wait_for_command("RCPT")
    closer = threading.Thread(target=test_pages.close)
    closer.start()
    closer.join(0.1)
    assert closer.is_alive()
    send(open_test_pages(database), OTHERS[0])
    closer.join(WAIT_TIMEOUT)
    assert (ADA, "test page sent") in [(key, action) for _, action, key, _ in journal(database)]
    sender.join(WAIT_TIMEOUT)
