"""Fairness: 500 Targets of one service let the first page of another pass, however they come.

What counts is which page is handed over next, and behind how many others: no test measures time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest

from contract.runtime.test_relays import HandedOver, address, alert, relays_without_a_worker
from databases import block_writer
from pager import Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.channels.senders import LONGEST_WAIT, Ended
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.relays import MOST_AHEAD, Relays
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.ports import Claim, Outcome
from waiting import WAIT_TIMEOUT, wait_until

RELAYS = 8
SENT = Outcome("sent", "250 accepted")
MANY = [f"engineer-{number}" for number in range(500)]
LONG, SHORT = "all-engineers", "checkout-api"
"""The long one comes first, and is decided first."""


class Pages(HandedOver):
    """Senders that keep what they are handed until the test says what became of it."""

    def __init__(self, database: Database) -> None:
        """The pages are in `database`."""
        super().__init__()
        self._database = database
        self._ended = 0
        self.wakeup = Wakeups().of("email")

    @contextmanager
    def relays(self, count: int = RELAYS) -> Iterator[Relays]:
        """So many relays, in front of these senders."""
        with relays_without_a_worker(
            self._database, self, count=count, wakeup=self.wakeup
        ) as relays:
            yield relays
            self.on_end([Ended(claim, SENT) for claim in self.in_hand])

    @property
    def in_hand(self) -> Sequence[Claim]:
        """What has not ended."""
        return self.claims[self._ended :]

    def end(self, outcome: Outcome | None, at_most: int = len(MANY)) -> None:
        """Let so many end like this, the oldest first; None gives them back."""
        before, ending = self.wakeup.count, self.in_hand[:at_most]
        self._ended += len(ending)
        self.on_end([Ended(claim, outcome) for claim in ending])
        wait_until(lambda: not ending or self.wakeup.count > before, "there is room for others")

    def next_of(self, relays: Relays) -> str:
        """The service whose page is the next one that is handed over."""
        before = len(self.claims)
        wait_until(relays.work, "a page is handed over")
        return self.claims[before].effect.service_id

    def send_fast(self, relays: Relays) -> None:
        """Send so many that as many as possible are claimed ahead."""
        while len(self.claims) < len(MANY) // 2:
            self.end(SENT)
            wait_until(relays.work, "more pages are handed over")


def test_the_first_page_of_another_service_is_the_next_one(database: Database) -> None:
    """It waits behind those that are being sent, and behind none of the others that wait."""
    alert(database, Wakeups(), LONG, *MANY)
    pages = Pages(database)
    with pages.relays() as relays:
        relays.work()
        alert(database, Wakeups(), SHORT, "ada")
        assert len(pages.in_hand) == RELAYS
        pages.end(SENT, at_most=1)
        assert pages.next_of(relays) == SHORT


def test_what_is_claimed_ahead_is_all_that_it_waits_for(database: Database) -> None:
    """No more is claimed ahead than was sent in the last moment, and never more than a limit."""
    alert(database, Wakeups(), LONG, *MANY)
    pages = Pages(database)
    with pages.relays() as relays:
        pages.send_fast(relays)
        alert(database, Wakeups(), SHORT, "ada")
        assert len(pages.in_hand) <= RELAYS + MOST_AHEAD
        pages.end(SENT)
        assert pages.next_of(relays) == SHORT


def test_it_goes_before_what_is_given_back_where_the_provider_becomes_slow(
    database: Database,
) -> None:
    """What waits for a sender is given back after a second: see `test_senders`."""
    assert timedelta(seconds=1) >= LONGEST_WAIT
    alert(database, Wakeups(), LONG, *MANY)
    pages = Pages(database)
    with pages.relays() as relays:
        pages.send_fast(relays)
        alert(database, Wakeups(), SHORT, "ada")
        pages.end(None)
        assert pages.next_of(relays) == SHORT


def test_it_is_claimed_first_in_the_transaction_of_its_alert(database: Database) -> None:
    """While the others wait in the outbox."""
    alert(database, Wakeups(), LONG, *MANY)
    pages = Pages(database)
    with pages.relays() as relays:
        relays.work()
        alert(database, Wakeups(), SHORT, "ada")
        pages.end(SENT, at_most=1)
        handed_over = len(pages.claims)
        relays.take(database.write(lambda connection: relays.claim_in(connection, {})))
        assert pages.claims[handed_over].effect.service_id == SHORT


@pytest.mark.parametrize("count", [1, RELAYS])
def test_of_two_alerts_in_one_transaction_each_has_its_first_page_before_any_second(
    database: Database, count: int
) -> None:
    """Also where all relays but one are busy."""
    for service_id, names in ((LONG, MANY), (SHORT, ["ada"])):
        targets = tuple(EmailTarget(address=address(name)) for name in names)
        policy = EscalationPolicy(service_id=service_id, levels=(Level(targets=targets),))
        SqlPorts(database).policies.put(policy)
    pages = Pages(database)
    with pages.relays(count) as relays:
        inbox = Inbox(database, Wakeups())
        inbox.claim_for({"email": relays})
        go_on = block_writer(database)
        changes = database.changes
        decided = [
            inbox.submit(Alert(service_id=service_id, message="down"))
            for service_id in (LONG, SHORT)
        ]
        go_on.set()
        for answer in decided:
            answer.result(WAIT_TIMEOUT)
        assert database.changes == changes + 2, "the one that was blocked, and one for both"
        while len(pages.claims) < 2:
            pages.end(SENT)
            wait_until(relays.work)
        assert [claim.effect.service_id for claim in pages.claims[:2]] == [LONG, SHORT]
