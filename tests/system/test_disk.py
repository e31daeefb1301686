"""The disk under the database fails: what the operator sees, and what became of every Alert.

Readiness says what is wrong, an Alert that cannot be stored is refused, and whatever was accepted
is paged once, when the disk is good again or its backup is back.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from contract.channels.smtp_server import Dialogue, MailServer, ScriptedServer
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from system.program import Program, emails, run, run_as_process
from system.test_mail_server import scripted_settings
from system.test_paging import mail_settings, recipients
from system.watching import (
    complaint,
    metric,
    raise_alerts,
    wait_for_complaint,
    wait_until_ready,
)
from waiting import WAIT_TIMEOUT

pytestmark = pytest.mark.proof


class Disk(Protocol):
    """A disk with a directory, that a test can fill."""

    directory: Path
    says: str

    def fill(self, pager: Program, /) -> None:
        """From now on nothing fits on it."""
        ...

    def free(self, pager: Program, /) -> None:
        """There is room again."""
        ...


class Quota:
    """No disk can be filled by everybody; but a program may be allowed to write no file."""

    says = "disk I/O error"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def fill(self, pager: Program) -> None:
        """Set its soft limit."""
        _, hard = resource.prlimit(pager.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pager.pid, resource.RLIMIT_FSIZE, (1, hard))

    def free(self, pager: Program) -> None:
        """Lift it."""
        _, hard = resource.prlimit(pager.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pager.pid, resource.RLIMIT_FSIZE, (hard, hard))


class Tmpfs:
    """A real one, of eight megabytes."""

    says = "database or disk is full"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def fill(self, _pager: Program) -> None:
        """With somebody else's file."""
        with (self.directory / "somebody-elses").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def free(self, _pager: Program) -> None:
        """Which is deleted."""
        (self.directory / "somebody-elses").unlink()


