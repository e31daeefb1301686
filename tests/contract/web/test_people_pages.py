"""The console's pages about people and programs: my account, accounts, API keys, audit log."""

import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import application_on
from contract.web.forms import FormPage, in_words
from contract.web.installation import Installation
from contract.web.people import (
    ADA,
    COOKIE,
    GRACE,
    PASSWORD,
    Browser,
    hashed,
    is_signed_in,
    sign_in,
    signed_in,
)
from pager.access.scopes import EVERYTHING, KeyScope
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from pager.adapters.web.console.api_keys import FEW_SERVICES
from pager.adapters.web.limits import Limits
from pager.adapters.web.parsing import WRONG_SERVICE_ID

ANOTHER = "another one of Ada's"
SCRIPT = '"><script>alert(1)</script>'
MANY = "\n".join(f"service-{n}" for n in range(101))


@pytest.fixture
def ada(app: FastAPI, database: Database) -> Browser:
    """The browser of Ada, who is the only administrator."""
    accounts = SqlAccounts(database)
    accounts.add("a test", ADA, "administrator")
    accounts.change_password("a test", ADA, hashed())
    browser = Browser(app)
    assert sign_in(browser, ADA, PASSWORD).status_code == 303
    return browser


@pytest.fixture
def grace(app: FastAPI, database: Database) -> Browser:
    """The browser of Grace, who is an engineer."""
    return signed_in(app, database, "engineer", GRACE)


def roles(database: Database) -> dict[str, str]:
    """The role of each account."""
    return {account.name: account.role for account in SqlAccounts(database).all()}


def shown(text: str, id_: str) -> str:
    """The link, the key or the command that is shown once."""
    [content] = re.findall(rf'<pre id="{id_}">(.*?)</pre>', text, re.DOTALL)
    return unescape(str(content))


class TestMyPage:
    """The page of one's own account."""

    def test_a_new_password_ends_every_session_and_begins_one_in_this_browser(
        self, app: FastAPI, ada: Browser
    ) -> None:
        """Somebody who knew the old password is signed out."""
        elsewhere = Browser(app)
        sign_in(elsewhere, ADA, PASSWORD)
        before = ada.cookies[COOKIE]
        answer = ada.submit("/console/me/password", current=PASSWORD, password=ANOTHER)
        assert answer.headers["location"] == "/console/me?changed=1"
        assert "Your password was changed" in ada.get("/console/me?changed=1").text
        assert ada.cookies[COOKIE] != before
        assert not is_signed_in(elsewhere)
        assert sign_in(elsewhere, ADA, PASSWORD).status_code == 422
        assert sign_in(elsewhere, ADA, ANOTHER).status_code == 303

    @pytest.mark.parametrize(
        ("current", "new", "sentence"),
        [
            ("a wrong password", ANOTHER, 'id="current-error">This is not your password.'),
            (PASSWORD, "short", 'id="password-error">A password has 12 to 1,000 characters'),
        ],
    )
    def test_a_wrong_password_changes_nothing(
        self, ada: Browser, *, current: str, new: str, sentence: str
    ) -> None:
        """The current password is needed, and the new one must not be weak."""
        answer = ada.submit("/console/me/password", current=current, password=new)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert is_signed_in(ada)
        assert sign_in(ada, ADA, PASSWORD).status_code == 303

    def test_guessing_the_current_password_is_throttled(
        self, ada: Browser, database: Database
    ) -> None:
        """As it is on the login page."""
        csrf, limits = ada.csrf(), Limits(login_within=timedelta(0))
        form = {"csrf": csrf, "current": "a wrong password", "password": ANOTHER}
        guesser = Browser(application_on(database, limits=limits))
        guesser.use_session(ada.cookies[COOKIE])
        answers = [guesser.post("/console/me/password", data=form).text for _ in range(12)]
        assert "wrong too often" in "".join(answers)

    def test_sessions_are_listed_and_signed_out(self, app: FastAPI, ada: Browser) -> None:
        """One, or all others; script in the name of a device is escaped."""
        others = [Browser(app) for _ in range(3)]
        for other in others:
            other.headers["user-agent"] = SCRIPT
            sign_in(other, ADA, PASSWORD)
        page = ada.get("/console/me").text
        assert "<script>alert" not in page
        ids = re.findall(r'name="session" value="(\w{64})"', page)
        assert len(ids) == 4
        assert page.count("This one:") == 1
        ada.submit("/console/me/sign-out", session=ids[0])
        assert sum(map(is_signed_in, (ada, *others))) == 3
        ada.submit("/console/me/sign-out-others")
        assert list(map(is_signed_in, (ada, *others))) == [True, False, False, False]

    @pytest.mark.parametrize("session", ["", "0" * 64, "\0", "x" * 10_000])
    def test_nobody_ends_the_session_of_another_account(
        self, ada: Browser, grace: Browser, session: str, database: Database
    ) -> None:
        """Whatever session the form names."""
        [graces] = SqlSessions(database).all_of(GRACE)
        for id_ in (session, graces.id):
            assert ada.submit("/console/me/sign-out", session=id_).status_code == 303
        assert is_signed_in(ada)
        assert is_signed_in(grace)


