"""A scenario about several moments is carried out at each of them, in a world of its own."""

from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import NamedTuple

from pytest_bdd.parser import Step

from pager.testing.scenario_log import ScenarioLog
from pager.testing.world import World


class Call(NamedTuple):
    """A step that was carried out."""

    step: Step
    carry_out: FunctionType
    arguments: Mapping[str, object]


def carry_out_again(calls: Sequence[Call], world: World, log: ScenarioLog) -> None:
    """Carry out the steps in another world. Raises Unmet."""
    for step, carry_out, arguments in calls:
        log.begin(step)
        if step.type != "given":
            world.begin()
        carry_out(**{**arguments, **({"world": world} if "world" in arguments else {})})
        if step.type == "given":
            world.forget()
    world.expect_everything_said()
