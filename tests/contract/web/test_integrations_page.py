"""The pages of integrations: how one is made, tried, changed and revoked."""

import asyncio
import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import (
    WRITING_AT_ONCE,
    application_on,
    backend_on,
    shared_application,
)
from contract.web.forms import FormPage, heading, in_words
from contract.web.installation import Installation, alert
from contract.web.people import GRACE, Browser, signed_in
from pager.access.integrations import KEY, PROTOCOLS, PayloadPaths, ProtocolName, Routing
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import NewIntegration, SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import integrations
from pager.adapters.store.ports.maintenance import SqlMaintenanceWindows
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.known_keys import KNOWN_FOR
from pager.adapters.web.intake.setup_texts import PROTOCOL_TEXTS, SETUPS, filled
from pager.testing import Clock

PATH = "/console/integrations"
BY_LABEL = Routing(service_id="checkout-api", field="service", names={"Checkout <EU>": "login"})


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application on which checkout-api has a policy with two levels."""
    Installation(database).policy("checkout-api", ("ada", "grace"), ("linus",))
    return shared_application(database)


@pytest.fixture
def rows(database: Database) -> SqlIntegrations:
    """The integrations."""
    return SqlIntegrations(database)


@pytest.fixture
def browser(app: FastAPI, database: Database) -> Browser:
    """The browser of an administrator."""
    return signed_in(app, database, "administrator")


def made(
    rows: SqlIntegrations,
    routing: Routing = BY_LABEL,
    name: str = "shop",
    protocol: ProtocolName = "pagerduty",
) -> NewIntegration:
    """A new integration."""
    return rows.make("ada", name, protocol, routing)


def opened(browser: Browser, path: str) -> FormPage:
    """That page."""
    return FormPage(browser, browser.get(path))


def send(app: FastAPI, key: str, **event: object) -> int:
    """Send an event as PagerDuty's clients do; the status of the answer."""
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    body = {"routing_key": key, "event_action": "trigger", "dedup_key": "d", "payload": payload}
    return TestClient(app).post("/v2/enqueue", json={**body, **event}).status_code


def test_a_protocol_is_chosen_and_the_key_is_shown_once(
    app: FastAPI, browser: Browser, rows: SqlIntegrations
) -> None:
    """With the lines for the sender, in which it stands; a look later has KEY in its place."""
    assert browser.get(f"{PATH}/new").text.count("?protocol=") == len(PROTOCOLS)
    form = opened(browser, f"{PATH}/new?protocol=pagerduty")
    page = form.fill(service="checkout-api").press("Make the integration")
    [key] = {
        match for match in KEY.findall(unescape(page.response.text)) if rows.authenticate(match)
    }
    assert "it is shown only once" in page.text
    assert f"routing_key: {key}" in page.text
    assert heading(page.response.text) == "pagerduty for checkout-api"
    assert send(app, key) == 202
    later = browser.get(f"{PATH}/{rows.all()[0].id}").text
    assert key not in later
    assert "routing_key: KEY" in later
    assert "trigger checkout-api: unhealthy" in in_words(later)