class TestAccounts:
    """What administrators do with accounts."""

    def test_a_new_account_has_a_link_that_is_shown_once(
        self, app: FastAPI, ada: Browser, database: Database
    ) -> None:
        """In the answer to the form, and on no later page."""
        answer = ada.submit("/console/accounts", name="Linus@Example.com", role="viewer")
        link = shown(answer.text, "link")
        assert "linus@example.com" in answer.text
        assert link not in ada.get("/console/accounts").text
        linus = Browser(app)
        linus.post(link, data={"password": ANOTHER})
        assert is_signed_in(linus)
        assert roles(database)["linus@example.com"] == "viewer"

    def test_a_wrong_name_leaves_the_role_that_was_chosen(self, ada: Browser) -> None:
        """Otherwise the form would go back to engineer, the default, unnoticed."""
        answer = ada.submit("/console/accounts", name="Jane Doe", role="viewer")
        assert "<option selected>viewer</option>" in answer.text

    def test_a_role_changes_at_once(self, ada: Browser, grace: Browser, database: Database) -> None:
        """The person has to sign in again."""
        ada.submit(f"/console/accounts/{GRACE}/role", role="viewer")
        assert roles(database)[GRACE] == "viewer"
        assert not is_signed_in(grace)

    def test_a_removed_account_is_signed_out(
        self, ada: Browser, grace: Browser, database: Database
    ) -> None:
        """At once."""
        ada.submit(f"/console/accounts/{GRACE}/remove")
        assert GRACE not in roles(database)
        assert not is_signed_in(grace)

    def test_a_new_link_replaces_a_lost_password(
        self, app: FastAPI, ada: Browser, grace: Browser
    ) -> None:
        """It signs in, and ends the sessions of before."""
        link = shown(ada.submit(f"/console/accounts/{GRACE}/link").text, "link")
        browser = Browser(app)
        browser.post(link, data={"password": ANOTHER})
        assert is_signed_in(browser)
        assert not is_signed_in(grace)

    @pytest.mark.parametrize(
        ("form", "fields", "sentence"),
        [
            ("", {"name": SCRIPT, "role": "viewer"}, "A name has 1 to 100 letters"),
            ("", {"name": ADA, "role": "viewer"}, "There is an account"),
            ("", {"name": "linus", "role": "emperor"}, "A role is one of"),
            (f"/{ADA}/role", {"role": "viewer"}, "is the only administrator"),
            (f"/{GRACE}/role", {"role": "emperor"}, "A role is one of"),
            ("/linus/role", {"role": "viewer"}, "There is no account"),
            (f"/{ADA}/remove", {}, "is the only administrator"),
            ("/%00/remove", {}, "A name has 1 to 100 letters"),
            ("/linus/link", {}, "There is no account"),
        ],
    )
    def test_an_error_is_shown_and_changes_nothing(
        self,
        ada: Browser,
        grace: Browser,
        database: Database,
        *,
        form: str,
        fields: dict[str, str],
        sentence: str,
    ) -> None:
        """422, with a sentence; script in it is escaped."""
        answer = ada.submit(f"/console/accounts{form}", **fields)
        assert answer.status_code == 422
        assert sentence in unescape(answer.text)
        assert "<script>alert" not in answer.text
        assert roles(database) == {ADA: "administrator", GRACE: "engineer"}
        assert is_signed_in(grace)

    def test_the_audit_log_says_who_did_what(self, ada: Browser, grace: Browser) -> None:
        """The pages of accounts and of API keys link to it."""
        ada.submit(f"/console/accounts/{GRACE}/role", role="viewer")
        page = unescape(ada.get("/console/audit-log").text)
        assert f"{ADA}: role changed, {GRACE} (engineer to viewer)" in page
        for path in ("/console/accounts", "/console/keys"):
            assert '<a href="/console/audit-log">' in ada.get(path).text


