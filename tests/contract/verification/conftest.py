"""What the tests of `pager verify` share."""

from pathlib import Path

import pytest

from contract.verification.own_on_call import CONFIGURATION, HOLDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and scenarios that hold."""
    tmp_path.joinpath("on-call.yaml").write_text(CONFIGURATION, encoding="utf-8")
    tmp_path.joinpath("on-call.feature").write_text(HOLDS, encoding="utf-8")
    return tmp_path
