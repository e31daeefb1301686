"""Single sign-on to the console, at a real OpenID provider."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http.cookies import SimpleCookie
from urllib.parse import quote

import httpx2
import pytest
from fastapi import FastAPI
from httpx2 import Response
from pydantic import JsonValue

from contract.web.application import LINKS, shared_application
from contract.web.forms import in_words
from contract.web.openid_provider import openid_provider
from contract.web.people import ADA, COOKIE, Browser
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.web.auth.oidc import Registration, SignOn
from waiting import WAIT_TIMEOUT

pytestmark = pytest.mark.usefixtures("one_authority")

BEGIN = "/console/login/sign-on"
CALLBACK = "/console/login/callback"
THEN = "/console/services/checkout-api"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider at which people log in by typing any name."""
    with openid_provider() as url:
        yield url


@cache
def registered_at(issuer: str) -> SignOn:
    """Single sign-on, registered at the provider."""
    registration = Registration(
        issuer, "pager", "a-client-secret", f"http://testserver{CALLBACK}", "Example & Co."
    )
    return SignOn(registration, [b"a key"])


def application_at(issuer: str, database: Database, links: AcknowledgeLinks = LINKS) -> FastAPI:
    """The application, registered at the provider."""
    return shared_application(database, sign_on=registered_at(issuer), links=links)


@pytest.fixture
def browser(issuer: str, database: Database) -> Browser:
    """A browser in which nobody is signed in; Ada has an account without a password."""
    SqlAccounts(database).add("a test", ADA, "engineer")
    return Browser(application_at(issuer, database))


def set_claims(issuer: str, subject: str, **claims: JsonValue) -> None:
    """Let the provider send these claims about whoever logs in as `subject`."""
    url = f"{issuer}/users/{quote(subject)}"
    httpx2.put(url, json=claims, verify=False, timeout=WAIT_TIMEOUT).raise_for_status()


def begin(browser: Browser, then: str = "/") -> str:
    """Follow the link of the login page; gives the URL of the redirect."""
    answer = browser.get(BEGIN, params={"then": then})
    assert answer.status_code == 303
    return answer.headers["location"]


def log_in(url: str, subject: str) -> str:
    """Fill in the provider's form; gives the path that it sends the browser back to."""
    answer = httpx2.post(url, data={"sub": subject}, verify=False, timeout=WAIT_TIMEOUT)
    sent_back = answer.headers["Location"]
    return sent_back.removeprefix("http://testserver")


def sign_on(browser: Browser, subject: str, then: str = "/") -> Response:
    """The whole sign-in."""
    return browser.get(log_in(begin(browser, then), subject))


def is_signed_in(browser: Browser) -> bool:
    """Whether the console shows its first page."""
    return browser.get("/").status_code == 200


def test_the_login_page_has_a_link_with_the_providers_name(browser: Browser) -> None:
    """A link and no form: the CSP forbids forms that lead to another server."""
    html = browser.get("/console/login", params={"then": THEN}).text
    assert f'href="{BEGIN}?then={quote(THEN, safe="")}"' in html
    assert "Sign in with Example &amp; Co." in html


def test_there_is_no_link_where_there_is_no_provider(database: Database) -> None:
    """And its routes are not found."""
    browser = Browser(shared_application(database))
    assert "Sign in with" not in browser.get("/console/login").text
    assert browser.get(BEGIN).status_code == 404
    assert browser.get(CALLBACK).status_code == 404


def test_a_verified_address_that_is_an_accounts_name_signs_in(
    browser: Browser, issuer: str, database: Database
) -> None:
    """And redirects to `then`; the audit log says that the account is tied to the identity."""
    set_claims(issuer, "4711", email="Ada@Example.com", email_verified=True)
    answer = sign_on(browser, "4711", THEN)
    assert (answer.status_code, answer.headers["location"]) == (303, THEN)
    assert is_signed_in(browser)
    [change, *_] = SqlAuditLog(database).last(1)
    assert (change.author, change.action, change.subject) == (ADA, "single sign-on tied", ADA)
    assert issuer in change.detail


