"""The comparison finds a page that is lost, doubled or made up, and forgives what is documented."""

from collections.abc import Sequence
from math import inf

import pytest

from nemesis.deliveries import Attempt, Deliveries, Email
from nemesis.plan import Trouble
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
OTHER_KILLED = Trouble("a node is killed", "node-2", 2, 3)
OTHER_FROZEN = Trouble("a node is frozen", "node-2", 2, 3)


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


@pytest.mark.parametrize("trouble", [KILLED, DATABASE, OTHER_FROZEN])
def test_a_second_page_needs_a_reason(trouble: Trouble) -> None:
    """Something that kept the first from being noted, before the second came."""
    twice = [email(2.5), email(5)]
    assert not found(journal(ALERT), [SENT], twice, trouble)
    before, after = trouble._replace(began=0, ended=1), trouble._replace(began=6, ended=7)
    assert "nothing explains it" in found(journal(ALERT), [SENT], twice, before, after)


def test_an_answer_of_the_mail_server_that_came_too_late_explains_a_second_page() -> None:
    """The journal has it that nobody knew."""
    unknown = Attempt(ADA, "unknown")
    assert not found(journal(ALERT), [unknown, SENT], [email(1), email(5)])
    assert not found(journal(ALERT, BY_ADA), [unknown, WITHDRAWN], [email(1)])


def test_another_node_that_was_killed_explains_nothing() -> None:
    """It was not the one that sent the first."""
    assert "nothing explains it" in found(
        journal(ALERT), [SENT], [email(1), email(5)], OTHER_KILLED
    )


def test_a_second_page_is_recognisable() -> None:
    """By its Message-ID, which no other page has."""
    other = email(5, message_id="<2@example.com>")
    assert "two Message-IDs" in found(journal(ALERT), [SENT], [email(1), other], KILLED)
    same = [email(1), email(2, GRACE)]
    sent = [SENT, Attempt(GRACE, "sent")]
    assert "has the Message-ID of" in found(journal(ALERT, TIMEOUT), sent, same)


def test_a_page_that_arrived_may_be_unknown_to_the_journal_for_a_reason() -> None:
    """Its node was killed before it could note it, and meanwhile somebody answered."""
    acknowledged = journal(ALERT, BY_ADA)
    assert not found(acknowledged, [WITHDRAWN], [email(1)], KILLED)
    assert "for no reason" in found(acknowledged, [WITHDRAWN], [email(1)])
    assert "neither that nor its end" in found(journal(ALERT), [], [email(1)], KILLED)


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
