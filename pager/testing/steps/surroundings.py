"""The step catalogue: time, gateways that fail, maintenance, and who takes over."""

from datetime import timedelta

from pytest_bdd import given, when

from pager.testing.address_book import channel_of
from pager.testing.directories import take_over
from pager.testing.expect import expect
from pager.testing.moments import Spoken
from pager.testing.nouns import Channel, Condition, Delivery, Gateway
from pager.testing.sentences import Sentence
from pager.testing.world import World


@given(Sentence("it is {moment}"))
def it_is(world: World, moment: Spoken) -> None:
    """Where any of several moments is meant, the whole scenario is tried at each of them."""
    world.begin_at(moment)


@given(Sentence("(?:another )?{duration} pass(?:es)?(?: while the Pager is {down})?"))
@when(Sentence("(?:another )?{duration} pass(?:es)?(?: while the Pager is {down})?"))
def time_passes(world: World, duration: timedelta, down: str | None = None) -> None:
    """While the Pager is down it hears nothing, and nothing happens."""
    if down is None:
        world.pass_time(duration)
    else:
        world.expect_running()
        world.pager.be_down(duration)


@given(Sentence("the {gateway} {condition}"))
@when(Sentence("the {gateway} {condition}"))
def gateway_condition(world: World, gateway: Gateway, condition: Condition) -> None:
    expect(world.condition(gateway) is not condition, f"The {gateway} {condition} already.")
    world.set_condition(gateway, condition)
    world.claim(
        f"the {gateway}",
        f"the {gateway} {condition}",
        lambda: world.condition(gateway) is condition,
    )
    if condition is not Condition.UP:
        world.claim_fault(f"the {gateway} {condition}", gateway)


@given(Sentence("the {gateway} refuses {person}"))
def gateway_refuses(world: World, gateway: Gateway, person: str) -> None:
    world.claim_fault(f"the {gateway} refuses {person}", gateway, world.book.keys(person))
    world.gateway(gateway).refused |= world.book.keys(person)


@given(Sentence("the carrier {delivery} the SMS to {person}"))
@when(Sentence("the carrier {delivery} the SMS to {person}"))
def carrier_reports(world: World, delivery: Delivery, person: str) -> None:
    """What the SMS gateway hears later of the last SMS that it took for that person."""
    world.expect_running()
    is_for_good = delivery is Delivery.NOBODY
    taken = [
        target
        for target in world.book.people[person]
        if channel_of(target) is Channel.SMS and target.key in world.pager.sms.last_copies
    ]
    expect(taken != [], f"The SMS gateway has taken no SMS for {person} yet.")
    for target in taken:
        world.pager.report(target, delivery.status, is_for_good=is_for_good)


@given(Sentence("{service} goes into maintenance(?: in {start})? for {duration}"))
@when(Sentence("{service} goes into maintenance(?: in {start})? for {duration}"))
def goes_into_maintenance(
    world: World, service: str, duration: timedelta, start: timedelta | None = None
) -> None:
    world.plan_maintenance(service, start, duration)


@when(Sentence("the maintenance of {service} is (?:prolonged by {duration}|ended early|cancelled)"))
def maintenance_is_changed(world: World, service: str, duration: timedelta | None = None) -> None:
    """What has not begun yet is cancelled."""
    world.change_maintenance(service, duration)


@when(Sentence("{person} takes over {schedule} for {duration}"))
def takes_over(world: World, person: str, schedule: str, duration: timedelta) -> None:
    """From now on they are on call in it, and nobody else."""
    take_over(world.directory, person, schedule, world.pager.clock.moment, duration)
    world.pass_time(timedelta(0))  # an exhausted incident goes on at once
