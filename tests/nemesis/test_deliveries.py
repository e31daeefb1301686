"""The comparison finds a page that is lost, doubled or made up, and forgives what is documented."""

from collections.abc import Sequence
from itertools import islice
from math import inf
from typing import get_args

import pytest

from nemesis.deliveries import Attempt, Deliveries, Email
from nemesis.plan import OF_A_NODE, Fault, Kind, PastFault, plan
from nemesis.test_history import ALERT, API, BY_ADA, HEALTHY, TIMEOUT, journal
from pager.decide import Decision
from pager.messages import Message

ADA = f"{API}/1/1/ada@example.com"
GRACE = f"{API}/1/2/grace@example.com"


def email(at: float, key: str = ADA, message_id: str = "<1@example.com>") -> Email:
    """A page from node 1."""
    return Email(at, "node-1", key, message_id, ALERT.message)


def sent(at: float, key: str = ADA) -> Attempt:
    """A note of one."""
    return Attempt(key, "sent", at)


WITHDRAWN = Attempt(ADA, "withdrawn", 30)
SENT = sent(1.5)
KILLED = PastFault("a node is killed", "node-1", 2, 3)
DATABASE = PastFault("the database is killed", None, 2, 3)
FROZEN = PastFault("a node is frozen", "node-1", 2, 3)


def found(
    changes: Sequence[Decision],
    attempts: Sequence[Attempt],
    emails: Sequence[Email],
    *past_faults: PastFault,
    answered: float = inf,
) -> str:
    """What is wrong with it. `answered`: when somebody was told so of incident 1."""
    pages = Deliveries(changes, attempts, emails, past_faults, {1: answered})
    return "\n".join(pages.violations())


def test_each_page_once_is_right() -> None:
    """Of both Levels."""
    attempts = [SENT, Attempt(GRACE, "failed", 2), sent(3, GRACE)]
    emails = [email(1), email(2, GRACE, "<2@example.com>")]
    assert not found(journal(ALERT, TIMEOUT), attempts, emails)


def test_a_lost_page() -> None:
    """It was decided, and did not arrive; whether or not the journal says that it was sent."""
    assert "lost" in found(journal(ALERT), [], [])
    assert "lost" in found(journal(ALERT), [Attempt(ADA, "failed", 1)], [])
    assert "never arrived" in found(journal(ALERT), [SENT], [])


@pytest.mark.parametrize("answer", [BY_ADA, HEALTHY])
def test_a_page_may_be_withdrawn_by_an_answer(answer: Message) -> None:
    """And by nothing else: not by an answer that was decided and is not in the journal."""
    assert not found(journal(ALERT, answer), [WITHDRAWN], [])
    assert "lost" in found(journal(ALERT), [WITHDRAWN], [])
    assert "lost" in found(journal(ALERT, answer), [], [])


def test_a_page_that_nobody_decided() -> None:
    """It arrived all the same."""
    emails = [email(1), email(2, GRACE, "<2@example.com>")]
    assert "nobody decided it" in found(journal(ALERT), [SENT], emails)


def test_an_email_without_its_note_needs_a_reason() -> None:
    """Its node was killed before it could note it."""
    twice = [email(2.5), email(9)]
    assert "was not noted" in found(journal(ALERT), [sent(10)], twice)
    assert not found(journal(ALERT), [sent(10)], twice, KILLED)


@pytest.mark.parametrize(
    "past_fault",
    [
        KILLED._replace(began=6, ended=7),  # it had the time to note it
        KILLED._replace(began=0, ended=1),  # it is another start that sent it
        KILLED._replace(node="node-2"),
        FROZEN._replace(node="node-2"),
        FROZEN._replace(began=6),
        *(PastFault(kind, None, 2, 15) for kind in get_args(Kind) if kind not in OF_A_NODE),
    ],
)
def test_nothing_else_explains_an_email_without_its_note(past_fault: PastFault) -> None:
    """A node that lives insists: it has noted what it sent, in the end."""
    twice = [email(2.5), email(16)._replace(node="node-3")]
    assert "was not noted" in found(journal(ALERT), [sent(16)], twice, past_fault)


def test_killed_while_it_insists() -> None:
    """The database was away when it would have noted the first, and it did not live till then."""
    twice, killed = [email(2.5), email(20)], KILLED._replace(began=11, ended=12)
    away = DATABASE._replace(ended=10)
    assert not found(journal(ALERT), [sent(21)], twice, away, killed)
    assert "was not noted" in found(journal(ALERT), [sent(21)], twice, killed)
    later = killed._replace(began=14, ended=15)
    assert "was not noted" in found(journal(ALERT), [sent(21)], twice, away, later)


@pytest.mark.parametrize(
    "past_fault",
    [
        DATABASE,
        FROZEN,
        PastFault("the network stalls", "node-1", 2, 15),
        PastFault("connections are refused", None, 2, 15),
        FROZEN._replace(node="node-2"),  # it may hold what the note needs
    ],
)
def test_a_late_note_needs_a_reason(past_fault: PastFault) -> None:
    """Something hindered it from the moment at which the first page arrived until almost then."""
    twice, late = [email(2.5), email(15)], [sent(15.5), sent(16)]
    hindered = past_fault._replace(ended=15)
    assert not found(journal(ALERT), late, twice, hindered)
    assert "nothing hindered" in found(journal(ALERT), late, twice)
    for began, ended in ((0, 1), (2, 5), (6, 15)):
        other = past_fault._replace(node=None, began=began, ended=ended)
        assert "nothing hindered" in found(journal(ALERT), late, twice, other)


