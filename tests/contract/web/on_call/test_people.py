"""People in the console: added many at once, reached as they want, found before they are missed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from contract.web.forms import opened
from contract.web.people import Browser, signed_in
from pager import EmailTarget
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import on_call_edits
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PersonTarget, PolicyLevel, SharedPolicy
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.teams import Team

PEOPLE = "/console/people"
ADA = f"{PEOPLE}/Ada%20Lovelace"
TWELVE = "\n".join(
    f"{name}, {name.split()[0].lower()}@example.com, +33 6 12 34 56 {number:02}"
    for number, name in enumerate(
        (
            "Ada Lovelace",
            "Grace Hopper",
            "Linus Torvalds",
            "Edsger Dijkstra",
            "Barbara Liskov",
            "Donald Knuth",
            "Margaret Hamilton",
            "Alan Turing",
            "Radia Perlman",
            "Ken Thompson",
            "Frances Allen",
            "Tony Hoare",
        ),
        10,
    )
)


def a_person(name: str = "Ada Lovelace", *addresses: str, account: str | None = None) -> Person:
    """A person who is reached at these addresses; at ada@example.com where there are none."""
    methods = tuple(
        ContactMethod(target=EmailTarget(address=address))
        for address in addresses or ("ada@example.com",)
    )
    return Person(name=name, contact_methods=methods, account=account)


def database_schedule(*people: str) -> Schedule:
    """They take weekly turns since yesterday."""
    yesterday = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0) - timedelta(days=1)
    rotation = Rotation(name="weekly", participants=people, starts=yesterday)
    return Schedule(name="Database", time_zone="UTC", layers=(Layer(rotations=(rotation,)),))


# --- the list


def test_twelve_people_are_added_at_once(ada: Browser, on_call: SqlOnCall) -> None:
    """Pasted as they stand in a document; each is reached by e-mail and SMS, not verified yet."""
    page = opened(ada, PEOPLE).fill(people=TWELVE).press("Add them")
    assert "12 people are added." in page.text
    people = on_call.directory().people
    assert len(people) == 12
    assert [method.target.key for method in people["Grace Hopper"].contact_methods] == [
        "grace@example.com",
        "+33612345611",
    ]
    assert not any(m.verified for p in people.values() for m in p.contact_methods)
    assert "Barbara Liskov" in page.text


def test_whoever_has_an_account_gets_it(ada: Browser, on_call: SqlOnCall) -> None:
    """So they can change how they are reached themselves."""
    opened(ada, PEOPLE).fill(people="Ada Lovelace <ADA@example.com>\nGrace, g@x.org").press(
        "Add them"
    )
    people = on_call.directory().people
    assert (people["Ada Lovelace"].account, people["Grace"].account) == ("ada@example.com", None)


def test_a_line_that_is_not_understood_stays_and_the_others_are_added(
    ada: Browser, on_call: SqlOnCall
) -> None:
    """With the reason for each; nothing is guessed."""
    on_call.put(a_person())
    lines = "Grace, grace@example.com\nLinus, 06 12 34\nAda Lovelace, a@x.org\nlinus@example.com"
    page = opened(ada, PEOPLE).fill(people=lines).press("Add them")
    assert page.response.status_code == 422
    assert "1 person is added. Those below are not." in page.text
    assert "Linus, 06 12 34: 06 12 34 is not understood." in page.text
    assert "There is a person called Ada Lovelace already." in page.text
    assert "linus@example.com: A name is missing." in page.text
    assert page.value("people") == "Linus, 06 12 34\nAda Lovelace, a@x.org\nlinus@example.com"
    assert page.focused == "people"
    assert on_call.directory().people.keys() == {"Ada Lovelace", "Grace"}
    assert on_call.directory().people["Ada Lovelace"] == a_person()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Paste or type at least one person."),
        ("\n".join(f"P{n}, p{n}@x.org" for n in range(101)), "at most 100 people at once"),
        ("A/B, a@x.org", "no slash"),
    ],
)
def test_what_cannot_be_added_changes_nothing(
    ada: Browser, on_call: SqlOnCall, typed: str, said: str
) -> None:
    """And says why."""
    answer = ada.submit(PEOPLE, people=typed)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert on_call.directory().people == {}


def test_who_is_relied_on_and_cannot_be_reached_is_said_first(
    ada: Browser, on_call: SqlOnCall
) -> None:
    """The worst first; who is relied on by nobody is no trouble."""
    verified = ContactMethod(target=EmailTarget(address="linus@example.com"), verified=True)
    on_call.put(Person(name="Grace"))
    on_call.put(a_person())
    on_call.put(Person(name="Linus", contact_methods=(verified,)))
    on_call.put(Person(name="Edsger"))
    on_call.put(database_schedule("Ada Lovelace", "Grace", "Linus"))
    page = opened(ada, PEOPLE)
    assert "2 people are relied on, and a page may not reach them:" in page.text
    first = page.text.partition("Name")[0]
    assert "Grace ‼ no contact method Ada Lovelace ⚠ not verified" in first
    assert "Linus" not in first
    assert "Edsger" not in first
    part = opened(ada, f"{PEOPLE}?show=trouble").text
    assert "Grace" in part
    assert "Linus" not in part


def test_the_list_says_where_somebody_is_on_call_and_in_which_teams(
    ada: Browser, on_call: SqlOnCall
) -> None:
    """Just now."""
    on_call.put(a_person())
    on_call.put(a_person("Grace", "grace@example.com"))
    on_call.put(database_schedule("Grace", "Ada Lovelace"))
    on_call.put(Team(name="Core", members=("Ada Lovelace",)))
    rows = re.findall(r"<tr><td>.*?</tr>", ada.get(PEOPLE).text, re.DOTALL)
    [ada_s] = [row for row in rows if "Ada Lovelace" in row]
    [grace_s] = [row for row in rows if "Grace" in row]
    assert ("Database" in grace_s, "Database" in ada_s) == (True, False)
    assert ("Core" in grace_s, "Core" in ada_s) == (False, True)


def test_people_are_found_by_name_and_by_address(ada: Browser, on_call: SqlOnCall) -> None:
    """In any case."""
    on_call.put(a_person())
    on_call.put(a_person("Grace", "hopper@navy.example"))
    for search, found in (("LOVE", "Ada Lovelace"), ("navy", "Grace")):
        text = opened(ada, f"{PEOPLE}?search={search}").text
        assert "1 person found." in text
        assert found in text


def test_a_thousand_people_are_shown_in_parts(ada: Browser, on_call: SqlOnCall) -> None:
    """Each once, in the order of their names."""
    for number in range(120):
        on_call.put(a_person(f"Person {number:03}", f"p{number}@example.com"))
    path, names = PEOPLE, []
    while path:
        text = ada.get(path).text
        names += re.findall(r">(Person \d{3})</a>", text)
        more = re.search(r'href="(/console/people\?[^"]*after=[^"]*)"', text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert names == [f"Person {number:03}" for number in range(120)]


# --- a person


def test_how_somebody_is_reached_is_edited(ada: Browser, on_call: SqlOnCall) -> None:
    """An address at once, a number five minutes later; the first to be used comes first."""
    on_call.put(a_person())
    form = opened(ada, ADA).fill(target_1="+33 6 12 34 56 78", after_1="300")
    saved = form.fill(target_2="ada@example.com").press("Save")
    assert "Saved." in saved.text
    assert "after 5 min" in saved.text
    person = on_call.directory().people["Ada Lovelace"]
    assert [(m.target.key, m.after) for m in person.contact_methods] == [
        ("ada@example.com", timedelta(0)),
        ("+33612345678", timedelta(minutes=5)),
    ]


def test_an_edit_keeps_marks_and_cannot_give_them(ada: Browser, on_call: SqlOnCall) -> None:
    """Of an address that stays, in whichever case; a new one has none."""
    verified = a_person().contact_methods[0].model_copy(update={"verified": True})
    on_call.put(Person(name="Ada Lovelace", contact_methods=(verified,)))
    page = opened(ada, ADA)
    page.fill(target_1="ADA@example.com", target_2="other@example.com").press("Save")
    methods = on_call.directory().people["Ada Lovelace"].contact_methods
    assert [(m.target.key, m.verified) for m in methods] == [
        ("ada@example.com", True),
        ("other@example.com", False),
    ]


def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    ada: Browser, on_call: SqlOnCall
) -> None:
    """Nor saved."""
    on_call.put(a_person())
    page = opened(ada, ADA).fill(target_1="ada@", target_2="grace@example.com").press("Save")
    assert page.response.status_code == 422
    assert "This is no e-mail address and no phone number" in page.text
    assert page.value("target-1") == "ada@"
    assert page.value("target-2") == "grace@example.com"
    twice = opened(ada, ADA).fill(target_2="ADA@example.com").press("Save")
    assert "This is there twice" in twice.text
    assert on_call.directory().people["Ada Lovelace"] == a_person()


@pytest.mark.parametrize(
    "form",
    [
        {"target": ["a@x.org"] * 11, "after": ["0"] * 11},
        {"target": ["a@x.org"], "after": []},
        {"target": ["a@x.org"], "after": ["soon"]},
        {"target": ["a@x.org"], "after": ["3601"]},
        {"target": ["a@x.org"], "after": ["0"], "version": "x"},
    ],
)
def test_a_forged_form_is_refused(
    ada: Browser, on_call: SqlOnCall, form: dict[str, str | list[str]]
) -> None:
    """No page of Pager's sends it."""
    version = str(on_call.put(a_person()))
    fields = {"csrf": ada.csrf(), "version": version, **form}
    assert ada.post(ADA, data=fields).status_code == 403
    assert on_call.directory().people["Ada Lovelace"] == a_person()