def test_a_field_and_a_map_find_the_service(
    app: FastAPI, browser: Browser, rows: SqlIntegrations
) -> None:
    """The map is pasted, a name and a service on each line; = may stand in the name."""
    page = browser.submit(
        PATH,
        protocol="pagerduty",
        name="shop",
        service="checkout-api",
        field=" source ",
        names="\n a=b = login\r\nSearch (EU)=search-api \n",
    )
    assert page.status_code == 200
    [stored] = rows.all()
    assert stored.routing == Routing(
        service_id="checkout-api",
        field="source",
        names={"a=b": "login", "Search (EU)": "search-api"},
    )
    assert "Search (EU) = search-api" in in_words(page.text)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"service": "no service"}, "A service's name has letters, digits and"),
        ({"field": " ", "names": "a = login"}, "Which field has these names in it?"),
        ({"field": "x" * 256}, "It has at most 255 characters."),
        ({"names": "a = login\nnonsense"}, "Line 2: Write a name of the sender, then = and a"),
        ({"names": "a = no service"}, "Line 1: “no service” cannot be a service."),
        ({"names": "a = login\na = search"}, "Line 2: “a” stands for two services."),
        ({"names": "\n".join(f"{n}=a" for n in range(1_001))}, "There is room for 1,000 names."),
        ({"name": "shop"}, "There is already an integration &#39;shop&#39;"),
        ({"name": "x\ny"}, "Give the integration a name of 1 to 100 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    browser: Browser, rows: SqlIntegrations, fields: dict[str, str], sentence: str
) -> None:
    """And nothing is made."""
    made(rows)
    typed = {"protocol": "grafana", "service": "typed-api", **fields}
    page = browser.submit(PATH, **typed)
    assert page.status_code == 422
    assert sentence in page.text.replace("&#39;s name", "'s name")
    assert all(value.strip() in unescape(page.text) for value in typed.values())
    assert len(rows.all()) == 1


@pytest.mark.parametrize("name", ["", "  "])
def test_without_a_name_a_free_one_is_made(
    browser: Browser, rows: SqlIntegrations, name: str
) -> None:
    """Twice, if need be."""
    for _ in range(2):
        browser.submit(PATH, protocol="grafana", service="checkout-api", name=name)
    names = [stored.name for stored in rows.all()]
    assert names == ["grafana for checkout-api", "grafana for checkout-api 2"]


def test_a_map_that_no_page_could_show_is_refused_with_what_to_do(browser: Browser) -> None:
    """413, rather than a page without an end."""
    names = "x" * 20_001
    page = browser.submit(PATH, protocol="grafana", service="a", names=names)
    assert page.status_code == 413
    assert "POST /integrations" in page.text


def test_the_list_says_what_came_last_and_from_whom_nothing_came(
    app: FastAPI, browser: Browser, rows: SqlIntegrations
) -> None:
    """Each with its protocol and its service."""
    key = made(rows, Routing(service_id="checkout-api"), "shop").key
    made(rows, name="quiet", protocol="grafana")
    send(app, key)
    page = in_words(browser.get(PATH).text)
    assert "2 integrations" in page
    assert "shop PagerDuty checkout-api just now trigger checkout-api: unhealthy" in page
    assert "quiet Grafana by service , otherwise checkout-api nothing came yet" in page
    unheard = in_words(browser.get(f"{PATH}?show=unheard&protocol=&search=").text)
    assert "1 integration found" in unheard
    assert "quiet" in unheard


def test_the_last_request_is_shown_also_of_what_was_not_understood(
    app: FastAPI, browser: Browser, rows: SqlIntegrations
) -> None:
    """As it came, and without its key."""
    new = made(rows, Routing(service_id="checkout-api"))
    send(app, new.key, event_action="jump <b>")
    page = browser.get(f"{PATH}/{new.id}")
    words = in_words(page.text)
    assert '"event_action":"jump <b>"' in words.replace('": "', '":"')
    assert "not understood, trigger checkout-api: unhealthy" in words
    assert "<b>" not in page.text
    assert new.key not in page.text


def test_of_a_burst_the_first_and_the_last_request_are_noted(
    database: Database, rows: SqlIntegrations
) -> None:
    """A note costs much of what a decision does; what is not understood is noted at once."""
    Installation(database).policy("checkout-api", ("ada",))
    limits = WRITING_AT_ONCE._replace(requests_noted_every=timedelta(hours=1))
    app = application_on(database, limits=limits)
    new = made(rows, Routing(service_id="checkout-api"))

    def noted() -> str:
        stored = rows.numbered(new.id)
        assert stored is not None
        return stored.last_outcome

    assert send(app, new.key) == 202
    assert noted() == "trigger checkout-api: unhealthy"
    assert send(app, new.key, event_action="resolve") == 202
    assert noted() == "trigger checkout-api: unhealthy"
    send(app, new.key, event_action="jump")
    assert noted() == "not understood, trigger checkout-api: unhealthy"


