"""`pager verify --server`: scenarios in a folder, against what is set up on a server that runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract.verification.own_on_call import CONFIGURATION, FROM, HOLDS, PROPERTIES, verify
from contract.web.application import KEY, shared_application
from contract.web.serving import served
from pager.adapters.store.core.database import Database
from pager.cli import main


@pytest.fixture
def server(database: Database) -> Iterator[str]:
    """The URL of a server that asks for a key."""
    with served(shared_application(database, KEY)) as url:
        yield url


def test_what_a_server_has_is_verified(server: str, tmp_path: Path) -> None:
    """Its people and policies, with its properties; files of the folder are not asked."""
    files, features = tmp_path / "files", tmp_path / "features"
    files.mkdir()
    features.mkdir()
    files.joinpath("pager.yaml").write_text(CONFIGURATION + PROPERTIES, encoding="utf-8")
    features.joinpath("on-call.feature").write_text(HOLDS, encoding="utf-8")
    environment = {"PAGER_API_KEY": KEY}
    applied = CliRunner(env=environment).invoke(main, ["apply", str(files), "--server", server])
    assert applied.exit_code == 0, applied.output
    status, output = verify(features, "--from", FROM, "--server", server, environment=environment)
    assert (status, "3 of 4 hold" in output) == (1, True), output
    assert "✗ somebody is reached by SMS within 10 minutes" in output


def test_a_server_that_is_not_there_is_no_success(tmp_path: Path) -> None:
    """A sentence says so."""
    tmp_path.joinpath("on-call.feature").write_text(HOLDS, encoding="utf-8")
    status, output = verify(tmp_path, "--server", "http://127.0.0.1:1")
    assert (status, output.startswith("Pager cannot be reached at")) == (2, True), output
