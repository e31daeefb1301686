"""How the first person gets in, and how somebody does who has lost the password."""

from pathlib import Path

import httpx2
import pytest

from pager.adapters.store.core.database import Database
from system.program import Program, run
from waiting import WAIT_TIMEOUT

NAME, PASSWORD = "ada@example.com", "correct horse battery staple"
FIRST = r"Nobody can sign in yet\. Create the first account: (\S+) \(once, within 24 hours\)"


def join(link: str) -> httpx2.Response:
    """Choose a password on the page of that link."""
    return httpx2.post(link, data={"name": NAME, "password": PASSWORD}, timeout=WAIT_TIMEOUT)


@pytest.mark.proof
def test_the_first_start_prints_a_link_that_makes_the_first_account(tmp_path: Path) -> None:
    """Each start does, until somebody has used one."""
    with Program(tmp_path) as pager:
        pager.wait_for_output(FIRST)
    with Program(tmp_path) as pager:
        link = pager.wait_for_output(FIRST)[1]
        answer = join(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    with Program(tmp_path) as pager:
        pager.http.get("/healthz").raise_for_status()
        assert "Nobody can sign in yet" not in pager.output


@pytest.mark.proof
def test_a_lost_password_is_replaced_from_the_command_line(tmp_path: Path) -> None:
    """Where the server is stopped; where it runs, it says so."""
    with Program(tmp_path) as pager:
        join(pager.wait_for_output(FIRST)[1])
        status, output = run(tmp_path, "invite", NAME)
        assert status == 1
        assert "The server is at work on this SQLite file" in output
        pager.stop()
    status, output = run(tmp_path, "invite", "Ada@example.com", PAGER_PUBLIC_URL="http://pager")
    assert status == 0
    said, link = output.splitlines()
    assert said == "Names of accounts are in small letters: it is ada@example.com."
    assert link.startswith("http://pager/console/join/")
    with Program(tmp_path) as pager:
        path = link.removeprefix("http://pager")
        assert join(f"{pager.http.base_url}{path}").status_code == 303


@pytest.mark.proof
def test_on_postgresql_the_server_may_run_meanwhile(
    tmp_path: Path, postgresql_database: str
) -> None:
    """And the link is for a new account, with the role that is given."""
    with Program(tmp_path, PAGER_DATABASE_URL=postgresql_database) as pager:
        status, output = run(
            tmp_path,
            "invite",
            NAME,
            "--role",
            "administrator",
            PAGER_DATABASE_URL=postgresql_database,
            PAGER_PUBLIC_URL=str(pager.http.base_url),
        )
        assert status == 0, output
        assert join(output.strip()).status_code == 303
        assert join(output.strip()).status_code == 404


def test_an_invitation_is_for_a_name_and_to_a_database(tmp_path: Path) -> None:
    """What is wrong is output, and nothing is made."""
    status, output = run(tmp_path, "invite", NAME)
    assert (status, "There is no database" in output) == (1, True)
    assert not list(tmp_path.iterdir())
    Database(f"sqlite:///{tmp_path / 'pager.db'}").close()
    status, output = run(tmp_path, "invite", "not a name")
    assert (status, "A name has 1 to 100 letters" in output) == (1, True)


@pytest.mark.proof
def test_the_first_invitation_is_for_an_administrator(tmp_path: Path) -> None:
    """Or else nobody could make the other accounts: the link of the start does not work now."""
    with Program(tmp_path) as pager:
        pager.stop()
    _, output = run(tmp_path, "invite", NAME, PAGER_PUBLIC_URL="http://pager")
    with Program(tmp_path) as pager:
        session = join(f"{pager.http.base_url}{output.strip().removeprefix('http://pager')}")
        pager.http.cookies.update(session.cookies)
        assert pager.http.get("/console/accounts").status_code == 200
