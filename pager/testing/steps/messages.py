"""The step catalogue: what the Pager receives, from services and by hand."""

from datetime import timedelta

from pytest_bdd import given, when

from pager.messages import Alert
from pager.model import FALLBACK
from pager.testing.catalogue import is_pagers_own
from pager.testing.expect import expect
from pager.testing.nouns import ByHand, Kind, Phrase, State
from pager.testing.sentences import Sentence
from pager.testing.world import World


@given(Sentence("{service} is {state}"))
def a_service(world: World, service: str, state: State) -> None:
    """Exhausted: it was raised a day ago, and nobody answered."""
    world.claim(
        f"the state of {service}", f"{service} is {state}", lambda: state in world.states(service)
    )
    world.about(service)
    if state is not State.HEALTHY:
        expect(
            bool(world.policies.of(service) or world.policies.of(FALLBACK)),
            f"{service} has no Escalation Policy, so it cannot become {state}."
            f" {_how_to_give_one(service)}",
        )
        world.receive(world.message(Phrase(Kind.ALERT), service))
    if state is State.ACKNOWLEDGED:
        world.receive(world.message(Phrase(Kind.ACKNOWLEDGEMENT), service))
    if state is State.EXHAUSTED:
        world.pass_time(timedelta(days=1))
    world.expect_so(so=state in world.states(service))


def _how_to_give_one(service: str) -> str:
    if is_pagers_own():
        return f"Write “Given the Escalation Policy of {service}:” first."
    return "Give it one below `services` in your YAML files, or write a `fallback` there."


RAISES = (
    '{service} raises the Alert "{text}"(?: with (?:the dedup key "{key}"|{number} dedup keys))?'
)


@given(Sentence(RAISES))
@when(Sentence(RAISES))
def raises(
    world: World, service: str, text: str, key: str | None = None, number: int | None = None
) -> None:
    if number is None:
        world.receive(world.message(Phrase(Kind.ALERT, text, dedup_key=key), service))
        return
    keys = [f"{text} {n}" for n in range(1, number + 1)]
    world.receive_many([Alert(service_id=service, message=text, dedup_key=key) for key in keys])


@given(Sentence("the Pager receives {message}(?: (?:for|related to) {service})?"))
@when(Sentence("(?:the Pager|later) receives {message}(?: (?:for|related to) {service})?"))
def receives(world: World, message: Phrase, service: str | None = None) -> None:
    world.receive(world.message(message, service or world.last_service))


@when(Sentence("{person} acknowledges with the link of the page(?: of incident {number})?"))
def acknowledges_by_link(world: World, person: str, number: int | None = None) -> None:
    world.follow_link(world.last_page(person, number))


@when(Sentence("{person} acknowledges {service}"))
def acknowledges(world: World, person: str, service: str) -> None:
    world.receive(world.message(Phrase(Kind.ACKNOWLEDGEMENT, by=person), service))


@given(Sentence("{person} {by_hand} {service}"))
@when(Sentence("{person} {by_hand} {service}"))
def acts_by_hand(world: World, person: str, by_hand: ByHand, service: str) -> None:
    """Whoever acknowledged hands it on or gives it back; nobody else waits for the timeout."""
    world.receive(world.message(Phrase(by_hand.request, by=person), service))


@when(Sentence("{heartbeat} is pinged"))
def pinged(world: World, heartbeat: str) -> None:
    world.expect_running()
    world.pager.heartbeats.ping(heartbeat)
