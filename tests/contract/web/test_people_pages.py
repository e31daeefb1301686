"""The console's pages about people and programs: my account, accounts, API keys, audit log."""

import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from contract.web.application import application_on
from contract.web.forms import FormPage, heading, in_words
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
from pager.access.integrations import Routing
from pager.access.scopes import EVERYTHING, KeyScope
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import api_keys, changes
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
        assert answer.headers["location"] == "/console/me?done=password"
        assert "Your password is changed" in ada.get("/console/me?done=password").text
        assert ada.cookies[COOKIE] != before
        assert not is_signed_in(elsewhere)
        assert sign_in(elsewhere, ADA, PASSWORD).status_code == 422
        assert sign_in(elsewhere, ADA, ANOTHER).status_code == 303

    @pytest.mark.parametrize(
        ("current", "new", "sentence"),
        [
            ("a wrong password", ANOTHER, 'id="current-error">This is not your password.'),
            (PASSWORD, "short", 'id="password-error">Choose a password of 12 to 1,000 characters'),
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
        assert "too many wrong passwords" in "".join(answers)

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
        assert page.count("this one</span>") == 1
        answer = ada.submit("/console/me/sign-out", session=ids[1])
        assert list(map(is_signed_in, (ada, *others))).count(True) == 3
        assert "That device is signed out." in ada.get(answer.headers["location"]).text
        mine = FormPage(ada, ada.get("/console/me"))
        assert "2 other devices are signed out at once." in mine.text
        mine = mine.press("Sign out everywhere else")
        assert "You are signed out everywhere else." in mine.text
        assert list(map(is_signed_in, (ada, *others))) == [True, False, False, False]
        assert "Sign out everywhere else" not in mine.buttons
        again = ada.submit("/console/me/sign-out-others")
        assert "you were signed out there before" in ada.get(again.headers["location"]).text

    def test_this_device_is_the_first_of_its_list_and_the_list_goes_on(
        self, ada: Browser, database: Database
    ) -> None:
        """However many there are; each is on one page, in words that people use."""
        account = SqlAccounts(database).named(ADA)
        assert account is not None
        android = "Mozilla/5.0 (Android 14; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0"
        for _ in range(120):
            SqlSessions(database).begin(account, android)
        this_one, ids, more = SqlSessions(database).id_of(ada.cookies[COOKIE]), [], "/console/me"
        while more:
            page = ada.get(more)
            assert len(page.content) < 50_000
            ids += re.findall(r'name="session" value="(\w{64})"', page.text)
            more = next(iter(re.findall(r'href="(/console/me\?skip=[^"]*)"', page.text)), "")
        assert (ids[0], len(ids), len(set(ids))) == (this_one, 121, 121)
        assert "Firefox on Android" in page.text

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
        assert "The account is called linus@example.com: names" in answer.text
        assert link not in ada.get("/console/accounts").text
        linus = Browser(app)
        linus.post(link, data={"password": ANOTHER})
        assert is_signed_in(linus)
        assert roles(database)["linus@example.com"] == "viewer"

    def test_a_name_that_is_as_it_was_typed_needs_no_words(self, ada: Browser) -> None:
        """Most are."""
        answer = ada.submit("/console/accounts", name=" linus@example.com ", role="viewer")
        assert "This link is for linus@example.com" in answer.text
        assert "small letters" not in answer.text

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
        """At once; and the next page says so."""
        page = FormPage(ada, ada.get(f"/console/accounts/{GRACE}")).press(f"Remove {GRACE}")
        assert f"The account {GRACE} is removed." in page.text
        assert GRACE not in roles(database)
        assert not is_signed_in(grace)

    def test_what_a_removal_means_is_said_before(
        self, ada: Browser, grace: Browser, database: Database
    ) -> None:
        """Whose pages go on, whose keys stay good, and where they are signed in."""
        text = in_words(ada.get(f"/console/accounts/{GRACE}").text)
        assert f"No policy pages {GRACE}." in text
        assert "signed out at once, on 1 device," in text
        installation = Installation(database)
        for service in ("search-api", "checkout-api", "login"):
            installation.policy(service, ("ada",), ("grace", "linus"))
        installation.policy("billing", ("grace.hopper",))
        SqlApiKeys(database).make(GRACE, "alertmanager", EVERYTHING)
        SqlApiKeys(database).make(ADA, "ci", EVERYTHING)
        for author, name in ((GRACE, "shop"), (ADA, "ci")):
            routing = Routing(service_id="login")
            SqlIntegrations(database).make(author, name, "grafana", routing)
        page = ada.get(f"/console/accounts/{GRACE}").text
        assert (
            f"3 policies still page {GRACE}: checkout-api, login, search-api. "
            "Pages still go to that address: edit these policies first."
        ) in in_words(page)
        assert '<a href="/console/services/login/policy">' in page
        assert "1 API key that they made stays good: alertmanager." in in_words(page)
        assert "1 integration that they made stays good: shop." in in_words(page)

    def test_a_second_removal_does_no_harm_and_says_so(
        self, ada: Browser, grace: Browser, database: Database
    ) -> None:
        """Somebody may have been faster."""
        page = FormPage(ada, ada.get(f"/console/accounts/{GRACE}"))
        SqlAccounts(database).remove("somebody faster", GRACE)
        page = page.press(f"Remove {GRACE}")
        assert page.response.status_code == 200
        assert f"Nothing has changed: there is no account {GRACE}." in page.text
        assert roles(database) == {ADA: "administrator"}

    def test_the_last_administrator_has_no_button_to_be_removed(self, ada: Browser) -> None:
        """And the page says why, before anybody tries."""
        page = FormPage(ada, ada.get(f"/console/accounts/{ADA}"))
        assert f"{ADA} is the only administrator who can sign in." in page.text
        assert f"Remove {ADA}" not in page.buttons

    def test_whoever_removes_their_own_account_is_told_so(
        self, ada: Browser, grace: Browser, database: Database
    ) -> None:
        """They are signed out."""
        account = SqlAccounts(database)
        account.change_role("a test", GRACE, "administrator")
        account.change_password("a test", GRACE, hashed())
        page = FormPage(ada, ada.get(f"/console/accounts/{ADA}"))
        assert "This is your own account: you are signed out at once" in page.text
        assert heading(page.press(f"Remove {ADA}").response.text) == "Sign in to Pager"

    def test_another_role_is_said_and_the_same_one_too(
        self, ada: Browser, grace: Browser, database: Database
    ) -> None:
        """Who is given the role that they have stays signed in."""
        page = FormPage(ada, ada.get(f"/console/accounts/{GRACE}")).press("Change the role")
        assert "Nothing has changed" in page.text
        assert is_signed_in(grace)
        answer = ada.submit(f"/console/accounts/{GRACE}/role", role="viewer")
        assert "has another role now" in ada.get(answer.headers["location"]).text

    def test_accounts_are_found_by_name_and_by_kind(self, ada: Browser, database: Database) -> None:
        """And the page says how many were found; a search is kept from page to page."""
        for n in range(60):
            SqlAccounts(database).add("a test", f"person{n:02}@example.com", "viewer")
        for query, found, first in (
            ("", 61, ADA),
            ("search=PERSON1", 10, "person10@example.com"),
            ("show=administrator", 1, ADA),
            ("show=waiting&search=", 60, "person00@example.com"),
            ("search=%25", 0, ""),
            ("search=%00", 61, ADA),
        ):
            page = ada.get(f"/console/accounts?{query}").text
            assert (
                re.findall(r'<a href="/console/accounts/([^"]+)">', page)[:1]
                == [first][: bool(found)]
            )
            assert f"{found} account{'' if found == 1 else 's'}" in in_words(page)
        more = unescape(
            re.findall(
                r'href="(/console/accounts\?[^"]*after[^"]*)"',
                ada.get("/console/accounts?show=waiting").text,
            )[0]
        )
        assert "show=waiting" in more
        assert "person59@example.com" in ada.get(more).text
        assert ada.get("/console/accounts?show=emperor").status_code == 422

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
            ("", {"name": ADA, "role": "viewer"}, "There is already an account"),
            ("", {"name": "linus", "role": "emperor"}, "Choose one of these roles"),
            (f"/{ADA}/role", {"role": "viewer"}, "is the only administrator"),
            (f"/{GRACE}/role", {"role": "emperor"}, "Choose one of these roles"),
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
        row = [ADA, "role changed", GRACE, "engineer to viewer"]
        cells = re.findall(r"<td[^>]*>(.*?)</td>", page)
        assert cells[1:5] == row
        for path in ("/console/accounts", "/console/keys"):
            assert '<a href="/console/audit-log">' in ada.get(path).text


def test_lists_are_shown_in_parts(ada: Browser, database: Database) -> None:
    """However many there are, a page is small; the last one has no link to more."""
    for n in range(60):
        SqlAccounts(database).add("a test", f"person{n:02}@example.com", "viewer")
        SqlApiKeys(database).make("a test", f"program {n:02}", EVERYTHING)
    for path, name, parts in (
        ("/console/accounts", r'<a href="/console/accounts/(person\d\d)@', 2),
        ("/console/keys", r">(program \d\d)</a>", 2),
    ):
        names: list[str] = []
        more: str | None = path
        for _ in range(parts):
            assert more is not None
            page = ada.get(more)
            assert len(page.content) < 50_000
            names += re.findall(name, page.text)
            link = re.search(rf'href="({path}\?[^"]*after=[^"]*)"', page.text)
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
        more = next(iter(re.findall(r'href="(/console/audit-log\?[^"]*before=[^"]*)"', page)), "")
        more = unescape(more)
    assert numbers == [f"{n:03}" for n in reversed(range(120))]
    assert "Nothing was done before that." in ada.get("/console/audit-log?before=1").text
    assert "Back to the newest" in ada.get("/console/audit-log?before=1").text


def test_the_audit_log_is_searched_by_person_action_and_day(
    ada: Browser, database: Database
) -> None:
    """A search is kept on the pages that follow; dates are days in UTC."""
    log = SqlAuditLog(database)
    for n in range(60):
        log.add(GRACE, "test page sent", f"person{n:03}")
    log.add("linus", "role changed", GRACE, "viewer to engineer")
    day = 86_400_000
    old = update(changes).values(at=20_000 * day - 1).where(changes.c.subject == "person000")
    database.write(lambda connection: connection.execute(old))
    for query, number in (
        ("who=GRACE", 50),
        ("who=grace&what=role+changed", 1),
        ("what=test+page+sent&who=person05", 10),
        ("first=2024-10-04&who=person00", 9),
        ("last=2024-10-03", 1),
        ("first=2024-10-03&last=2024-10-03", 1),
        ("last=2024-10-02", 0),
        ("who=%25", 0),
        ("what=&first=&last=&who=", 50),
        ("last=9999-12-31&first=0001-01-01", 50),
    ):
        page = ada.get(f"/console/audit-log?{query}").text
        assert page.count('<td class="when">') == number, query
        assert ("Nothing was found." in page) == (number == 0), query
    [more] = re.findall(
        r'href="(/console/audit-log\?[^"]*before=[^"]*)"',
        ada.get("/console/audit-log?who=grace&what=test+page+sent").text,
    )
    assert ada.get(unescape(more)).text.count('<td class="when">') == 10
    assert ada.get("/console/audit-log?what=nonsense").status_code == 422
    assert ada.get("/console/audit-log?first=tomorrow").status_code == 422


@pytest.mark.parametrize(
    "form", ["/console/me/password", "/console/keys/1/revoke", f"/console/accounts/{GRACE}/link"]
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
        page = FormPage(ada, ada.get(f"/console/keys/{kept.id}")).press("Revoke alertmanager")
        assert "The API key alertmanager is revoked" in page.text
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
        """Which says whose Alerts stop, and when the key was last used."""
        keys = SqlApiKeys(database)
        some = KeyScope.model_validate(
            {"actions": ["alert"], "services": ["checkout-api", "billing"]}
        )
        keys.make("a test", "my-laptop", some)
        secret = keys.make("a test", "dashboard", EVERYTHING)
        keys.make("a test", "reader", some.model_copy(update={"actions": frozenset({"read"})}))
        assert keys.authenticate(secret)
        database.close()  # its use is noted
        texts = [in_words(ada.get(f"/console/keys/{key.id}").text) for key in keys.all()]
        dashboard, laptop, reader = texts
        assert "What is sent with my-laptop is refused from then on." in laptop
        assert "Alerts of billing, checkout-api that are sent with it page nobody" in laptop
        assert "It was never used: nothing stops." in laptop
        assert "Alerts of every service that are sent with it page nobody" in dashboard
        assert "It is in use: last used just now." in dashboard
        assert "Alerts" not in reader

    def test_keys_are_found_by_name_maker_and_use(self, ada: Browser, database: Database) -> None:
        """The unused ones are those that nobody has used for 30 days, and that are not new."""
        keys = SqlApiKeys(database)
        secrets = {name: keys.make("a test", name, EVERYTHING) for name in ("ci", "old", "older")}
        keys.make(GRACE, "new", EVERYTHING)
        long_ago = update(api_keys).values(created_at=0).where(api_keys.c.name != "new")
        database.write(lambda connection: connection.execute(long_ago))
        assert keys.authenticate(secrets["ci"])
        database.close()
        for query, names in (
            ("", ["ci", "new", "old", "older"]),
            ("search=OLD", ["old", "older"]),
            (f"by={GRACE}", ["new"]),
            ("show=unused", ["old", "older"]),
            ("show=unused&search=older&by=a+test", ["older"]),
            ("show=unused&search=nothing", []),
        ):
            page = ada.get(f"/console/keys?{query}").text
            assert re.findall(r'<a href="/console/keys/\d+">([^<]+)</a>', page) == names, query
            assert f"{len(names)} key" in page

    @pytest.mark.parametrize("number", ["7", "0", "-1", "x", "9" * 30, "%00"])
    def test_an_unknown_key_is_not_found(self, ada: Browser, number: str) -> None:
        """404, with a sentence that says where to look."""
        answer = ada.get(f"/console/keys/{number}")
        assert answer.status_code == 404
        assert "There is no such API key: somebody may have revoked it." in answer.text

    def test_a_key_may_be_for_all_services(self, ada: Browser, database: Database) -> None:
        """If that is chosen."""
        ada.submit("/console/keys", name="dashboard", action="read", on="all", services="ignored")
        [kept] = SqlApiKeys(database).all()
        assert kept.scope is not None
        assert kept.scope.services is None

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"name": ""}, 'name-error">Give the key a name'),
            ({"name": SCRIPT * 10}, 'name-error">Give the key a name'),
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

    @pytest.mark.parametrize("key", ["1", "-1", "²", "9" * 30, "%00"])
    def test_revoking_an_unknown_key_does_nothing(self, ada: Browser, key: str) -> None:
        """It may have been revoked already: the page says so, and who did it is one link away."""
        answer = ada.submit(f"/console/keys/{key}/revoke")
        page = ada.get(answer.headers["location"])
        assert "Nothing has changed: this API key was revoked before." in in_words(page.text)
        assert "/console/audit-log?what=API+key+revoked" in page.text

    def test_making_and_revoking_a_key_are_in_the_audit_log(
        self, ada: Browser, database: Database
    ) -> None:
        """With who did it."""
        ada.submit("/console/keys", name="ci", action="alert", on="all", services="")
        ada.submit(f"/console/keys/{SqlApiKeys(database).all()[0].id}/revoke")
        assert [change[1:4] for change in SqlAuditLog(database).last(2)] == [
            (ADA, "API key revoked", "ci"),
            (ADA, "API key made", "ci"),
        ]
