"""Every page of the console is accessible and small, and loads nothing but its own files."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Literal

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Request

import on_call_sample
from browser import violations
from contract.web.application import link, rules, shared_application
from contract.web.forms import in_words
from contract.web.heartbeats import make_heartbeat
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from contract.web.people import COOKIE, signed_in
from contract.web.serving import served
from contract.web.shared_policies import DIRECTORY, add_shared_policies
from pager import Acknowledgement, EmailTarget, HealthyEvent, SmsTarget
from pager.access.integrations import Routing
from pager.access.scopes import EVERYTHING
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.access.invitations import SqlInvitations
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.verification_codes import SqlVerificationCodes
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import Counterexample, Found, SqlVerdicts
from pager.adapters.store.refused_alerts import Refused, add_refused
from pager.configuration.properties import Properties
from pager.heartbeats import Heartbeat
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PolicyLevel, SharedPolicy, TeamTarget
from pager.oncall.teams import Team
from pager.ports import Outcome

REDIRECTS = {
    "/console/login/sign-on",
    "/console/login/callback",
    "/console/policies/new",
}
DOWNLOADS = {"/incidents/{service_id}/{incident}/post-mortem.md"}
SERVICE = "/console/services/{service_id}"
SHARED = "/console/shared-policies/{name}"
VERSION = len(DIRECTORY) + 1
"""Of the shared policy Payments: the first edit after those of the directory."""
PAGES = {
    "/": ["/", "/?search=a"],
    "/acknowledge/{token}": [
        link().removeprefix("http://testserver"),
        link(7).removeprefix("http://testserver"),
        "/acknowledge/nonsense",
    ],
    "/console/policies": [
        "/console/policies",
        "/console/policies?target=ada@example.com",
        "/console/policies?target=eve@example.com",
    ],
    "/console/policies/replace": [
        "/console/policies/replace",
        "/console/policies/replace?target=ada@example.com&action=replace&by=grace@example.com",
        "/console/policies/replace?target=linus@example.com&action=remove",
    ],
    SERVICE: [
        "/console/services/checkout-api",
        "/console/services/search-api?result=late",
        "/console/services/billing",
        "/console/services/login",
        "/console/services/reports",
        "/console/services/unknown",
    ],
    "/incidents": [
        "/incidents",
        "/incidents?search=nothing",
        "/incidents?state=over&service=login&person=a&since=&until=2030-01-01",
    ],
    "/incidents/{service_id}/{incident}": [
        "/incidents/checkout-api/1",
        "/incidents/search-api/1?done=late",
        "/incidents/billing/1",
        "/incidents/login/1",
        "/incidents/login/7",
        "/incidents/reports/1",
    ],
    "/incidents/{service_id}/{incident}/post-mortem": ["/incidents/login/1/post-mortem"],
    f"{SERVICE}/policy": ["/console/services/checkout-api/policy"],
    f"{SERVICE}/policy/history": ["/console/services/checkout-api/policy/history"],
    f"{SERVICE}/policy/history/{{version}}": ["/console/services/checkout-api/policy/history/1"],
    f"{SERVICE}/policy/copy": ["/console/services/checkout-api/policy/copy"],
    f"{SERVICE}/policy/remove": ["/console/services/checkout-api/policy/remove"],
    f"{SERVICE}/policy/test": ["/console/services/checkout-api/policy/test"],
    f"{SERVICE}/policy/use": [
        "/console/services/checkout-api/policy/use",
        "/console/services/shared-api/policy/use",
        "/console/services/shared-api/policy",
        "/console/services/shared-api",
    ],
    "/console/policies/new-shared": ["/console/policies/new-shared?name=a/b"],
    SHARED: [
        "/console/shared-policies/Payments?at=2027-01-10T03:00",
        "/console/shared-policies/new%20one?at=soon",
    ],
    f"{SHARED}/history": ["/console/shared-policies/Payments/history"],
    f"{SHARED}/history/{{version}}": [f"/console/shared-policies/Payments/history/{VERSION}"],
    f"{SHARED}/services": ["/console/shared-policies/Payments/services"],
    f"{SHARED}/remove": [
        "/console/shared-policies/Payments/remove",
        "/console/shared-policies/Nights/remove",
    ],
    "/console/me": ["/console/me"],
    "/console/people": [
        "/console/people",
        "/console/people?search=nothing",
        "/console/people?done=gone&name=Eve",
    ],
    "/console/people/{name}": [
        "/console/people/Ada%20Lovelace?done=sent",
        "/console/people/Tony%20Hoare",
        "/console/people/Nobody",
    ],
    "/console/people/{name}/history": ["/console/people/Ada%20Lovelace/history"],
    "/console/teams/{name}": ["/console/teams/Core", "/console/teams/Nobody"],
    "/console/teams/{name}/history": ["/console/teams/Core/history"],
    "/console/heartbeats": [
        "/console/heartbeats",
        "/console/heartbeats?search=nothing",
        "/console/heartbeats?done=gone&name=import",
    ],
    "/console/heartbeats/{name}": [
        "/console/heartbeats/Heartbeat%20Test?done=made",
        "/console/heartbeats/nightly-backup",
        "/console/heartbeats/unknown",
    ],
    "/console/explanation": [
        "/console/explanation",
        "/console/explanation?service=checkout-api&person=Ada%20Lovelace",
        "/console/explanation?service=shared-api&at=2030-01-06T03:00&person=Tony%20Hoare",
        "/console/explanation?service=a%20b&at=soon",
    ],
    "/console/checks": [
        "/console/checks",
        "/console/checks?done=verified",
        "/console/checks?done=begun",
    ],
    "/console/accounts": ["/console/accounts"],
    "/console/accounts/{name}": ["/console/accounts/ada@example.com"],
    "/console/audit-log": ["/console/audit-log"],
    "/console/keys": ["/console/keys"],
    "/console/channels": ["/console/channels"],
    "/console/integrations": ["/console/integrations", "/console/integrations?search=nothing"],
    "/console/integrations/new": [
        "/console/integrations/new",
        "/console/integrations/new?protocol=pagerduty",
    ],
    "/console/integrations/{number}": [
        "/console/integrations/1",
        "/console/integrations/2",
        "/console/integrations/3",
        "/console/integrations/7",
    ],
    "/console/maintenance": ["/console/maintenance", "/console/maintenance?search=nothing"],
    "/console/maintenance/{number}": [
        *(f"/console/maintenance/{number}" for number in (1, 2, 3)),
        "/console/maintenance/7",
    ],
    "/console/keys/{number}": ["/console/keys/1", "/console/keys/7"],
    "/console/integrations/{number}/example": [
        "/console/integrations/1/example",
        "/console/integrations/7/example",
    ],
}
SCHEDULE = "/console/schedules/{name}"
PAGES |= {
    "/console/on-call": [
        "/console/on-call",
        "/console/on-call?search=nothing",
        "/console/on-call?done=removed&name=Backend",
    ],
    "/console/me/feeds": ["/console/me/feeds", "/console/me/feeds?kind=schedule&name=Database"],
    "/console/on-call/new": ["/console/on-call/new"],
    SCHEDULE: [
        "/console/schedules/Database",
        "/console/schedules/Database?take=tonight&done=taken",
        "/console/schedules/Database?from=2027-03-22",
        "/console/schedules/Payments%2C%20first%20%26%20second%20line",
        "/console/schedules/Frontend?take=now",
        "/console/schedules/Empty",
        "/console/schedules/unknown",
    ],
    f"{SCHEDULE}/edit": [
        "/console/schedules/Database/edit",
        "/console/schedules/Empty/edit",
        "/console/schedules/unknown/edit",
    ],
    f"{SCHEDULE}/history": ["/console/schedules/Database/history"],
    f"{SCHEDULE}/copy": ["/console/schedules/Database/copy"],
    f"{SCHEDULE}/remove": ["/console/schedules/Database/remove"],
}
TO_STRANGERS = {
    "/console/login": ["/console/login?then=/console/me"],
    "/console/join/{token}": ["/console/join/nonsense"],
}
NOT_SET_UP = "E-mail and SMS are not set up:"


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application that can send nothing."""
    return shared_application(database, unset_channels=("email", "sms"))


