"""The storm at CI size. `tox -e nemesis -- --minutes 30` is the same, for longer."""

from pathlib import Path
from typing import get_args

import pytest

from nemesis.plan import Kind
from nemesis.run import run

SEED = 7
"""What fails here shall fail again: other seeds are for `tox -e nemesis`."""


@pytest.mark.proof
@pytest.mark.xdist_group("load")  # one at a time of those that take a whole machine
def test_a_storm_while_nodes_and_database_are_killed(tmp_path: Path) -> None:
    """Every kind of fault at least once, and nothing that the documentation does not say."""
    result = run(SEED, 20, tmp_path, print)
    print(result.report)  # noqa: T201 - pytest shows it beside the failure
    assert {past_fault.kind for past_fault in result.past_faults} == set(get_args(Kind))
    assert not result.violations
