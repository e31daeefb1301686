"""`pager backup` and `pager restore`, and a start that is not given the right database."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from contract.channels.smtp_server import MailServer
from pager.access.scopes import EVERYTHING
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database
from system.program import Program, emails, run, run_server
from system.test_paging import mail_settings

KEEP = ("--api-keys", "keep", "--passwords", "keep")
REVOKE = ("--api-keys", "revoke", "--passwords", "reset")


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The folder of a server that is stopped, with one account and one API key."""
    with closing(Database(f"sqlite:///{tmp_path / 'pager.db'}")) as database:
        SqlAccounts(database).add("pager invite", "ada@example.com", "administrator")
        SqlApiKeys(database).make("ada@example.com", "checkout", EVERYTHING)
    return tmp_path


def test_a_backup_is_made_and_restored(served: Path) -> None:
    """Each command says what it has done, and what is to be done now."""
    status, output = run(served, "backup", "monday.db")
    assert (status, output) == (0, "monday.db has 0 services and 0 decisions.\n")
    status, output = run(served, "restore", "monday.db", *KEEP)
    assert status == 0
    assert output.startswith("The database has 0 services and 0 decisions. What came later")
    assert "New incidents begin with number 2001." in output
    assert f"The database that was there is now {served}/pager.db.before-restore-" in output
    assert "Good API keys: checkout. Revoke what was revoked." in output
    assert "Who can sign in: ada@example.com (administrator)." in output
    status, output = run(served, "restore", "monday.db", *REVOKE)
    assert status == 0
    assert "No API key is good but PAGER_API_KEY" in output
    assert "Nobody can sign in by password before `pager invite NAME`." in output


@pytest.mark.parametrize("missing", ["--api-keys", "--passwords"])
def test_a_restore_asks_for_a_decision(served: Path, missing: str) -> None:
    """Whatever it did by itself could be wrong: keys would be revived, or Alerts refused."""
    run(served, "backup", "monday.db")
    before = (served / "pager.db").read_bytes()
    decided = KEEP[2:] if missing == "--api-keys" else KEEP[:2]
    status, output = run(served, "restore", "monday.db", *decided)
    assert status == 2
    assert f"Missing option '{missing}'" in output
    assert (served / "pager.db").read_bytes() == before


def test_errors_are_sentences(served: Path) -> None:
    """They say what to do."""
    (served / "text.txt").write_text("no database" * 1_000)
    for arguments, sentence in [
        (("backup", "pager.db"), "name another file"),
        (("backup", "nowhere/monday.db"), "No such file or directory"),
        (("restore", "nowhere.db", *KEEP), "There is no database"),
        (("restore", "text.txt", *KEEP), "is damaged (file is not a database)"),
    ]:
        status, output = run(served, *arguments)
        assert status == 1
        assert sentence in output
        assert "Traceback" not in output


def test_a_start_refuses_what_it_must_not_serve(served: Path) -> None:
    """With the sentence that says what to do."""
    run(served, "backup", "monday.db")
    shutil.copy(served / "monday.db", served / "pager.db")
    status, output = run_server(served, PAGER_LISTEN="127.0.0.1:0")
    assert status == 1
    assert "is a backup, and is not served as it is" in output


@pytest.mark.proof
def test_a_server_that_was_killed_goes_on_and_its_copy_does_not(tmp_path: Path) -> None:
    """Its -wal is beside it; a copy of the file alone is not served, nor a backup of the same."""
    with MailServer() as mail:
        with Program(tmp_path, **mail_settings(mail)) as pager:
            pager.put_policy("checkout-api", emails("ada"))
            pager.raise_alert("checkout-api")
            pager.wait_until_settled("checkout-api")
            status, output = run(tmp_path, "backup", "while-it-runs.db")
            assert status == 0
            assert "has 1 service and 1 decision, the last at " in output
            elsewhere = tmp_path / "elsewhere"
            elsewhere.mkdir()
            shutil.copy(tmp_path / "pager.db", elsewhere)
            pager.kill()
        assert run(tmp_path, "journal")[0] == 0
        status, output = run(tmp_path, "backup", "after-it-was-killed.db")
        assert (status, output[-5:]) == (0, "UTC.\n")
        with Program(tmp_path, **mail_settings(mail)) as pager:
            assert pager.pages("checkout-api") == [("ada@example.com", "sent")]
            assert pager.stop() == 0
        status, output = run_server(elsewhere, PAGER_LISTEN="127.0.0.1:0")
        assert status == 1
        assert "was copied while Pager served it, without its -wal" in output