def test_a_test_asks_first_pages_and_is_resolved(
    app: FastAPI, browser: Browser, rows: SqlIntegrations, database: Database
) -> None:
    """It says whom it will page; afterwards the service is Healthy again."""
    new = made(rows, Routing(service_id="checkout-api"))
    page = opened(browser, f"{PATH}/{new.id}")
    assert "It really pages: level 1 of checkout-api is told, ada@example.com" in page.text
    raised = page.press("Raise the test alert")
    assert "The test is raised: see who was told in incident 1 of checkout-api" in raised.text
    status = in_words(browser.get("/incidents/checkout-api/1").text)
    assert "Test of the integration shop, by ada@example.com. Nothing is wrong." in status
    resolved = raised.press("Resolve the test")
    assert "The test is resolved." in resolved.text
    assert "Raise the test alert" in resolved.buttons
    stored = rows.numbered(new.id)
    assert stored is not None
    assert stored.used_at is None, "the sender has sent nothing"


def test_a_test_of_a_service_in_trouble_says_that_it_pages_nobody(
    app: FastAPI, browser: Browser, rows: SqlIntegrations, database: Database
) -> None:
    """It joins the incident, and its resolve leaves that open."""
    new = made(rows, Routing(service_id="checkout-api"))
    Installation(database).receive(alert())
    page = opened(browser, f"{PATH}/{new.id}")
    assert "has an incident already: the test joins it, and nobody is told" in page.text
    page.press("Raise the test alert").press("Resolve the test")
    assert "Unanswered" in in_words(browser.get("/console/services/checkout-api").text)


def test_a_test_of_a_service_in_maintenance_says_that_it_pages_nobody_yet(
    browser: Browser, rows: SqlIntegrations, database: Database
) -> None:
    """And for how long."""
    new = made(rows, Routing(service_id="checkout-api"))
    SqlMaintenanceWindows(database).add("checkout-api", timedelta(hours=2, seconds=30))
    page = opened(browser, f"{PATH}/{new.id}")
    assert "checkout-api is in maintenance for 2 h: nobody is told before" in page.text
    assert "It really pages" not in page.text


def test_a_service_without_a_policy_is_said_and_cannot_be_tested(
    browser: Browser, rows: SqlIntegrations
) -> None:
    """Not even by a page that was opened before the policy was removed."""
    new = made(rows, Routing(service_id="new-api"))
    page = opened(browser, f"{PATH}/{new.id}")
    assert "new-api has no policy: its events are refused, and nobody is told." in page.text
    assert "Raise the test alert" not in page.buttons
    refused = browser.submit(f"{PATH}/{new.id}/test")
    assert "Nobody was told" in browser.get(refused.headers["location"]).text


def test_a_change_of_the_service_holds_at_once(
    app: FastAPI, browser: Browser, rows: SqlIntegrations, database: Database
) -> None:
    """For the very next event, and in the audit log."""
    new = made(rows, Routing(service_id="checkout-api"))
    assert send(app, new.key) == 202
    Installation(database).policy("search-api", ("grace",))
    form = opened(browser, f"{PATH}/{new.id}").fill(service="search-api")
    assert "The change is saved." in form.press("Save").text
    assert send(app, new.key) == 202
    stored = rows.numbered(new.id)
    assert stored is not None
    assert stored.last_outcome == "trigger search-api: unhealthy"
    entry = SqlAuditLog(database).last(1)[0]
    assert entry[1:5] == ("ada@example.com", "integration changed", "shop", "search-api")