def test_who_was_slower_sees_what_the_other_did_and_loses_nothing(
    ada: Browser, on_call: SqlOnCall
) -> None:
    """And may save it instead."""
    on_call.put(a_person())
    page = opened(ada, ADA).fill(target_2="mine@example.com")
    on_call.put(a_person("Ada Lovelace", "theirs@example.com"), "grace@example.com")
    conflict = page.press("Save")
    assert conflict.response.status_code == 409
    assert "Somebody else was faster" in conflict.text
    assert "by grace@example.com theirs@example.com added: at once." in conflict.text
    assert conflict.value("target-2") == "mine@example.com"
    conflict.press("Save mine instead")
    methods = on_call.directory().people["Ada Lovelace"].contact_methods
    assert [m.target.key for m in methods] == ["ada@example.com", "mine@example.com"]


def test_an_engineer_gives_a_person_an_account(
    ada: Browser, on_call: SqlOnCall, database: Database
) -> None:
    """One that there is, and that is nobody else's."""
    SqlAccounts(database).add("ada", "grace@example.com", "viewer")
    on_call.put(a_person())
    on_call.put(a_person("Grace", "grace@example.com", account="grace@example.com"))
    for typed, said in (
        ("nobody@example.com", "There is no account nobody@example.com."),
        ("grace@example.com", "That is the account of Grace."),
        ("a b", "A name has 1 to 100 letters"),
    ):
        page = opened(ada, ADA).fill(account=typed).press("Save")
        assert (page.response.status_code, said in page.text) == (422, True)
        assert page.value("account") == typed
    opened(ada, ADA).fill(account="Ada@example.com").press("Save")
    assert on_call.directory().people["Ada Lovelace"].account == "ada@example.com"


