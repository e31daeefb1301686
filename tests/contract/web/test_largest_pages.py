"""Every page stays small, however much there is to show: it comes in one round trip."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from markupsafe import escape

from contract.web.application import shared_application
from contract.web.forms import FORM, FormPage
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from contract.web.people import ADA, GRACE, Browser, signed_in
from pager import Acknowledgement, EmailTarget, EscalationPolicy, HealthyEvent, Level
from pager.access.roles import Role
from pager.access.scopes import KeyScope
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from pager.adapters.web.console.draft import LARGEST_DRAFT, LEVEL_OVERHEAD
from pager.ports import Outcome

pytestmark = pytest.mark.proof

PAGES_OF_A_KIND = 2
"""How many pages are tried that differ only in what they are about."""
DOMAIN = f"{'d' * 63}.{'e' * 63}.{'f' * 55}.test"
PERSON = "p" * 100
"""The longest name of an account."""
ESCAPED = "&" * 1_000
"""Takes five times as many bytes on a page."""
TALLEST, WIDEST, WORST = (f"{name}-{'x' * 193}" for name in ("0-tall", "0-wide", "0-hard"))


def long_targets(size: int, first: int = 0, filler: str = "a") -> tuple[EmailTarget, ...]:
    """So many Targets, with the longest possible addresses."""
    return tuple(
        EmailTarget(address=f"{number:04}{filler * 60}@{DOMAIN}")
        for number in range(first, first + size)
    )


def policy(service_id: str, *levels: tuple[EmailTarget, ...]) -> EscalationPolicy:
    """A policy whose delays take many letters."""
    odd = timedelta(days=6, hours=23, minutes=59, seconds=59, microseconds=1)
    return EscalationPolicy(
        service_id=service_id,
        levels=tuple(Level(targets=targets, acknowledgement_delay=odd) for targets in levels),
    )


@pytest.fixture
def full(installation: Installation) -> Installation:
    """As much of everything as the limits allow, or more than any page lists."""
    unhealthy = [TALLEST, WIDEST, WORST, *(f"1-{n:02}-{'x' * 195}" for n in range(22))]
    healthy = [f"2-{n:03}-{'x' * 194}" for n in range(110)]
    for author in range(12):
        for service_id in (WORST, TALLEST):
            levels = [
                long_targets(30, 100 * author, "&"),
                *[long_targets(1, author)] * (99 if author else 50),
            ]
            installation.ports.policies.put(policy(service_id, *levels), f"{author:02}{PERSON[2:]}")
    installation.ports.policies.put(
        policy(WIDEST, long_targets(200), long_targets(200, 9_000, "'"))
    )
    for service_id in (*unhealthy[3:], *healthy):
        installation.ports.policies.put(
            policy(service_id, long_targets(8, filler="&"), long_targets(1))
        )
    for incident in range(1, 25):
        installation.receive(alert(WORST, "&"), HealthyEvent(service_id=WORST, incident=incident))
    installation.receive(*(alert(service_id, ESCAPED * 10) for service_id in unhealthy))
    installation.carry_out(Outcome("failed", ESCAPED, timedelta(minutes=5)))
    installation.receive(
        timeout(TALLEST), Acknowledgement(service_id=TALLEST, incident=1, by=PERSON)
    )
    installation.carry_out(Outcome("refused", ESCAPED))
    people(installation.database)
    return installation


def people(database: Database) -> None:
    """Many accounts and keys, and one person who has signed in everywhere."""
    accounts, sessions = SqlAccounts(database), SqlSessions(database)
    accounts.add(PERSON, ADA, "administrator")
    for number in range(60):
        accounts.add(PERSON, f"{number:02}{PERSON[2:]}", "engineer")
        ada = accounts.named(ADA)
        assert ada is not None
        sessions.begin(ada, ESCAPED)
    keys = SqlApiKeys(database)
    services = frozenset(f"{n:02}{'x' * 198}" for n in range(100))
    actions = frozenset(("alert", "acknowledge", "healthy", "read", "policies"))
    for number in range(30):
        scope = KeyScope.model_validate({"actions": actions, "services": services})
        keys.make(PERSON, f"{number:02}{PERSON[2:]}", scope)


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application that can send no SMS."""
    return shared_application(database, unset_channels=("sms",))


def reached(browser: Browser, *starts: str) -> Iterator[tuple[str, int]]:
    """Each page that is reached by links from these, and its size in bytes."""
    waiting, seen, kinds = list(starts), set(starts), Counter[object]()
    while waiting:
        path = waiting.pop(0)
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        yield path, len(answer.content)
        for href in re.findall(r'<a [^>]*href="(/[^"#]*)', answer.text):
            other = unescape(href)
            kind = (
                re.sub(r"/[0-9][^/]*|/[&%][^/]*", "/…", urlsplit(other).path),
                frozenset(parse_qs(urlsplit(other).query)),
            )
            if other not in seen and kinds[kind] < PAGES_OF_A_KIND:
                kinds[kind] += 1
                seen.add(other)
                waiting.append(other)