def test_lists_are_shown_in_parts(ada: Browser, database: Database) -> None:
    """However many there are, a page is small; the last one has no link to more."""
    for n in range(60):
        SqlAccounts(database).add("a test", f"person{n:02}@example.com", "viewer")
        SqlApiKeys(database).make("a test", f"program {n:02}", EVERYTHING)
    for path, name, parts in (
        ("/console/accounts", r'<a href="/console/accounts/(person\d\d)@', 2),
        ("/console/keys", r"<h2>(program \d\d)</h2>", 3),
    ):
        names: list[str] = []
        more: str | None = path
        for _ in range(parts):
            assert more is not None
            page = ada.get(more)
            assert len(page.content) < 50_000
            names += re.findall(name, page.text)
            link = re.search(rf'href="({path}\?after=[^"]*)"', page.text)
            more = unescape(link[1]) if link else None
        assert (len(names), len(set(names)), more) == (60, 60, None)


def test_the_audit_log_goes_back_to_the_beginning(ada: Browser, database: Database) -> None:
    """The newest first; each page links to older entries."""
    for n in range(120):
        SqlAuditLog(database).add("a test", "role changed", f"person{n:03}")
    numbers: list[str] = []
    more = "/console/audit-log"
    while more:
        page = ada.get(more).text
        numbers += re.findall(r"person(\d\d\d)", page)
        more = next(iter(re.findall(r'href="(/console/audit-log\?before=[^"]*)"', page)), "")
    assert numbers == [f"{n:03}" for n in reversed(range(120))]
    assert "Nothing was done before that." in ada.get("/console/audit-log?before=1").text


@pytest.mark.parametrize(
    "form", ["/console/me/password", "/console/keys/revoke", f"/console/accounts/{GRACE}/link"]
)
def test_the_address_of_a_form_redirects_to_its_page(ada: Browser, form: str) -> None:
    """After an error a browser shows that address, and may reload it."""
    answer = ada.get(form)
    assert answer.status_code == 303
    assert answer.headers["location"] == form.rpartition("/")[0]


@pytest.mark.parametrize("name", ["linus", "%00", "a%20b"])
def test_an_unknown_account_is_not_found(ada: Browser, name: str) -> None:
    """404, with a sentence."""
    answer = ada.get(f"/console/accounts/{name}")
    assert answer.status_code == 404
    assert "There is no account" in answer.text


