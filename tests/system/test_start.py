"""How the program starts, and when it refuses to: a sentence says which setting, and why."""

import socket
from pathlib import Path

import pytest

from pager.settings import Settings
from system.program import Program, run, run_as_process, run_server

SECRET = "hunter2-hunter2-hunter2"
ANY_PORT = "127.0.0.1:0"


@pytest.mark.proof
def test_a_wrong_setting_stops_the_start(tmp_path: Path) -> None:
    """With its name and what was expected; without a traceback, and without its secret."""
    wrong = {"PAGER_SMTP_URL": f"http://me:{SECRET}@mail"}
    status, output = run_as_process(tmp_path, "serve", **wrong)
    assert status != 0
    assert "PAGER_SMTP_URL: " in output
    assert "Traceback" not in output
    assert SECRET not in output


def test_a_database_in_no_folder_stops_the_start(tmp_path: Path) -> None:
    """With the name of the setting, and without a traceback."""
    missing = "sqlite:///no/such/folder/pager.db"
    status, output = run_server(tmp_path, PAGER_DATABASE_URL=missing, PAGER_LISTEN=ANY_PORT)
    assert status != 0
    assert "PAGER_DATABASE_URL" in output
    assert "Traceback" not in output


def test_settings_come_from_a_file_and_the_environment_goes_first(tmp_path: Path) -> None:
    """pager.toml in the working directory, by the settings' names in lower case."""
    (tmp_path / "pager.toml").write_text(
        'listen = "nowhere"\ndatabase_url = "sqlite:///other.db"\nmail_relays = 2\n'
    )
    with Program(tmp_path):
        assert (tmp_path / "other.db").exists()


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    """And nothing is left behind by the attempt."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        status, output = run_server(tmp_path, PAGER_LISTEN=address)
        assert status == 1
        assert f"Pager cannot listen on {address}" in output
        assert list(tmp_path.iterdir()) == []


def test_a_host_that_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    """In the words of the system, which has no number for it."""
    status, output = run_server(tmp_path, PAGER_LISTEN="256.256.256.256:8080")
    assert status == 1
    assert "Pager cannot listen on 256.256.256.256:8080: " in output
    assert "Unknown error" not in output


def test_links_are_told_letter_by_letter(tmp_path: Path) -> None:
    """What stands in brackets is no style of the terminal's."""
    with Program(tmp_path, PAGER_PUBLIC_URL="http://[fd00::1]:8080") as pager:
        pager.wait_for_output(r"account: http://\[fd00::1\]:8080/console/join/")


def test_a_database_that_is_served_already_stops_the_start(tmp_path: Path) -> None:
    """The first goes on."""
    with Program(tmp_path) as first:
        status, output = run_server(tmp_path, PAGER_LISTEN=ANY_PORT)
        assert status == 1
        assert "is served by another Pager already" in output
        assert first.http.get("/readyz").status_code == 200


def test_beyond_loopback_it_asks_for_the_key(tmp_path: Path) -> None:
    """With a key it may listen anywhere, and nothing goes without it."""
    with Program(tmp_path, PAGER_LISTEN="0.0.0.0:0", PAGER_API_KEY=SECRET) as pager:
        assert pager.http.get("/services").status_code == 401
        authorised = {"Authorization": f"Bearer {SECRET}"}
        assert pager.http.get("/services", headers=authorised).json() == []
        assert SECRET not in pager.output


@pytest.mark.proof
def test_it_listens_on_ipv6_as_well(tmp_path: Path) -> None:
    """On the address that it is given."""
    with Program(tmp_path, PAGER_LISTEN="[::1]:0") as pager:
        assert pager.http.get("/healthz").status_code == 200


def test_help_explains_every_setting(tmp_path: Path) -> None:
    """By its name."""
    status, shown = run(tmp_path, "serve", "--help")
    assert status == 0
    for name in Settings.model_fields:
        assert f"PAGER_{name.upper()}" in shown


def test_help_says_what_each_command_is_for(tmp_path: Path) -> None:
    """In a sentence that fits the line."""
    status, shown = run(tmp_path, "--help")
    assert status == 0
    assert "Print a link to choose a password." in shown
    assert "..." not in shown.partition("Commands:")[2]


@pytest.mark.proof
def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    """SIGTERM, exit status 0, and no complaint."""
    with Program(tmp_path) as pager:
        assert pager.stop() == 0
        assert "Traceback" not in pager.output
