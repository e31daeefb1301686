"""What all tests share."""

import gc
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

# What is imported and collected stays until the end: to look through all of it for garbage, again
# and again as it grows, takes as long as to import and collect it.
gc.disable()

# A slow machine must not make a test fail.
settings.register_profile("pager", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pager")
# With `--hypothesis-profile quick`, as `tox` does: a quarter of the examples that the proofs try.
settings.register_profile("quick", settings.get_profile("pager"), max_examples=25)

pytest.register_assert_rewrite("pager.testing.contract")

pytest_plugins = [
    "pager.testing.running",
    "pager.testing.steps",
    "pager.testing.steps.properties",
    "acceptance.schedule_steps",
    "acceptance.explain_steps",
    "acceptance.property_steps",
    "acceptance.steps",
    "acceptance.policy_steps",
    "browser",
    # A copy of the domain and its tests has no others.
    *(["contract.channels.prism"] if find_spec("contract") else []),
    # The domain is tested where no database is installed.
    *(["databases"] if find_spec("sqlalchemy") else []),
]

ONE_A_RUN = ("chromium_url", "issuer", "prism")
"""Fixtures that start a program: tests that use the same one are run by the same worker."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a program, for `pytest --dist loadgroup`."""
    for item in items:
        for name in ONE_A_RUN:
            if isinstance(item, pytest.Function) and name in item.fixturenames:
                item.add_marker(pytest.mark.xdist_group(name))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From now on there may be garbage."""
    gc.freeze()
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail where they are not kept together: each worker would start each of the programs."""
    is_kept = "@" in item.nodeid.rpartition("]")[2]
    if getattr(item.config.option, "loadgroup", False) and not is_kept:
        for group in item.iter_markers("xdist_group"):
            pytest.fail(f"pytest-xdist ignores {group}: see pytest in pyproject.toml")
