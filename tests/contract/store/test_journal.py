"""The journal on both databases: what is written into it, and what an audit finds."""

from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy.exc import DBAPIError

from databases import sql_clock
from pager import (
    Acknowledged,
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    ConcurrentUpdate,
    EmailTarget,
    Escalate,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
    NoEscalationPolicy,
    PageAgain,
    Resolve,
    Unhealthy,
    decide,
)
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.clock import milliseconds, moment
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import Audit, audit
from pager.adapters.store.upkeep.retention import prune
from pager.adapters.store.views.entries import Attempt, Decided, PolicyEdit
from pager.adapters.store.views.journal import Journal
from pager.ports import Outcome
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.testing import Clock, InMemoryMail, in_memory_gateways

T = TypeVar("T", Escalate, PageAgain)

CHECKOUT = "checkout-api"
ADA, GRACE = (EmailTarget(address=f"{name}@example.com") for name in ("ada", "grace"))
POLICY = EscalationPolicy(
    service_id=CHECKOUT, levels=(Level(targets=(ADA,)), Level(targets=(GRACE,)))
)
SHORTER = EscalationPolicy(service_id=CHECKOUT, levels=(Level(targets=(GRACE,)),))


def alert(service_id: str = CHECKOUT) -> Alert:
    """Something is wrong."""
    return Alert(service_id=service_id, message="p99 latency above 3 s")


def timeout(incident: int = 1, level: int = 1) -> AcknowledgementTimeout:
    """Nobody answered."""
    return AcknowledgementTimeout(service_id=CHECKOUT, incident=incident, level=level)


def acknowledgement(incident: int = 1) -> Acknowledgement:
    """By Ada."""
    return Acknowledgement(service_id=CHECKOUT, incident=incident, by="Ada")


def healthy(service_id: str = CHECKOUT) -> HealthyEvent:
    """Of whichever incident is running."""
    return HealthyEvent(service_id=service_id)


class Pager:
    """The real service and relay on a real database, and a clock that the test moves."""

    def __init__(self, database: Database) -> None:
        """With a policy for checkout-api."""
        self.database = database
        self.clock = Clock()
        self.ports = SqlPorts(database, sql_clock(self.clock))
        self.mail = InMemoryMail()
        self.journal = Journal(database)
        self._service = PagerService(self.ports.policies, self.ports.services)
        self._relay = OutboxRelay(
            self.ports.outbox, self.ports.services, in_memory_gateways(self.mail), self.ports.timer
        )
        self.ports.policies.put(POLICY)

    def receive(self, *messages: Message) -> None:
        """One after the other, a minute apart."""
        for message in messages:
            self.clock.advance(timedelta(minutes=1))
            self._service.receive(message)

    def carry_out(self) -> None:
        """Whatever is due."""
        while any(self._relay.run_once(channel) for channel in ("email", "sms", "timer")):
            pass

    def audit(self) -> Audit:
        """What the audit says."""
        return audit(self.database)

    def spoil(self, statement: str) -> None:
        """Change what is stored behind the Pager's back."""
        self.database.write(lambda connection: connection.exec_driver_sql(statement))


@pytest.fixture
def pager(either_database: Database) -> Pager:
    """A Pager on an empty database of either kind."""
    return Pager(either_database)


# --- What is written -----------------------------------------------------------------------


def test_what_was_decided_is_in_the_journal(pager: Pager) -> None:
    """Each message that changed something: when, from which version to which, and why."""
    pager.receive(alert(), alert(), acknowledgement(), timeout(), healthy())
    decided = [entry for entry in pager.journal.of(CHECKOUT) if isinstance(entry, Decided)]
    assert [(entry.version_before, entry.version_after) for entry in decided] == [
        (0, 1),
        (1, 2),
        (2, 3),
    ]
    assert [entry.message for entry in decided] == [alert(), acknowledgement(), healthy()]
    assert [entry.at for entry in decided] == [moment(minutes * 60_000) for minutes in (1, 3, 5)]
    first, second, _ = decided
    assert [effect.channel for effect in first.effects] == ["email", "timer"]
    assert first.policy == POLICY
    assert second.effects == ()
    assert isinstance(second.after, Unhealthy)
    assert second.after.escalation == Acknowledged(by="Ada")


