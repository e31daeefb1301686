"""Properties verified in a process of its own, and what is found recorded."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from contract.store.on_call_entries import ADA, GRACE, NIGHTS, shared, use
from pager.adapters.runtime.verification.drafts import Verified, verified
from pager.adapters.runtime.verification.process import OUT_OF_TIME, ask
from pager.adapters.runtime.verification.questions import Question, Unclear, answers, is_worse
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
from pager.oncall.schedules import Schedule
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


def test_what_takes_too_long_is_ended() -> None:
    """It is said of each property that is not verified by then."""
    found = ask(question(EMPTY, WITHIN), timedelta(0))
    assert found == [Unclear(EMPTY, OUT_OF_TIME), Unclear(WITHIN, OUT_OF_TIME)]


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


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((3, 4, 1), (3, 4, 1), False),
        ((3, 4, 1), (3, 3.5, 1), False),
        ((3, 4, 1), (3, 5, 1), True),
        ((3, 4, 1), (3, 4, 2), True),
        ((3, 4, 1), (2, 4, 1), True),
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


def test_a_server_that_stops_records_nothing(database: Database, set_up: SqlOnCall) -> None:
    """What it has not found out says nothing of what has to hold."""
    stopping = threading.Event()
    stopping.set()
    verify_all(database, SECONDS, stopping=stopping)
    assert not SqlVerdicts(database).all()
