"""The checks have teeth: each fault that is planted is found, and told as a story."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from interleavings.actors import Code
from interleavings.checks import Violation
from interleavings.explore import Exploration
from interleavings.faults import FAULTS, planted
from interleavings.scenes import STARTS, Scene, casts, opening
from interleavings.story import Story


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


@pytest.mark.parametrize("name", FAULTS)
def test_no_fewer_actors_would_find_it(name: str) -> None:
    """From no start."""
    fault = FAULTS[name]
    code = planted(fault)
    found_in = [
        str(scene)
        for size in range(1, len(Scene.named(fault.scene).kinds))
        for cast in casts(size)
        for scene in (Scene(start, cast) for start in STARTS)
        if found(scene, code)
    ]
    assert found_in == []
