"""The comparison finds a page that is lost, doubled or made up, and forgives what is documented."""

from collections.abc import Sequence
from math import inf
from typing import get_args

import pytest

from nemesis.deliveries import Attempt, Deliveries, Email
from nemesis.plan import OF_A_NODE, Kind, Trouble
from nemesis.test_history import ALERT, API, BY_ADA, HEALTHY, TIMEOUT, journal
from pager.decide import Decision
from pager.messages import Message

ADA = f"{API}/1/1/ada@example.com"
GRACE = f"{API}/1/2/grace@example.com"


def email(at: float, key: str = ADA, message_id: str = "<1@example.com>") -> Email:
    """A page from node 1."""
    return Email(at, "node-1", key, message_id, ALERT.message)


SENT = Attempt(ADA, "sent")
WITHDRAWN = Attempt(ADA, "withdrawn")
KILLED = Trouble("a node is killed", "node-1", 2, 3)
DATABASE = Trouble("the database is killed", None, 2, 3)
FROZEN = Trouble("a node is frozen", "node-1", 2, 3)


def found(
    changes: Sequence[Decision],
    attempts: Sequence[Attempt],
    emails: Sequence[Email],
    *troubles: Trouble,
    answered: float = inf,
) -> str:
    """What is wrong with it. `answered`: when somebody was told so of incident 1."""
    pages = Deliveries(changes, attempts, emails, troubles, {1: answered})
    return "\n".join(pages.violations())


def test_each_page_once_is_right() -> None:
    """Of both Levels."""
    sent = [SENT, Attempt(GRACE, "failed"), Attempt(GRACE, "sent")]
    emails = [email(1), email(2, GRACE, "<2@example.com>")]
    assert not found(journal(ALERT, TIMEOUT), sent, emails)


def test_a_lost_page() -> None:
    """It was decided, and did not arrive; whether or not the journal says that it was sent."""
    assert "lost" in found(journal(ALERT), [], [])
    assert "lost" in found(journal(ALERT), [Attempt(ADA, "failed")], [])
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
    assert "was not noted" in found(journal(ALERT), [SENT], twice)
    assert not found(journal(ALERT), [SENT], twice, KILLED)


@pytest.mark.parametrize(
    "trouble",
    [
        KILLED._replace(began=6, ended=7),  # it had the time to note it
        KILLED._replace(began=0, ended=1),  # it is another start that sent it
        KILLED._replace(node="node-2"),
        FROZEN._replace(node="node-2"),
        FROZEN._replace(began=6, ended=15),
        *(
            Trouble(kind, None, 2, 15)  # it insists: then all are noted, however late
            for kind in get_args(Kind)
            if kind not in OF_A_NODE
        ),
    ],
)
def test_nothing_else_explains_an_email_without_its_note(trouble: Trouble) -> None:
    """Whatever goes wrong: a node that lives has noted what it sent, in the end."""
    twice = [email(2.5), email(9)._replace(node="node-3")]
    assert "was not noted" in found(journal(ALERT), [SENT], twice, trouble)


def test_killed_while_it_insists() -> None:
    """The database was away when it would have noted the first, and it did not live till then."""
    twice = [email(2.5), email(20)]
    away, killed = DATABASE._replace(ended=10), KILLED._replace(began=11, ended=12)
    assert not found(journal(ALERT), [SENT], twice, away, killed)
    assert "was not noted" in found(journal(ALERT), [SENT], twice, killed)
    assert "was not noted" in found(
        journal(ALERT), [SENT], twice, away, killed._replace(began=14, ended=15)
    )


@pytest.mark.parametrize(
    "trouble",
    [
        DATABASE,
        FROZEN,
        Trouble("the network stalls", "node-1", 2, 15),
        Trouble("connections are refused", None, 2, 15),
    ],
)
def test_a_second_page_that_was_noted_needs_a_reason_too(trouble: Trouble) -> None:
    """The note of the first was late: something hindered it, almost until the second came."""
    twice, noted = [email(2.5), email(16)], [SENT, SENT]
    assert not found(journal(ALERT), noted, twice, trouble._replace(ended=15))
    assert "nothing explains it" in found(journal(ALERT), noted, twice)
    for began, ended in ((0, 1), (2, 5), (10, 15)):
        other = trouble._replace(began=began, ended=ended)
        assert "nothing explains it" in found(journal(ALERT), noted, twice, other)


