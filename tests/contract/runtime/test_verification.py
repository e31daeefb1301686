"""Properties verified in a process of its own, and what is found recorded."""

import asyncio
import signal
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Never

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from contract.store.on_call_entries import ADA, GRACE, NIGHTS, shared, use
from pager import EmailTarget, EscalationPolicy, Level
from pager.adapters.runtime.pools import Pool
from pager.adapters.runtime.verification.changes import with_edit
from pager.adapters.runtime.verification.drafts import Verified, verified, verified_in
from pager.adapters.runtime.verification.process import OUT_OF_TIME, ask
from pager.adapters.runtime.verification.questions import (
    MOST_TOLD,
    Question,
    Unclear,
    answers,
    is_worse,
)
from pager.adapters.runtime.verification.recording import verify_all
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import SqlVerdicts
from pager.configuration.configuration import Configuration
from pager.configuration.properties import Properties
from pager.oncall.directory import directory_of
from pager.oncall.policies import PersonTarget, ScheduleTarget
from pager.oncall.schedules import Layer, Schedule
from pager.verify import Verdict, Violation

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
SECONDS = timedelta(seconds=30)
EMPTY, WITHIN = "no Level is empty", "somebody is reached within 10 minutes"
NOBODY_ON_CALL = Schedule(name="Nights", time_zone="Europe/Paris")
ON_CALL = shared(ScheduleTarget(name="Nights"), name="Orders")


def orders_db(schedule: Schedule) -> Configuration:
    """Whoever is on call in that schedule is paged."""
    return Configuration(
        directory_of([ADA, GRACE, schedule, ON_CALL]), {"orders-db": use("orders-db", "Orders")}
    )


def question(*sentences: str, before: Configuration | None = None) -> Question:
    """Whether they hold where nobody is on call."""
    return Question(orders_db(NOBODY_ON_CALL), sentences, NOON, NOON + MONTH, before)


def outcome(answer: Verdict | Unclear) -> str:
    """What is found."""
    if isinstance(answer, Unclear):
        return answer.why
    return "holds" if answer.holds else "violated"


def test_a_process_answers_as_the_domain_does() -> None:
    """Each property by itself: one that is not known spoils no other."""
    asked = question(EMPTY, "nobody is ever tired", "search-api: no Level is empty", WITHIN)
    found = ask(asked, SECONDS)
    assert found == list(answers(asked))
    first, *unclear, last = map(outcome, found)
    assert (first, last) == ("violated", "violated")
    assert "no property that Pager knows" in unclear[0]
    assert "no service called 'search-api'" in unclear[1]


def test_a_property_about_nobody_is_unclear() -> None:
    """It holds of nothing: the same sentence as `pager verify` has."""
    asked = Question(Configuration(), (EMPTY,), NOON, NOON + MONTH)
    [found] = answers(asked)
    assert outcome(found) == (
        f"“{EMPTY}” is about nothing that is in this configuration, so it says nothing."
    )
    [of_a_draft] = answers(asked._replace(before=Configuration()))
    assert outcome(of_a_draft) == "holds"  # nothing of it gets worse


class Unforeseen(Configuration):
    """A configuration that nobody has foreseen: whoever reads it meets a fault of the program."""

    @property
    def fallback(self) -> Never:
        """Nobody has thought of it."""
        raise ValueError("that\nwas not foreseen")


def test_what_would_be_too_much_to_try_was_not_verified() -> None:
    """Whoever saves it is told, and so is the history; of what means nothing there is no news."""
    hourly = NIGHTS.layers[0].rotations[0].model_copy(update={"shift_length": HOUR})
    layers = (Layer(rotations=(hourly,)),)
    schedules = [
        NIGHTS.model_copy(update={"name": f"{NIGHTS.name} {number}", "layers": layers})
        for number in range(25)
    ]
    before = question(WITHIN, "nobody is ever tired").configuration
    after = before._replace(directory=directory_of([*before.directory.entries, *schedules]))
    asked = Question(after, (WITHIN, "nobody is ever tired"), NOON, NOON + 13 * MONTH, before)
    too_much, unknown = answers(asked)
    assert isinstance(too_much, Unclear)
    assert isinstance(unknown, Unclear)
    assert (too_much.was_verified, unknown.was_verified) == (False, True)
    assert "200,000" in too_much.why


def test_a_fault_of_the_program_is_said_of_each_property() -> None:
    """It was not verified, and why."""
    unforeseen = Unforeseen(*orders_db(NIGHTS))
    for asked in (
        Question(unforeseen, (EMPTY,), NOON, NOON + MONTH),
        Question(orders_db(NOBODY_ON_CALL), (EMPTY,), NOON, NOON + MONTH, unforeseen),
    ):
        [found] = answers(asked)
        assert found == Unclear(
            EMPTY,
            "It could not be verified, because Pager has a fault: "
            "ValueError: that was not foreseen.",
            was_verified=False,
        )


