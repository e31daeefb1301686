"""Schedules in the console without a script: made, read, taken over, edited, restored, removed."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from contract.web.forms import FormPage, heading, in_words
from contract.web.installation import LARGEST_PAGE
from contract.web.people import Browser, signed_in
from on_call_sample import DAY, NAMES, fill, people
from pager.access.roles import Role
from pager.adapters.store.core.codecs import ENTRIES
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.on_call import on_call
from pager.oncall.people import Person
from pager.oncall.policies import PolicyLevel, ScheduleTarget, SharedPolicy
from pager.oncall.schedules import (
    MOST_LAYERS,
    MOST_ROTATIONS,
    Layer,
    Override,
    Rotation,
    Schedule,
)

ON_CALL = "/console/on-call"
DATABASE = "/console/schedules/Database"
WEEK = timedelta(days=7)


@pytest.fixture
def team(database: Database) -> SqlOnCall:
    """The twelve, and no schedule."""
    stored = SqlOnCall(database)
    for person in people():
        stored.put(person)
    return stored


def browser(app: FastAPI, database: Database, role: Role = "engineer") -> Browser:
    """Ada's, who has an account and is a person."""
    return signed_in(app, database, role)


def open_page(client: Browser, path: str) -> FormPage:
    """The page there."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, (path, answer.text)
    return FormPage(client, answer)


def weekly(*names: str, **fields: object) -> Schedule:
    """They hand over each Monday at midnight, for years."""
    rotation = Rotation.model_validate(
        {"name": "Weekly", "participants": names, "starts": "2020-01-06T00:00", **fields}
    )
    layers = (Layer(rotations=(rotation,)),)
    return Schedule(name="Database", time_zone="Europe/Paris", layers=layers)


def schedule(team: SqlOnCall, name: str = "Database") -> Schedule:
    """The stored one."""
    stored = team.versioned(Schedule, name).entry
    assert stored is not None
    return stored


def test_a_newcomer_makes_a_schedule_in_one_form(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """A name, people and a preset: somebody is on call at once, and nobody's place is free."""
    page = open_page(browser(app, database), f"{ON_CALL}/new")
    page = page.fill(
        name="Database", time_zone="Europe/Paris", people="Ada Lovelace\nGrace Hopper\n"
    ).press("Make the schedule")
    assert "Database is made." in page.text
    assert heading(page.response.text) == "Database"
    assert "no gap in the next 30 days" in page.text
    assert on_call(schedule(team), datetime.now(UTC)) == ("Ada Lovelace",)


