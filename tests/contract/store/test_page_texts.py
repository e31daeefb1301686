"""A long text that many pages have is stored once, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from databases import sql_clock
from pager import (
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
    Notification,
)
from pager.adapters.store.core.codecs import EFFECTS
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.page_texts import SHARED_FROM
from pager.adapters.store.core.schema import outbox, page_texts
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.upkeep.retention import prune
from pager.adapters.store.views.entries import Decided
from pager.adapters.store.views.journal import Journal
from pager.model import LONGEST_MESSAGE
from pager.service import PagerService
from pager.testing import Clock

TARGETS = tuple(EmailTarget(address=f"engineer-{number}@example.com") for number in range(50))
POLICY = EscalationPolicy(
    service_id="checkout-api", levels=(Level(targets=TARGETS), Level(targets=TARGETS))
)
LONG = "All orders fail. " * (LONGEST_MESSAGE // 17)
LONG_ALERT = Alert(service_id="checkout-api", message=LONG)
LATER_ALERT = Alert(service_id="checkout-api", message="The payments fail as well.")
TIMEOUT = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=1)


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


def receive(database: Database, *messages: Message, clock: Clock | None = None) -> SqlPorts:
    """A Pager whose service has a POLICY receives these."""
    ports = SqlPorts(database, sql_clock(clock or Clock()))
    ports.policies.put(POLICY)
    for message in messages:
        PagerService(ports.policies, ports.services).receive(message)
    return ports


def texts(database: Database) -> list[str]:
    """What is stored once."""
    return list(database.read(lambda connection: connection.scalars(select(page_texts.c.text))))


def pages(ports: SqlPorts) -> list[Notification]:
    """Those that are claimed."""
    effects = (claim.effect for claim in ports.outbox.claim("email", 1_000))
    return [effect for effect in effects if isinstance(effect, Notification)]


def test_a_long_text_to_many_targets_is_stored_once(database: Database) -> None:
    """Each Target adds a row that is small, however long the text is."""
    receive(database, LONG_ALERT)
    size = database.read(
        lambda connection: connection.scalar(select(func.sum(func.length(outbox.c.effect))))
    )
    assert size is not None
    assert size < len(TARGETS) * (SHARED_FROM + 400)
    [text] = texts(database)
    assert LONG in text


@pytest.mark.parametrize(
    "alert", [LATER_ALERT, LONG_ALERT.model_copy(update={"message": LONG[:SHARED_FROM]})]
)
def test_a_short_text_is_in_each_row(database: Database, alert: Alert) -> None:
    """It costs less there than a row of its own."""
    ports = receive(database, alert)
    assert texts(database) == []
    assert {page.message for page in pages(ports)} == {alert.message}


def test_each_level_reads_what_was_said_until_then(database: Database) -> None:
    """What later Alerts said is long, too: it is stored once for each step."""
    ports = receive(database, LONG_ALERT, LATER_ALERT, TIMEOUT)
    claimed = pages(ports)
    assert {page.message for page in claimed} == {LONG}
    assert {(page.level, page.later_alerts.messages) for page in claimed} == {
        (1, ()),
        (2, (LATER_ALERT.message,)),
    }
    assert len(texts(database)) == 2


def test_the_journal_and_the_audit_read_the_whole_text(database: Database) -> None:
    """What is stored is what the rules say."""
    receive(database, LONG_ALERT, LATER_ALERT, TIMEOUT)
    assert audit(database).differences == []
    first = next(
        entry for entry in Journal(database).of("checkout-api") if isinstance(entry, Decided)
    )
    assert {page.message for page in first.effects if isinstance(page, Notification)} == {LONG}
    database.write(lambda connection: connection.execute(page_texts.delete()))
    [difference] = audit(database).differences
    assert difference.version == 1


def test_a_node_of_an_older_version_reads_the_beginning(database: Database) -> None:
    """It knows the outbox alone: its pages are cut, with a sign, and nobody waits for them."""
    receive(database, LONG_ALERT, LATER_ALERT, TIMEOUT)
    stored = database.read(
        lambda connection: connection.execute(
            select(outbox.c.service_id, outbox.c.effect).where(outbox.c.channel == "email")
        ).all()
    )
    read = [EFFECTS.decode(effect, service_id) for service_id, effect in stored]
    for page in read:
        assert isinstance(page, Notification)
        assert page.message.endswith("…")
        assert LONG.startswith(page.message.removesuffix("…").rstrip(" ["))
        assert page.later_alerts.count == page.level - 1


def test_a_text_that_is_missing_or_cannot_be_read_stops_no_page(database: Database) -> None:
    """The pages have its beginning."""
    ports = receive(database, LONG_ALERT)
    spoilt = page_texts.update().values(text="{")
    database.write(lambda connection: connection.execute(spoilt))
    claimed = pages(ports)
    assert len(claimed) == len(TARGETS)
    assert {page.message[:100] for page in claimed} == {LONG[:100]}


def test_a_text_is_deleted_with_its_incident(database: Database) -> None:
    """That of the last incident is kept, as the incident is."""
    clock = Clock()
    closed = HealthyEvent(service_id="checkout-api")
    receive(database, LONG_ALERT, TIMEOUT, closed, LONG_ALERT, closed, clock=clock)
    assert len(texts(database)) == 3
    clock.advance(timedelta(days=100))
    prune(database, timedelta(days=90), sql_clock(clock))
    assert len(texts(database)) == 1
    assert audit(database).differences == []