@pytest.fixture
def database(database: Database) -> Database:
    """Services of every kind: one exhausted, one escalating, one acknowledged, one in maintenance,
    one Healthy."""
    installation = Installation(database)
    for name in ("checkout-api", "search-api", "billing", "login", "reports"):
        installation.policy(name, ("ada", "grace"), ("linus",))
    installation.receive(*map(alert, ("checkout-api", "search-api", "billing", "login")))
    installation.carry_out(Outcome("failed", "451 try later", timedelta(minutes=5)))
    installation.receive(
        Acknowledgement(service_id="billing", incident=1, by="grace@example.com"),
        timeout("search-api"),
        timeout("search-api", 2),
        HealthyEvent(service_id="login"),
    )
    installation.carry_out()
    windows = installation.ports.maintenance
    windows.add(
        "reports", timedelta(hours=2), reason="A <new> disk & more", author="ada@example.com"
    )
    windows.add("login", timedelta(hours=2), datetime.now(UTC) + timedelta(days=2))
    windows.end(windows.add("login", timedelta(hours=2)), "grace@example.com")
    installation.receive(alert("reports"))
    add_people(database)
    refused = {("new-api", 404): Refused(3, "API key ci"), ("", 401): Refused(1, "192.0.2.7")}
    database.write(partial(add_refused, refused=refused))
    SqlApiKeys(database).make("a test", "alertmanager", EVERYTHING)
    rows = SqlIntegrations(database)
    by_path = Routing(service_id="checkout-api", field="labels.service")
    rows.make("a test", "a webhook", "webhook", by_path)
    quiet = Routing(service_id="nobody-s-service", field="service", names={"Search (EU)": "login"})
    rows.make("a test", "Grafana of the shop", "grafana", quiet)
    heard = rows.make("a test", None, "pagerduty", Routing(service_id="checkout-api"))
    rows.note_request(heard.id, '{"summary": "<b>"}', "trigger checkout-api: unhealthy")
    for name, service_id in (("nightly-backup", "reports"), ("Heartbeat Test", "unknown")):
        beat = Heartbeat(name=name, service_id=service_id, interval=timedelta(hours=1))
        make_heartbeat(database, beat, pinged_ago=timedelta(hours=2))
    on_call_sample.fill(database)
    add_shared_policies(database)
    add_verdicts(database)
    return database