def test_each_attempt_is_in_the_journal(pager: Pager) -> None:
    """The failed one as well, and when it was to be tried again."""
    pager.mail.down = True
    pager.receive(alert())
    pager.carry_out()
    pager.clock.advance(timedelta(minutes=10))
    pager.mail.down = False
    pager.carry_out()
    attempts = [
        entry
        for entry in pager.journal.of(CHECKOUT)
        if isinstance(entry, Attempt) and entry.effect.channel == "email"
    ]
    assert [(entry.attempt, entry.status) for entry in attempts] == [(1, "failed"), (2, "sent")]
    failed, sent = attempts
    assert failed.idempotency_key == "checkout-api/1/1/ada@example.com"
    assert "the gateway is down" in failed.detail
    assert failed.retry_at is not None
    assert failed.at < failed.retry_at < sent.at
    assert sent.retry_at is None


def test_an_attempt_that_came_late_is_in_the_journal_too(pager: Pager) -> None:
    """Both attempts were made, so both are there: that explains a second page."""
    pager.receive(alert())
    [late] = pager.ports.outbox.claim("email", 1)
    pager.clock.advance(timedelta(hours=1))
    pager.carry_out()
    pager.clock.advance(timedelta(minutes=1))
    pager.ports.outbox.settle(late, Outcome("sent", "late"))
    attempts = [entry for entry in pager.journal.of(CHECKOUT) if isinstance(entry, Attempt)]
    assert [(entry.attempt, entry.status) for entry in attempts if entry.detail] == [
        (2, "sent"),
        (1, "sent"),
    ]


def test_every_edit_of_a_policy_is_kept(pager: Pager) -> None:
    """A decision says which of them it was made under; an edit that changes nothing is none."""
    pager.receive(alert())
    pager.ports.policies.put(SHORTER)
    pager.ports.policies.put(SHORTER)
    pager.receive(timeout())
    pager.ports.policies.remove(CHECKOUT)
    pager.receive(healthy())
    entries = pager.journal.of(CHECKOUT)
    edits = [entry.policy for entry in entries if isinstance(entry, PolicyEdit)]
    assert edits == [POLICY, SHORTER, None]
    under = [entry.policy for entry in entries if isinstance(entry, Decided)]
    assert under == [POLICY, SHORTER, None]


def test_one_incident_can_be_read_by_itself(pager: Pager) -> None:
    """Its decisions, its attempts, and the edits of the policy that were made while it ran."""
    pager.receive(alert(), healthy())
    pager.clock.advance(timedelta(minutes=1))
    pager.ports.policies.put(SHORTER)
    pager.receive(alert())
    pager.carry_out()
    pager.clock.advance(timedelta(minutes=1))
    pager.ports.policies.put(POLICY)
    pager.receive(healthy())
    pager.clock.advance(timedelta(minutes=1))
    pager.ports.policies.remove(CHECKOUT)
    entries = pager.journal.of(CHECKOUT, incident=2)
    assert [entry.type for entry in entries] == [
        "decision",
        "attempt",
        "attempt",
        "policy-edit",
        "decision",
    ]
    assert [entry.type for entry in pager.journal.of(CHECKOUT, incident=1)] == [
        "decision",
        "decision",
        "attempt",  # withdrawn
        "attempt",
    ]


@pytest.mark.parametrize("incident", [1, 2])
def test_the_newest_entries_are_the_end_of_the_journal(pager: Pager, incident: int) -> None:
    """However many are on a page, whichever incident it is, and wherever it goes on."""
    pager.mail.down = True
    pager.receive(alert())
    pager.carry_out()
    pager.clock.advance(timedelta(minutes=1))
    pager.ports.policies.put(SHORTER)
    pager.mail.down = False
    pager.receive(timeout())
    pager.carry_out()
    pager.receive(healthy(), alert())
    pager.clock.advance(timedelta(minutes=1))
    pager.ports.policies.put(POLICY)
    pager.carry_out()
    everything = pager.journal.of(CHECKOUT, incident)
    assert len(everything) >= 4
    for newest in range(1, len(everything) + 2):
        shown, place = [], None
        while page := pager.journal.newest(CHECKOUT, incident, newest, place):
            shown += [entry for entry, _ in page]
            assert len(shown) <= len(everything)  # else it would go on for ever
            assert len(page) == newest or len(shown) == len(everything)
            place = page[-1][1]
        assert shown[::-1] == everything


