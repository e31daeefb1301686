"""Teams in the console: made with a name, filled with checkboxes."""

import re

import pytest
from fastapi import FastAPI

from contract.web.application import shared_application
from contract.web.forms import FormPage, opened
from contract.web.people import Browser, signed_in
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.people import Person
from pager.oncall.policies import PolicyLevel, SharedPolicy, TeamTarget
from pager.oncall.teams import Team

PEOPLE, CORE = "/console/people", "/console/teams/Core"


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application; Ada, Grace and Linus can be on call."""
    people = [Person(name=name) for name in ("Ada", "Grace", "Linus")]
    OnCallAdditions(database).add("a test", people)
    return shared_application(database)


def checked(page: FormPage) -> list[str]:
    """Whose box is checked."""
    boxes = re.findall(r'name="member" value="([^"]*)" checked', page.response.text)
    return list(boxes)


def save(browser: Browser, *members: str, version: int, more: str = "") -> FormPage:
    """Send the form of the page with these boxes checked."""
    form = {"csrf": browser.csrf(), "version": str(version), "member": members, "more": more}
    return FormPage(browser, browser.post(CORE, data=form, follow_redirects=True))


def test_a_team_is_made_and_filled(ada: Browser, on_call: SqlOnCall) -> None:
    """Nobody is in it at first; and the list of people has it."""
    page = opened(ada, PEOPLE).fill(name="Core").press("Make the team")
    assert "The team Core is made." in page.text
    assert checked(page) == []
    version = int(page.value_of("version"))
    saved = save(ada, "Grace", "Ada", version=version)
    assert "Saved." in saved.text
    assert checked(saved) == ["Grace", "Ada"]
    assert on_call.directory().teams == {"Core": Team(name="Core", members=("Grace", "Ada"))}
    assert "Core 2 people" in opened(ada, PEOPLE).text


def test_a_team_that_is_there_is_shown(ada: Browser, on_call: SqlOnCall) -> None:
    """To make it again changes nothing; a name that no team can have is told."""
    on_call.put(Team(name="Core", members=("Ada",)))
    assert ada.submit("/console/teams", name="Core").headers["location"] == CORE
    assert on_call.directory().teams["Core"].members == ("Ada",)
    answer = ada.submit("/console/teams", name="A/B")
    assert "no slash" in ada.get(answer.headers["location"]).text


def test_who_was_slower_sees_the_other_s_choice(ada: Browser, on_call: SqlOnCall) -> None:
    """And may save their own instead."""
    first = on_call.put(Team(name="Core"))
    on_call.put(Team(name="Core", members=("Linus",)), "grace")
    page = save(ada, "Ada", version=first)
    assert page.response.status_code == 409
    assert "In use now: Linus." in page.text
    assert checked(page) == ["Ada"]
    save(ada, "Ada", version=int(page.value_of("version")))
    assert on_call.directory().teams["Core"].members == ("Ada",)


def test_where_there_are_many_people_names_are_typed(
    ada: Browser, on_call: SqlOnCall, database: Database
) -> None:
    """The page stays small; a name that nobody has is told, and nothing is saved."""
    many = [Person(name=f"Person {number:03}") for number in range(160)]
    OnCallAdditions(database).add("a test", many)
    version = on_call.put(Team(name="Core", members=("Ada",)))
    page = opened(ada, CORE)
    assert "Person 001" not in page.text
    assert len(page.response.content) < 50_000
    wrong = save(ada, "Ada", version=version, more="Person 001\nNobody")
    assert wrong.response.status_code == 422
    assert "There is no person called 'Nobody'" in wrong.text
    saved = save(ada, "Ada", version=version, more="Person 001\n\n Person 002 ")
    assert checked(saved) == ["Ada", "Person 001", "Person 002"]


def test_a_team_has_at_most_a_hundred_people(ada: Browser, on_call: SqlOnCall) -> None:
    """Nor names that nobody can have."""
    version = on_call.put(Team(name="Core"))
    many = save(ada, *(f"P{number}" for number in range(101)), version=version)
    assert (many.response.status_code, "at most 100 people" in many.text) == (422, True)
    forged = save(ada, "A/B", version=version)
    assert (forged.response.status_code, "no slash" in forged.text) == (422, True)
    assert on_call.directory().teams["Core"].members == ()


def test_a_team_that_a_policy_names_is_not_removed(ada: Browser, on_call: SqlOnCall) -> None:
    """It says by which, and that nobody would be told."""
    version = on_call.put(Team(name="Core"))
    level = PolicyLevel(targets=(TeamTarget(name="Core"),))
    on_call.put(SharedPolicy(name="Payments", levels=(level,)))
    page = opened(ada, CORE)
    assert "told by the policy Payments" in page.text
    assert "Nobody is in this team, and a policy counts on it." in page.text
    answer = ada.submit(f"{CORE}/remove", version=str(version))
    assert (answer.status_code, "the policy Payments" in answer.text) == (409, True)
    assert "Core" in on_call.directory().teams


def test_a_team_is_removed_and_brought_back(ada: Browser, on_call: SqlOnCall) -> None:
    """From the history, unless somebody of it is gone."""
    version = on_call.put(Team(name="Core", members=("Ada", "Grace")))
    page = opened(ada, CORE)
    assert "Core is removed." in page.press("Remove the team").text
    assert ada.get(CORE).status_code == 404
    again = ada.submit(f"{CORE}/remove", version=str(version + 1))
    assert again.headers["location"].startswith(f"{PEOPLE}?done=team-gone")
    on_call.remove(Person, "Grace")
    history = opened(ada, f"{CORE}/history")
    assert "Ada, Grace added." in history.text
    refused = history.press("Restore this version")
    assert (refused.response.status_code, "Grace" in refused.text) == (422, True)
    on_call.put(Person(name="Grace"))
    assert "Restored." in history.press("Restore this version").text
    assert on_call.directory().teams["Core"].members == ("Ada", "Grace")


def test_a_viewer_sees_who_is_in_it(app: FastAPI, database: Database, on_call: SqlOnCall) -> None:
    """And can change nothing."""
    vera = signed_in(app, database, "viewer", "vera@example.com")
    version = on_call.put(Team(name="Core", members=("Ada",)))
    page = opened(vera, CORE)
    assert "Ada ‼ no contact method" in page.text
    assert "Save" not in page.buttons
    for path in (CORE, f"{CORE}/remove", f"{CORE}/history", "/console/teams"):
        assert vera.submit(path, version=str(version)).status_code == 403
