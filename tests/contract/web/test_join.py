"""One-time links: to make the first account, and to choose a password for any other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import update

from contract.web.people import ADA, GRACE, PASSWORD, Browser, is_signed_in, sign_in, signed_in
from pager.access.lifetimes import INVITATION
from pager.adapters.store.access.accounts import AccountExists, SqlAccounts
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.invitations import BadInvitation, SqlInvitations
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import invitations


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


@pytest.fixture
def first_token(database: Database) -> str:
    """The token of the link that makes the first account."""
    token = SqlInvitations(database).for_first_account()
    assert token is not None
    return token


@pytest.fixture
def graces_token(first_token: str, database: Database) -> str:
    """The token of Grace's link: Ada has the first account, and has invited her."""
    SqlInvitations(database).accept(first_token, ADA, "hashed")
    return SqlInvitations(database).for_new_account(ADA, GRACE, "engineer")


def join(browser: Browser, token: str, name: str = "", password: str = PASSWORD) -> Response:
    """Send the form of the link."""
    form = {"name": name, "password": password}
    return browser.post(f"/console/join/{token}", data=form)


def check_dead(browser: Browser, token: str) -> None:
    """Check that the link of that token does nothing, whether it is opened or its form is sent."""
    for answer in (browser.get(f"/console/join/{token}"), join(browser, token, "eve@example.com")):
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
    assert not is_signed_in(browser)


def test_the_first_link_makes_an_administrator(
    browser: Browser, database: Database, first_token: str
) -> None:
    """Who chooses the name of the account, and is signed in at once."""
    assert "There is no account yet" in browser.get("/console/login").text
    assert "The first account of Pager" in browser.get(f"/console/join/{first_token}").text
    answer = join(browser, first_token, "Ada@Example.com")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_signed_in(browser)
    [account] = SqlAccounts(database).all()
    assert (account.name, account.role, account.can_sign_in) == (ADA, "administrator", True)
    browser.cookies.clear()
    assert sign_in(browser, ADA, PASSWORD).status_code == 303


def test_opening_a_link_uses_nothing_up(browser: Browser, graces_token: str) -> None:
    """Mail scanners open every link, so only the form uses it up."""
    for open_link in (browser.get, browser.head, browser.get):
        assert open_link(f"/console/join/{graces_token}").status_code == 200
    assert not is_signed_in(browser)
    assert join(browser, graces_token).status_code == 303


def test_a_link_works_once(app: FastAPI, browser: Browser, graces_token: str) -> None:
    """Afterwards it does nothing."""
    join(browser, graces_token)
    check_dead(Browser(app), graces_token)


def test_once_there_is_an_account_no_first_link_works(
    browser: Browser, database: Database, first_token: str
) -> None:
    """An unused one neither; and no new one is made."""
    second = SqlInvitations(database).for_first_account()
    assert second is not None
    SqlInvitations(database).accept(first_token, ADA, "hashed")
    check_dead(browser, first_token)
    check_dead(browser, second)
    assert SqlInvitations(database).for_first_account() is None


def test_once_an_account_is_invited_no_first_link_works(
    browser: Browser, database: Database, first_token: str
) -> None:
    """Even before its password is chosen: the operator has said who the first one is."""
    SqlInvitations(database).for_new_account("pager invite", GRACE, "administrator")
    check_dead(browser, first_token)


def test_a_guessed_link_does_nothing(browser: Browser, graces_token: str) -> None:
    """Nor does one that was changed."""
    for token in ("x" * 43, graces_token[:-1], graces_token + "x", "x" * 10_000):
        check_dead(browser, token)


def test_a_link_expires(browser: Browser, database: Database, graces_token: str) -> None:
    """After a day."""
    past = update(invitations).values(
        expires_at=invitations.c.expires_at - milliseconds(INVITATION - timedelta(minutes=1))
    )
    database.write(lambda connection: connection.execute(past))
    assert browser.get(f"/console/join/{graces_token}").status_code == 200
    past = update(invitations).values(expires_at=invitations.c.expires_at - 60_000)
    database.write(lambda connection: connection.execute(past))
    check_dead(browser, graces_token)


def test_a_newer_link_replaces_an_older_one(
    browser: Browser, database: Database, graces_token: str
) -> None:
    """It is for people who have lost their password."""
    newer = SqlInvitations(database).for_new_password(ADA, GRACE)
    check_dead(browser, graces_token)
    assert join(browser, newer).status_code == 303


