"""The step catalogue, on: why somebody is told, and why somebody is not."""

from datetime import timedelta

from pytest_bdd import then, when

from acceptance.nouns import BOOK, Person
from acceptance.schedules import moment
from acceptance.tables import REASON_COLUMNS, TOLD_COLUMNS
from acceptance.world import SpecificationWorld as World
from pager.explain.course import rehearsed_in
from pager.explain.explanation import explain
from pager.explain.moments import shown
from pager.explain.values import Explanation
from pager.testing.expect import Unmet, expect
from pager.testing.sentences import Sentence
from pager.testing.tables import DataTable, aligned


@when(
    Sentence(
        "it is asked who is told if {service} fails at {local_time} in {zone}"
        "(?: and somebody acknowledges after {duration})?"
    )
)
@when(
    Sentence(
        "it is asked why {person} is told, or not, if {service} fails at {local_time} in {zone}"
        "(?: and somebody acknowledges after {duration})?"
    )
)
def it_is_asked(  # noqa: PLR0917 - the nouns of one sentence
    world: World,
    service: str,
    local_time: str,
    zone: str,
    person: Person | None = None,
    duration: timedelta | None = None,
) -> None:
    configuration = world.configuration
    at = moment(local_time, zone)
    course = rehearsed_in(configuration, service, at, duration)
    world.explanation = explain(course, at, person)


@then(Sentence("these are told, and why:"))
def these_are_told(world: World, datatable: DataTable) -> None:
    """Columns: At (in the schedule's time zone), Target, Because: a row for each reason."""
    answer = _answer(world)
    found: list[tuple[str, ...]] = []
    for step in answer.steps:
        for told in step.told:
            first, *others = told.because
            found.append((shown(step.at, answer.time_zone), BOOK.name(told.target), first))
            found += [("", "", reason) for reason in others]
    _expect_rows(datatable, TOLD_COLUMNS, found)


@then(Sentence("the policy counts because:"))
def the_policy_counts(world: World, datatable: DataTable) -> None:
    """Column: Reason."""
    _expect_rows(datatable, REASON_COLUMNS, [(reason,) for reason in _answer(world).policy])


@then(Sentence("the answer is:"))
def the_answer_is(world: World, datatable: DataTable) -> None:
    """Column: Reason."""
    _expect_rows(datatable, REASON_COLUMNS, [(reason,) for reason in _answer(world).answer])


def _answer(world: World) -> Explanation:
    if world.explanation is None:
        raise Unmet("Ask first: “When it is asked who is told if checkout-api fails at …”.")
    return world.explanation


def _expect_rows(
    datatable: DataTable, columns: tuple[str, ...], found: list[tuple[str, ...]]
) -> None:
    header, *expected = map(tuple, datatable)
    expect(header == columns, f"The columns are {', '.join(columns)}.")
    expect(found == expected, "\n".join(["They are:", *aligned([columns, *found])]))
