"""The step catalogue: what came of it."""

from collections.abc import Sequence

from pytest_bdd import then

from pager.configuration.spelling import composed
from pager.errors import NobodyToPage
from pager.model import Acknowledged, MonitoredService, Unhealthy
from pager.testing.expect import expect
from pager.testing.nouns import PageStatus, State
from pager.testing.sentences import Sentence
from pager.testing.tables import DataTable, expect_pages, listed, read_pages
from pager.testing.world import World
from pager.words import service_in_words


@then(Sentence("these Targets are notified:"))
def targets_notified(world: World, datatable: DataTable) -> None:
    """Columns: Target, and any of Service, Incident, Level, Message, Later Alerts, Escalated by,
    Told again by, Open troubles, Not reached, Begun again (how often the policy has), Expired
    Acknowledgement of.
    """
    expect_pages(world.notifications, read_pages(datatable, world.book), world.book)


@then(Sentence("the page to {person} is {status}"))
def page_status(world: World, person: str, status: PageStatus) -> None:
    """The Whens have made it so; if they left it alone, it is still so."""
    changed, same = world.statuses(person)
    expect(
        changed == [status],
        f"What the Whens made of the pages to {person}: {listed(changed)}."
        + (f" They left alone what is: {listed(same)} (still)." if same else ""),
    )


@then(Sentence("the page to {person} is still {status}"))
def page_status_is_the_same(world: World, person: str, status: PageStatus) -> None:
    """The Whens have left it alone."""
    changed, same = world.statuses(person)
    expect(
        (changed, same) == ([], [status]),
        f"What the Whens made of the pages to {person}: {listed(changed)};"
        f" what they left alone: {listed(same)}.",
    )


@then(Sentence("{service} is {state}(?: by {person})?"))
def state_is(world: World, service: str, state: State, person: str | None = None) -> None:
    now = world.service(service)
    otherwise = f"{now.service_id} is {service_in_words(now)}."
    expect(state in world.states(now.service_id), otherwise)
    if person is not None:
        expect(acknowledged_by(now) in {person, *world.book.keys(person)}, otherwise)


def acknowledged_by(service: MonitoredService) -> str | None:
    """Who acknowledged, if anybody did: a name, or the key of the Target that got the link."""
    match service:
        case Unhealthy(escalation=Acknowledged(by=by)):
            return by
        case _:
            return None


@then(
    Sentence(
        "the Pager refused an Alert of {service}, (?:which had no Escalation Policy"
        '|whose policy reached nobody: "{text}")'
    )
)
def refused(world: World, service: str, text: str | None = None) -> None:
    expected = [(service, text)]
    refusals = [
        (refusal.service_id, _reasons(refusal.gaps) if isinstance(refusal, NobodyToPage) else None)
        for refusal in world.refusals
    ]
    expect(refusals == expected, f"Services whose Alert was refused: {listed(refusals)}.")
    world.refusals.clear()


def _reasons(gaps: Sequence[str]) -> str:
    return composed(". ".join(gaps))
