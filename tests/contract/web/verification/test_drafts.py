"""What somebody saves is verified before it counts."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from contract.store.on_call_entries import DATABASE_TEAM, NIGHTS, shared, use
from contract.web.forms import FormPage, opened
from contract.web.installation import Installation
from pager import EscalationPolicy, Level, SmsTarget
from pager.adapters.runtime.verification.drafts import NOT_VERIFIED
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.properties.properties import SqlProperties
from pager.configuration.properties import Properties
from pager.oncall.overrides import override_id
from pager.oncall.people import Person
from pager.oncall.policies import PersonTarget, SharedPolicy, TeamTarget
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team

WITHIN = "somebody is reached within 10 minutes"
BY_SMS = "search-api: somebody is reached by SMS within 10 minutes"
TWO = "search-api: 2 people are reached within 10 minutes"
POLICY = "/console/services/search-api/policy"
SHARED_POLICY = "/console/shared-policies/Orders"
SCHEDULE = "/console/schedules/Nights"
HELD_UP = "1 check would not hold any more"
OVERRULED = f"saved although it violates “{WITHIN}”"
NOBODY = NIGHTS.model_copy(update={"layers": ()})


def let_hold(installation: Installation, *sentences: str) -> None:
    """These have to hold, and no others."""
    SqlProperties(installation.database).put(Properties(properties=sentences))


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """search-api reaches two phones at once."""
    phones = (SmsTarget(phone_number=number) for number in ("+33612345678", "+33612345679"))
    level = Level(targets=tuple(phones))
    policy = EscalationPolicy(service_id="search-api", levels=(level,))
    installation.ports.policies.put(policy)
    let_hold(installation, WITHIN, BY_SMS, TWO)
    return installation


def page(installation: Installation, path: str) -> FormPage:
    """That page, as an engineer sees it."""
    return opened(installation.client(), path)


def test_a_policy_that_breaks_a_check_is_not_saved_yet(installation: Installation) -> None:
    """The counterexample stands above the form; whoever overrules it is in the history."""
    policies = SqlEscalationPolicies(installation.database)
    before = policies.versioned("search-api")
    draft = page(installation, POLICY).fill(targets_1="ada@example.com\ngrace@example.com")
    held_up = draft.press("Save")
    assert HELD_UP in held_up.text
    assert f"✗ {BY_SMS} search-api: On " in held_up.text
    assert "sent grace@example.com" in held_up.text
    assert "ada@example.com has overruled the checks" in held_up.text
    assert held_up.value("targets-1").split() == ["ada@example.com", "grace@example.com"]
    assert policies.versioned("search-api") == before
    assert held_up.press("Save all the same").is_saved
    [edit] = policies.history("search-api", 1)
    assert (edit.author, edit.note) == (
        "ada@example.com",
        f"saved although it violates “{BY_SMS}”",
    )
    again = page(installation, POLICY).fill(targets_1="ada@example.com\nlinus@example.com")
    assert again.press("Save").is_saved  # it is no news any more
    assert policies.history("search-api", 1)[0].note == ""


@pytest.mark.proof
def test_who_overrules_one_violation_has_not_seen_another(installation: Installation) -> None:
    """What was typed meanwhile is verified, too."""
    draft = page(installation, POLICY).fill(targets_1="+33612345678")
    held_up = draft.press("Save")
    assert f"✗ {TWO}" in held_up.text
    worse = held_up.fill(targets_1="ada@example.com").press("Save all the same")
    assert "Not saved yet: 2 checks would not hold any more" in worse.text
    assert worse.press("Save all the same").is_saved


def test_a_shared_policy_is_verified_for_the_services_that_use_it(
    installation: Installation,
) -> None:
    """They are named."""
    installation.ports.policies.put(use("billing", "Orders"))
    on_call = SqlOnCall(installation.database)
    on_call.put(shared(PersonTarget(name="Ada"), name="Orders"))
    on_call.put(NOBODY)
    held_up = page(installation, SHARED_POLICY).fill(targets_1="schedule Nights").press("Save")
    assert HELD_UP in held_up.text
    assert "billing and 1 more with the same policy: On" in held_up.text
    assert held_up.press("Save all the same").is_saved
    assert on_call.history(SharedPolicy, "Orders", 1)[0].note == OVERRULED


def test_a_schedule_that_breaks_a_check_is_not_saved_yet(installation: Installation) -> None:
    """The draft is still in the form."""
    draft = page(installation, f"{SCHEDULE}/edit").fill(ends_1_1="2027-03-01T09:00")
    held_up = draft.press("Save")
    assert HELD_UP in held_up.text
    assert "nobody is on call in Nights" in held_up.text
    on_call = SqlOnCall(installation.database)
    assert on_call.versioned(Schedule, "Nights").entry == NIGHTS
    assert held_up.value("ends-1-1") == "2027-03-01T09:00"
    held_up.press("Save all the same")
    [edit] = on_call.history(Schedule, "Nights", 1)
    assert (edit.author, edit.note) == ("ada@example.com", OVERRULED)


@pytest.mark.proof
def test_an_old_schedule_is_verified_before_it_is_restored(installation: Installation) -> None:
    """Its history says both: what was restored, and that it was done all the same."""
    on_call = SqlOnCall(installation.database)
    on_call.put(NOBODY)
    on_call.put(NIGHTS)
    client = installation.client()
    [_, bad, _] = on_call.history(Schedule, "Nights", 3)
    fields = {"restored": str(bad.version), "current": str(bad.version + 1)}
    held_up = FormPage(client, client.submit(f"{SCHEDULE}/history", **fields))
    assert held_up.response.status_code == 409
    assert HELD_UP in held_up.text
    assert on_call.versioned(Schedule, "Nights").entry == NIGHTS
    held_up.press("Save all the same")
    note = on_call.history(Schedule, "Nights", 1)[0].note
    assert note.startswith("the version of ")
    assert note.endswith(f" restored; {OVERRULED}")


@pytest.mark.proof
def test_an_old_policy_is_verified_before_it_is_restored(installation: Installation) -> None:
    """As a schedule is."""
    policies = SqlEscalationPolicies(installation.database)
    good = policies.versioned("search-api").policy
    assert good is not None
    installation.policy("search-api", ("ada", "grace"))
    bad = policies.versioned("search-api").version
    policies.put(good)
    version = page(installation, f"{POLICY}/history/{bad}")
    held_up = version.press("Restore this version")
    assert f"✗ {BY_SMS}" in held_up.text
    assert policies.versioned("search-api").policy == good
    assert held_up.press("Save all the same").is_saved
    assert policies.history("search-api", 1)[0].note.endswith(f"violates “{BY_SMS}”")


def test_where_there_was_no_time_the_history_says_so() -> None:
    """It is saved: nobody is kept from mending a policy."""
    assert (NOT_VERIFIED.key, NOT_VERIFIED.note) == (
        "",
        "not known whether it violates “what has to hold”",
    )


class Edit(NamedTuple):
    """A form of the console that would break a check."""

    path: str
    fields: dict[str, str]
    kind: type[Person | Team | Schedule]
    name: str
    says: str
    """What the page says before it is saved."""


EDITS = {
    "a person whom nothing reaches any more": Edit(
        "/console/people/Ada",
        {"version": "1", "target": "", "after": "0"},
        Person,
        "Ada",
        "Ada has no contact method",
    ),
    "a team of nobody": Edit(
        "/console/teams/Database",
        {"version": "3"},
        Team,
        "Database",
        "nobody is in the team Database",
    ),
    "an override that is taken back": Edit(
        f"{SCHEDULE}/overrides/remove",
        {"override": ""},
        Schedule,
        "Nights",
        "nobody is on call in Nights",
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize("edited", EDITS)
def test_whatever_else_would_break_a_check_asks_first(
    installation: Installation, edited: str
) -> None:
    """Nothing is saved; the form is sent again with one press, and the history has it."""
    edit = EDITS[edited]
    on_call = SqlOnCall(installation.database)
    on_call.put(DATABASE_TEAM)
    target = PersonTarget(name="Ada") if edit.kind is Person else TeamTarget(name="Database")
    fields = dict(edit.fields)
    if edit.kind is Schedule:
        starts = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        stands_in = Override(person="Ada", starts_at=starts, ends_at=starts + timedelta(days=400))
        on_call.put(NOBODY.model_copy(update={"overrides": (stands_in,)}))
        fields["override"] = override_id(stands_in)
    else:
        on_call.put(shared(target, name="Orders"))
    let_hold(installation, "no Level is empty")
    before = on_call.versioned(edit.kind, edit.name)
    versions = {"version": str(before.version)} if "version" in fields else {}
    client = installation.client()
    held_up = FormPage(client, client.submit(edit.path, **{**fields, **versions}))
    assert held_up.response.status_code == 409
    assert edit.says in held_up.text
    assert on_call.versioned(edit.kind, edit.name) == before
    held_up.press("Save all the same")
    assert on_call.versioned(edit.kind, edit.name) != before
    note = on_call.history(edit.kind, edit.name, 1)[0].note
    assert note == "saved although it violates “no Level is empty”"


@pytest.mark.proof
@pytest.mark.parametrize("path", [f"{POLICY}/remove", f"{POLICY}/use"])
def test_a_service_that_loses_its_policy_asks_first(installation: Installation, path: str) -> None:
    """Where it would have none, or another one."""
    policies = SqlEscalationPolicies(installation.database)
    before = policies.versioned("search-api")
    client = installation.client()
    fields = {"version": str(before.version), "uses": "Orders"}
    held_up = FormPage(client, client.submit(path, **fields))
    assert f"✗ {BY_SMS}" in held_up.text
    is_removal = path.endswith("remove")
    assert ("There would be no service of that name any more." in held_up.text) == is_removal
    assert policies.versioned("search-api") == before
    held_up.press("Save all the same")
    assert policies.history("search-api", 1)[0].note == (
        f"saved although it violates “{BY_SMS}” and “{TWO}”"
    )
