"""Every schedule of every scene, on the real PagerService and the real OutboxRelay."""

from collections.abc import Callable

import pytest

from interleavings.actors import Code
from interleavings.checks import Violation, sequential_endings
from interleavings.explore import NOBODY, Counts, Exploration
from interleavings.scenes import Scene, opening, scenes
from interleavings.story import Story


def test_whatever_the_schedule_every_check_holds(
    cast: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    """From every start; nobody dies, or one of them, before or after any call of a port."""
    explored = Counts()
    for scene in scenes(cast):
        if (opened := opening(scene, Code())) is None:
            continue
        exploration = Exploration(opened, Code())
        try:
            explored = explored.plus(exploration.explore())
        except Violation:
            schedule = exploration.shortest_failure()
            assert schedule is not None
            pytest.fail(f"\n{Story(str(scene), schedule)}", pytrace=False)
    record_property("explored", [len(cast), *explored])


def test_each_schedule_is_counted_once() -> None:
    """Two Alerts of which one is outrun: walked one by one, there are as many as were counted."""
    opened = opening(Scene("never seen", ("Alert", "another Alert")), Code())
    assert opened is not None
    exploration = Exploration(opened, Code())
    queue = [exploration.first]
    schedules = {True: 0, False: 0}
    while queue:
        world = queue.pop()
        choices = list(exploration.choices(world))
        queue += [exploration.go(world, letters) for letters in choices]
        schedules[world.died >= 0] += not choices
    counts = exploration.explore()
    assert schedules == {False: counts.schedules, True: counts.schedules_with_a_crash}


def test_an_answered_message_comes_before_one_that_began_later() -> None:
    """An Acknowledgement and then a Healthy event: the other order would end otherwise."""
    opened = opening(Scene("first Level", ("Acknowledgement", "Healthy event")), Code())
    assert opened is not None
    at_once, none = frozenset[int](), frozenset[int]()
    both_orders = sequential_endings(
        opened.store, opened.roles, (at_once, at_once), died=NOBODY, refused=none
    )
    one_order = sequential_endings(
        opened.store, opened.roles, (at_once, frozenset({0})), died=NOBODY, refused=none
    )
    assert (len(both_orders), len(one_order)) == (2, 1)


@pytest.mark.parametrize(
    ("scene", "schedule"),
    [
        ("first Level, unsent: relay", "AAAAa"),
        ("first Level, unsent: relay | relay | halt", "AAACBBBBBA"),
        ("first Level, unsent: relay | relay | halt", "AAAACBBBBB"),
        ("first Level, unsent: relay | lost answer", "BAAAA"),
    ],
    ids=["dies before its note", "halted before it sends", "halted before its note", "no answer"],
)
def test_the_documented_windows_are_real(scene: str, schedule: str) -> None:
    """In each a page is handed over twice, with one idempotency key, and no check is violated."""
    story = Story(scene, schedule)
    assert story.violation is None
    keys = [page.idempotency_key for page in story.last.store.pages]
    assert keys.count("checkout-api/2/1/ada@example.com") == 2, story