@pytest.mark.parametrize(
    "past_fault",
    [
        PastFault("answers are lost", None, 2, 15),  # but what they answer was done
        PastFault("connections are refused", "node-2", 2, 15),
        KILLED._replace(node="node-2", ended=15),
    ],
)
def test_what_does_not_make_a_note_late(past_fault: PastFault) -> None:
    """Nothing that kept its node, which lives, from the database."""
    twice, late = [email(2.5), email(15)], [sent(15.5), sent(16)]
    assert "nothing hindered" in found(journal(ALERT), late, twice, past_fault)


def test_a_connection_that_was_cut_is_a_short_hindrance() -> None:
    """Its node may connect again at once."""
    twice, cut = [email(2.5), email(9)], PastFault("connections are cut", "node-1", 4, 4)
    assert not found(journal(ALERT), [sent(6), sent(9)], [email(2.5), email(6)], cut)
    assert "nothing hindered" in found(journal(ALERT), [sent(9), sent(9)], twice, cut)


def test_what_was_noted_is_not_sent_again() -> None:
    """But by a node that was halted after it had made sure that the page was to be sent."""
    twice, noted = [email(9), email(16)._replace(node="node-2")], [sent(9.5), sent(16.5)]
    halted = PastFault("a node is frozen", "node-2", 4, 15)
    assert not found(journal(ALERT), noted, twice, halted)
    for past_fault in (
        KILLED,
        DATABASE._replace(ended=15),
        halted._replace(node="node-1"),
        halted._replace(ended=13),
        halted._replace(began=13),
    ):
        assert "noted long before" in found(journal(ALERT), noted, twice, past_fault)


def test_an_answer_of_the_mail_server_that_came_too_late_explains_a_second_page() -> None:
    """The journal has it that nobody knew; or its node was asleep when the answer came."""
    unknown = Attempt(ADA, "unknown", 1.5)
    assert not found(journal(ALERT), [unknown, sent(9.5)], [email(1), email(9)])
    assert not found(journal(ALERT, BY_ADA), [unknown, WITHDRAWN], [email(1)])
    thrice = [email(1), email(9), email(9.2)]
    assert "was not noted" in found(journal(ALERT), [unknown, sent(9.5)], thrice)
    elsewhere = email(9)._replace(node="node-2")
    frozen = FROZEN._replace(ended=11)
    assert not found(journal(ALERT), [sent(9.5)], [email(2.5), elsewhere], frozen)


@pytest.mark.parametrize("seed", range(5))
def test_most_moments_of_a_storm_excuse_nothing(seed: int) -> None:
    """Else a page could be doubled at any time, and there would be an excuse at hand."""
    began, past_faults = 0.0, []
    for steps in islice(plan(seed, 3, 6), 20):
        for step in steps:
            past_faults += [
                PastFault(fault.kind, node_of(fault), began, began + step.lasts)
                for fault in step.faults
            ]
            began += step.lasts + step.then
    moments = [moment * 0.5 for moment in range(int(began / 0.5))]
    excused = [
        moment
        for moment in moments
        if "not noted"
        not in found(journal(ALERT, BY_ADA), [WITHDRAWN], [email(moment)], *past_faults)
    ]
    assert len(excused) < len(moments) / 2


def node_of(fault: Fault) -> str | None:
    """Its name."""
    return None if fault.node is None else f"node-{fault.node + 1}"


def test_a_second_page_is_recognisable() -> None:
    """By its Message-ID, which no other page has."""
    other = email(5, message_id="<2@example.com>")
    assert "two Message-IDs" in found(journal(ALERT), [SENT], [email(1), other], KILLED)
    same = [email(1), email(2, GRACE)]
    attempts = [SENT, sent(2, GRACE)]
    assert "has the Message-ID of" in found(journal(ALERT, TIMEOUT), attempts, same)


def test_a_page_that_arrived_may_be_unknown_to_the_journal_for_a_reason() -> None:
    """Its node was killed before it could note it, and meanwhile somebody answered."""
    acknowledged = journal(ALERT, BY_ADA)
    assert not found(acknowledged, [WITHDRAWN], [email(1)], KILLED)
    assert "was not noted" in found(acknowledged, [WITHDRAWN], [email(1)])
    assert "lost; 1 arrived" in found(journal(ALERT), [], [email(1)], KILLED)


def test_a_page_long_after_the_answer() -> None:
    """Its node was not held up after it had made sure that the page was wanted."""
    acknowledged = journal(ALERT, BY_ADA)
    assert not found(acknowledged, [sent(3)], [email(3)], answered=2)
    assert "still sent" in found(acknowledged, [sent(20)], [email(20)], DATABASE, answered=2)
    frozen = PastFault("a node is frozen", "node-1", 1, 19)
    assert not found(acknowledged, [sent(20)], [email(20)], frozen, answered=2)
    assert not found(
        acknowledged,
        [sent(20)],
        [email(20)],
        PastFault("the network stalls", None, 1, 19),
        answered=2,
    )
    other = frozen._replace(node="node-2")
    assert "still sent" in found(acknowledged, [sent(20)], [email(20)], other, answered=2)


def test_a_page_that_says_something_else() -> None:
    """It says what the Alert said that opened the incident."""
    other = email(1)._replace(message="all is well")
    assert "does not say" in found(journal(ALERT), [SENT], [other])


def test_what_is_counted() -> None:
    """One that came twice, one that was withdrawn."""
    attempts = [sent(5), Attempt(GRACE, "withdrawn", 6)]
    pages = Deliveries(
        journal(ALERT, TIMEOUT, BY_ADA), attempts, [email(1), email(5)], [KILLED], {}
    )
    assert not list(pages.violations())
    assert (pages.decided, pages.arrived, pages.doubled, pages.withdrawn) == (2, 1, 1, 1)
