"""What was imported is applied to a server, and is there as the files say it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract.web.application import KEY, shared_application
from contract.web.serving import served
from pager.adapters.store.core.database import Database
from pager.cli import main
from unit.adapters.imports.exported import EXPORTS, READERS


@pytest.fixture
def server(database: Database) -> Iterator[str]:
    """The URL of a server that asks for a key."""
    with served(shared_application(database, KEY)) as url:
        yield url


def _run(*arguments: str | Path) -> Result:
    result = CliRunner(env={"PAGER_API_KEY": KEY}).invoke(main, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.parametrize("export", READERS)
def test_a_server_takes_what_was_imported(export: str, server: str, tmp_path: Path) -> None:
    """All of it, at once; then there is nothing left to change."""
    pager, _, _ = export.partition("-")
    _run("import", pager, EXPORTS / export, "--to", tmp_path)
    _run("apply", tmp_path, "--server", server)
    _run("plan", tmp_path, "--server", server, "--exit-code")
