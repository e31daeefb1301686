"""A server below a path of its host, behind a proxy that takes that path off or leaves it on."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from contract.web.application import ALERT, KEY, POLICY, link, shared_application
from contract.web.people import ADA, PASSWORD, Browser, hashed
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.core.database import Database
from pager.adapters.web.route_table import Route
from pager.adapters.web.sub_path import OWN_PATHS, below, links_below

SUB_PATH = "/ops/pager"
HOST = "http://testserver"
LINKS_BELOW = AcknowledgeLinks(HOST + SUB_PATH, [b"a key"])
LINK = re.compile(r'\b(href|src|action|formaction)="([^"#]*)')

Proxy = Callable[[ASGIApp], ASGIApp]


def strips(app: ASGIApp) -> ASGIApp:
    """A proxy that takes the sub-path off, and passes on nothing else."""

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            assert scope["path"].startswith(f"{SUB_PATH}/"), f"outside: {scope['path']}"
            scope = {**scope, "path": scope["path"].removeprefix(SUB_PATH)}
        await app(scope, receive, send)

    return proxy


def keeps(app: ASGIApp) -> ASGIApp:
    """A proxy that leaves the sub-path on, and passes on nothing else."""

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            assert scope["path"].startswith(SUB_PATH), f"outside: {scope['path']}"
        await app(scope, receive, send)

    return proxy


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application below SUB_PATH, with an account for Ada."""
    accounts = SqlAccounts(database)
    accounts.add("a test", ADA, "administrator")
    accounts.change_password("a test", ADA, hashed())
    return shared_application(database, KEY, links=LINKS_BELOW)


@pytest.fixture(params=[strips, keeps])
def browser(request: pytest.FixtureRequest, app: FastAPI) -> Browser:
    """A browser behind each of the proxies; a program has raised an Alert."""
    proxy: Proxy = request.param
    browser = Browser(proxy(app))
    headers = {"Authorization": f"Bearer {KEY}"}
    policy = f"{SUB_PATH}/escalation-policies/checkout-api"
    assert browser.put(policy, json=POLICY, headers=headers).status_code == 200
    assert browser.post(f"{SUB_PATH}/alerts", json=ALERT, headers=headers).status_code == 202
    return browser


def sign_in(browser: Browser) -> str:
    """Open the server's address, and send the form that it shows; where that leads to."""
    login = browser.get(f"{SUB_PATH}/").headers["location"]
    form = browser.get(login)
    action = re.search(r'<form method="post" action="([^"]+)"', form.text)
    then = re.search(r'name="then" value="([^"]+)"', form.text)
    assert action is not None
    assert then is not None
    fields = {"name": ADA, "password": PASSWORD, "then": then[1]}
    return browser.post(urljoin(login, action[1]), data=fields).headers["location"]


def test_people_sign_in_below_the_sub_path(browser: Browser) -> None:
    """And come to the page that they wanted."""
    assert sign_in(browser) == f"{SUB_PATH}/"
    assert "checkout-api" in browser.get(f"{SUB_PATH}/").text


def test_every_link_stays_below_the_sub_path(browser: Browser) -> None:
    """Of each page that can be reached; also those of the API's documentation."""
    sign_in(browser)
    waiting, seen = [f"{SUB_PATH}/", f"{SUB_PATH}/docs"], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = browser.get(path)
        assert answer.status_code == 200, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for attribute, address in LINK.findall(answer.text):
            target = urljoin(path, address).partition("?")[0]
            assert target.startswith(f"{SUB_PATH}/"), address
            if attribute in {"href", "src"}:
                waiting.append(target)
    assert {f"{SUB_PATH}/console/keys", f"{SUB_PATH}/console/console.js"} <= seen
    assert f"{SUB_PATH}/console/services/checkout-api/policy/history/1" in seen


def test_a_form_is_taken_behind_a_proxy_that_names_another_host(app: FastAPI) -> None:
    """By plain http a browser says only where its page is: that is the public URL."""
    browser = Browser(strips(app))
    headers = {"Host": "127.0.0.1:8080", "Origin": HOST}
    form = {"name": ADA, "password": PASSWORD}
    path = f"{SUB_PATH}/console/login"
    assert browser.post(path, data=form, headers=headers).status_code == 303
    headers["Origin"] = "http://evil.example"
    assert browser.post(path, data=form, headers=headers).status_code == 403


def test_the_link_of_a_page_acknowledges(browser: Browser) -> None:
    """It begins with the public URL."""
    path = SUB_PATH + link().removeprefix(HOST)
    answer = browser.post(path, data={})
    assert urljoin(path, answer.headers["location"]) == path
    assert "acknowledged" in browser.get(path).text


def test_a_form_that_was_sent_after_the_session_leads_back_to_its_page(browser: Browser) -> None:
    """After the sign-in, once, and not below the sub-path twice."""
    page = f"{SUB_PATH}/console/services/checkout-api"
    answer = browser.post(f"{page}/healthy", data={}, headers={"Referer": HOST + page})
    login = browser.get(answer.headers["location"])
    then = re.search(r'name="then" value="([^"]+)"', login.text)
    assert then is not None
    assert below(SUB_PATH, then[1]) == page


def test_the_documentation_of_the_api_is_complete(browser: Browser) -> None:
    """Its description is fetched by a script, so the paths in it are below the sub-path, too."""
    assert f"'{SUB_PATH}/openapi.json'" in browser.get(f"{SUB_PATH}/docs").text
    description = browser.get(f"{SUB_PATH}/openapi.json").json()
    assert description["servers"] == [{"url": SUB_PATH}]


def test_the_sub_path_is_not_the_beginning_of_a_path_of_ours(app: FastAPI) -> None:
    """Otherwise nobody could tell whether a proxy has taken it off."""
    routes: Sequence[Route] = app.state.routes
    assert {route.path.split("/")[1] for route in routes} - {""} == OWN_PATHS


def test_what_people_wrote_is_not_taken_for_a_link() -> None:
    """Their quotation marks are escaped."""
    page = b'<p>href=&#34;/x&#34; href="//other" href="x"</p><a href="/ops/pager/x">'
    assert links_below(SUB_PATH, page) == page