@pytest.fixture(params=["quota", "tmpfs"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk for a database; a file system of its own needs root."""
    if request.param == "quota":
        if not hasattr(resource, "prlimit"):
            pytest.skip("only Linux can limit a process that runs")
        yield Quota(tmp_path)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield Tmpfs(tmp_path)
    unmount = ["umount", str(tmp_path)]
    subprocess.run(unmount, check=True)


SERVICES = [f"service-{number}" for number in range(20)]


def test_a_full_disk(disk: Disk) -> None:
    """Alerts are refused and readiness says why; once there is room again it goes on."""
    with MailServer() as mail, Program(disk.directory, **mail_settings(mail)) as pager:
        for service in SERVICES:
            pager.put_policy(service, emails(service))
        disk.fill(pager)
        # What is left of the journal on the disk may take some more.
        accepted = raise_alerts(pager, SERVICES)
        assert len(accepted) < len(SERVICES)
        wait_for_complaint(pager, f"The database takes no writes: {disk.says}.")
        assert metric(pager, "pager_database_up") == 0
        pager.wait_for_output(f"ERROR .*the database did not take [0-9]+ writes?: {disk.says}\n")
        pager.wait_for_output("WARNING .*not ready: The database takes no writes")
        disk.free(pager)
        wait_until_ready(pager)
        assert metric(pager, "pager_database_up") == 1
        refused = [service for service in SERVICES if service not in accepted]
        assert raise_alerts(pager, refused) == refused
        mail.wait_for_messages(len(SERVICES))
        for service in SERVICES:
            pager.wait_until_settled(service)
        assert "Traceback" not in pager.output
        assert pager.stop() == 0
    assert recipients(mail.messages) == {f"{service}@example.com": 1 for service in SERVICES}
    status, output = run(disk.directory, "audit")
    assert status == 0, output


def test_a_page_that_was_sent_while_the_disk_was_full_is_not_sent_again(disk: Disk) -> None:
    """It is noted as soon as there is room."""
    taken, full = threading.Event(), threading.Event()

    def take(dialogue: Dialogue) -> None:
        dialogue.serve_until("DATA")
        dialogue.take_message()
        taken.set()
        assert full.wait(WAIT_TIMEOUT)
        dialogue.send("250 OK\r\n")
        dialogue.wait_for_close()

    with (
        ScriptedServer(take) as server,
        Program(disk.directory, **scripted_settings(server)) as pager,
    ):
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api")
        assert taken.wait(WAIT_TIMEOUT)
        disk.fill(pager)
        full.set()
        pager.wait_for_output(f"ERROR .*the database did not take 1 write: {disk.says}\n")
        disk.free(pager)
        pager.wait_until_settled("checkout-api")
        assert pager.pages("checkout-api") == [("ada@example.com", "sent")]
        assert metric(pager, "pager_notifications_total", channel="email", outcome="sent") == 1
        assert pager.stop() == 0


@pytest.fixture
def accepted(tmp_path: Path) -> Path:
    """A database file with an Alert that was accepted and could not be mailed yet."""
    mail = MailServer()
    with mail:
        pass
    with Program(tmp_path, **mail_settings(mail)) as pager:
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api")
        assert pager.stop() == 0
    return tmp_path / "pager.db"


def check_that_ada_is_mailed_once(directory: Path) -> None:
    """By the next start."""
    with MailServer() as mail, Program(directory, **mail_settings(mail)) as pager:
        mail.wait_for_messages(1)
        pager.wait_until_settled("checkout-api")
        assert pager.stop() == 0
        assert recipients(mail.messages) == {"ada@example.com": 1}


WITHOUT_ROOM = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_full_disk_stops_the_start(accepted: Path) -> None:
    """With a sentence; nothing is lost meanwhile."""
    under = [sys.executable, "-c", WITHOUT_ROOM]
    status, output = run_as_process(
        accepted.parent, "serve", under=under, PAGER_LISTEN="127.0.0.1:0"
    )
    assert status == 1
    assert "The database cannot be opened: disk I/O error" in output
    assert "Traceback" not in output
    check_that_ada_is_mailed_once(accepted.parent)


@pytest.mark.parametrize("what", ["file", "directory"])
def test_what_is_read_only_stops_the_start(accepted: Path, what: str) -> None:
    """With a sentence; nothing is lost meanwhile."""
    read_only = accepted if what == "file" else accepted.parent
    before = read_only.stat().st_mode
    read_only.chmod(before & ~0o222)
    status, output = run_as_process(
        accepted.parent, "serve", under=without_privileges(), PAGER_LISTEN="127.0.0.1:0"
    )
    assert status == 1
    assert "The database cannot be opened: " in output
    assert "Traceback" not in output
    read_only.chmod(before)
    check_that_ada_is_mailed_once(accepted.parent)


def without_privileges() -> list[str]:
    """What makes a command obey the permissions of files: root does not by itself."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write what is read-only, and has no setpriv to give that up")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override"]


def overwrite(path: Path, beginning_at: int) -> None:
    """Make what comes then unreadable."""
    with path.open("r+b") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(beginning_at)
        file.write(random.Random(0).randbytes(length - beginning_at))


def back_up(path: Path, to: Path) -> None:
    """As docs/operations.md says: it may be in use."""
    status, output = run(path.parent, "backup", str(to))
    assert status == 0, output


def restore(backup: Path, path: Path) -> None:
    """As docs/operations.md says."""
    decided = ("--api-keys", "keep", "--passwords", "keep")
    status, output = run(path.parent, "restore", str(backup), *decided)
    assert status == 0, output


def test_a_damaged_file_stops_the_start_and_a_backup_goes_on(accepted: Path) -> None:
    """Even if the damage is where nothing would be read at first."""
    backup = accepted.with_name("backup")
    back_up(accepted, to=backup)
    overwrite(accepted, beginning_at=5 * 4096)
    status, output = run_as_process(accepted.parent, "serve", PAGER_LISTEN="127.0.0.1:0")
    assert status == 1
    assert f"The database file {accepted.name} is damaged" in output
    assert "Traceback" not in output
    restore(backup, accepted)
    check_that_ada_is_mailed_once(accepted.parent)


def delete(path: Path) -> None:
    """The database, and all that belongs to it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def replace(path: Path) -> None:
    """By a copy of itself."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.rename(path)


@pytest.mark.parametrize("happens_to", [delete, replace])
def test_a_file_that_is_gone_while_it_runs(
    tmp_path: Path, happens_to: Callable[[Path], None]
) -> None:
    """Nothing is accepted that a restart would forget, and its backup goes on where it was."""
    path, backup = tmp_path / "pager.db", tmp_path / "backup"
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        for service in ("checkout-api", "search-api"):
            pager.put_policy(service, emails(service))
        pager.raise_alert("checkout-api")
        pager.wait_until_settled("checkout-api")
        back_up(path, to=backup)
        happens_to(path)
        assert raise_alerts(pager, ["search-api"]) == []
        assert complaint(pager) == str(DatabaseFileGone(str(path)))
        assert metric(pager, "pager_database_up") == 0
        assert pager.stop() == 0
        restore(backup, path)
    with mail, Program(tmp_path, **mail_settings(mail)) as pager:
        assert complaint(pager) is None
        pager.raise_alert("search-api")
        mail.wait_for_messages(2)
        pager.wait_until_settled("search-api")
        assert pager.stop() == 0
    assert recipients(mail.messages) == {"checkout-api@example.com": 1, "search-api@example.com": 1}


def test_a_file_that_is_damaged_while_it_runs(tmp_path: Path) -> None:
    """It is not ready, and says so; what its backup has goes on."""
    path, backup = tmp_path / "pager.db", tmp_path / "backup"
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        pager.put_policy("checkout-api", emails("ada"))
        back_up(path, to=backup)
        overwrite(path, beginning_at=0)
        overwrite(path.with_name("pager.db-wal"), beginning_at=32)
        wait_for_complaint(pager, "The database ")
        assert metric(pager, "pager_database_up") == 0
        pager.stop()
        restore(backup, path)
        with Program(tmp_path, **mail_settings(mail)) as again:
            assert complaint(again) is None
            again.raise_alert("checkout-api")
            mail.wait_for_messages(1)
            again.wait_until_settled("checkout-api")
            assert again.stop() == 0
    assert recipients(mail.messages) == {"ada@example.com": 1}
