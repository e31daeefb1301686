"""What a node tells the others of: pages that it has left for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from queue import Queue
from threading import Thread
from typing import NamedTuple

from sqlalchemy import Connection

from contract.runtime.at_work import at_work
from contract.runtime.test_workers import ALERT, ONE_EACH, HangingMail, emails, give_policy
from databases import block_writer
from pager import Level
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.dialects import dialect_of
from pager.messages import Channel
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until


@contextmanager
def told(database: Database) -> Iterator[Queue[Channel]]:
    """What the other nodes are told while this lasts, after what a listener begins with."""
    channels: Queue[Channel] = Queue()
    listener = database.listener(channels.put, ONE_EACH.pause_after_failure)
    assert listener is not None
    thread = Thread(target=listener.run)
    thread.start()
    try:
        for _ in range(3):
            channels.get(timeout=WAIT_TIMEOUT)
        yield channels
    finally:
        listener.stop()
        thread.join()


def tell(database: Database, channel: Channel) -> None:
    """Tell them of this one, after all that was committed before."""
    database.write(lambda connection: dialect_of(connection).notify(connection, {channel}))


class Node(NamedTuple):
    """A node at work."""

    database: Database
    inbox: Inbox
    told: Queue[Channel]
    """What it tells the others."""


@contextmanager
def node(url: str, mail: InMemoryMail, relays: int, *targets: str) -> Iterator[Node]:
    """One with so many relays of e-mail, and a policy with these Targets."""
    database, wakeups = Database(url), Wakeups()
    inbox, options = Inbox(database, wakeups), ONE_EACH._replace(mail_relays=relays)
    workers = Workers(database, wakeups, in_memory_gateways(mail), options, inbox=inbox)
    give_policy(database, Level(targets=emails(*targets)))
    with told(database) as channels, at_work(workers):
        yield Node(database, inbox, channels)
    database.close()


def test_the_others_are_not_woken_for_a_page_that_is_claimed_with_its_decision(
    postgresql_database: str,
) -> None:
    """In a storm, all of them would look for work that is not there."""
    mail = InMemoryMail()
    with node(postgresql_database, mail, 2, "ada") as this:
        this.inbox.submit(ALERT).result(WAIT_TIMEOUT)
        tell(this.database, "sms")
        assert this.told.get(timeout=WAIT_TIMEOUT) == "sms"
        wait_until(lambda: len(mail.accepted) == 1)


def test_the_others_are_told_of_a_page_for_which_there_is_no_room(
    postgresql_database: str,
) -> None:
    """One of them may have an idle relay."""
    mail = HangingMail()
    with node(postgresql_database, mail, 1, "ada", "grace") as this:
        this.inbox.submit(ALERT).result(WAIT_TIMEOUT)
        assert this.told.get(timeout=WAIT_TIMEOUT) == "email"
        mail.go_on.set()
        wait_until(lambda: len(mail.accepted) == 2)


UNREADABLE = """
INSERT INTO outbox (version, position, channel, service_id, incident, idempotency_key,
    effect, attempt, status, detail, due_at)
VALUES (1, 0, 'email', 'other', 1, 'other', '{}', 0, 'waiting', '', 1)
"""


def test_the_others_are_told_of_a_page_behind_one_that_cannot_be_read(
    postgresql_database: str,
) -> None:
    """A node of a newer version has written that one, and it was claimed in place of the page."""
    mail = InMemoryMail()
    with node(postgresql_database, mail, 1, "ada") as this:
        go_on = block_writer(this.database)
        this.database.submit(partial(Connection.exec_driver_sql, statement=UNREADABLE))
        decided = this.inbox.submit(ALERT)
        go_on.set()
        decided.result(WAIT_TIMEOUT)
        assert this.told.get(timeout=WAIT_TIMEOUT) == "email"
        wait_until(lambda: len(mail.accepted) == 1)
