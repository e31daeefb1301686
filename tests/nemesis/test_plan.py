"""The plan of faults follows from the seed, and leaves no kind out."""

from itertools import islice
from typing import get_args

from nemesis.plan import Kind, plan


def test_one_seed_is_one_plan() -> None:
    """Another seed is another one."""
    assert list(islice(plan(7, 3, 5), 3)) == list(islice(plan(7, 3, 5), 3))
    assert list(islice(plan(7, 3, 5), 3)) != list(islice(plan(8, 3, 5), 3))


def test_each_round_has_every_kind_of_fault_once() -> None:
    """Whatever the seed."""
    for seed in range(20):
        for steps in islice(plan(seed, 3, 5), 3):
            kinds = [fault.kind for step in steps for fault in step.faults]
            assert sorted(kinds) == sorted(get_args(Kind))


def test_a_node_is_frozen_for_longer_than_the_lease() -> None:
    """So that another one claims what it holds."""
    for steps in islice(plan(7, 3, 5), 20):
        for step in steps:
            if "a node is frozen" in {fault.kind for fault in step.faults}:
                assert step.lasts > 5


def test_two_faults_of_nodes_at_once_are_of_two_nodes() -> None:
    """A node that is killed can't be frozen."""
    for seed in range(20):
        for step in next(plan(seed, 3, 5)):
            nodes = [fault.node for fault in step.faults if fault.node is not None]
            assert len(nodes) == len(set(nodes))