def test_of_two_changes_at_once_the_second_is_asked(
    app: FastAPI, browser: Browser, rows: SqlIntegrations, database: Database
) -> None:
    """What was typed is kept, and saved by another press."""
    new = made(rows, Routing(service_id="checkout-api"))
    mine = opened(browser, f"{PATH}/{new.id}")
    theirs = opened(signed_in(app, database, "administrator", GRACE), f"{PATH}/{new.id}")
    theirs.fill(service="login").press("Save")
    asked = mine.fill(service="search-api").press("Save")
    assert asked.response.status_code == 409
    assert "Somebody else has changed it meanwhile" in asked.text
    assert rows.all()[0].routing == Routing(service_id="login")
    asked.press("Save")
    assert rows.all()[0].routing == Routing(service_id="search-api")


def test_a_wrong_change_is_refused_beside_what_was_typed(
    browser: Browser, rows: SqlIntegrations
) -> None:
    """Nothing is changed."""
    new = made(rows)
    page = opened(browser, f"{PATH}/{new.id}").fill(names="nonsense").press("Save")
    assert page.response.status_code == 422
    assert "Line 1: Write a name" in page.text
    assert page.value("names") == "nonsense"
    assert rows.all()[0].routing == BY_LABEL


def test_a_map_that_is_too_long_for_the_page_stays_as_it_is(
    browser: Browser, rows: SqlIntegrations
) -> None:
    """The rest can be changed."""
    long = {f"name of the sender {n} " + "x" * 100: "login" for n in range(900)}
    routing = BY_LABEL.model_copy(update={"names": long})
    new = made(rows, routing)
    page = opened(browser, f"{PATH}/{new.id}")
    assert len(page.response.content) < 50_000
    assert "Its map of names is too long for this page" in page.text
    page.fill(service="search-api").press("Save")
    assert rows.all()[0].routing == routing.model_copy(update={"service_id": "search-api"})


def test_the_page_leads_to_the_example_and_shows_the_paths_that_are_set(
    browser: Browser, rows: SqlIntegrations
) -> None:
    """A change of the service keeps them."""
    paths = PayloadPaths(title="incident.title")
    new = made(rows, Routing(service_id="checkout-api", paths=paths), protocol="webhook")
    page = opened(browser, f"{PATH}/{new.id}")
    assert f'href="{PATH}/{new.id}/example"' in page.response.text
    assert "title: incident.title" in page.text
    page.fill(service="login").press("Save")
    assert rows.all()[0].routing == Routing(service_id="login", paths=paths)


def test_revoking_asks_first_and_refuses_the_key_at_once(
    app: FastAPI, browser: Browser, rows: SqlIntegrations
) -> None:
    """It says whether the key is in use; a second press does no harm."""
    new = made(rows, Routing(service_id="checkout-api"))
    send(app, new.key)
    page = opened(browser, f"{PATH}/{new.id}")
    assert "It is in use: last request just now." in page.text
    again = opened(browser, f"{PATH}/{new.id}")
    revoked = page.press("Revoke shop")
    assert "The integration shop is revoked: what is sent with its key is refused." in revoked.text
    assert send(app, new.key) == 401
    assert "this integration was revoked before" in again.press("Revoke shop").text
    assert browser.get(f"{PATH}/{new.id}").status_code == 404
    assert browser.submit(f"{PATH}/{new.id}/test").status_code == 404


def test_a_new_key_is_shown_once_and_takes_the_place_of_the_old_one(
    app: FastAPI, browser: Browser, rows: SqlIntegrations
) -> None:
    """It asks first, and says whether the key is in use."""
    new = made(rows, Routing(service_id="checkout-api"))
    send(app, new.key)
    page = opened(browser, f"{PATH}/{new.id}")
    assert "what is sent with that is refused from then on" in page.text
    renewed = page.press("Make a new key")
    assert "This is its key." in renewed.text
    [key] = {key for key in KEY.findall(unescape(renewed.response.text)) if rows.authenticate(key)}
    assert (send(app, new.key), send(app, key)) == (401, 202)
    assert key not in browser.get(f"{PATH}/{new.id}").text
    rows.revoke("grace", new.id)
    assert browser.submit(f"{PATH}/{new.id}/key").status_code == 404