class TestKeys:
    """API keys, which administrators make for programs."""

    def test_a_new_key_is_shown_once_with_a_command_to_copy(
        self, app: FastAPI, ada: Browser, database: Database
    ) -> None:
        """And its scope is what was chosen."""
        chosen = {"name": "alertmanager", "action": "alert", "on": "these"}
        answer = ada.submit("/console/keys", **chosen, services="checkout-api\r\n\r\n search-api ")
        key, command = shown(answer.text, "key"), shown(answer.text, "command")
        assert command.startswith("curl http://testserver/alerts \\\n")
        assert f"-H 'Authorization: Bearer {key}' \\\n" in command
        assert '-d \'{"service_id": "checkout-api", ' in command
        assert key not in ada.get("/console/keys").text
        [kept] = SqlApiKeys(database).all()
        assert (kept.name, kept.created_by, kept.used_at) == ("alertmanager", ADA, None)
        assert kept.scope is not None
        assert kept.scope.actions == {"alert"}
        assert kept.scope.services == frozenset({"checkout-api", "search-api"})
        program = TestClient(app, headers={"authorization": f"Bearer {key}"})
        alert = {"service_id": "checkout-api", "message": "p99"}
        assert program.post("/alerts", json=alert).status_code == 404  # it has no policy
        assert program.get("/services").status_code == 403
        answer = ada.submit("/console/keys/revoke", key=str(kept.id))
        assert "The API key is revoked" in ada.get(answer.headers["location"]).text
        assert program.post("/alerts", json=alert).status_code == 401

    def test_one_press_makes_the_key_of_a_service(self, ada: Browser, database: Database) -> None:
        """Among the first steps; it comes with the command that raises an Alert."""
        Installation(database).policy("checkout-api", ("ada",))
        page = FormPage(ada, ada.get("/"))
        assert "curl" not in page.text
        page = page.press("Make an API key for checkout-api")
        assert "This is the new key" in page.text
        key = shown(page.response.text, "key")
        assert key in shown(page.response.text, "command")
        assert "checkout-api" in shown(page.response.text, "command")
        text = page.response.text
        assert text.index('id="command"') < text.index("see on Now") < text.index('id="key"')
        [kept] = SqlApiKeys(database).all()
        assert kept.name == "checkout-api"
        assert kept.scope == KeyScope(
            actions=frozenset({"alert"}), services=frozenset({"checkout-api"})
        )

    def test_the_command_of_a_key_for_all_services_names_an_existing_one(
        self, ada: Browser, database: Database
    ) -> None:
        """An Alert of any other would be refused; without one there is no command."""
        form = {"action": "alert", "on": "all", "services": ""}
        assert 'id="command"' not in ada.submit("/console/keys", name="first", **form).text
        Installation(database).policy("search-api", ("ada",))
        answer = ada.submit("/console/keys", name="second", **form)
        assert '"service_id": "search-api"' in shown(answer.text, "command")

    def test_a_key_that_raises_no_alerts_comes_without_a_command(self, ada: Browser) -> None:
        """The command would be refused."""
        answer = ada.submit("/console/keys", name="dashboard", action="read", on="all")
        assert shown(answer.text, "key").startswith("pager_")
        assert "curl" not in answer.text

    def test_the_form_names_the_services_to_type(self, ada: Browser, database: Database) -> None:
        """The names of the services that there are, where they are few."""
        installation = Installation(database)
        for n in range(FEW_SERVICES):
            installation.policy(f"service-{n:02}", ("ada",))
        assert "such as service-00, service-01," in in_words(ada.get("/console/keys").text)
        installation.policy("one-too-many", ("ada",))
        assert "service-00" not in ada.get("/console/keys").text

    def test_revoking_a_key_takes_a_confirmation(self, ada: Browser, database: Database) -> None:
        """Which says what will be refused, and when the key was last used."""
        SqlApiKeys(database).make("a test", "my-laptop", EVERYTHING)
        text = in_words(ada.get("/console/keys").text)
        assert (
            "What is sent with my-laptop is refused from then on. Never used. Revoke my-laptop"
            in text
        )

    def test_a_key_may_be_for_all_services(self, ada: Browser, database: Database) -> None:
        """If that is chosen."""
        ada.submit("/console/keys", name="dashboard", action="read", on="all", services="ignored")
        [kept] = SqlApiKeys(database).all()
        assert kept.scope is not None
        assert kept.scope.services is None

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"name": ""}, 'name-error">A key has a name'),
            ({"name": SCRIPT * 10}, 'name-error">A key has a name'),
            ({"action": ""}, 'actions-error">Choose what the key is for.'),
            ({"action": "everything"}, 'actions-error">Choose what'),
            ({"action": "", "services": ""}, 'actions-error">Choose what'),
            ({"services": ""}, 'services-error">Name at least one service, one on each line.'),
            ({"services": "check out"}, f'services-error">{WRONG_SERVICE_ID}'),
            ({"services": SCRIPT + "x" * 300}, f'services-error">{WRONG_SERVICE_ID}'),
            ({"services": MANY}, 'services-error">Name at most 100 services, or choose all'),
            ({"on": "nonsense", "services": ""}, 'services-error">Name at least one service'),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, ada: Browser, database: Database, *, changed: dict[str, str], error: str
    ) -> None:
        """And no key is made, least of all one for everything."""
        form = {"name": "ci", "action": "alert", "on": "these", "services": "checkout-api"}
        answer = ada.submit("/console/keys", **{**form, **changed})
        assert answer.status_code == 422
        assert f'<p class="error" id="{error}' in unescape(answer.text)
        id_ = error.partition('"')[0]
        assert id_ in "".join(re.findall(r'aria-describedby="([^"]*)"', answer.text))
        assert answer.text.count("autofocus") == 1
        assert FormPage(ada, answer).focused in (id_.removesuffix("-error"), "action-alert")
        assert "<script>alert" not in answer.text
        assert SqlApiKeys(database).all() == []

    @pytest.mark.parametrize("key", ["", "1", "-1", "²", "9" * 30, "\0"])
    def test_revoking_an_unknown_key_does_nothing(self, ada: Browser, key: str) -> None:
        """It may have been revoked already."""
        assert ada.submit("/console/keys/revoke", key=key).status_code == 303

    def test_making_and_revoking_a_key_are_in_the_audit_log(
        self, ada: Browser, database: Database
    ) -> None:
        """With who did it."""
        ada.submit("/console/keys", name="ci", action="alert", on="all", services="")
        ada.submit("/console/keys/revoke", key=str(SqlApiKeys(database).all()[0].id))
        assert [change[1:4] for change in SqlAuditLog(database).last(2)] == [
            (ADA, "API key revoked", "ci"),
            (ADA, "API key made", "ci"),
        ]
