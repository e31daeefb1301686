"""Signing in to the console, and attempts of people who must not get in."""

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import func, select, update

from contract.web.application import HASHER, application_on, shared_application
from contract.web.people import (
    ADA,
    COOKIE,
    PASSWORD,
    Browser,
    hashed,
    is_signed_in,
    sign_in,
    signed_in,
)
from pager.access.throttling import FROM_ONE_NETWORK
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.runtime.pools import Pool
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import failed_logins, sessions
from pager.adapters.web.auth.browser import safe_redirect_path
from pager.adapters.web.auth.passwords import Passwords
from pager.adapters.web.limits import LIMITS, Limits


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application, with an account for Ada, who is an engineer."""
    accounts = SqlAccounts(database)
    accounts.add("a test", ADA, "engineer")
    accounts.change_password("a test", ADA, hashed())
    limits = Limits(login_within=timedelta(0))
    return shared_application(database, None, "testserver", limits=limits)


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


def test_name_and_password_sign_in_and_redirect_to_the_wanted_page(browser: Browser) -> None:
    """The case of the name does not matter."""
    answer = sign_in(browser, "Ada@Example.com", then="/console/policies?page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/policies?page=2")
    assert is_signed_in(browser)


def test_the_cookie_is_for_this_server_and_for_no_script(browser: Browser) -> None:
    """HttpOnly and SameSite."""
    cookie = SimpleCookie(sign_in(browser).headers["set-cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")


def test_behind_tls_the_cookie_is_sent_by_https_only(app: FastAPI, database: Database) -> None:
    """Under a name that no other host can set; and the answer has HSTS."""
    links = AcknowledgeLinks("https://pager.example.com", [b"a key"])
    browser = Browser(shared_application(database, links=links))
    answer = sign_in(browser)
    [(name, cookie)] = SimpleCookie(answer.headers["set-cookie"]).items()
    assert (name, cookie["secure"], cookie["path"], cookie["domain"]) == (
        "__Host-pager_session",
        True,
        "/",
        "",
    )
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (ADA, "a wrong password"),
        ("grace@example.com", PASSWORD),
        ("no such name at all!", PASSWORD),
        (ADA, ""),
        ("", ""),
        (ADA, "x" * 100_000),
    ],
)
def test_a_wrong_name_and_a_wrong_password_look_alike(
    browser: Browser, name: str, password: str
) -> None:
    """Nobody can find out which accounts exist."""
    answer = sign_in(browser, name, password)
    assert answer.status_code == 422
    assert "The name or the password is wrong. Try again" in answer.text
    assert password not in answer.text or not password
    assert 'aria-invalid="true"' in answer.text
    assert not is_signed_in(browser)


def test_nobody_signs_in_to_an_account_without_a_password(
    browser: Browser, database: Database
) -> None:
    """Its owner has not chosen one yet."""
    SqlAccounts(database).add("a test", "grace@example.com", "viewer")
    assert sign_in(browser, "grace@example.com", "").status_code == 422


def test_the_session_is_a_new_one_each_time(browser: Browser) -> None:
    """A token that somebody else has put there before signs nobody in (session fixation)."""
    browser.use_session("chosen-by-somebody-else")
    sign_in(browser)
    first = browser.cookies[COOKIE]
    assert first != "chosen-by-somebody-else"
    sign_in(browser)
    second = browser.cookies[COOKIE]
    assert second != first
    browser.use_session(first)
    assert not is_signed_in(browser)


def test_signing_out_ends_the_session_on_the_server(app: FastAPI, database: Database) -> None:
    """A copy of the cookie is not valid any more."""
    browser = signed_in(app, database, "viewer", "grace@example.com")
    token = browser.cookies[COOKIE]
    csrf = browser.csrf("/console/nowhere")
    answer = browser.post("/console/logout", data={"csrf": csrf})
    assert answer.headers["location"] == "/console/login"
    assert COOKIE not in browser.cookies
    browser.use_session(token)
    assert not is_signed_in(browser)


def test_signing_out_takes_a_form_of_the_session(app: FastAPI, database: Database) -> None:
    """Another site must not sign people out, nor the form of another session."""
    browser = signed_in(app, database, "viewer", "grace@example.com")
    for csrf in ("", "0" * 64):
        assert browser.post("/console/logout", data={"csrf": csrf}).status_code == 403
    assert is_signed_in(browser)


def test_a_password_is_rehashed_when_the_parameters_have_changed(
    browser: Browser, database: Database
) -> None:
    """At the next sign-in, when the password is known."""
    accounts = SqlAccounts(database)
    before = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    accounts.change_password("a test", ADA, before.hash(PASSWORD))
    assert sign_in(browser).status_code == 303
    account = accounts.named(ADA)
    assert account is not None
    assert account.password is not None
    assert not Passwords(Pool("passwords", 1), HASHER).is_outdated(account.password)
    assert is_signed_in(browser)
    assert sign_in(browser).status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/" + "x" * 2_000,
    ],
)
def test_the_login_redirects_to_no_other_site(browser: Browser, elsewhere: str) -> None:
    """`then` must be a path on this server."""
    assert safe_redirect_path(elsewhere) == "/"
    assert sign_in(browser, then=elsewhere).headers["location"] == "/"
    assert browser.get("/console/login", params={"then": elsewhere}).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
    ],
)
def test_a_form_on_a_page_of_somebody_else_is_refused(
    app: FastAPI, database: Database, browser: Browser, headers: dict[str, str]
) -> None:
    """At the login (it could sign people in as the attacker), and later, even with a CSRF token."""
    form = {"name": ADA, "password": PASSWORD}
    assert browser.post("/console/login", data=form, headers=headers).status_code == 403
    assert not is_signed_in(browser)
    victim = signed_in(app, database, "viewer", "grace@example.com")
    signed = {"csrf": victim.csrf("/console/nowhere")}
    assert victim.post("/console/logout", data=signed, headers=headers).status_code == 403
    assert is_signed_in(victim)


@pytest.mark.parametrize(
    "headers", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}]
)
def test_a_form_on_a_page_of_ours_is_accepted(browser: Browser, headers: dict[str, str]) -> None:
    """Browsers say on which page the form is."""
    form = {"name": ADA, "password": PASSWORD}
    assert browser.post("/console/login", data=form, headers=headers).status_code == 303


def test_a_script_in_the_name_is_escaped(browser: Browser) -> None:
    """The page shows the name again."""
    script = '"><script>alert(1)</script>'
    page = sign_in(browser, name=script, then=f"/{script}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_form_is_bounded(browser: Browser) -> None:
    """413: too large. 403: too many fields, or not UTF-8. 415: not a form."""
    post, headers = browser.post, {"content-type": "application/x-www-form-urlencoded"}
    assert post("/console/login", content=b"a=" + b"x" * 2**20, headers=headers).status_code == 413
    assert post("/console/login", content=b"a&" * 20_001, headers=headers).status_code == 403
    assert post("/console/login", content=b"name=%FF", headers=headers).status_code == 403
    assert post("/console/login", json={"name": ADA}).status_code == 415


@pytest.mark.parametrize(
    ("referer", "then"),
    [
        ("http://testserver/console/policies?x=1", "%2Fconsole%2Fpolicies%3Fx%3D1"),
        ("nonsense", "%2F"),
    ],
)
def test_a_form_sent_after_its_session_ended_leads_back_to_its_page(
    browser: Browser, referer: str, then: str
) -> None:
    """Not to the address of the form: that has no page."""
    answer = browser.post("/console/logout", headers={"referer": referer})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/login?then={then}"


def test_a_login_that_is_refused_for_load_is_not_counted_as_wrong(database: Database) -> None:
    """503: a flood of invented names neither fills the database nor makes anybody else wait."""
    full = Pool("passwords", threads=0, most_waiting=0)
    browser = Browser(application_on(database, passwords=full))
    for name in (ADA, "nobody@example.com", "no such name at all!"):
        answer = sign_in(browser, name)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    count = select(func.count()).select_from(failed_logins)
    assert database.read(lambda connection: connection.scalar(count)) == 0


@pytest.mark.parametrize("name", [ADA, "nobody@example.com"])
def test_many_wrong_passwords_are_throttled(
    browser: Browser, database: Database, name: str
) -> None:
    """429, even with the right password, and also where there is no account of that name."""
    assert sign_in(browser, name, "a wrong password").status_code == 422
    many = update(failed_logins).values(failures=20)
    database.write(lambda connection: connection.execute(many))
    answer = sign_in(browser, name)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 4
    assert "too many wrong passwords for this name. Try again in" in answer.text


def test_throttling_a_guesser_does_not_throttle_the_owner(
    app: FastAPI, browser: Browser, database: Database
) -> None:
    """If the owner has signed in with that browser before, even if that session is over."""
    sign_in(browser)
    over = update(sessions).values(used_at=0)
    database.write(lambda connection: connection.execute(over))
    stranger = signed_in(app, database, "viewer", "grace@example.com")
    sign_in(stranger, password="a wrong password")
    many = update(failed_logins).values(failures=20)
    database.write(lambda connection: connection.execute(many))
    assert sign_in(stranger).status_code == 429
    assert not is_signed_in(browser)
    assert sign_in(browser).status_code == 303


def test_guessing_in_the_owners_browser_is_throttled_too(
    browser: Browser, database: Database
) -> None:
    """A stolen session does not help to guess the password."""
    sign_in(browser)
    sign_in(browser, password="a wrong password")
    many = update(failed_logins).values(failures=20)
    database.write(lambda connection: connection.execute(many))
    assert sign_in(browser).status_code == 429


def test_the_right_password_resets_the_count_of_wrong_ones(
    browser: Browser, database: Database
) -> None:
    """People mistype: a few mistakes before each login are free."""
    for _ in range(2):
        for _ in range(FROM_ONE_NETWORK.free_attempts - 1):
            assert sign_in(browser, password="a wrong password").status_code == 422
        assert sign_in(browser).status_code == 303


def test_somebody_who_is_throttled_waits_for_a_turn(
    browser: Browser, app: FastAPI, database: Database
) -> None:
    """Nobody who guesses the passwords of a name keeps its owner out of a new browser."""
    assert sign_in(browser, password="a wrong password").status_code == 422
    soon = update(failed_logins).values(failures=20, last_at=failed_logins.c.last_at - 3_800)
    database.write(lambda connection: connection.execute(soon))
    patient = Browser(application_on(database, limits=LIMITS))
    assert sign_in(patient).status_code == 303


def test_guesses_from_another_network_make_nobody_wait(
    browser: Browser, app: FastAPI, database: Database
) -> None:
    """The owner signs in with a new browser at once."""
    sign_in(browser, password="a wrong password")
    many = update(failed_logins).values(failures=20)
    database.write(lambda connection: connection.execute(many))
    assert sign_in(browser).status_code == 429
    elsewhere = Browser(app, address="198.51.100.7")
    assert sign_in(elsewhere).status_code == 303