def test_a_service_that_nothing_is_known_of_has_an_empty_journal(pager: Pager) -> None:
    """That is no error."""
    assert pager.journal.of("search-api") == []


def test_what_is_not_saved_is_not_in_the_journal(pager: Pager) -> None:
    """Journal, state and effects are one transaction: none of them without the others."""
    pager.spoil(
        "INSERT INTO outbox (channel, service_id, incident, idempotency_key, effect, attempt, "
        "status, detail) VALUES "
        "('email', 'checkout-api', 1, 'checkout-api/1/1/ada@example.com', '', 0, 'waiting', '')"
    )
    with pytest.raises(DBAPIError):
        pager.receive(alert())
    pager.spoil("DELETE FROM outbox")
    assert [type(entry) for entry in pager.journal.of(CHECKOUT)] == [PolicyEdit]
    assert pager.ports.services.load(CHECKOUT).version == 0


# --- The audit -----------------------------------------------------------------------------


def test_an_audit_finds_nothing_in_what_pager_decided(pager: Pager) -> None:
    """Incidents, escalations, edits, a deleted policy, withdrawn pages."""
    pager.receive(alert(), timeout())
    pager.carry_out()
    pager.receive(timeout(level=2), acknowledgement(), healthy(), alert(), acknowledgement(2))
    pager.carry_out()
    pager.ports.policies.put(SHORTER)
    pager.receive(healthy(), alert(), timeout(3))
    pager.ports.policies.remove(CHECKOUT)
    with pytest.raises(NoEscalationPolicy):
        pager.receive(healthy(), alert())
    assert pager.audit() == Audit(services=1, decisions=11, differences=[])


def test_an_audit_finds_nothing_in_what_people_did_by_hand(pager: Pager) -> None:
    """Pages that were told again, an Acknowledgement that was taken back, and one handed on."""

    def by_hand(kind: type[T], level: int, *, acknowledged: bool = False) -> T:
        return kind(
            service_id=CHECKOUT, incident=1, level=level, by="Ada", acknowledged=acknowledged
        )

    pager.receive(alert(), by_hand(PageAgain, 1))
    pager.carry_out()
    pager.receive(acknowledgement(), by_hand(PageAgain, 2, acknowledged=True))
    pager.receive(acknowledgement(), by_hand(Escalate, 3, acknowledged=True))
    pager.carry_out()
    pager.receive(timeout(level=4), by_hand(Escalate, 4), healthy())
    audited = pager.audit()
    assert (audited.differences, audited.decisions) == ([], 8)
    pages = [each.idempotency_key for each in pager.mail.accepted]
    assert len(pages) == len(set(pages))


def test_an_audit_finds_nothing_in_what_was_resolved(pager: Pager) -> None:
    """Troubles that come, come again and go; what changes nothing is not stored."""
    disk, tls = (alert().model_copy(update={"dedup_key": key}) for key in ("disk", "tls"))
    over, unknown = (Resolve(service_id=CHECKOUT, dedup_key=key) for key in ("disk", "cpu"))
    pager.receive(disk, tls, over, over, unknown, disk, over)
    pager.carry_out()
    pager.receive(Resolve(service_id=CHECKOUT, dedup_key="tls"), over, alert())
    assert pager.audit() == Audit(services=1, decisions=7, differences=[])


