"""What is decided and can be sent at once is claimed in the transaction of the decision."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import insert

from databases import block_writer
from pager import Alert, EmailTarget, EscalationPolicy, Level, Notification, Target
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until


class WatchingMail(InMemoryMail):
    """Mail that notes how often the database was written until a page came."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.changes: list[int] = []

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Note it, and accept."""
        self.changes.append(self._database.changes)
        return super().send(target, notification, attempt)


def give_policy(database: Database, service_id: str) -> None:
    """One Level, with one Target."""
    target = EmailTarget(address=f"{service_id}@example.com")
    policy = EscalationPolicy(service_id=service_id, levels=(Level(targets=(target,)),))
    SqlPorts(database).policies.put(policy)


@contextmanager
def working(database: Database, mail: InMemoryMail) -> Iterator[Inbox]:
    """Workers, and their inbox."""
    wakeups = Wakeups()
    inbox = Inbox(database, wakeups)
    workers = Workers(database, wakeups, in_memory_gateways(mail), WorkerOptions(), inbox=inbox)
    workers.start()
    try:
        yield inbox
    finally:
        workers.stop()


def test_a_page_is_sent_after_the_only_transaction(database: Database) -> None:
    """Nothing else is written between the Alert and the e-mail."""
    give_policy(database, "checkout-api")
    mail = WatchingMail(database)
    with working(database, mail) as inbox:
        before = database.changes
        inbox.submit(Alert(service_id="checkout-api", message="down")).result(WAIT_TIMEOUT)
        wait_until(lambda: mail.accepted)
    assert mail.changes == [before + 1]


def test_a_transaction_that_fails_leaves_no_claim_behind(database: Database) -> None:
    """Its messages are decided again one by one, and each page is sent once."""
    for name in ("checkout-api", "search-api"):
        give_policy(database, name)
    row = {"service_id": "search-api", "version": 1, "incident": 1, "decided_at": 0}
    planted = {**row, "message": "{}", "after": "{}"}
    database.write(lambda connection: connection.execute(insert(decisions), [planted]))
    mail = WatchingMail(database)
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


def test_what_is_claimed_while_the_workers_stop_is_given_back(database: Database) -> None:
    """The next start, or another node, finds it at once."""
    give_policy(database, "checkout-api")
    mail = InMemoryMail()
    with working(database, mail) as inbox:
        pass
    inbox.submit(Alert(service_id="checkout-api", message="down")).result(WAIT_TIMEOUT)
    assert mail.accepted == []
    assert len(SqlPorts(database).outbox.claim("email", 10)) == 1
