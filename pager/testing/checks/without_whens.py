"""Whether a scenario that holds would hold as well if nothing happened in it."""

import re
from collections.abc import Callable, Sequence

from pager.testing.catalogue import matching, nobody_is_told
from pager.testing.expect import expect
from pager.testing.gherkin.chapter import Step
from pager.testing.world import World

NOTHING_HAPPENS = re.compile(r"n['’]t\b|\bnot\b|\bnobody\b")


def expect_whens_to_matter(steps: Sequence[Step], fresh_world: Callable[[], World]) -> None:
    """Expect that a Then of this scenario, which holds, would not hold without its Whens.

    A Then that says "doesn't", "not" or "nobody" is always so before the first When: that is what
    it is for.
    """
    thens = [step.text for step in steps if step.type == "then"]
    expect(
        any(map(NOTHING_HAPPENS.search, thens)) or not _holds_without_whens(steps, fresh_world()),
        "Each Then is so before the first When already, so the scenario would pass without its"
        " Whens. Write a Then that only they bring about. If nothing is to happen, say so:"
        f" “{nobody_is_told()}”.",
    )


def _holds_without_whens(steps: Sequence[Step], world: World) -> bool:
    others = [step for step in steps if step.type != "when"]
    if not all(map(matching, others)):
        return False  # steps that are defined elsewhere cannot be carried out here
    try:
        for step in others:
            _carry_out(step, world)
    except AssertionError:
        return False
    return True


def _carry_out(step: Step, world: World) -> None:
    [definition] = matching(step)
    arguments: dict[str, object] = {"world": world}
    arguments |= definition.parser.parse_arguments(step.text) or {}
    if step.table:
        arguments["datatable"] = [[*row] for row in step.table]
    definition.step_func(**arguments)
    if step.type == "given":
        world.forget()