def add_people(database: Database) -> None:
    """One whose code is awaited, one whom no page reaches, a team of both."""
    on_call = SqlOnCall(database)
    mail, phone = EmailTarget(address="ada@example.com"), SmsTarget(phone_number="+33612345678")
    methods = (ContactMethod(target=mail, verified=True), ContactMethod(target=phone))
    ada = Person(name="Ada Lovelace", contact_methods=methods, account="ada@example.com")
    for person in (ada, Person(name="Tony Hoare")):
        on_call.put(person, "ada@example.com")
    SqlVerificationCodes(database).make("ada@example.com", ada.name, phone.key)
    on_call.put(Team(name="Core", members=("Ada Lovelace", "Tony Hoare")))
    level = PolicyLevel(targets=(TeamTarget(name="Core"),))
    on_call.put(SharedPolicy(name="Payments", levels=(level,)))


def add_verdicts(database: Database) -> None:
    """A check that holds, one that does not, one of which it is not known."""
    never = "somebody is reached by SMS within 5 minutes"
    now = datetime.now(UTC)
    SqlProperties(database).put(Properties(properties=(never, "gone: no Level is empty")), "ada")
    nobody = Counterexample(
        subject="checkout-api",
        others=2,
        at=now,
        what="On Sunday 2027-01-17 03:00 in UTC an Alert reaches nobody by SMS within 5 min.",
        timeline="     0 min  received   the Alert for checkout-api\n" * 9,
    )
    SqlVerdicts(database).record(
        {
            never: Found(outcome="violated", until=now, violations=(nobody,) * 6, number=9),
            "gone: no Level is empty": Found(outcome="unknown", until=now, why="No such service."),
            "no Level is empty": Found(outcome="holds", until=now),
        }
    )


def pages_of(app: FastAPI) -> set[str]:
    """The paths of all pages."""
    return {
        path
        for (method, path), rule in rules(app).items()
        if method == "GET" and rule.is_for_people
    }


def test_every_page_is_in_the_lists_above(app: FastAPI) -> None:
    """A new page has to be added to PAGES or to TO_STRANGERS."""
    assert pages_of(app) - REDIRECTS - DOWNLOADS == PAGES.keys() | TO_STRANGERS.keys()


@pytest.mark.proof
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_narrow_and_small(
    browser: Browser,
    app: FastAPI,
    database: Database,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    """Axe finds nothing, nothing is wider than the window, and the page has less than 50 kB."""
    token = SqlInvitations(database).for_first_account()
    assert token is not None
    administrator = signed_in(app, database, "administrator").cookies[COOKIE]
    with (
        served(app) as url,
        browser.new_context(
            base_url=url,
            bypass_csp=True,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
        ) as context,
    ):
        page = context.new_page()
        for path in (f"/console/join/{token}", *chain(*TO_STRANGERS.values())):
            check(page, path, width)
        context.add_cookies([{"name": COOKIE, "value": administrator, "url": url}])
        for path in chain(*PAGES.values()):
            check(page, path, width)


@pytest.mark.proof
def test_people_who_have_signed_in_see_on_every_page_that_nobody_is_told(
    app: FastAPI, database: Database
) -> None:
    """Nobody else sees them on any page."""
    pages = signed_in(app, database, "administrator")
    links = PAGES["/acknowledge/{token}"]
    for path in chain(*PAGES.values()):
        if path not in (*links, "/console/channels"):
            assert NOT_SET_UP in in_words(pages.get(path).text), path
    pages.cookies.clear()
    for path in chain(links, *TO_STRANGERS.values()):
        assert NOT_SET_UP not in in_words(pages.get(path).text), path


def check(page: Page, path: str, width: int) -> None:
    """Open the page, and check it."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.on("request", note)
    answer = page.goto(path)
    page.remove_listener("request", note)
    assert answer is not None
    assert len(answer.body()) < LARGEST_PAGE, path
    assert answer.request.redirected_from is None, path
    # The browser keeps the stylesheet, the script and the icon for a week.
    files = {"stylesheet", "script", "other"}
    assert {request.resource_type for request in requests} <= {"document", *files}, path
    assert violations(page) == [], path
    assert page.evaluate("document.documentElement.scrollWidth") == width, path
    assert page.locator("h1").count() == 1, path