def test_a_new_password_ends_the_sessions_of_the_lost_one(
    app: FastAPI, browser: Browser, database: Database, graces_token: str
) -> None:
    """When the link is used; until then the old password works."""
    join(browser, graces_token)
    newer = SqlInvitations(database).for_new_password(ADA, GRACE)
    assert sign_in(Browser(app), GRACE, PASSWORD).status_code == 303
    assert is_signed_in(browser)
    join(Browser(app), newer, password="another one of Grace's")
    assert not is_signed_in(browser)
    assert sign_in(browser, GRACE, PASSWORD).status_code == 422
    assert sign_in(browser, GRACE, "another one of Grace's").status_code == 303


def test_a_link_of_a_removed_account_does_nothing(
    browser: Browser, database: Database, graces_token: str
) -> None:
    """It is removed with the account."""
    SqlAccounts(database).remove(ADA, GRACE)
    check_dead(browser, graces_token)


def test_what_is_wrong_stands_beside_its_field_and_uses_nothing_up(
    browser: Browser, first_token: str
) -> None:
    """With the name that was typed, and without the password."""
    answer = join(browser, first_token, '"><script>alert(1)</script>', "short")
    assert answer.status_code == 422
    assert '<p class="error" id="name-error">A name has 1 to 100 letters' in answer.text
    assert '<p class="error" id="password-error">Choose a password of 12 to 1,000' in answer.text
    assert "<script>alert" not in answer.text
    assert '"short"' not in answer.text
    assert join(browser, first_token, ADA).status_code == 303


@pytest.mark.parametrize(
    ("password", "status"),
    [("x" * 11, 422), ("x" * 12, 303), ("x" * 1_000, 303), ("x" * 1_001, 422)],
)
def test_a_password_has_twelve_to_a_thousand_characters(
    browser: Browser, graces_token: str, password: str, status: int
) -> None:
    """422 for fewer, and for more."""
    assert join(browser, graces_token, password=password).status_code == status


def test_the_name_of_an_invited_account_cannot_be_chosen(
    browser: Browser, database: Database, graces_token: str
) -> None:
    """The name in the form is ignored."""
    join(browser, graces_token, "eve@example.com")
    assert [account.name for account in SqlAccounts(database).all()] == [ADA, GRACE]


def test_joining_replaces_the_session_of_the_browser(
    app: FastAPI, database: Database, graces_token: str
) -> None:
    """If somebody else was signed in in that browser before."""
    browser = signed_in(app, database, "viewer", "linus@example.com")
    join(browser, graces_token)
    assert f"{GRACE}, " in browser.get("/").text


def test_a_form_on_a_page_of_another_site_is_refused(browser: Browser, graces_token: str) -> None:
    """403, and the link is not used up."""
    answer = browser.post(
        f"/console/join/{graces_token}",
        data={"password": PASSWORD},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert join(browser, graces_token).status_code == 303


def test_links_and_their_use_are_in_the_audit_log(database: Database, graces_token: str) -> None:
    """With who made the link."""
    SqlInvitations(database).for_new_password("pager invite", GRACE)
    assert [change[1:4] for change in reversed(SqlAuditLog(database).last(9))] == [
        (ADA, "account made", ADA),
        (ADA, "password chosen", ADA),
        (ADA, "account made", GRACE),
        ("pager invite", "link made", GRACE),
    ]


def test_of_two_browsers_one_makes_the_first_account(postgresql_database: str) -> None:
    """On two nodes, each with its own link, at the same moment."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    tokens = [SqlInvitations(node).for_first_account() or "" for node in nodes]

    with ThreadPoolExecutor() as threads:
        joining = [
            threads.submit(SqlInvitations(node).accept, token, name, "hashed")
            for node, token, name in zip(nodes, tokens, [ADA, GRACE], strict=True)
        ]
        refusals = [error for result in joining if (error := result.exception())]
    accounts = SqlAccounts(nodes[0]).all()
    for node in nodes:
        node.close()
    assert len(accounts) == 1
    assert [type(refusal) for refusal in refusals] == [BadInvitation]


def test_a_name_is_invited_once(database: Database, graces_token: str) -> None:
    """A second invitation could change the password of somebody else by mistake."""
    with pytest.raises(AccountExists):
        SqlInvitations(database).for_new_account(ADA, GRACE, "viewer")
