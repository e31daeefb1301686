"""The claims of a node: kept, renewed, lost and taken over, whatever the database's clock does."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text

from databases import sql_clock
from pager import Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.claims import NodeClaims
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.ports import Claim, Outcome
from pager.service import PagerService
from pager.testing import Clock

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
AGAIN = Outcome("failed", "no", SECOND)


class Nodes:
    """Nodes on one database, whose clock is set by hand; their own clocks go on evenly."""

    def __init__(self, database: Database) -> None:
        """checkout-api and search-api have been raised: two e-mails and one."""
        self.wall = Clock()
        self.wall.advance(24 * HOUR)
        self.monotonic = timedelta(0)
        self.database = database
        ports = SqlPorts(self.database, sql_clock(self.wall))
        pager = PagerService(ports.policies, ports.services)
        for service_id, names in (("checkout-api", ("ada", "grace")), ("search-api", ("edsger",))):
            targets = tuple(EmailTarget(address=f"{name}@example.com") for name in names)
            levels = (Level(targets=targets),)
            ports.policies.put(EscalationPolicy(service_id=service_id, levels=levels))
            pager.receive(Alert(service_id=service_id, message="down"))

    def node(self) -> SqlOutbox:
        """The outbox of another node."""
        claims = NodeClaims(LEASE.duration, lambda: self.monotonic / SECOND)
        return SqlOutbox(self.database, sql_clock(self.wall), random=lambda: 0.0, claims=claims)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.wall.now += by
        self.monotonic += by

    def set_clock(self, by: timedelta) -> None:
        """Set the clock of the database."""
        self.wall.now += by


@pytest.fixture
def nodes(either_database: Database) -> Nodes:
    """On SQLite and on PostgreSQL."""
    return Nodes(either_database)


def claimed(outbox: SqlOutbox, at_most: int = 8, most_retries: int | None = None) -> list[Claim]:
    """What it claims of the e-mails."""
    return list(outbox.claim("email", at_most, most_retries))


def test_a_clock_that_is_set_forwards_takes_no_page_from_its_relay(nodes: Nodes) -> None:
    """Neither this node nor another sends it a second time while it is being sent."""
    one, other = nodes.node(), nodes.node()
    claims = claimed(one)
    assert claimed(other) == []
    nodes.set_clock(HOUR)
    assert claimed(one) == claimed(other) == []
    one.settle(claims[0], Outcome("sent"))
    nodes.advance(LEASE.duration - SECOND)
    assert claimed(other) == []


def test_a_clock_that_is_set_back_does_not_keep_the_claims_of_a_dead_node(nodes: Nodes) -> None:
    """They come back after a lease, as ever."""
    dead, other = nodes.node(), nodes.node()
    claims = claimed(dead)
    assert claimed(other) == []
    nodes.set_clock(-HOUR)
    nodes.advance(LEASE.duration - SECOND)
    assert claimed(other) == []
    nodes.advance(SECOND)
    assert {claim.id for claim in claimed(other)} == {claim.id for claim in claims}


def test_a_node_that_starts_after_the_clock_was_set_back_waits_for_one_lease(nodes: Nodes) -> None:
    """It cannot know whether the others are alive."""
    claimed(nodes.node())
    nodes.set_clock(-HOUR)
    new = nodes.node()
    assert claimed(new) == []
    nodes.advance(LEASE.duration)
    assert len(claimed(new)) == 3


def test_a_node_that_starts_later_does_not_wait_for_a_lease_that_is_over(nodes: Nodes) -> None:
    """Whoever had claimed them has died."""
    claimed(nodes.node())
    nodes.advance(LEASE.duration)
    assert len(claimed(nodes.node())) == 3


def test_a_lease_that_is_renewed_goes_on(nodes: Nodes) -> None:
    """For as long as the page is being sent; a mail server may take minutes."""
    one, other = nodes.node(), nodes.node()
    sending, *done = claimed(one)
    for claim in done:
        one.settle(claim, Outcome("sent"))
    for _ in range(10):
        nodes.advance(LEASE.duration / 2)
        one.renew()
        assert claimed(other) == []
    one.settle(sending, AGAIN)
    one.renew()
    nodes.advance(SECOND)
    assert [claim.attempt for claim in claimed(other)] == [2]


def test_a_claim_whose_answer_was_lost_is_taken_up_again_at_once(nodes: Nodes) -> None:
    """The node finds its own name on an effect that it does not have in hand."""
    claims = NodeClaims(LEASE.duration)
    lost = SqlOutbox(nodes.database, sql_clock(nodes.wall), claims=claims)
    nodes.database.write(
        partial(
            Connection.execute,
            statement=text(
                f"UPDATE outbox SET attempt = 1, claimed_by = '{claims.node}', "  # noqa: S608 - ours
                "due_at = due_at + 120000 WHERE channel = 'email'"
            ),
        )
    )
    assert [claim.attempt for claim in claimed(lost)] == [2, 2, 2]
    assert claimed(lost) == []


def test_an_effect_that_could_not_be_settled_is_left_alone_for_a_lease(nodes: Nodes) -> None:
    """It may have been sent: to try it again at once could send it without end."""
    one = nodes.node()
    [claim, *_] = claimed(one)
    one.abandon(claim)
    nodes.advance(LEASE.duration - SECOND)
    assert claimed(one) == []
    nodes.advance(SECOND)
    assert [again.id for again in claimed(one)] == [claim.id]


def test_a_start_gives_back_the_claims_of_the_process_before_it(nodes: Nodes) -> None:
    """And changes no other row: of a million pages that wait, most were never claimed."""
    before, now = nodes.node(), nodes.node()
    first, second = claimed(before, 2)
    before.settle(first, AGAIN._replace(retry_after=HOUR))
    now.recover()
    again = claimed(now)
    assert second.id in {claim.id for claim in again}
    assert first.id not in {claim.id for claim in again}


def test_retries_are_claimed_besides_what_is_new(nodes: Nodes) -> None:
    """Neither takes the place of the other."""
    outbox = nodes.node()
    [ada] = claimed(outbox, 1)
    outbox.settle(ada, AGAIN)
    nodes.advance(SECOND)
    assert claimed(outbox, 0, most_retries=0) == []
    assert [claim.attempt for claim in claimed(outbox, 1, most_retries=1)] == [1, 2]
    assert [claim.attempt for claim in claimed(outbox, 1, most_retries=1)] == [1]


def test_what_an_older_node_has_claimed_is_its_own_until_its_lease_is_over(nodes: Nodes) -> None:
    """During a roll-out: it writes no name."""
    older = text("UPDATE outbox SET attempt = 1, due_at = due_at + 120000 WHERE channel = 'email'")
    nodes.database.write(partial(Connection.execute, statement=older))
    outbox = nodes.node()
    assert claimed(outbox) == []
    nodes.advance(LEASE.duration)
    assert [claim.attempt for claim in claimed(outbox)] == [2, 2, 2]
