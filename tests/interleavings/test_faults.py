"""The checks have teeth: each fault that is planted is found, and told as a story."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from interleavings.actors import Code
from interleavings.checks import (
    Violation,
    a_service_is_unhealthy_while_a_trouble_is_open,
    a_step_that_reached_nobody_waits_for_nobody,
    each_page_is_handed_over_once,
    it_ends_as_if_one_came_after_the_other,
    nothing_is_handed_over_once_it_is_over,
    nothing_is_withdrawn_while_it_is_wanted,
    one_timer_runs_while_nobody_has_answered,
    the_end_of_an_acknowledgement_comes_once,
    what_a_later_alert_says_is_noted,
    what_is_stale_changes_nothing,
    what_was_committed_is_carried_out,
)
from interleavings.explore import Exploration
from interleavings.faults import FAULTS, planted
from interleavings.scenes import Scene, casts, opening, scenes
from interleavings.story import Story

PROOF = Path(__file__).parents[2] / "docs" / "proof.md"


def found(scene: Scene, code: Code) -> str | None:
    """The shortest schedule of `scene` that violates a check; without a crash, if there is one."""
    if (opened := opening(scene, code)) is None:
        return None
    exploration = Exploration(opened, code)
    with suppress(Violation):
        exploration.explore()
        return None
    without_a_crash = Exploration(opened, code, crashes=False)
    return without_a_crash.shortest_failure() or exploration.shortest_failure()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    """By the check and in the scene that the table names."""
    fault = FAULTS[name]
    code = planted(fault)
    schedule = found(Scene.named(fault.scene), code)
    assert schedule is not None
    story = Story(fault.scene, schedule, code)
    assert story.violation is not None
    assert story.violation.check == fault.caught_by
    assert Story(fault.scene, schedule).violation is None
    record_property("fault", [name, fault.caught_by, fault.scene, schedule, str(story)])


@pytest.mark.proof
@pytest.mark.parametrize("name", FAULTS)
def test_no_fewer_actors_would_find_it(name: str, pytestconfig: pytest.Config) -> None:
    """From no start; what needs four is sought among three only where four are asked for."""
    fault = FAULTS[name]
    code = planted(fault)
    at_most: int = pytestconfig.getoption("actors")
    found_in = [
        str(scene)
        for size in range(1, min(len(Scene.named(fault.scene).kinds), at_most))
        for cast in casts(size)
        for scene in scenes(cast)
        if found(scene, code)
    ]
    assert found_in == []


def test_the_proof_names_every_fault() -> None:
    """And none that is not planted here."""
    rows = re.findall(r"^\| ([^|]+) \| (?:the store|`\w+\.py`) \|", PROOF.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(FAULTS)


def test_each_check_has_caught_something() -> None:
    """A check that nothing violates says nothing."""
    checks = {
        a_service_is_unhealthy_while_a_trouble_is_open,
        a_step_that_reached_nobody_waits_for_nobody,
        each_page_is_handed_over_once,
        it_ends_as_if_one_came_after_the_other,
        nothing_is_handed_over_once_it_is_over,
        nothing_is_withdrawn_while_it_is_wanted,
        one_timer_runs_while_nobody_has_answered,
        the_end_of_an_acknowledgement_comes_once,
        what_a_later_alert_says_is_noted,
        what_is_stale_changes_nothing,
        what_was_committed_is_carried_out,
    }
    assert {fault.caught_by for fault in FAULTS.values()} == {check.__name__ for check in checks}


def test_a_story_can_be_replayed() -> None:
    """With the fault it ends where the check is violated, and without it all is well."""
    scene, schedule = "never seen: Alert | another Alert", "AABABB"
    story = Story(scene, schedule, planted(FAULTS["no version check"]))
    assert str(story).splitlines() == [
        "checkout-api is Healthy",
        'A is the Alert "disk full" for checkout-api',
        'B is the Alert "error rate above 5 %" for checkout-api',
        "",
        "A: loads Healthy, version 0",
        "A: reads ada@example.com, then +33612345601",
        "B: loads Healthy, version 0",
        "A: saves on version 0: checkout-api: Healthy → Unhealthy (incident 1, Level 1) -> saved",
        "B: reads ada@example.com, then +33612345601",
        "B: saves on version 0: checkout-api: Healthy → Unhealthy (incident 1, Level 1) -> saved",
        "",
        'what_a_later_alert_says_is_noted: the Alert "error rate above 5 %" for checkout-api '
        "made Unhealthy (incident 1, Level 1) something else",
        'See it again: Story("never seen: Alert | another Alert", "AABABB")',
    ]
    assert Story(scene, schedule).violation is None