def test_the_page_says_what_counts_on_a_person_and_when(ada: Browser, on_call: SqlOnCall) -> None:
    """Schedules, policies, teams; the shifts of 30 days; and that no page would arrive."""
    on_call.put(Person(name="Ada Lovelace"))
    on_call.put(a_person("Grace", "grace@example.com"))
    on_call.put(database_schedule("Ada Lovelace", "Grace"))
    on_call.put(Team(name="Core", members=("Ada Lovelace",)))
    target = PersonTarget(name="Ada Lovelace")
    on_call.put(SharedPolicy(name="Payments", levels=(PolicyLevel(targets=(target,)),)))
    text = opened(ada, ADA).text
    assert (
        "No page reaches Ada Lovelace: the schedule Database, the policy Payments counts on them"
        in text
    )
    assert "the team Core" in text
    assert "Now: Database" in text
    assert text.count("Database UTC") == 3  # hers of five weeks
    assert "To remove Ada Lovelace, take them out of what names them first." in text


def test_a_person_is_removed_and_brought_back(ada: Browser, on_call: SqlOnCall) -> None:
    """From the history; a second press does no harm. What was verified has to be again."""
    verified = a_person().contact_methods[0].model_copy(update={"verified": True})
    on_call.put(Person(name="Ada Lovelace", contact_methods=(verified,)))
    page = opened(ada, ADA)
    assert "Ada Lovelace is removed." in page.press("Remove Ada Lovelace").text
    assert on_call.directory().people == {}
    assert (
        "there is no person Ada Lovelace"
        in opened(ada, f"{PEOPLE}?done=gone&name=Ada%20Lovelace").text
    )
    assert ada.get(ADA).status_code == 404
    history = opened(ada, f"{ADA}/history")
    assert "Ada Lovelace was removed." in history.text
    assert "Restored." in history.press("Restore this version").text
    assert on_call.directory().people["Ada Lovelace"] == a_person()