class Deadly:
    """What ends whoever reads it, as the system does where there is no memory left."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        """The process that unpickles it kills itself."""
        return signal.raise_signal, (signal.SIGKILL,)


class Unpicklable:
    """What no process can be told."""

    def __reduce__(self) -> Never:
        """It fails."""
        raise TypeError("that cannot be told")


@pytest.mark.parametrize(
    ("in_the_way", "reason"),
    [
        (Deadly(), "the process that verifies has ended too early, with status -9"),
        (Unpicklable(), "its process could not be asked: TypeError: that cannot be told"),
    ],
)
def test_a_process_that_dies_has_verified_nothing(in_the_way: object, reason: str) -> None:
    """Why is said of each property; whoever asks is not harmed."""
    asked = question(EMPTY)._replace(gives_way=in_the_way)  # type: ignore[arg-type]  # on purpose
    why = f"It could not be verified, because {reason}."
    assert ask(asked, SECONDS) == [Unclear(EMPTY, why, was_verified=False)]


def test_of_thousands_of_violations_only_the_first_are_told_in_full() -> None:
    """The others are counted, and told apart."""
    policies = {
        f"service-{number}": EscalationPolicy(
            service_id=f"service-{number}",
            levels=(Level(targets=(EmailTarget(address=f"a{number}@example.com"),)),),
        )
        for number in range(MOST_TOLD + 1)
    }
    asked = question("somebody is reached by SMS within 10 minutes")
    asked = asked._replace(configuration=Configuration(policies=policies))
    [found] = answers(asked)
    assert isinstance(found, Verdict)
    assert len(found.violations) == MOST_TOLD + 1
    assert [bool(one.timeline) for one in found.violations] == [True] * MOST_TOLD + [False]


def test_what_takes_too_long_is_ended() -> None:
    """It is said of each property that is not verified by then."""
    found = ask(question(EMPTY, WITHIN), timedelta(0))
    assert found == [
        Unclear(sentence, OUT_OF_TIME, was_verified=False) for sentence in (EMPTY, WITHIN)
    ]


def test_it_ends_where_the_server_is_to_stop() -> None:
    """At once."""
    stopping = threading.Event()
    stopping.set()
    [found] = ask(question(EMPTY), SECONDS, stopping)
    assert outcome(found) == OUT_OF_TIME


def test_only_what_is_new_counts_against_a_configuration_before() -> None:
    """The same violation before is no news."""
    assert [outcome(one) for one in answers(question(EMPTY, before=orders_db(NIGHTS)))] == [
        "violated"
    ]
    same = question(EMPTY, before=orders_db(NOBODY_ON_CALL))
    assert [outcome(one) for one in answers(same)] == ["holds"]
    of_a_new_service = question("orders-db: no Level is empty", before=Configuration())
    assert [outcome(one) for one in answers(of_a_new_service)] == ["violated"]


def test_a_service_that_is_as_bad_as_others_is_news() -> None:
    """It has their policy now."""
    asked = question(EMPTY, before=orders_db(NOBODY_ON_CALL))
    with_another = {**asked.configuration.policies, "search-api": use("search-api", "Orders")}
    asked = asked._replace(configuration=asked.configuration._replace(policies=with_another))
    assert [outcome(one) for one in answers(asked)] == ["violated"]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((3, 4, 1), (3, 4, 1), False),
        ((3, 4, 1), (3, 3.5, 1), False),
        ((3, 4, 1), (3, 5, 1), True),
        ((3, 4, 1), (3, 4, 2), True),
        ((3, 4, 1), (2, 4, 1), True),
        ((3, 4, 1), (2, 4, 0), True),
        ((3, 4, 1), (6, 7, 0), False),
        ((3, 4, 1), (6, 7, 1), True),
    ],
)
def test_what_was_there_before_is_no_news(
    before: tuple[float, float, int],
    now: tuple[float, float, int],
    expected: bool,  # noqa: FBT001 - a parameter
) -> None:
    """What is earlier, longer, more often or another time is: from, until, and how often again."""

    def violation(starts: float, ends: float, times_more: int) -> Violation:
        return Violation("a", NOON + starts * HOUR, "", "", NOON + ends * HOUR, times_more)

    assert is_worse(violation(*now), violation(*before)) == expected


@pytest.fixture
def set_up(database: Database) -> SqlOnCall:
    """Ada is on call in a schedule, and paged for orders-db."""
    on_call = SqlOnCall(database)
    for entry in (ADA, GRACE, NIGHTS, ON_CALL):
        on_call.put(entry)
    SqlEscalationPolicies(database).put(use("orders-db", "Orders"))
    return on_call


def test_a_draft_is_verified_before_it_counts(database: Database, set_up: SqlOnCall) -> None:
    """Against what has to hold; where nothing has to, nothing is asked."""

    def nobody_on_call(now: Configuration) -> Configuration:
        return now._replace(directory=now.directory.having(NOBODY_ON_CALL))

    assert verified(database, nobody_on_call, SECONDS) == Verified()
    SqlProperties(database).put(Properties(properties=(EMPTY, WITHIN, "orders-db: x")))
    found = verified(database, nobody_on_call, SECONDS)
    assert [one.sentence for one in found.worse] == [EMPTY, WITHIN]
    assert not found.unclear
    assert found.note == f"saved although it violates “{EMPTY}” and “{WITHIN}”"
    unclear = Verified(found.worse[:1], [Unclear(WITHIN, OUT_OF_TIME)] * 4)
    assert unclear.note == (
        f"saved although it violates “{EMPTY}”; not known whether it violates "
        f"“{WITHIN}” and “{WITHIN}” and “{WITHIN}” and 1 more"
    )
    set_up.put(NOBODY_ON_CALL)
    later = verified(
        database, lambda now: now._replace(directory=now.directory.having(GRACE)), SECONDS
    )
    assert (later.worse, later.key) == ([], "")
    assert found.key


class Locked:
    """A database that cannot be read just now."""

    def read(self, work: Callable[[Connection], object]) -> Never:
        """Another process has it."""
        del work
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))


@pytest.mark.parametrize("within", [timedelta(0), SECONDS])
def test_nothing_in_the_way_of_verifying_keeps_anybody_from_saving(within: timedelta) -> None:
    """Neither a lack of time nor a database that is locked: the history says what is not known."""
    pool = Pool("verification", 1, answer_within=within)
    found = asyncio.run(verified_in(pool, Locked(), with_edit(NOBODY_ON_CALL)))
    assert (found.key, found.note) == ("", "not known whether it violates “what has to hold”")


def test_a_fault_keeps_nobody_from_saving(database: Database, set_up: SqlOnCall) -> None:
    """It is said which check could not be verified."""
    del set_up
    SqlProperties(database).put(Properties(properties=(WITHIN,)))
    target = EmailTarget(address="ada@example.com")
    level = Level.model_construct(
        targets=(target,),
        acknowledgement_delay=None,  # type: ignore[arg-type]  # that is the fault
    )
    no_delay = EscalationPolicy.model_construct(service_id="orders-db", levels=(level,))

    def unforeseen(now: Configuration) -> Configuration:
        return now._replace(policies={"orders-db": no_delay})

    found = verified(database, unforeseen, SECONDS)
    [unclear] = found.unclear
    assert "Pager has a fault: ValidationError" in unclear.why
    assert (found.key, found.note) == ("", f"not known whether it violates “{WITHIN}”")


def test_what_is_found_is_recorded(database: Database, set_up: SqlOnCall) -> None:
    """Of each property that has to hold, and of what is always verified."""
    SqlProperties(database).put(Properties(properties=(WITHIN, "search-api: no Level is empty")))
    set_up.put(shared(ScheduleTarget(name="Nights"), PersonTarget(name="Ada"), name="Orders"))
    set_up.put(NOBODY_ON_CALL)
    verify_all(database, SECONDS)
    found = {
        sentence: one.found for sentence, one in SqlVerdicts(database).all().items() if one.found
    }
    assert {sentence: one.outcome for sentence, one in found.items()} == {
        EMPTY: "violated",
        WITHIN: "holds",
        "search-api: no Level is empty": "unknown",
    }
    [violation] = found[EMPTY].violations
    assert violation.subject == "orders-db"
    assert "Nights" in violation.what


def test_what_was_found_stays_where_there_was_no_time(
    database: Database, set_up: SqlOnCall
) -> None:
    """Whoever asked does not wait longer; the rest is left to the background."""
    set_up.put(NOBODY_ON_CALL)
    assert verify_all(database, SECONDS)
    before = SqlVerdicts(database).all()
    SqlProperties(database).put(Properties(properties=(WITHIN,)))
    assert not verify_all(database, timedelta(0))
    assert SqlVerdicts(database).all() == before


def test_a_server_that_stops_records_nothing(database: Database, set_up: SqlOnCall) -> None:
    """What it has not found out says nothing of what has to hold."""
    stopping = threading.Event()
    stopping.set()
    verify_all(database, SECONDS, stopping=stopping)
    assert not SqlVerdicts(database).all()
