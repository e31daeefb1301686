"""The step catalogue, on: what must hold at every moment."""

from zoneinfo import ZoneInfo

from pytest_bdd import then, when

from acceptance.schedules import SHOWN, moment
from acceptance.tables import VIOLATION_COLUMNS
from acceptance.world import SpecificationWorld as World
from pager.testing.expect import Unmet, expect
from pager.testing.sentences import Sentence
from pager.testing.tables import DataTable, aligned
from pager.verify import Verdict, Violation, verify
from pager.words import times_in_words

ZONE = ZoneInfo("Europe/Paris")


@when(Sentence("it is verified from {local_time} until {until} that {property}"))
def it_is_verified(world: World, local_time: str, until: str, property: str) -> None:  # noqa: A002 - the noun
    """In Europe/Paris."""
    configuration = world.configuration
    start, end = (moment(text, ZONE.key) for text in (local_time, until))
    [world.verdict] = verify(configuration, [property], start, end)


@then(Sentence("it holds at every moment"))
def it_holds(world: World) -> None:
    verdict = _verdict(world)
    expect(verdict.holds, "\n".join(["It does not:", *aligned(_rows(verdict))]))
    expect(verdict.looked_at > 0, "It is about nothing that is there.")


@then(Sentence("it does not hold:"))
def it_does_not_hold(world: World, datatable: DataTable) -> None:
    """Columns: Of, From, Until (of the first time, in Europe/Paris), Again (how often), Because."""
    found = _rows(_verdict(world))
    expect([*map(tuple, datatable)] == found, "\n".join(["It is:", *aligned(found)]))


def _verdict(world: World) -> Verdict:
    if world.verdict is None:
        raise Unmet("Say first: “When it is verified from … until … that …”.")
    return world.verdict


def _rows(verdict: Verdict) -> list[tuple[str, ...]]:
    return [VIOLATION_COLUMNS, *(_row(one) for one in verdict.violations)]


def _row(one: Violation) -> tuple[str, ...]:
    edges = (f"{edge.astimezone(ZONE):{SHOWN}}" for edge in (one.at, one.until))
    again = times_in_words(one.times_more) if one.times_more else "never"
    return (", ".join((one.subject, *one.others)), *edges, again, one.why)
