"""What is decided and can be sent at once is claimed in the transaction of the decision."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import DBAPIError

from contract.runtime.at_work import at_work
from databases import block_writer
from pager import (
    Acknowledgement,
    Alert,
    EmailTarget,
    EscalationPolicy,
    Level,
    Message,
    Notification,
    SmsTarget,
    Target,
)
from pager.adapters.runtime.arrivals import Claimed, Claiming
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.messages import Channel
from pager.model import MonitoredService
from pager.ports import Claim
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until


class FailingOnce:
    """Relays of SMS whose first claim fails, as on a disk that is full for a moment."""

    def __init__(self) -> None:
        self.is_full = True

    def claim_in(self, connection: Connection, decided: Mapping[str, MonitoredService]) -> Claimed:
        """Fail, or claim nothing."""
        if self.is_full:
            self.is_full = False
            connection.exec_driver_sql("there is no such statement")
        return Claimed([], [], 0, may_be_left=False)

    def take(self, claimed: Claimed) -> None:
        """There are none."""

    def forget(self, claimed: Claimed) -> None:
        """There are none."""


class Counting:
    """Relays that claim one page in each transaction, and count them."""

    def __init__(self) -> None:
        self.claimed = 0
        self.taken: list[int] = []
        self.forgotten: list[int] = []

    def claim_in(self, connection: Connection, decided: Mapping[str, MonitoredService]) -> Claimed:
        """The next one."""
        assert connection.in_transaction()
        self.claimed += 1
        page = Notification(
            service_id="api",
            incident=1,
            level=1,
            target=EmailTarget(address="a@example.com"),
            message="down",
        )
        return Claimed(
            [Claim(self.claimed, page, 1, at=datetime.now(UTC))], [], 0, may_be_left=False
        )

    def take(self, claimed: Claimed) -> None:
        """Keep their numbers."""
        self.taken += [claim.id for claim in claimed.to_send]

    def forget(self, claimed: Claimed) -> None:
        """Keep their numbers."""
        self.forgotten += [claim.id for claim in claimed.to_send]


def give_policy(database: Database, service_id: str, *others: Target) -> None:
    """One Level, with an e-mail Target and these."""
    email = EmailTarget(address=f"{service_id}@example.com")
    policy = EscalationPolicy(service_id=service_id, levels=(Level(targets=(email, *others)),))
    SqlPorts(database).policies.put(policy)


class SmsThatCannotBeClaimed(Inbox):
    """An inbox that has other relays of SMS."""

    def claim_for(self, relays: Mapping[Channel, Claiming]) -> None:
        """With these of e-mail, which come first."""
        super().claim_for({"email": relays["email"], "sms": FailingOnce()})


@contextmanager
def working(database: Database, mail: InMemoryMail, kind: type[Inbox] = Inbox) -> Iterator[Inbox]:
    """Workers, and their inbox."""
    wakeups = Wakeups()
    inbox = kind(database, wakeups)
    workers = Workers(database, wakeups, in_memory_gateways(mail), WorkerOptions(), inbox=inbox)
    with at_work(workers):
        yield inbox


def test_a_page_is_sent_after_the_only_transaction(database: Database) -> None:
    """Once the Alert is committed, it is claimed: nothing else is written before the e-mail."""
    give_policy(database, "checkout-api")
    mail = InMemoryMail()
    is_due: list[bool] = []
    with working(database, mail) as inbox:
        go_on = block_writer(database)
        alert = inbox.submit(Alert(service_id="checkout-api", message="down"))
        # The writer itself looks, before it begins another transaction.
        alert.add_done_callback(lambda _: is_due.append(SqlPorts(database).outbox.is_due("email")))
        go_on.set()
        wait_until(lambda: mail.accepted)
    assert is_due == [False]


def test_a_transaction_that_fails_leaves_no_claim_behind(database: Database) -> None:
    """Its messages are decided again one by one, and each page is sent once."""
    for name in ("checkout-api", "search-api"):
        give_policy(database, name)
    row = {"service_id": "search-api", "version": 1, "incident": 1, "decided_at": 0}
    planted = {**row, "message": "{}", "after": "{}"}
    database.write(lambda connection: connection.execute(insert(decisions), [planted]))
    mail = InMemoryMail()
    with working(database, mail) as inbox:
        go_on = block_writer(database)
        good, bad = (
            inbox.submit(Alert(service_id=name, message="down"))
            for name in ("checkout-api", "search-api")
        )
        go_on.set()
        good.result(WAIT_TIMEOUT)
        assert bad.exception(WAIT_TIMEOUT)
        wait_until(lambda: mail.accepted)
    assert [page.service_id for page in mail.accepted] == ["checkout-api"]
    assert SqlPorts(database).outbox.claim("email", 10) == []
    assert len(audit(database).differences) == 1


def test_a_claim_that_fails_leaves_no_claim_of_another_channel_behind(database: Database) -> None:
    """The e-mail that was claimed before it in the same transaction is sent."""
    give_policy(database, "checkout-api", SmsTarget(phone_number="+33612345678"))
    mail = InMemoryMail()
    with working(database, mail, SmsThatCannotBeClaimed) as inbox:
        alert = Alert(service_id="checkout-api", message="down")
        with pytest.raises(DBAPIError):
            inbox.submit(alert).result(WAIT_TIMEOUT)
        inbox.submit(alert).result(WAIT_TIMEOUT)
        wait_until(lambda: mail.accepted)


def test_what_was_claimed_in_a_transaction_that_failed_is_forgotten_and_not_sent(
    database: Database,
) -> None:
    """Its Alerts are decided again one by one, and only what is claimed then is taken."""
    services = ("checkout-api", "search-api", "billing-api")
    for name in services:
        give_policy(database, name, SmsTarget(phone_number="+33612345678"))
    email = Counting()
    inbox = Inbox(database, Wakeups())
    inbox.claim_for({"email": email, "sms": FailingOnce()})
    go_on = block_writer(database)
    alerts = [inbox.submit(Alert(service_id=name, message="down")) for name in services]
    go_on.set()
    for alert in alerts:
        alert.result(WAIT_TIMEOUT)
    assert (email.forgotten, email.taken) == ([1], [2, 3, 4])


def test_what_is_acknowledged_in_the_same_transaction_is_not_sent(database: Database) -> None:
    """Nor what waits in the outbox of a service that was acknowledged long ago."""
    for name in ("checkout-api", "search-api", "billing-api"):
        give_policy(database, name)
    quiet = Inbox(database, Wakeups())
    for message in (
        Alert(service_id="search-api", message="down"),
        Acknowledgement(service_id="search-api", incident=1),
    ):
        quiet.submit(message).result(WAIT_TIMEOUT)
    mail = InMemoryMail()
    with working(database, mail) as inbox:
        together: list[Message] = [
            Alert(service_id="checkout-api", message="down"),
            Acknowledgement(service_id="checkout-api", incident=1),
            Alert(service_id="billing-api", message="down"),
        ]
        inbox.submit_all(together).result(WAIT_TIMEOUT)
        wait_until(lambda: mail.accepted)
        wait_until(lambda: not SqlPorts(database).outbox.is_due("email"))
    assert [page.service_id for page in mail.accepted] == ["billing-api"]


def test_what_is_claimed_while_the_workers_stop_is_given_back(database: Database) -> None:
    """The next start, or another node, finds it at once."""
    give_policy(database, "checkout-api")
    mail = InMemoryMail()
    with working(database, mail) as inbox:
        pass
    inbox.submit(Alert(service_id="checkout-api", message="down")).result(WAIT_TIMEOUT)
    assert mail.accepted == []
    assert len(SqlPorts(database).outbox.claim("email", 10)) == 1