@pytest.mark.parametrize("kind", ["answers are lost", "a node is killed"])
def test_what_does_not_make_a_note_late(kind: Kind) -> None:
    """A commit whose answer is lost was made; and a node that was killed notes nothing later."""
    trouble = Trouble(kind, "node-2", 2, 15)
    assert "nothing explains it" in found(
        journal(ALERT), [SENT, SENT], [email(2.5), email(16)], trouble
    )


def test_a_node_that_was_halted_between_making_sure_and_sending() -> None:
    """Another one has sent the page meanwhile, and noted it at once."""
    late = email(16)._replace(node="node-2")
    frozen = FROZEN._replace(node="node-2", ended=15)
    assert not found(journal(ALERT), [SENT, SENT], [email(9), late], frozen)
    ended_long_before = frozen._replace(ended=10)
    assert "nothing explains it" in found(
        journal(ALERT), [SENT, SENT], [email(9), late], ended_long_before
    )


def test_an_answer_of_the_mail_server_that_came_too_late_explains_a_second_page() -> None:
    """The journal has it that nobody knew; or its node was asleep when the answer came."""
    unknown = Attempt(ADA, "unknown")
    assert not found(journal(ALERT), [unknown, SENT], [email(1), email(9)])
    assert not found(journal(ALERT, BY_ADA), [unknown, WITHDRAWN], [email(1)])
    assert "was not noted" in found(
        journal(ALERT), [unknown, SENT], [email(1), email(9), email(20)]
    )
    assert not found(journal(ALERT), [SENT], [email(2.5), email(9)], FROZEN._replace(ended=9))


def test_a_second_page_is_recognisable() -> None:
    """By its Message-ID, which no other page has."""
    other = email(9, message_id="<2@example.com>")
    assert "two Message-IDs" in found(journal(ALERT), [SENT], [email(1), other], KILLED)
    same = [email(1), email(2, GRACE)]
    sent = [SENT, Attempt(GRACE, "sent")]
    assert "has the Message-ID of" in found(journal(ALERT, TIMEOUT), sent, same)


def test_a_page_that_arrived_may_be_unknown_to_the_journal_for_a_reason() -> None:
    """Its node was killed before it could note it, and meanwhile somebody answered."""
    acknowledged = journal(ALERT, BY_ADA)
    assert not found(acknowledged, [WITHDRAWN], [email(1)], KILLED)
    assert "was not noted" in found(acknowledged, [WITHDRAWN], [email(1)])
    assert "lost; 1 arrived" in found(journal(ALERT), [], [email(1)], KILLED)


def test_a_page_long_after_the_answer() -> None:
    """Its node was not held up after it had made sure that the page was wanted."""
    acknowledged = journal(ALERT, BY_ADA)
    assert not found(acknowledged, [SENT], [email(3)], answered=2)
    assert "still sent" in found(acknowledged, [SENT], [email(20)], DATABASE, answered=2)
    frozen = Trouble("a node is frozen", "node-1", 1, 19)
    assert not found(acknowledged, [SENT], [email(20)], frozen, answered=2)
    assert not found(
        acknowledged, [SENT], [email(20)], Trouble("the network stalls", None, 1, 19), answered=2
    )
    other = frozen._replace(node="node-2")
    assert "still sent" in found(acknowledged, [SENT], [email(20)], other, answered=2)


def test_a_page_that_says_something_else() -> None:
    """It says what the Alert said that opened the incident."""
    other = email(1)._replace(message="all is well")
    assert "does not say" in found(journal(ALERT), [SENT], [other])


def test_what_is_counted() -> None:
    """One that came twice, one that was withdrawn."""
    attempts = [SENT, Attempt(GRACE, "withdrawn")]
    pages = Deliveries(
        journal(ALERT, TIMEOUT, BY_ADA), attempts, [email(1), email(5)], [KILLED], {}
    )
    assert not list(pages.violations())
    assert (pages.decided, pages.arrived, pages.doubled, pages.withdrawn) == (2, 1, 1, 1)