def test_who_is_still_named_is_not_removed(ada: Browser, on_call: SqlOnCall) -> None:
    """It says by whom; and not where somebody has edited them meanwhile."""
    version = str(on_call.put(a_person()))
    on_call.put(Team(name="Core", members=("Ada Lovelace",)))
    answer = ada.submit(f"{ADA}/remove", version=version)
    assert (answer.status_code, "the team Core" in answer.text) == (409, True)
    on_call.put(Team(name="Core"))
    assert ada.submit(f"{ADA}/remove", version="1000").status_code == 409
    assert "Ada Lovelace" in on_call.directory().people


def test_the_history_says_who_changed_what(ada: Browser, on_call: SqlOnCall) -> None:
    """In words, the newest first."""
    on_call.put(a_person(), "grace")
    changed = ContactMethod(
        target=EmailTarget(address="ada@example.com"), after=timedelta(minutes=2), verified=True
    )
    more = ContactMethod(target=EmailTarget(address="ada@example.org"))
    person = Person(name="Ada Lovelace", contact_methods=(changed, more), account="ada")
    on_call.put(person, "linus", note="a reason")
    on_call.put(Person(name="Ada Lovelace"), "linus")
    text = opened(ada, f"{ADA}/history").text
    for words in (
        "by grace Added. ada@example.com added: at once.",
        "by linus: a reason ada@example.com: after 2 min, before at once. "
        "ada@example.com is verified. ada@example.org added: at once. Account: ada.",
        "ada@example.com taken out. ada@example.org taken out. Account: none.",
    ):
        assert words in text
    assert ada.get(f"{PEOPLE}/Eve/history").status_code == 404


def test_a_version_is_restored_unless_somebody_was_faster(ada: Browser, on_call: SqlOnCall) -> None:
    """A form that is no page's is refused."""
    first = on_call.put(a_person())
    on_call.put(a_person("Ada Lovelace", "ada@example.org"))
    page = opened(ada, f"{ADA}/history")
    last = on_call.put(a_person("Ada Lovelace", "ada@example.net"))
    assert page.press("Restore this version").response.status_code == 409
    form = {"restored": "1000", "current": str(last)}
    assert ada.submit(f"{ADA}/history", **form).status_code == 403
    form["restored"] = str(first)
    assert ada.submit(f"{ADA}/history", **form).status_code == 303
    assert on_call.directory().people["Ada Lovelace"] == a_person()
    [edit] = on_call.history(Person, "Ada Lovelace", 1)
    assert (edit.author, edit.note.endswith("restored")) == ("ada@example.com", True)


def test_an_edit_keeps_what_only_a_newer_version_knows(
    ada: Browser, on_call: SqlOnCall, database: Database
) -> None:
    """Of the person, and of a contact method that stays; and an address that it refuses today."""
    on_call.put(a_person("Ada Lovelace", "ada@example.com", "gone@example.com"))
    plant(database, '"after":"PT0S"', '"after":"PT0S","quiet":"nights"')
    plant(database, '"account":null', '"account":null,"language":"fr"')
    plant(database, "ada@example.com", "ada@")
    form = opened(ada, ADA)
    assert "Saved." in form.fill(target_2="new@example.com", after_1="60").press("Save").text
    [text] = database.read(
        lambda connection: connection.execute(
            select(on_call_edits.c.value).order_by(on_call_edits.c.id.desc()).limit(1)
        ).scalars()
    )
    assert '"language":"fr"' in text
    assert text.count('"quiet":"nights"') == 1
    assert "ada@" in text


def test_a_person_of_a_newer_version_stops_nobody_else(
    ada: Browser, on_call: SqlOnCall, database: Database
) -> None:
    """The list says whom this version cannot read, and the history has the way back."""
    on_call.put(a_person())
    plant(database, '"type":"email"', '"type":"phone-call"')
    on_call.put(a_person("Grace"))
    listed = opened(ada, PEOPLE)
    assert "This version of Pager cannot read: the person Ada Lovelace." in listed.text
    assert "Grace" in listed.text
    assert ada.get(ADA).status_code == 503
    assert "What this version of Pager cannot read." in opened(ada, f"{ADA}/history").text
    added = ada.submit(PEOPLE, people="Ada Lovelace, a@example.com")
    assert "There is a person called Ada Lovelace already." in added.text


def plant(database: Database, text: str, newer: str) -> None:
    """Change what is stored of everybody."""
    value = func.replace(on_call_edits.c.value, text, newer)
    database.write(lambda connection: connection.execute(update(on_call_edits).values(value=value)))


# --- who may do what


