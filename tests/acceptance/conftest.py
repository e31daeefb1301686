"""Wires the features to the step catalogue, and lets no scenario pass that checks nothing."""

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from acceptance.world import World


@pytest.fixture
def world() -> World:
    """A world of its own for each scenario."""
    return World()


def pytest_bdd_before_scenario(feature: Feature, scenario: Scenario) -> None:
    if not any(step.type == "then" for step in scenario.steps):
        pytest.fail(f"{feature.rel_filename}: {scenario.name!r} has no Then, so it checks nothing")


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Step) -> None:
    if step.type == "given":
        request.getfixturevalue("world").forget()


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    """What went wrong in a When and no Then has asked about, the scenario does not know of."""
    world: World = request.getfixturevalue("world")
    assert world.refusals == [], "the Pager refused an Alert, and the scenario does not say so"
    assert not world.crashed, "the Pager crashed, and the scenario does not restart it"