def test_names_of_a_new_schedule_may_stand_on_one_line(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """With commas between them, as the page lists them; a name with a comma is still one name."""
    team.put(Person(name="Turing, Alan"))
    page = open_page(browser(app, database), f"{ON_CALL}/new")
    typed = "Grace Hopper, Ada Lovelace,\nTuring, Alan"
    page = page.fill(name="Database", people=typed).press("Make the schedule")
    assert "Database is made." in page.text
    assert schedule(team).people == {"Grace Hopper", "Ada Lovelace", "Turing, Alan"}
    page = open_page(browser(app, database), f"{ON_CALL}/new")
    page = page.fill(name="Search", people="Grace Hopper, Lin").press("Make the schedule")
    assert "There is no person called 'Grace Hopper, Lin'" in page.text


def test_what_was_just_made_leads_to_the_next_step(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """From people to a schedule, from a schedule to a policy; and from nothing to people."""
    team.put(weekly(NAMES[0]))
    client = browser(app, database)
    for path, next_step in (
        ("/", "/console/people#add"),
        ("/console/people?done=added&added=12", f"{ON_CALL}/new"),
        (f"{DATABASE}?done=made", "/console/policies#new-shared"),
    ):
        assert f'href="{next_step}"' in open_page(client, path).response.text
        assert open_page(client, next_step).response.status_code == 200


def test_what_is_wrong_with_a_new_schedule_is_said_at_its_field(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """And nothing is stored."""
    client = browser(app, database)
    for wrong, sentence in (
        ({"name": "a/b"}, "A name has 1 to 100 characters"),
        ({"time-zone": "Paris"}, "There is no time zone Paris."),
        ({"people": ""}, "Name somebody"),
        ({"people": "Ada"}, "There is no person called 'Ada'"),
    ):
        typed = {"name": "Database", "time-zone": "UTC", "people": NAMES[0], **wrong}
        page = open_page(client, f"{ON_CALL}/new").fill(**typed).press("Make the schedule")
        assert page.response.status_code == 422, wrong
        assert sentence in page.text
    assert not team.directory().schedules
    team.put(weekly(NAMES[0]))
    typed = {"name": "Database", "time-zone": "UTC", "people": NAMES[1]}
    page = open_page(client, f"{ON_CALL}/new").fill(**typed).press("Make the schedule")
    assert "There is a schedule of that name already" in page.text
    assert schedule(team) == weekly(NAMES[0])


def test_one_takes_over_in_two_taps(app: FastAPI, database: Database, team: SqlOnCall) -> None:
    """The first fills in the form and says what it means; the second saves it."""
    team.put(weekly("Grace Hopper"))
    client = browser(app, database)
    assert "Grace Hopper" in open_page(client, ON_CALL).text
    page = open_page(client, f"{DATABASE}?take=tonight")
    assert "Grace Hopper is replaced by you " in page.text
    assert team.versioned(Schedule, "Database").version == 13
    page = page.press("Take it")
    assert "It is taken." in page.text
    [override] = schedule(team).overrides
    assert override.person == "Ada Lovelace"
    assert override.rotation is None
    zone = ZoneInfo("Europe/Paris")
    # As the clock shows it: the night in which it is set back is an hour longer.
    starts, ends = (
        moment.astimezone(zone).replace(tzinfo=None)
        for moment in (override.starts_at, override.ends_at)
    )
    assert timedelta(0) < ends - starts <= timedelta(hours=15)
    assert f"{ends:%H:%M}" == "09:00"
    edit = team.history(Schedule, "Database", 1)[0]
    assert edit.author == "ada@example.com"


def test_one_takes_over_now_until_the_next_handover(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """Whoever is on call already is not offered it."""
    team.put(weekly("Grace Hopper", "Linus Torvalds"))
    client = browser(app, database)
    page = open_page(client, f"{DATABASE}?take=now").press("Take it")
    assert "Take over now" not in page.text
    [override] = schedule(team).overrides
    assert on_call(schedule(team), datetime.now(UTC)) == ("Ada Lovelace",)
    local = override.ends_at.astimezone(ZoneInfo("Europe/Paris"))
    assert (local.weekday(), f"{local:%H:%M}") == (0, "00:00")


def test_of_an_override_for_a_lifetime_the_page_says_what_its_first_days_change(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """A page that looked through all its turns would take a minute."""
    team.put(weekly("Grace Hopper"))
    page = open_page(
        browser(app, database), f"{DATABASE}?starts=2099-01-05T18:00&ends=2100-12-31T09:00"
    )
    assert "Grace Hopper is replaced by you from Mon 5 Jan 2099, 18:00 on." in page.text
    assert "What it changes after Tue 7 Apr 2099, 19:00 is not looked at here." in page.text


def test_an_override_is_taken_back_and_a_second_press_does_no_harm(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """The page says which of them changed something."""
    team.put(weekly("Grace Hopper"))
    page = open_page(browser(app, database), f"{DATABASE}?take=now").press("Take it")
    [button] = [label for label in page.buttons if label.startswith("Take back")]
    assert "The override is taken back." in page.press(button).text
    assert schedule(team).overrides == ()
    assert "Nothing has changed:" in page.press(button).text


def test_the_form_says_what_is_wrong_and_stores_nothing(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """At its field."""
    team.put(weekly("Grace Hopper"))
    page = open_page(browser(app, database), DATABASE)
    good = {"person": "Linus Torvalds", "starts": "2027-01-18T18:00", "ends": "2027-01-19T09:00"}
    for wrong, sentence in (
        ({"person": ""}, "Say who"),
        ({"person": "Lin"}, "There is no person called 'Lin'"),
        ({"starts": "tonight"}, "Say when"),
        ({"ends": "2027-01-18T18:00"}, "ends before it starts"),
        ({"ends": "9999-12-31T23:59"}, "check the year"),
    ):
        answer = page.fill(**good).fill(**wrong).press("Take it")
        assert answer.response.status_code == 422, wrong
        assert sentence in answer.text
    assert schedule(team).overrides == ()
    shown = page.fill(**good).press("Show what it changes")
    assert "Grace Hopper is replaced by Linus Torvalds Mon 18 Jan" in shown.text
    assert schedule(team).overrides == ()
    assert "Nothing changes: Grace Hopper is on call then anyway." in (
        page.fill(**good, ).fill(person="Grace Hopper").press("Show what it changes").text
    )  # fmt: skip


def test_a_viewer_reads_and_changes_nothing(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """There is no button, and what is sent anyway is refused."""
    team.put(weekly("Grace Hopper"))
    client = browser(app, database, "viewer")
    for path in (ON_CALL, DATABASE, f"{DATABASE}/history"):
        assert open_page(client, path).buttons in (["Sign out"], ["Sign out", "Find"])
    for path in ("overrides", "overrides/remove", "edit", "copy", "remove", "history"):
        assert client.submit(f"{DATABASE}/{path}", do="save").status_code == 403
    assert client.submit(f"{ON_CALL}/new").status_code == 403
    assert schedule(team) == weekly("Grace Hopper")


def test_the_editor_follows_the_draft_and_saves_it(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """People are added and moved, a rotation is added; the history says what changed."""
    team.put(weekly("Ada Lovelace", "Grace Hopper"))
    page = open_page(browser(app, database), f"{DATABASE}/edit")
    assert "Nothing to save" in page.text
    # How many turns there are in 396 days depends on the day on which they are counted.
    assert "Ada Lovelace 29 times" in page.text or "Ada Lovelace 28 times" in page.text
    page = page.fill(add_1_1="Linus Torvalds").press("Show")
    assert "1 change, not saved" in page.text
    assert "Weekly: added Linus Torvalds." in page.text
    assert "Linus Torvalds 19 times" in page.text or "Linus Torvalds 20 times" in page.text
    page = page.press("Move Linus Torvalds up").press("Add a rotation beside it, in layer 1")
    assert page.focused == "name-1-2"
    wrong = page.press("Save")
    assert wrong.response.status_code == 422
    assert "Not saved: 2 fields are not valid." in wrong.text
    page = wrong.fill(name_1_2="Second line", add_1_2="Edsger Dijkstra").press("Save")
    assert "Saved." in page.text
    first, second = schedule(team).rotations
    assert first.participants == ("Ada Lovelace", "Linus Torvalds", "Grace Hopper")
    assert second.participants == ("Edsger Dijkstra",)
    history = open_page(browser(app, database), f"{DATABASE}/history").text
    assert "The rotation Second line is new: Edsger Dijkstra, every week" in history


def test_a_name_of_nobody_is_said_before_it_is_saved(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """And refused then."""
    team.put(weekly("Ada Lovelace"))
    page = open_page(browser(app, database), f"{DATABASE}/edit").fill(add_1_1="Ada")
    shown = page.press("Show")
    assert "There is no person called Ada:" in shown.text
    refused = shown.press("Save")
    assert refused.response.status_code == 422
    assert schedule(team) == weekly("Ada Lovelace")


def test_of_two_edits_at_once_none_is_lost(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """The slower one sees what hers would change, and chooses."""
    team.put(weekly("Ada Lovelace"))
    page = open_page(browser(app, database), f"{DATABASE}/edit").fill(add_1_1="Linus Torvalds")
    override = Override(
        person="Grace Hopper", starts_at=datetime.now(UTC), ends_at=datetime.now(UTC) + DAY
    )
    theirs = weekly("Ada Lovelace", "Grace Hopper").model_copy(update={"overrides": (override,)})
    team.put(theirs, "grace@example.com")
    conflict = page.press("Save")
    assert conflict.response.status_code == 409
    assert "by grace@example.com" in conflict.text
    assert "Weekly: added Linus Torvalds." in conflict.text
    assert "Weekly: removed Grace Hopper." in conflict.text
    again = conflict.press("Go on editing mine")
    assert "Weekly: added Linus Torvalds." in again.text
    assert "Saved." in conflict.press("Save mine instead of theirs").text
    assert schedule(team).rotations[0].participants == ("Ada Lovelace", "Linus Torvalds")
    assert schedule(team).overrides == (override,)


def test_an_earlier_version_is_restored_unless_somebody_was_faster(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """Also one of a schedule that was removed; not one with somebody who is gone."""
    team.put(weekly("Ada Lovelace"))
    team.put(weekly("Grace Hopper"))
    page = open_page(browser(app, database), f"{DATABASE}/history")
    assert "It says: Weekly, every week from" in page.text
    team.put(weekly("Linus Torvalds"))
    assert "Nothing was restored." in page.press("Restore this version").text
    team.put(weekly("Grace Hopper"))
    team.remove(Schedule, "Database")
    team.remove(Person, "Linus Torvalds")
    client = browser(app, database)
    removal, _, linus, _, ada = team.history(Schedule, "Database", 5)
    restore = partial(client.submit, f"{DATABASE}/history", current=str(removal.version))
    assert "Database was removed." in open_page(client, f"{DATABASE}/history").text
    refused = restore(restored=str(linus.version))
    assert (refused.status_code, "Linus Torvalds" in refused.text) == (422, True)
    restored = restore(restored=str(ada.version))
    assert "Restored." in open_page(client, restored.headers["location"]).text
    assert schedule(team) == weekly("Ada Lovelace")


def test_a_schedule_is_copied_without_its_overrides(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """Under a name that nobody has yet."""
    team.put(weekly("Grace Hopper"))
    client = browser(app, database)
    open_page(client, f"{DATABASE}?take=now").press("Take it")
    page = open_page(client, f"{DATABASE}/copy")
    assert "There is a schedule of that name" in page.fill(name="Database").press("Copy it").text
    assert "A name has 1 to 100 characters" in page.fill(name=" ").press("Copy it").text
    copied = page.fill(name="Database (EU)").press("Copy it")
    assert heading(copied.response.text) == "Edit Database (EU)"
    assert schedule(team, "Database (EU)") == weekly("Grace Hopper").model_copy(
        update={"name": "Database (EU)"}
    )


def test_a_schedule_that_somebody_uses_stays(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """The page says who does; without users it is removed, and is in the history."""
    team.put(weekly("Grace Hopper"))
    client = browser(app, database)
    page = open_page(client, f"{DATABASE}/remove")
    level = PolicyLevel(targets=(ScheduleTarget(name="Database"),))
    team.put(SharedPolicy(name="Payments", levels=(level,)))
    refused = page.press("Remove the schedule")
    assert refused.response.status_code == 409
    assert "the policy Payments" in refused.text
    team.remove(SharedPolicy, "Payments")
    removed = open_page(client, f"{DATABASE}/remove").press("Remove the schedule")
    assert "Database is removed." in removed.text
    assert client.get(DATABASE).status_code == 404
    assert "removed" in open_page(client, f"{DATABASE}/history").text


def test_on_call_says_who_when_and_where_nobody_is(app: FastAPI, database: Database) -> None:
    """With one's own next shifts on top; a schedule is found by a part of its name."""
    fill(database)
    client = browser(app, database)
    text = open_page(client, ON_CALL).text
    assert "Your next shifts" in text
    assert "Nobody is on call now" in text
    assert "no gap in 30 days" in text
    found = open_page(client, f"{ON_CALL}?search=pay").text
    assert "Payments, first & second line" in found
    assert "America/New_York" not in found
    assert "No schedule has “nothing”" in open_page(client, f"{ON_CALL}?search=nothing").text


def test_the_calendar_goes_on_and_back(app: FastAPI, database: Database, team: SqlOnCall) -> None:
    """A day on which the clock jumps says so."""
    team.put(weekly("Ada Lovelace", "Grace Hopper"))
    client = browser(app, database)
    text = open_page(client, f"{DATABASE}?from=2027-03-22").text
    assert "22 Mar 2027 to 18 Apr 2027" in text
    assert "The clock goes from 02:00 to 03:00: the time between does not exist." in text
    page = client.get(f"{DATABASE}?from=2027-03-25").text
    assert f"{DATABASE}?from=2027-02-22" in page
    assert f"{DATABASE}?from=2027-04-19" in page
    for wrong in ("soon", "2027-13-01", "0001-01-01", "9999-12-31"):
        assert client.get(f"{DATABASE}?from={wrong}").status_code == 422


def test_a_name_may_have_any_letters(app: FastAPI, database: Database, team: SqlOnCall) -> None:
    """They are escaped in addresses and on pages."""
    name = "Caf\N{LATIN SMALL LETTER E WITH ACUTE} & <b>?#%"
    team.put(weekly("Ada Lovelace").model_copy(update={"name": name}))
    client = browser(app, database)
    path = f"/console/schedules/{quote(name, safe='')}"
    assert f'href="{path}"' in client.get(ON_CALL).text
    page = open_page(client, path)
    assert "<b>?" not in page.response.text
    assert "It is taken." in page.fill(
        person="Linus Torvalds", starts="2027-01-18T18:00", ends="2027-01-19T09:00"
    ).press("Take it").text  # fmt: skip


def test_a_schedule_that_is_not_there_is_not_found(app: FastAPI, database: Database) -> None:
    """On each of its pages, whatever its name is."""
    client = browser(app, database)
    for name in ("Database", "%20", "a" * 101):
        for page in ("", "/edit", "/history", "/copy", "/remove"):
            answer = client.get(f"/console/schedules/{name}{page}")
            assert answer.status_code == 404, (name, page)
        assert client.submit(f"/console/schedules/{name}/overrides").status_code == 404
        form = {"version": "7", "time_zone": "UTC", "do": "save"}
        assert client.submit(f"/console/schedules/{name}/edit", **form).status_code == 404
        gone = client.submit(f"/console/schedules/{name}/overrides/remove", override="x")
        assert gone.status_code in (303, 404)


@pytest.mark.proof
@pytest.mark.parametrize("hours", [1, 24])
def test_the_largest_schedule_fits_on_its_pages(
    app: FastAPI, database: Database, team: SqlOnCall, hours: int
) -> None:
    """What does not fit is counted, or edited with the API."""
    starts, length = datetime.fromisoformat("2020-01-06T00:00"), timedelta(hours=hours)
    layers = tuple(
        Layer(
            rotations=tuple(
                Rotation(
                    name=f"{'x' * 90} {layer} {number}",
                    participants=NAMES,
                    starts=starts,
                    shift_length=length,
                )
                for number in range(MOST_ROTATIONS)
            )
        )
        for layer in range(MOST_LAYERS)
    )
    team.put(Schedule(name="Database", time_zone="Europe/Paris", layers=layers))
    client = browser(app, database)
    for path in (ON_CALL, DATABASE, f"{DATABASE}/history"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert len(answer.content) < LARGEST_PAGE, path
    answer = client.get(f"{DATABASE}/edit")
    assert answer.status_code == 413
    assert "the API takes larger schedules" in in_words(answer.text)


def test_what_only_a_newer_version_knows_of_a_schedule_stays_in_it(
    app: FastAPI, database: Database, team: SqlOnCall
) -> None:
    """Whether somebody stands in or edits it; with its rotation, under whichever name."""
    known = weekly("Grace Hopper").model_dump(mode="json")
    known["colour"] = "red"
    known["layers"][0]["rotations"][0]["pays"] = "double"
    team.put(ENTRIES.decode(json.dumps(known), "Database"))
    client = browser(app, database)
    open_page(client, f"{DATABASE}?take=now").press("Take it")
    page = open_page(client, f"{DATABASE}/edit")
    assert "Nothing to save" in page.text
    assert "Saved." in page.fill(name_1_1="First line").press("Save").text
    stored = schedule(team)
    assert (stored.model_extra, stored.overrides[0].person) == ({"colour": "red"}, "Ada Lovelace")
    [rotation] = stored.rotations
    assert (rotation.name, rotation.model_extra) == ("First line", {"pays": "double"})