SPOILT = {
    "a state that the rules do not lead to": (
        "UPDATE decisions SET after = replace(after, '\"level\":2', '\"level\":1') "
        "WHERE version = 2",
        2,
        "the rules say Unhealthy (incident 1, Level 2)",
    ),
    "a decision that is missing": (
        "DELETE FROM decisions WHERE version = 2",
        3,
        "the version before it is missing",
    ),
    "a page that is missing": (
        "DELETE FROM outbox WHERE idempotency_key = 'checkout-api/1/2/grace@example.com'",
        2,
        "effects: stored a delay of 15 min; the rules say grace@example.com, a delay of 15 min",
    ),
    "a page for somebody else": (
        "UPDATE outbox SET effect = replace(effect, 'grace@', 'mallory@') "
        "WHERE idempotency_key = 'checkout-api/1/2/grace@example.com'",
        2,
        "stored mallory@example.com",
    ),
    "a page with another text": (
        "UPDATE outbox SET effect = replace(effect, 'latency', 'throughput') "
        "WHERE idempotency_key = 'checkout-api/1/2/grace@example.com'",
        2,
        "throughput",
    ),
    "a page of another Level": (
        "UPDATE outbox SET effect = replace(effect, '\"level\":2', '\"level\":3') "
        "WHERE idempotency_key = 'checkout-api/1/2/grace@example.com'",
        2,
        "the rules say",
    ),
    "a page that nobody decided": (
        "INSERT INTO outbox (id, channel, service_id, incident, version, idempotency_key, effect, "
        "attempt, status, detail) SELECT 99, channel, service_id, incident, 9, 'another', effect, "
        "attempt, status, detail FROM outbox "
        "WHERE idempotency_key = 'checkout-api/1/2/grace@example.com'",
        9,
        "there is no such decision for grace@example.com",
    ),
    "a page that was withdrawn without a reason": (
        "UPDATE outbox SET status = 'withdrawn', due_at = NULL "
        "WHERE idempotency_key = 'checkout-api/1/1/ada@example.com'",
        1,
        "withdrawn without a reason: ada@example.com",
    ),
    "another state than was decided": (
        "UPDATE monitored_services SET state = replace(state, '\"level\":2', '\"level\":1')",
        3,
        "is stored as its outcome",
    ),
    "another version than was decided": (
        "UPDATE monitored_services SET version = 2",
        3,
        "it is the last decision",
    ),
    "another incident than was decided": (
        "UPDATE monitored_services SET incident = 9",
        3,
        "incident 9, Unhealthy (incident 1, Level 2, exhausted), is stored as its outcome",
    ),
    "a journal that is missing": (
        "DELETE FROM decisions",
        1,
        "there is no such decision for ada@example.com",
    ),
    "a page that will never be sent": (
        "UPDATE outbox SET due_at = NULL WHERE channel = 'email' AND incident = 1 AND version = 2",
        2,
        "waiting, and due never: grace@example.com",
    ),
    "a page that no relay will find": (
        "UPDATE outbox SET channel = 'none' WHERE channel = 'email' AND version = 2",
        2,
        "stored as another effect than it is: grace@example.com",
    ),
    "something that cannot be read": (
        "UPDATE decisions SET after = '{}' WHERE version = 2",
        0,
        "cannot be read: ",
    ),
    "another policy than it was decided under": (
        "UPDATE policy_edits SET policy = replace(policy, 'grace@', 'mallory@')",
        2,
        "the rules say mallory@example.com",
    ),
    "a policy that it was not decided under": (
        "UPDATE decisions SET policy_edit = NULL WHERE version = 1",
        1,
        "the rules refuse it",
    ),
}


@pytest.mark.parametrize(("spoil", "version", "what"), SPOILT.values(), ids=SPOILT)
def test_an_audit_finds_what_was_changed_behind_the_pagers_back(
    pager: Pager, spoil: str, version: int, what: str
) -> None:
    """At which decision, and what the rules say instead."""
    pager.receive(alert(), timeout(), timeout(level=2))
    assert list(pager.audit().differences) == []
    pager.spoil(spoil)
    [difference] = pager.audit().differences
    assert (difference.service_id, difference.version) == (CHECKOUT, version)
    assert what in difference.what


def test_an_audit_knows_a_policy_that_an_older_pager_wrote_down_in_other_words(
    pager: Pager,
) -> None:
    """What counts is what it says."""
    pager.spoil("UPDATE policy_edits SET policy = replace(policy, 'PT15M', 'PT900S')")
    pager.receive(alert(), timeout())
    [first, _] = [entry for entry in pager.journal.of(CHECKOUT) if isinstance(entry, Decided)]
    assert first.policy == POLICY
    assert list(pager.audit().differences) == []


def test_a_policy_that_was_forgotten_meanwhile_is_read_again(pager: Pager) -> None:
    """A decision is stored with the policy that it was made under, or made again."""
    before = pager.ports.services.load(CHECKOUT)
    decision = decide(before.service, alert(), SHORTER)
    with pytest.raises(ConcurrentUpdate):
        pager.ports.services.save(decision, before.version)
    assert pager.ports.services.load(CHECKOUT).version == 0