def test_another_node_knows_of_a_change_within_a_second(
    rows: SqlIntegrations, database: Database
) -> None:
    """Until then it does not ask the database again."""
    clock = Clock()
    new = made(rows)

    def seconds() -> float:
        return clock.now.total_seconds()

    known = KnownIntegrations(backend_on(database), seconds)

    async def routed() -> str | None:
        integration = await known.of_key(new.key)
        return None if integration is None else integration.routing.service_id

    async def scene() -> None:
        assert await routed() == "checkout-api"
        [stored] = rows.all()
        rows.reroute("grace", new.id, stored.version, Routing(service_id="login"))
        clock.advance(KNOWN_FOR / 2)
        assert await routed() == "checkout-api"
        clock.advance(KNOWN_FOR / 2)
        assert await routed() == "login"
        rows.revoke("grace", new.id)
        clock.advance(KNOWN_FOR)
        assert await routed() is None

    asyncio.run(scene())


def test_what_a_newer_version_has_stored_breaks_no_page(
    app: FastAPI, browser: Browser, rows: SqlIntegrations, database: Database
) -> None:
    """It is shown as far as it is known; its sender is told to send again."""
    new = made(rows)
    odd = {"protocol": "telegraph", "routing": '{"service_id": 7}'}
    database.write(lambda connection: connection.execute(integrations.update().values(**odd)))
    assert "telegraph" in browser.get(PATH).text
    assert "this version of Pager cannot read it" in in_words(browser.get(f"{PATH}/{new.id}").text)
    assert send(app, new.key) == 503
    assert browser.submit(f"{PATH}/{new.id}/test").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "engineer"])
def test_the_pages_are_for_administrators(
    app: FastAPI, database: Database, rows: SqlIntegrations, role: str
) -> None:
    """Nobody else sees or makes an integration."""
    new = made(rows)
    person = signed_in(app, database, role)  # type: ignore[arg-type]  # a role
    for path in (PATH, f"{PATH}/new", f"{PATH}/{new.id}"):
        assert person.get(path).status_code == 403
    for path in ("", "/1/routing", "/1/test", "/1/resolve-test", "/1/key", "/1/revoke"):
        assert person.submit(f"{PATH}{path}").status_code == 403
    assert len(rows.all()) == 1


def test_every_protocol_has_its_words_and_its_lines() -> None:
    """Nothing is left to fill in, and the key stands in one of the lines."""
    assert PROTOCOL_TEXTS.keys() == SETUPS.keys() == set(PROTOCOLS)
    key = "0f9d4c1e6b7a48325e1c90ad73b2f684"
    for protocol, setups in SETUPS.items():
        for setup in setups:
            text = filled(setup.text, protocol, key, "https://pager.example.com/sub")
            assert not re.search(r"<[A-Z]+>", text)
            assert key in text.replace("-", "")
            assert ("pager.example.com/sub" in text) != (protocol == "email")


def test_the_largest_pages_are_small(app: FastAPI, browser: Browser, rows: SqlIntegrations) -> None:
    """With 60 integrations that have the longest names, maps, requests and outcomes."""
    names = {f"{number:03}" + "<" * 60: "x" * 200 for number in range(70)}
    largest = Routing(service_id="x" * 200, field="&" * 255, names=names)
    for number in range(60):
        new = made(rows, largest, f"{number:02}" + "&" * 98)
        rows.note_request(new.id, "<" * 2_000, "'" * 1_000)
    pages = [browser.get(path) for path in (PATH, f"{PATH}/{new.id}")]
    assert [page.status_code for page in pages] == [200, 200]
    assert max(len(page.content) for page in pages) < 50_000
    found = set(re.findall(rf'href="{PATH}/(\d+)"', pages[0].text))
    last = unescape(re.findall(r"\?(search=[^\"]*after=[^\"]*)\"", pages[0].text)[0])
    following = browser.get(f"{PATH}?{last}").text
    assert found.isdisjoint(re.findall(rf'href="{PATH}/(\d+)"', following))
    assert found