def test_a_viewer_edits_only_how_they_are_reached_themselves(
    app: FastAPI, database: Database, on_call: SqlOnCall
) -> None:
    """And not whose account it is; nobody else, and nothing else."""
    vera = signed_in(app, database, "viewer", "vera@example.com")
    on_call.put(a_person("Vera", "vera@example.com", account="vera@example.com"))
    version = str(on_call.put(a_person()))
    page = opened(vera, f"{PEOPLE}/Vera")
    assert "How you want to be reached" in page.text
    page.fill(target_2="vera@example.org").press("Save")
    person = on_call.directory().people["Vera"]
    assert (len(person.contact_methods), person.account) == (2, "vera@example.com")
    assert "Save" not in opened(vera, ADA).buttons
    form = {"version": version, "target": "eve@example.com", "after": "0"}
    assert vera.submit(ADA, **form).status_code == 403
    assert vera.submit(f"{ADA}/code", target="ada@example.com").status_code == 403
    assert vera.submit(f"{ADA}/verify", target="ada@example.com", code="1").status_code == 403
    assert vera.submit(f"{PEOPLE}/Vera/remove", version="1").status_code == 403
    assert vera.submit(f"{PEOPLE}/Vera/history", restored="1", current="2").status_code == 403
    assert vera.submit(PEOPLE, people="Eve, eve@example.com").status_code == 403
    assert vera.submit("/console/teams", name="Core").status_code == 403
    assert on_call.directory().people["Ada Lovelace"] == a_person()


def test_a_viewer_cannot_give_their_person_another_account(
    app: FastAPI, database: Database, on_call: SqlOnCall
) -> None:
    """The field is not on their page, and a forged one is not looked at."""
    vera = signed_in(app, database, "viewer", "vera@example.com")
    path = f"{PEOPLE}/Vera"
    version = str(on_call.put(a_person("Vera", account="vera@example.com")))
    assert 'name="account"' not in vera.get(path).text
    form = {"version": version, "target": "vera@example.com", "after": "0", "account": "grace"}
    assert vera.submit(path, **form).headers["location"] == f"{path}?done=saved"
    assert on_call.directory().people["Vera"].account == "vera@example.com"


def test_somebody_becomes_a_person_with_one_press(ada: Browser, on_call: SqlOnCall) -> None:
    """From the name of the account, which is an address. A second press shows what there is."""
    page = opened(ada, "/console/me")
    assert page.value("name") == "Ada"
    made = page.press("Let me be on call")
    assert "Ada can be on call now." in made.text
    assert on_call.directory().people["Ada"] == a_person("Ada", account="ada@example.com")
    assert ada.submit("/console/me/person", name="Eve").headers["location"] == f"{PEOPLE}/Ada"
    assert on_call.directory().people.keys() == {"Ada"}
    assert "ada@example.com not verified" in opened(ada, "/console/me").text


@pytest.mark.parametrize(
    ("name", "said"), [("Grace", "There is a person called Grace already"), ("A/B", "no slash")]
)
def test_nobody_takes_the_name_of_another(
    ada: Browser, on_call: SqlOnCall, name: str, said: str
) -> None:
    """Nor one that nobody can have."""
    on_call.put(Person(name="Grace"))
    answer = ada.submit("/console/me/person", name=name)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert on_call.directory().people == {"Grace": Person(name="Grace")}


@pytest.mark.parametrize("name", ["Ada  Lovelace", "Zoë 日本", "100 % ? # & <b>", "..."])
def test_whatever_somebody_is_called_has_a_page(
    ada: Browser, on_call: SqlOnCall, name: str
) -> None:
    """The API takes such names, too; the list and a team lead there."""
    on_call.put(a_person(name))
    version = on_call.put(Team(name="Core"))
    [path] = re.findall(r'<tr><td><a href="([^"]+)"', ada.get(PEOPLE).text)
    page = opened(ada, path)
    assert page.response.status_code == 200, path
    assert "Saved." in page.fill(target_2="b@example.com").press("Save").text
    assert ada.submit("/console/teams/Core", member=name, version=str(version)).status_code == 303
    assert on_call.directory().teams["Core"].members == (name,)


@pytest.mark.parametrize(
    "name", ["Eve", "%20Ada", "%2E%2E", "A%00b", "a%2Fb", "x" * 101, "x" * 500]
)
def test_a_name_that_nobody_has_is_not_found(ada: Browser, name: str) -> None:
    """Whatever is in it."""
    for path in (f"{PEOPLE}/{name}", f"/console/teams/{name}"):
        assert ada.get(path).status_code in {404, 422}
        assert ada.submit(f"{path}/remove", version="0").status_code in {303, 404, 422}