# --- How long it is kept -------------------------------------------------------------------

YEAR = timedelta(days=365)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_an_incident_is_forgotten_as_a_whole_once_it_is_old(pager: Pager) -> None:
    """The last incident of a service never is, and neither is what it was decided under."""
    pager.receive(alert())
    pager.carry_out()
    pager.receive(healthy())
    pager.ports.policies.put(SHORTER)
    pager.receive(alert(), healthy())
    pager.carry_out()
    pager.clock.advance(YEAR)
    pager.receive(alert(), healthy())
    pager.carry_out()
    pager.ports.policies.put(POLICY)
    pager.clock.advance(YEAR)
    assert pager.audit().decisions == 6
    forgotten = prune(pager.database, timedelta(days=400), sql_clock(pager.clock))
    assert forgotten > 0
    assert pager.audit() == Audit(services=1, decisions=2, differences=[])
    assert [entry.type for entry in pager.journal.of(CHECKOUT)].count("policy-edit") == 2
    assert pager.journal.of(CHECKOUT, incident=2) == []
    pager.clock.advance(YEAR)
    prune(pager.database, timedelta(days=400), sql_clock(pager.clock))
    assert pager.audit() == Audit(services=1, decisions=2, differences=[])
    assert pager.ports.policies.of(CHECKOUT) == POLICY


def test_what_became_of_the_pages_of_the_last_incident_is_kept(pager: Pager) -> None:
    """Of many attempts the last one, however old: the others would grow for ever."""
    pager.ports.policies.put(POLICY)
    pager.receive(alert())
    for outcome in (Outcome("failed", "451", MINUTE), Outcome("failed", "452", MINUTE)):
        [claim] = pager.ports.outbox.claim("email", 1)
        pager.ports.outbox.settle(claim, outcome)
        pager.clock.advance(2 * MINUTE)
    [claim] = pager.ports.outbox.claim("email", 1)
    pager.ports.outbox.settle(claim, Outcome("sent", "250"))
    pager.clock.advance(YEAR)
    prune(pager.database, DAY, sql_clock(pager.clock))
    kept = [entry for entry in pager.journal.of(CHECKOUT) if isinstance(entry, Attempt)]
    assert [(entry.attempt, entry.detail) for entry in kept] == [(3, "250")]


def test_what_somebody_did_is_forgotten_once_it_is_old(pager: Pager) -> None:
    """Like any other part of the journal."""
    changes = SqlAuditLog(pager.database, sql_clock(pager.clock))
    changes.add("ada@example.com", "API key made", "monitoring")
    pager.clock.advance(DAY)
    changes.add("ada@example.com", "API key revoked", "monitoring")
    pager.clock.advance(DAY)
    prune(pager.database, 2 * DAY - SECOND, sql_clock(pager.clock))
    assert [change.action for change in changes.last(10)] == ["API key revoked"]


@pytest.mark.parametrize(
    ("table", "row", "lasts"),
    [
        ("invitations", "('hash', 1, {now} + 1800000)", timedelta(minutes=30)),
        ("sessions", "('hash', 1, 'a phone', {now}, {now})", 14 * DAY),
        ("failed_logins", "('ada@example.com', 3, {now})", timedelta(hours=1)),
    ],
)
def test_what_nobody_can_come_in_with_any_more_is_forgotten(
    pager: Pager, table: str, row: str, lasts: timedelta
) -> None:
    """However long the journal is kept."""

    def rows() -> int:
        count = f"SELECT count(*) FROM {table}"  # noqa: S608 - a table of this test
        found: int = pager.database.read(lambda one: one.exec_driver_sql(count).scalar_one())
        return found

    pager.spoil(
        "INSERT INTO accounts (id, name, role, created_at) VALUES (1, 'ada', 'engineer', 0)"
    )
    now = milliseconds(pager.clock.now)
    pager.spoil(f"INSERT INTO {table} VALUES {row.format(now=now)}")  # noqa: S608 - as above
    pager.clock.advance(lasts)
    prune(pager.database, YEAR, sql_clock(pager.clock))
    assert rows() == 1
    pager.clock.advance(SECOND)
    assert prune(pager.database, YEAR, sql_clock(pager.clock)) == 1
    assert rows() == 0
