"""The clock of the database jumps by an hour: pages come early or late, and each of them once.

Only a machine whose clock is set does that, not the end of summer: everything is kept in UTC.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import BigInteger, ColumnElement, literal

from pager import Alert, EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.messages import Channel
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.testing import InMemoryMail, InMemorySms, in_memory_gateways

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ADA = EmailTarget(address="ada@example.com")
GRACE = SmsTarget(phone_number="+33612345678")


class JumpingClock:
    """A clock that goes as a test wants, backwards too."""

    def __init__(self) -> None:
        """At some time on the second of January 1970."""
        self.now = timedelta(days=1)

    def __call__(self) -> ColumnElement[int]:
        """As SQL."""
        return literal(milliseconds(self.now), BigInteger)


class World:
    """A Pager on a database: two Levels of a quarter of an hour, by e-mail and by SMS."""

    def __init__(self, database: Database) -> None:
        """checkout-api and search-api have the policy."""
        self.clock = JumpingClock()
        self.ports = SqlPorts(database, self.clock)
        self.mail, self.sms = InMemoryMail(), InMemorySms()
        gateways = in_memory_gateways(self.mail, self.sms)
        self.pager = PagerService(self.ports.policies, self.ports.services)
        self.relay = OutboxRelay(self.ports.outbox, self.ports.services, gateways, self.ports.timer)
        for service_id in ("checkout-api", "search-api"):
            levels = (Level(targets=(ADA,)), Level(targets=(GRACE,)))
            self.ports.policies.put(EscalationPolicy(service_id=service_id, levels=levels))

    def alert(self, service_id: str) -> None:
        """Raise an Alert."""
        self.pager.receive(Alert(service_id=service_id, message="down"))

    def after(self, jump: timedelta) -> list[str]:
        """Carry out what is due once the clock has jumped so; everybody who was ever paged."""
        self.clock.now += jump
        while self._work():
            pass
        pages = [*self.mail.accepted, *self.sms.accepted]
        return [f"{page.service_id} {page.level}" for page in pages]

    def _work(self) -> int:
        carried_out = sum(self.relay.run_once(channel) for channel in get_args(Channel))
        timeouts = self.ports.timer.due()
        for timeout in timeouts:
            self.pager.receive(timeout)
            self.ports.timer.done(timeout)
        return carried_out + len(timeouts)


@pytest.fixture
def world(url: str) -> Iterator[World]:
    """On SQLite and on PostgreSQL."""
    database = Database(url)
    yield World(database)
    database.close()


def test_an_hour_forwards_escalates_too_early_and_once(world: World) -> None:
    """Every timeout that would have come in that hour comes now; the next takes its time."""
    world.alert("checkout-api")
    assert world.after(SECOND) == ["checkout-api 1"]
    assert world.after(HOUR) == ["checkout-api 1", "checkout-api 2"]
    assert world.after(14 * MINUTE) == ["checkout-api 1", "checkout-api 2"]
    assert world.after(HOUR) == ["checkout-api 1", "checkout-api 2"]


def test_an_hour_backwards_escalates_too_late_and_once(world: World) -> None:
    """By that hour and no more; who becomes Unhealthy meanwhile is paged at once."""
    world.alert("checkout-api")
    assert world.after(SECOND) == ["checkout-api 1"]
    world.after(-HOUR)
    world.alert("search-api")
    assert world.after(SECOND) == ["checkout-api 1", "search-api 1"]
    assert sorted(world.after(15 * MINUTE)) == ["checkout-api 1", "search-api 1", "search-api 2"]
    assert sorted(world.after(HOUR)) == [
        "checkout-api 1",
        "checkout-api 2",
        "search-api 1",
        "search-api 2",
    ]


def test_an_hour_backwards_delays_what_waits_for_its_retry(world: World) -> None:
    """By that hour and no more; and it is sent once."""
    world.mail.down = True
    world.alert("checkout-api")
    assert world.after(SECOND) == []
    world.mail.down = False
    assert world.after(-HOUR) == []
    assert world.after(HOUR + 2 * SECOND) == ["checkout-api 1"]


def test_an_hour_forwards_ends_a_lease_and_the_page_is_sent_by_somebody_else(world: World) -> None:
    """Whoever had claimed it and not begun gives it up."""
    world.alert("checkout-api")
    [claim] = world.ports.outbox.claim("email", 8)
    assert world.ports.outbox.holds(claim)
    assert world.after(HOUR)[0] == "checkout-api 1"
    assert not world.ports.outbox.holds(claim)
    world.ports.outbox.release(claim)
    assert world.after(SECOND).count("checkout-api 1") == 1
