"""The step catalogue: who was reached, and who is on call."""

from collections.abc import Iterable

from pytest_bdd import then

from pager.testing.directories import members
from pager.testing.expect import expect
from pager.testing.nouns import Channel
from pager.testing.sentences import Sentence
from pager.testing.tables import listed
from pager.testing.world import World

BY = "(?: by {channel})?"


@then(Sentence(f"somebody(?: (?:of the team {{team}}|on call in {{schedule}}))? was reached{BY}"))
def somebody_was_reached(
    world: World,
    team: str | None = None,
    schedule: str | None = None,
    channel: Channel | None = None,
) -> None:
    """A page to them was accepted: by the mail server, or by the SMS gateway."""
    people: Iterable[str] = world.book.people
    if team is not None:
        people = members(world.directory, team)
    elif schedule is not None:
        people = world.on_call(schedule)
    keys = {key for person in people for key in world.book.keys(person, channel)}
    everybody = team is None and schedule is None
    reached = _reached(world, channel)
    expect(bool(reached if everybody else keys & reached), _who_was(world))


@then(Sentence(f"{{person}} was reached{BY}"))
def was_reached(world: World, person: str, channel: Channel | None = None) -> None:
    expect(bool(world.book.keys(person, channel) & _reached(world)), _who_was(world))


@then(Sentence(f"{{person}} was not reached{BY}"))
def was_not_reached(world: World, person: str, channel: Channel | None = None) -> None:
    expect(not world.book.keys(person, channel) & _reached(world), _who_was(world))


@then(Sentence(f"nobody was reached{BY}"))
def nobody_was_reached(world: World, channel: Channel | None = None) -> None:
    expect(not _reached(world, channel), _who_was(world))


@then(Sentence("{people} (?:is|are) on call in {schedule}"))
def are_on_call(world: World, people: list[str], schedule: str) -> None:
    found = world.on_call(schedule)
    expect(found == people, f"On call in {schedule}: {listed(found)}.")


def _reached(world: World, channel: Channel | None = None) -> set[str]:
    """The keys of the Targets to which a page was accepted since the Givens."""
    gateways = world.pager.mail, world.pager.sms
    return {
        page.target.key
        for gateway, of in zip(gateways, Channel, strict=True)
        for page in gateway.accepted
        if channel in {None, of}
    }


def _who_was(world: World) -> str:
    names = dict.fromkeys(world.book.name(page.target.key) for page in world.notifications)
    return f"Reached: {listed([*names]) if names else 'nobody'}."
