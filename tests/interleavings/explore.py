"""Every schedule of a scene, and what must hold on each.

A *world* is a store and how far each actor has come. From each world every actor that is not
finished may make its next call, or die instead. Worlds that are equal have the same future, so
each is looked at once, and the schedules (the ways from the first world to a last one) are
counted without walking each. Nothing else is left out.

Between two calls an actor only computes. So a death after a call is the same as one before the next
call. One more kind is left: to die after the last call, before the answer reaches the sender.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from interleavings.actors import Actor, Code, Role, Work, actor, is_message
from interleavings.checks import (
    Violation,
    a_service_is_unhealthy_while_a_trouble_is_open,
    a_step_that_reached_nobody_waits_for_nobody,
    demand,
    each_page_is_handed_over_once,
    ending,
    is_withdrawn,
    it_ends_as_if_one_came_after_the_other,
    nothing_is_handed_over_once_it_is_over,
    nothing_is_withdrawn_while_it_is_wanted,
    one_timer_runs_while_nobody_has_answered,
    sequential_endings,
    service_in,
    the_end_of_an_acknowledgement_comes_once,
    what_a_later_alert_says_is_noted,
    what_is_stale_changes_nothing,
    what_was_committed_is_carried_out,
)
from interleavings.scenes import Opening
from interleavings.store import LEASE, Store
from pager.decide import Decision
from pager.messages import Effect, Notification, TimerMessage
from pager.ports import Claim, Outcome

T = TypeVar("T")

LETTERS = "ABCD"
NOBODY = -1
ACCIDENTS = (Work.HALT, Work.FAILURE, Work.REFUSAL, Work.LOST_ANSWER)
"""They happen or not; they do not die."""


class Hand(NamedTuple):
    """A page that a relay has in hand, from `holds` to `settle`."""

    key: str
    effect: Effect
    was_over: bool
    """Whether it was withdrawn (the incident was answered or over) when the relay began with the
    page, and still so when it looked."""
    looked_over: bool
    """Whether it was so when the relay looked, or began."""
    handed_over: bool = False
    """Whether it was handed over, and the relay has not noted that yet."""
    late: bool = False
    """Whether the lease has ended meanwhile."""


class World(NamedTuple):
    """A moment of a schedule: all that the future depends on, and all that the checks need."""

    store: Store
    actors: tuple[Actor, ...]
    hands: tuple[tuple[Hand, ...], ...]
    """Of each actor, by their keys."""
    windows: tuple[str, ...] = ()
    """The idempotency keys of the pages that were in a documented window, once for each time."""
    preceded: tuple[frozenset[int], ...] = ()
    """Of each sender, the senders that had a decision as an answer when it began."""
    died: int = NOBODY

    def hand(self, number: int, key: str) -> Hand | None:
        return next((hand for hand in self.hands[number] if hand.key == key), None)

    def holding(self, number: int, hand: Hand) -> "World":
        others = self.without(number, hand.key).hands[number]
        return self._replace(hands=_with(self.hands, number, tuple(sorted((*others, hand)))))

    def without(self, number: int, key: str) -> "World":
        others = tuple(hand for hand in self.hands[number] if hand.key != key)
        return self._replace(hands=_with(self.hands, number, others))

    def excusing(self, key: str) -> "World":
        return self._replace(windows=tuple(sorted((*self.windows, key))))


class Counts(NamedTuple):
    """How much was explored."""

    scenes: int = 0
    states: int = 0
    crash_points: int = 0
    """Moments (a world, and one actor in it) at which an actor died."""
    schedules: int = 0
    """Ways through the scene in which nobody dies."""
    schedules_with_a_crash: int = 0
    """Ways through the scene in which one actor dies."""

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(mine + others for mine, others in zip(self, other, strict=True)))


class Exploration:
    """One scene."""

    def __init__(self, opening: Opening, code: Code, *, crashes: bool = True) -> None:
        """`crashes`: whether one actor may die."""
        self.code = code
        self.crashes = crashes
        self.opening = opening
        self.roles = opening.roles
        self.first = self._world(opening.store, *opening.roles)

    def _world(self, store: Store, *roles: Role, windows: tuple[str, ...] = ()) -> World:
        actors = tuple(actor(role, self.code) for role in roles)
        return World(store, actors, ((),) * len(roles), windows, (frozenset(),) * len(roles))

    # What may happen

    def choices(self, world: World) -> Iterator[str]:
        """What may happen next: A calls (A), A dies before (a), its last answer is lost (Aa)."""
        for number, candidate in enumerate(world.actors):
            if candidate.call is None or number == world.died:
                continue
            letter = LETTERS[number]
            yield letter
            if self.crashes and world.died == NOBODY and candidate.role not in ACCIDENTS:
                yield letter.lower()
                if candidate.step(world.store).actor.call is None:
                    yield letter + letter.lower()

    def go(self, world: World, letters: str) -> World:
        """Let that happen. Raises Violation."""
        for letter in letters:
            number = LETTERS.index(letter.upper())
            world = (self._call if letter.isupper() else self._die)(world, number)
        return world

    def _call(self, world: World, number: int) -> World:
        store, answer, after = world.actors[number].step(world.store)
        called = World(
            store,
            _with(world.actors, number, after),
            world.hands,
            world.windows,
            _with(world.preceded, number, _preceding(world, number)),
            world.died,
        )
        return _watched(world, called, number, answer)

    def _die(self, world: World, number: int) -> World:
        forgotten = _with(world.actors, number, actor(self.roles[number], self.code))
        hands = _with(world.hands, number, ())
        dead = world._replace(actors=forgotten, died=number, hands=hands)
        for hand in world.hands[number]:
            if hand.handed_over and not hand.late:
                dead = dead.excusing(hand.key)
        return dead

    # When nobody is left to move

    def endings(self, world: World) -> Iterator[str]:
        """How it may go on: a sender without an answer sends again (+) or not, a timer must."""
        role = None if world.died == NOBODY else self.roles[world.died]
        if isinstance(role, TimerMessage):
            given_back = any(timer.message == role for timer in world.store.timers)
            yield "+" if given_back else ""
        elif is_message(role):
            yield from ("", "+")
        else:
            yield ""

    def finish(self, world: World, again: str) -> World:
        """Check what came of it, recover, check that, and return it. Raises Violation."""
        self._check_order(world)
        recovered = self._until_dry(world)
        if again:
            assert world.died != NOBODY
            recovered = self._until_dry(self._alone(recovered, self.roles[world.died]))
        demand(what_was_committed_is_carried_out, recovered.store)
        demand(one_timer_runs_while_nobody_has_answered, recovered.store)
        demand(the_end_of_an_acknowledgement_comes_once, recovered.store)
        demand(a_step_that_reached_nobody_waits_for_nobody, recovered.store)
        return recovered

    def _check_order(self, world: World) -> None:
        start = self.opening.store
        results = {
            number: sender.result
            for number, sender in enumerate(world.actors)
            if number != world.died
        }
        for answer in results.values():
            if isinstance(answer, Decision):  # what changed nothing was not saved
                demand(
                    a_service_is_unhealthy_while_a_trouble_is_open,
                    *(answer.message, answer.before, answer.after),
                )
        refused = frozenset(number for number, answer in results.items() if isinstance(answer, str))
        orders = sequential_endings(start, self.roles, world.preceded, world.died, refused)
        seen = ending(world.store, start, results)
        demand(it_ends_as_if_one_came_after_the_other, seen, orders)

    def _until_dry(self, world: World) -> World:
        """Leases run over, retries come due, and a new relay works until nothing is left to do."""
        later, _ = world.store.advance(2 * LEASE.duration)
        after = self._alone(world._replace(store=later), Work.RELAY)
        return after if after.store is later else self._until_dry(after)

    def _alone(self, world: World, role: Role) -> World:
        """One more actor, while nobody else moves."""
        world = self._world(world.store, role, windows=world.windows)
        while world.actors[0].call is not None:
            world = self._call(world, 0)
        return world

    # All of it

    def explore(self) -> Counts:
        """Look at every world. Raises Violation."""
        ways: dict[World, tuple[int, int]] = {}
        crash_points = 0

        def explore(world: World) -> tuple[int, int]:
            nonlocal crash_points
            if (known := ways.get(world)) is not None:
                return known
            alive = crashed = 0
            choices = list(self.choices(world))
            for letters in choices:
                more_alive, more_crashed = explore(self.go(world, letters))
                alive, crashed = alive + more_alive, crashed + more_crashed
                crash_points += letters[-1].islower()
            if not choices:
                for again in self.endings(world):
                    self.finish(world, again)
                alive, crashed = (1, 0) if world.died == NOBODY else (0, 1)
            ways[world] = alive, crashed
            return alive, crashed

        alive, crashed = explore(self.first)
        return Counts(1, len(ways), crash_points, alive, crashed)

    def shortest_failure(self) -> str | None:
        """The fewest letters that violate a check, if any do."""
        queue = deque([(self.first, "")])
        seen = {self.first}
        while queue:
            world, schedule = queue.popleft()
            choices = list(self.choices(world))
            for letters in choices or self.endings(world):
                try:
                    if not choices:
                        self.finish(world, letters)
                        continue
                    after = self.go(world, letters)
                except Violation:
                    return schedule + letters
                if after not in seen:
                    seen.add(after)
                    queue.append((after, schedule + letters))
        return None


def forget() -> None:
    """Give back the memory of the scenes explored so far."""
    actor.cache_clear()
    sequential_endings.cache_clear()
    Store.forget()


def _watched(before: World, after: World, number: int, answer: object) -> World:
    """`after` the call of `number`, with what the checks need to know of it. Raises Violation."""
    caller = before.actors[number]
    assert caller.call is not None
    match caller.call.method, caller.call.arguments:
        case "save", _ if service_in(after.store) != (service := service_in(before.store)):
            assert is_message(caller.role)
            now = service_in(after.store)
            demand(what_is_stale_changes_nothing, caller.role, service)
            demand(what_a_later_alert_says_is_noted, caller.role, service, now)
            demand(a_service_is_unhealthy_while_a_trouble_is_open, caller.role, service, now)
        case "holds", (Claim(effect=effect),) if answer:
            was_over = is_withdrawn(effect, service_in(before.store))
            hand = Hand(effect.idempotency_key, effect, was_over, was_over)
            return after.holding(number, hand)
        case "load", _ if caller.role is Work.RELAY:
            return _having_looked(before, after, number)
        case "send", (Notification() as page,):
            key = page.idempotency_key
            hand = before.hand(number, key) or Hand(key, page, was_over=False, looked_over=False)
            demand(nothing_is_handed_over_once_it_is_over, page, was_over=hand.was_over)
            if answer == "lost" or (answer == "accepted" and hand.late):
                after = after.excusing(hand.key)
            demand(each_page_is_handed_over_once, after.store, after.windows)
            if caller.role is Work.RELAY:
                return after.holding(number, hand._replace(handed_over=answer == "accepted"))
        case "settle" | "release", (Claim(effect=effect), *outcome):
            held = before.hand(number, effect.idempotency_key)
            if held is not None and Outcome("withdrawn") in outcome:
                demand(nothing_is_withdrawn_while_it_is_wanted, effect, was_over=held.looked_over)
            return after.without(number, effect.idempotency_key)
        case "advance", _:
            for other, hands in enumerate(before.hands):
                for halted in hands:
                    after = after.holding(other, halted._replace(late=True))
                    after = after.excusing(halted.key) if halted.handed_over else after
        case _:
            pass
    return after


def _having_looked(before: World, after: World, number: int) -> World:
    """`after` with what relay `number` knows now of the pages that it has in hand."""
    for hand in before.hands[number]:
        if not hand.handed_over:
            now_over = is_withdrawn(hand.effect, service_in(before.store))
            was_over = hand.was_over and now_over
            after = after.holding(number, hand._replace(was_over=was_over, looked_over=now_over))
    return after


def _preceding(world: World, number: int) -> frozenset[int]:
    """The senders that had a decision as an answer when sender `number` began, maybe now."""
    sender = world.actors[number]
    if sender.has_begun or not is_message(sender.role):
        return world.preceded[number]
    return frozenset(
        other
        for other, actor in enumerate(world.actors)
        if isinstance(actor.result, Decision) and other != world.died
    )


def _with(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    return (*items[:number], item, *items[number + 1 :])