def test_every_page_is_small_however_much_there_is(
    app: FastAPI, database: Database, full: Installation
) -> None:
    """And every page that one is linked from: the rest is on further pages."""
    assert full.database is database
    services = [f"/console/services/{name}" for name in (WORST, WIDEST, TALLEST)]
    roles: list[Role] = ["administrator", "viewer"]
    sizes: dict[str, int] = {}
    for role, who in zip(roles, (ADA, GRACE), strict=True):
        sizes |= reached(signed_in(app, database, role, who), "/", *services)
    assert [path for path, size in sizes.items() if size >= LARGEST_PAGE] == []
    assert len(sizes) > len(services) * PAGES_OF_A_KIND


@pytest.mark.parametrize(("levels", "targets"), [(23, 1), (1, 120), (8, 10)])
def test_the_editor_of_a_large_policy_stays_small(
    app: FastAPI, installation: Installation, levels: int, targets: int
) -> None:
    """Rehearsed, with errors everywhere, and in a conflict with another edit."""
    edited = policy(TALLEST, *(long_targets(targets, 100 * n) for n in range(levels)))
    installation.ports.policies.put(edited)
    ada = signed_in(app, installation.database, "engineer")
    path = f"/console/services/{TALLEST}/policy"
    page = FormPage(ada, ada.get(path)).fill(acknowledged="20").press("Rehearse")
    assert page.focused == "rehearsal"
    wrong = {f"targets_{n}": page.value(f"targets-{n}") for n in range(1, levels + 1)}
    wrong = {name: text.replace("@", "#") for name, text in wrong.items()}
    pages = [page, page.press("Move level 1 down")] if levels > 1 else [page]
    pages += [FormPage(ada, ada.get(path)).fill(**wrong).press("Save")]
    assert pages[-1].response.status_code == 422
    for author in range(12):
        theirs = [long_targets(30, 5_000 + 100 * author), *[long_targets(1, author)] * 99]
        installation.ports.policies.put(policy(TALLEST, *theirs), f"{author:02}{PERSON[2:]}")
    pages += [page.fill(delay_1="1").press("Save")]
    assert pages[-1].response.status_code == 409
    pages += [pages[-1].press("Go on editing mine")]
    assert "by 11pp" in pages[-1].text  # the edits of the others
    assert [len(page.response.content) for page in pages if is_large(page)] == []


@pytest.mark.parametrize("levels", [1, 10, 29])
@pytest.mark.parametrize("typed", ["&\n", "a,", "'"])
def test_the_editor_with_an_error_in_each_field_stays_small(
    app: FastAPI, installation: Installation, levels: int, typed: str
) -> None:
    """In the largest draft, after edits of others with names that have to be escaped."""
    for author in range(12):
        theirs = [long_targets(30, 100 * author, "&"), *[long_targets(1, author)] * 99]
        installation.ports.policies.put(policy(TALLEST, *theirs), f"API key {'&' * 98}{author:02}")
    ada = signed_in(app, installation.database, "engineer", PERSON)
    room = LARGEST_DRAFT // levels - LEVEL_OVERHEAD - 1
    targets = typed * (room // len(escape(typed)))
    fields = [
        ("csrf", ada.csrf()),
        ("begun", "0"),
        ("version", "0"),
        ("acknowledged", ESCAPED[:50]),
    ]
    fields += [("targets", targets), ("delay", "x")] * levels
    fields += [("repeat", ""), ("expiry", "")]
    path = f"/console/services/{TALLEST}/policy"
    answer = ada.post(path, content=urlencode([*fields, ("do", "save")]), headers=FORM)
    assert answer.status_code == 422
    assert len(answer.content) < LARGEST_PAGE


@pytest.mark.parametrize("path", ["/console/services/%s", "/console/accounts/%s"])
def test_the_page_of_something_unknown_stays_small(
    app: FastAPI, installation: Installation, path: str
) -> None:
    """404, however long its name is."""
    ada = signed_in(app, installation.database, "administrator")
    answer = ada.get(path % ("&'" * 7_000 + '"'))
    assert answer.status_code == 404
    assert len(answer.content) < LARGEST_PAGE


def is_large(page: FormPage) -> bool:
    """Whether the page is larger than a page may be."""
    return len(page.response.content) >= LARGEST_PAGE
