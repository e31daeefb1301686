"""Whatever people do with schedules, teams and people is verified before it counts."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from contract.store.on_call_entries import ADA, DATABASE_TEAM, GRACE, NIGHTS
from contract.web.forms import FormPage
from contract.web.installation import Installation
from pager import SmsTarget
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.properties.properties import SqlProperties
from pager.configuration.properties import Properties
from pager.oncall.people import ContactMethod, Person
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team

ALWAYS = "somebody is on call at every moment"
SOON = datetime.now(UTC).replace(microsecond=0)
TOMORROW, THE_DAY_AFTER = (
    (SOON + timedelta(days=days)).strftime("%Y-%m-%dT09:00") for days in (1, 2)
)
FOR_EVER = Override(person="Ada", starts_at=SOON, ends_at=SOON + timedelta(days=500))
WITH_SMS_ONLY = GRACE.model_copy(
    update={"contact_methods": (ContactMethod(target=SmsTarget(phone_number="+33612345678")),)}
)


class Edit(NamedTuple):
    """A form of the console that would break a check."""

    path: str
    fields: dict[str, str]
    check: str
    says: str
    """What the page says before it is saved."""
    entry: tuple[type[Person | Schedule | Team], str]
    """What is edited."""


EDITS = {
    "an override": Edit(
        "/console/schedules/Nights/overrides",
        {"do": "save", "person": "Grace", "starts": TOMORROW, "ends": THE_DAY_AFTER},
        "Nights: everybody on call can be reached by e-mail",
        "Grace is on call in Nights and has no e-mail address",
        (Schedule, "Nights"),
    ),
    "a new schedule": Edit(
        "/console/on-call/new",
        {"name": "Days", "time_zone": "UTC", "people": "Ada", "preset": "weekdays"},
        ALWAYS,
        "nobody is on call in Days",
        (Schedule, "Days"),
    ),
    "a copy of a schedule, which has no overrides": Edit(
        "/console/schedules/Holidays/copy",
        {"name": "Days"},
        ALWAYS,
        "nobody is on call in Days",
        (Schedule, "Days"),
    ),
    "people who are pasted": Edit(
        "/console/people",
        {"people": "Linus, linus@example.com, torvalds@example.com\nDonald, d@example.com"},
        "search-api: 2 people are reached within 10 minutes",
        "an Alert reaches Linus within 10 min",
        (Person, "Linus"),
    ),
    "a schedule that is removed": Edit(
        "/console/schedules/Holidays/remove",
        {},
        f"Holidays: {ALWAYS}",
        "There would be no schedule of that name any more.",
        (Schedule, "Holidays"),
    ),
    "a team that is removed": Edit(
        "/console/teams/Database/remove",
        {},
        "orders-db: somebody of the team Database is reached within 10 minutes",
        "There would be no team of that name any more.",
        (Team, "Database"),
    ),
}


@pytest.fixture
def on_call(installation: Installation) -> SqlOnCall:
    """Whatever the forms are about is there."""
    on_call = SqlOnCall(installation.database)
    holidays = NIGHTS.model_copy(
        update={"name": "Holidays", "layers": (), "overrides": (FOR_EVER,)}
    )
    installation.policy("search-api", ("linus", "torvalds"))
    for entry in (ADA, WITH_SMS_ONLY, DATABASE_TEAM, holidays):
        on_call.put(entry)
    return on_call


@pytest.mark.proof
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_would_break_a_check_asks_first(
    installation: Installation, on_call: SqlOnCall, edit: Edit
) -> None:
    """Nothing is saved; the form is sent again with one press, and the history has it."""
    SqlProperties(installation.database).put(Properties(properties=(edit.check,)))
    before = on_call.versioned(*edit.entry)
    fields = {**edit.fields, "version": str(before.version)}
    client = installation.client()
    held_up = FormPage(client, client.submit(edit.path, **fields))
    assert held_up.response.status_code == 409
    assert f"✗ {edit.check}" in held_up.text
    assert edit.says in held_up.text
    assert on_call.versioned(*edit.entry) == before
    held_up.press("Save all the same")
    assert on_call.versioned(*edit.entry) != before
    note = on_call.history(*edit.entry, 1)[0].note
    assert note.endswith(f"saved although it violates “{edit.check}”")


def test_what_is_still_used_is_not_verified_as_if_it_was_gone(
    installation: Installation, on_call: SqlOnCall
) -> None:
    """It is not removed, and why is said at once."""
    SqlProperties(installation.database).put(Properties(properties=(f"Nights: {ALWAYS}",)))
    client = installation.client()
    version = str(on_call.versioned(Schedule, "Nights").version)
    page = FormPage(client, client.submit("/console/schedules/Nights/remove", version=version))
    assert "would not hold any more" not in page.text
    assert on_call.versioned(Schedule, "Nights").entry == NIGHTS
