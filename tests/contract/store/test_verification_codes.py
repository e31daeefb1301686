"""Verification codes in either database: a code counts once, and tries count although they fail."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from databases import SharedDatabase, sql_clock
from pager import EmailTarget, SmsTarget
from pager.access.verification_codes import (
    LIFETIME,
    LONGEST_WINDOW,
    MOST_TRIES,
    CodeIsOver,
    TooManyCodes,
    WrongCode,
)
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import verification_codes
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.verification_codes import SqlVerificationCodes
from pager.adapters.store.upkeep.retention import prune
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.people import ContactMethod, Person
from pager.oncall.verification import NotReachedThere
from pager.testing import Clock
from pager.testing.contract.store import at_once

ADA, MAIL, PHONE = "Ada Lovelace", "ada@example.com", "+33612345678"
METHODS = (
    ContactMethod(target=EmailTarget(address=MAIL)),
    ContactMethod(target=SmsTarget(phone_number=PHONE)),
)
GRACE = "grace@example.com"


@pytest.fixture
def clock() -> Clock:
    """Moved by hand."""
    return Clock()


@pytest.fixture
def database(either_database: Database, clock: Clock) -> Database:
    """Ada is in it, with an address and a number."""
    SqlOnCall(either_database, sql_clock(clock)).put(Person(name=ADA, contact_methods=METHODS))
    return either_database


@pytest.fixture
def codes(database: Database, clock: Clock) -> SqlVerificationCodes:
    """The codes of one node."""
    return SqlVerificationCodes(database, sql_clock(clock))


@pytest.fixture
def nodes(
    shared: SharedDatabase, database: Database, clock: Clock
) -> Iterator[list[SqlVerificationCodes]]:
    """Two of them on a database that can be shared, otherwise the only one twice."""
    if database.serves_alone:
        yield [SqlVerificationCodes(database, sql_clock(clock))] * 2
        return
    with closing(Database(shared.url)) as other:
        yield [SqlVerificationCodes(each, sql_clock(clock)) for each in (database, other)]


def verified(database: Database) -> list[str]:
    """Where it is known that Ada is reached."""
    person = SqlOnCall(database).versioned(Person, ADA).entry
    assert person is not None
    return [method.target.key for method in person.contact_methods if method.verified]


def another(code: str) -> str:
    """A code that it is not."""
    return "000000" if code != "000000" else "111111"


def test_the_code_marks_the_method_and_the_history_says_so(
    codes: SqlVerificationCodes, database: Database
) -> None:
    """By whom it was typed; no other method is marked."""
    codes.verify("ada", ADA, MAIL, codes.make(GRACE, ADA, MAIL))
    assert verified(database) == [MAIL]
    last, _ = SqlOnCall(database).history(Person, ADA, 2)
    assert (last.author, last.note) == ("ada", "ada@example.com verified")


def test_a_code_is_not_stored_as_it_is(codes: SqlVerificationCodes, database: Database) -> None:
    """Nor is its hash that of the same code elsewhere."""
    code = codes.make(GRACE, ADA, MAIL)
    query = select(verification_codes)
    [row] = database.read(lambda connection: connection.execute(query).mappings().all())
    assert code not in " ".join(map(str, row.values()))
    assert len(row["salt"]) == 43


def test_a_code_is_for_one_method(codes: SqlVerificationCodes, database: Database) -> None:
    """That of the address does not verify the number."""
    code = codes.make(GRACE, ADA, MAIL)
    with pytest.raises(CodeIsOver):
        codes.verify("ada", ADA, PHONE, code)
    assert verified(database) == []


def test_a_code_lasts_a_quarter_of_an_hour(codes: SqlVerificationCodes, clock: Clock) -> None:
    """By the clock of the database."""
    code = codes.make(GRACE, ADA, MAIL)
    clock.advance(LIFETIME - timedelta(milliseconds=1))
    assert codes.awaited(ADA) == {MAIL}
    clock.advance(timedelta(milliseconds=1))
    assert codes.awaited(ADA) == frozenset()
    with pytest.raises(CodeIsOver):
        codes.verify("ada", ADA, MAIL, code)


def test_after_five_wrong_ones_the_right_one_is_over(
    codes: SqlVerificationCodes, database: Database
) -> None:
    """And a new code has tries of its own."""
    code = codes.make(GRACE, ADA, MAIL)
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCode) as caught:
            codes.verify("eve", ADA, MAIL, another(code))
        assert caught.value.left == left
    with pytest.raises(CodeIsOver):
        codes.verify("eve", ADA, MAIL, another(code))
    assert codes.awaited(ADA) == frozenset()
    with pytest.raises(CodeIsOver):
        codes.verify("ada", ADA, MAIL, code)
    codes.verify("ada", ADA, MAIL, codes.make(GRACE, ADA, MAIL))
    assert verified(database) == [MAIL]


def test_a_new_code_ends_the_one_before(codes: SqlVerificationCodes) -> None:
    """The last one that came is the one that works."""
    first, second = codes.make(GRACE, ADA, MAIL), codes.make(GRACE, ADA, MAIL)
    if first != second:
        with pytest.raises(WrongCode):
            codes.verify("ada", ADA, MAIL, first)
    codes.verify("ada", ADA, MAIL, second)


def test_a_second_press_does_no_harm(codes: SqlVerificationCodes, database: Database) -> None:
    """It is verified already, and there is no second edit in the history."""
    code = codes.make(GRACE, ADA, MAIL)
    for _ in range(3):
        codes.verify("ada", ADA, MAIL, code)
    assert len(SqlOnCall(database).history(Person, ADA, 10)) == 2


def test_a_code_counts_once(codes: SqlVerificationCodes, database: Database, clock: Clock) -> None:
    """Once the address was taken out and put back, its old code verifies nothing."""
    code = codes.make(GRACE, ADA, MAIL)
    codes.verify("ada", ADA, MAIL, code)
    people = SqlOnCall(database, sql_clock(clock))
    people.put(Person(name=ADA, contact_methods=METHODS))
    with pytest.raises(CodeIsOver):
        codes.verify("ada", ADA, MAIL, code)
    assert verified(database) == []


def test_an_address_that_was_changed_meanwhile_is_not_verified(
    codes: SqlVerificationCodes, database: Database, clock: Clock
) -> None:
    """Nor the one that came in its place; and strangers get no codes."""
    code = codes.make(GRACE, ADA, MAIL)
    SqlOnCall(database, sql_clock(clock)).put(Person(name=ADA, contact_methods=METHODS[1:]))
    with pytest.raises(NotReachedThere):
        codes.verify("ada", ADA, MAIL, code)
    with pytest.raises(NotReachedThere):
        codes.make(GRACE, ADA, "eve@example.com")
    with pytest.raises(NobodyOfThatName):
        codes.make(GRACE, "Eve", MAIL)
    SqlOnCall(database, sql_clock(clock)).remove(Person, ADA)
    with pytest.raises(NobodyOfThatName):
        codes.verify("ada", ADA, MAIL, code)


def test_an_address_gets_three_codes_in_ten_minutes(
    codes: SqlVerificationCodes, clock: Clock
) -> None:
    """Whoever asks; and the wait goes by the clock of the database."""
    for author in ("ada", "grace", "linus"):
        codes.make(author, ADA, MAIL)
    with pytest.raises(TooManyCodes, match="in 10 min"):
        codes.make("edsger", ADA, MAIL)
    codes.make("edsger", ADA, PHONE)
    clock.advance(timedelta(minutes=10))
    codes.make("edsger", ADA, MAIL)


def test_of_many_at_once_three_are_made(nodes: list[SqlVerificationCodes]) -> None:
    """Whichever node they ask."""
    results = at_once([partial(node.make, GRACE, ADA, MAIL) for node in nodes * 6])
    assert sum(isinstance(result, str) for result in results) == 3
    assert sum(isinstance(result, TooManyCodes) for result in results) == 9


def test_of_many_tries_at_once_five_count(
    nodes: list[SqlVerificationCodes], database: Database
) -> None:
    """Nobody has more of them by asking two nodes."""
    wrong = another(nodes[0].make(GRACE, ADA, MAIL))
    results = at_once([partial(node.verify, "eve", ADA, MAIL, wrong) for node in nodes * 10])
    assert sum(isinstance(result, WrongCode) for result in results) == MOST_TRIES - 1
    assert sum(isinstance(result, CodeIsOver) for result in results) == 20 - MOST_TRIES + 1
    assert verified(database) == []


def test_a_code_that_is_typed_twice_at_once_is_one_edit(
    nodes: list[SqlVerificationCodes], database: Database
) -> None:
    """On two nodes, and both are told that it is verified."""
    code = nodes[0].make(GRACE, ADA, MAIL)
    results = at_once([partial(node.verify, "ada", ADA, MAIL, code) for node in nodes])
    assert results == [None, None]
    assert len(SqlOnCall(database).history(Person, ADA, 10)) == 2


def test_what_no_limit_counts_any_more_is_deleted(
    codes: SqlVerificationCodes, database: Database, clock: Clock
) -> None:
    """An hour later, whatever the retention is."""
    codes.make(GRACE, ADA, MAIL)
    clock.advance(LONGEST_WINDOW)
    assert prune(database, timedelta(days=90), sql_clock(clock)) == 0
    clock.advance(timedelta(milliseconds=1))
    assert prune(database, timedelta(days=90), sql_clock(clock)) == 1