def test_an_account_stays_tied_to_its_subject(
    browser: Browser, issuer: str, database: Database
) -> None:
    """Even if somebody else has its address now: addresses change owners, subjects do not."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    sign_on(browser, "4711")
    set_claims(issuer, "4711", email="ada.lovelace@example.com", email_verified=True)
    assert sign_on(Browser(application_at(issuer, database)), "4711").status_code == 303
    set_claims(issuer, "newcomer", email=ADA, email_verified=True)
    other = Browser(application_at(issuer, database))
    assert sign_on(other, "newcomer").status_code == 403
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "mallory@example.com", "email_verified": True},
        {"email": ADA, "email_verified": False},
        {"email": ADA},
        {"name": ADA},
        {"email": "<script>@example.com", "email_verified": True},
    ],
)
def test_an_identity_without_an_account_is_refused(
    browser: Browser, issuer: str, claims: dict[str, JsonValue]
) -> None:
    """To be known at the provider is not enough: an administrator makes the accounts."""
    set_claims(issuer, "mallory", **claims)
    answer = sign_on(browser, "mallory")
    assert answer.status_code in (403, 503)
    assert "<script>@" not in answer.text
    assert not is_signed_in(browser)


@pytest.mark.parametrize("claims", [{"email": ADA}, {"email": ADA, "email_verified": False}])
def test_an_address_that_nobody_vouches_for_is_said_to_be_that(
    browser: Browser, issuer: str, claims: dict[str, JsonValue], caplog: pytest.LogCaptureFixture
) -> None:
    """There may be an account of that name, and the log says how an operator can trust it."""
    set_claims(issuer, "mallory", **claims)
    answer = sign_on(browser, "mallory")
    text = in_words(answer.text)
    assert answer.status_code == 403
    assert f"has not verified your e-mail address {ADA}" in text
    assert "PAGER_OIDC_TRUSTED_CLAIM" in caplog.text


def test_the_address_that_has_no_account_is_named(browser: Browser, issuer: str) -> None:
    """So that people can tell it to an administrator."""
    set_claims(issuer, "grace", email="grace@example.com", email_verified=True)
    assert "grace@example.com" in in_words(sign_on(browser, "grace").text)


def test_a_sign_in_that_another_browser_began_is_refused(
    browser: Browser, issuer: str, database: Database
) -> None:
    """A link cannot sign people in as somebody else (login CSRF)."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    sent_back = log_in(begin(browser), "4711")
    victim = Browser(application_at(issuer, database))
    answer = victim.get(sent_back)
    assert answer.status_code == 403
    assert "in another browser" in answer.text
    assert not is_signed_in(victim)


def test_a_callback_works_once(browser: Browser, issuer: str) -> None:
    """Its URL in the history of a browser signs nobody in."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    sent_back = log_in(begin(browser), "4711")
    assert browser.get(sent_back).status_code == 303
    browser.post("/console/logout", data={"csrf": browser.csrf("/")})
    assert browser.get(sent_back).status_code == 403
    assert not is_signed_in(browser)


def test_the_session_is_a_new_one(browser: Browser, issuer: str) -> None:
    """A cookie that somebody has set before is not valid afterwards (session fixation)."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    browser.use_session("planted")
    sign_on(browser, "4711")
    assert browser.cookies[COOKIE] != "planted"
    assert is_signed_in(browser)


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_sign_in_redirects_to_no_other_site(browser: Browser, issuer: str, then: str) -> None:
    """Whatever `then` is in the link."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    assert sign_on(browser, "4711", then).headers["location"] == "/"


def test_the_cookie_of_a_sign_in_is_for_ten_minutes_and_no_script(browser: Browser) -> None:
    """HttpOnly, SameSite, Max-Age."""
    cookie = browser.get(BEGIN).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie


def test_behind_tls_no_other_host_can_set_the_cookie_of_a_sign_in(
    issuer: str, database: Database
) -> None:
    """Otherwise that host could sign people in as somebody else."""
    app = application_at(issuer, database, AcknowledgeLinks("https://testserver", [b"a key"]))
    [(name, cookie)] = SimpleCookie(Browser(app).get(BEGIN).headers["set-cookie"]).items()
    assert (name, cookie["secure"], cookie["path"], cookie["domain"]) == (
        "__Host-pager_sign_on",
        True,
        "/",
        "",
    )


def test_the_code_of_a_failed_sign_in_is_not_logged(
    browser: Browser, issuer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason of the failure is; and the page has neither."""
    with caplog.at_level(logging.INFO):
        answer = browser.get(CALLBACK, params={"code": "a-secret-code", "state": "x"})
    assert answer.status_code == 403
    log = " ".join(
        record.getMessage() for record in caplog.records if record.name.startswith("pager")
    )
    assert "single sign-on failed" in log
    assert "a-secret-code" not in log + answer.text


def test_a_provider_that_is_down_is_answered_with_the_login_page(database: Database) -> None:
    """503, with a sentence; passwords still work."""
    browser = Browser(application_at("http://127.0.0.1:9", database))
    answer = browser.get(BEGIN)
    assert answer.status_code == 503
    assert "does not answer" in in_words(answer.text)
    assert 'name="password"' in answer.text


def test_a_removed_account_cannot_sign_in(
    browser: Browser, issuer: str, database: Database
) -> None:
    """Its identity is removed with it."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    sign_on(browser, "4711")
    SqlAccounts(database).remove("a test", ADA)
    assert not is_signed_in(browser)
    assert sign_on(browser, "4711").status_code == 403


def test_two_tabs_of_one_person_tie_the_account_once(
    issuer: str, database: Database, browser: Browser
) -> None:
    """The second one finds it tied already."""
    set_claims(issuer, "4711", email=ADA, email_verified=True)
    other = Browser(application_at(issuer, database))
    first, second = (log_in(begin(tab), "4711") for tab in (browser, other))
    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(browser.get, first), threads.submit(other.get, second)]
    assert [answer.result().status_code for answer in answers] == [303, 303]
    tied = [change for change in SqlAuditLog(database).last(10) if "tied" in change.action]
    assert len(tied) == 1
