"""What becomes of an export of Opsgenie."""

from datetime import UTC, datetime, time, timedelta

from pager.access.integrations import Routing
from pager.configuration.configuration import IntegrationSetup
from pager.heartbeats import Heartbeat
from pager.model import EmailTarget, SmsTarget
from pager.oncall.directory import check_names
from pager.oncall.people import ContactMethod
from pager.oncall.policies import PersonTarget, PolicyLevel, PolicyUse, ScheduleTarget
from pager.oncall.schedules import WEEKDAYS, Hours, Override, WeekSpan
from unit.adapters.imports.exported import imported, lines

MINUTE = timedelta(minutes=1)


def test_a_person_is_told_as_by_the_rules_for_new_alerts() -> None:
    """Each step is a contact method with its wait; a call is what the SMS says."""
    result = imported("opsgenie")
    ada = result.configuration.directory.people["Ada Lovelace"]
    assert ada.contact_methods == (
        ContactMethod(target=EmailTarget(address="ada@example.com")),
        ContactMethod(target=SmsTarget(phone_number="+33612345678"), after=5 * MINUTE),
    )
    assert lines(result, "person Ada Lovelace")[:3] == [
        "! Ada's phone is left out: Pager has no app on a phone",
        "left out: the notification rule 'Schedule Start': Pager tells people of new alerts only",
        "+33612345678 is not called any more: it has SMS",
    ]


def test_without_rules_all_contacts_are_told_at_once() -> None:
    """A number that was called gets an SMS; one that is disabled gets nothing."""
    result = imported("opsgenie")
    grace = result.configuration.directory.people["Grace Hopper"]
    assert [method.target.key for method in grace.contact_methods] == [
        "grace@example.com",
        "+12025550143",
    ]
    assert lines(result, "person Grace Hopper") == [
        "! +12025550143 was called and gets an SMS instead: see that it takes SMS",
        "left out: 1-2025550199, which is disabled (Not verified)",
        "no rule for new alerts is in the files: all contacts are told at once",
    ]


def test_a_landline_gets_no_sms() -> None:
    """A number that takes no SMS is left out, which costs pages."""
    result = imported("opsgenie")
    linus = result.configuration.directory.people["Linus Pauling"]
    assert [method.target.key for method in linus.contact_methods] == ["linus@example.com"]
    assert lines(result, "person Linus Pauling")[0] == (
        "! +33140000000 is left out: it was called, is a landline and takes no SMS"
    )


def test_two_of_one_name_are_told_apart() -> None:
    """The second has the address in the name; what no name may have is mended. Both are said."""
    result = imported("opsgenie")
    assert [*result.configuration.directory.people] == [
        "Ada Lovelace",
        "Grace Hopper",
        "Linus Pauling",
        "Ada Lovelace (ada.lovelace@example.net)",
        "Edsger W. Dijkstra - SRE",
    ]
    assert lines(result, "person Edsger")[0] == "was called 'Edsger W. Dijkstra / SRE' before"


def test_whoever_is_muted_there_can_be_paged_here() -> None:
    """Until when is said."""
    assert "is muted until 2026-12-24T00:00:00Z in Opsgenie, and can be paged here" in lines(
        imported("opsgenie"), "person Edsger"
    )


def test_a_team_has_its_members_in_the_detail_of_its_own() -> None:
    """The list of teams has no members: what comes twice is one object."""
    result = imported("opsgenie")
    teams = result.configuration.directory.teams
    assert {name: team.members for name, team in teams.items()} == {
        "Database": ("Ada Lovelace", "Grace Hopper", "Linus Pauling"),
        "Web - Shop": ("Ada Lovelace (ada.lovelace@example.net)",),
    }
    assert "! its member left@example.com is left out: it was not imported" in lines(
        result, "team Web - Shop"
    )


def test_time_restrictions_are_carried_over() -> None:
    """Days that have the same hours are one restriction; what goes over days is a span."""
    schedule = imported("opsgenie").configuration.directory.schedules["Database_Nights"]
    restrictions = {rotation.name: rotation.restrictions for rotation in schedule.rotations}
    assert restrictions == {
        "Office hours": (Hours(weekdays=WEEKDAYS[:5], starts=time(9), ends=time(18)),),
        "Nights": (Hours(weekdays=WEEKDAYS, starts=time(18), ends=time(9)),),
        "Weekend": (
            WeekSpan(from_weekday="friday", starts=time(18), until_weekday="monday", ends=time(9)),
        ),
    }


def test_overrides_that_are_not_over_are_carried_over() -> None:
    """One of a rotation, one of the whole schedule; a team cannot stand in."""
    result = imported("opsgenie")
    schedule = result.configuration.directory.schedules["Database_Nights"]
    assert schedule.overrides == (
        Override(
            person="Grace Hopper",
            starts_at=datetime(2026, 12, 24, 18, tzinfo=UTC),
            ends_at=datetime(2026, 12, 26, 18, tzinfo=UTC),
            rotation="Nights",
        ),
        Override(
            person="Ada Lovelace",
            starts_at=datetime(2026, 12, 31, 12, tzinfo=UTC),
            ends_at=datetime(2027, 1, 1, 12, tzinfo=UTC),
        ),
    )
    assert lines(result, "schedule Database_Nights, override from 2027") == [
        "! left out: team Database cannot stand in"
    ]
    assert lines(result, "schedule Database_Nights, override from 2025") == ["left out: it is over"]


def test_the_rules_of_an_escalation_are_levels() -> None:
    """Rules that wait as long as each other are one Level, which lasts until the next."""
    result = imported("opsgenie")
    policy = result.configuration.directory.policies["Database_escalation"]
    nights = ScheduleTarget(name="Database_Nights")
    admins = (PersonTarget(name="Ada Lovelace"), PersonTarget(name="Linus Pauling"))
    assert policy.levels == (
        PolicyLevel(targets=(nights,), acknowledgement_delay=5 * MINUTE),
        PolicyLevel(targets=(nights,), acknowledgement_delay=55 * MINUTE),
        PolicyLevel(targets=admins, acknowledgement_delay=20 * MINUTE),
    )
    assert policy.repeat == 3
    assert lines(result, "policy Database_escalation") == [
        "! forgot acknowledgements where it began again: here nobody is told after one. An "
        "acknowledgement_expiry would tell them again",
        "! whoever is next in Database_Nights was told: whoever is on call is told instead",
        "! team Database was told although somebody had acknowledged: Pager tells nobody then",
        "! user left@example.com is left out: it was not imported",
        "closed the alert in the end: here the incident stays open",
        "the admins of the team Database are named one by one",
    ]


def test_services_have_the_policy_of_the_default_rule_of_their_team() -> None:
    """A team that has heartbeats or integrations is a service of its own."""
    result = imported("opsgenie")
    assert result.configuration.policies == {
        name: PolicyUse(service_id=name, uses=policy)
        for name, policy in {
            "Orders-DB": "Database_escalation",
            "shop": "Web - Shop",
            "Database": "Database_escalation",
            "Web-Shop": "Web - Shop",
        }.items()
    }
    assert result.configuration.heartbeats["nightly backup"] == Heartbeat(
        name="nightly backup",
        service_id="Database",
        interval=timedelta(days=1),
        grace=timedelta(0),
    )
    assert lines(result, "team Database, routing rule At weekends") == [
        "! left out: some alerts told schedule Database_Nights by it, and follow the default rule "
        "here"
    ]


def test_senders_that_speak_the_api_of_opsgenie_go_on() -> None:
    """Others are left out, and those that belong to no team."""
    result = imported("opsgenie")
    name = "Prometheus of the databases"
    assert result.configuration.integrations == {
        name: IntegrationSetup(name, "opsgenie", Routing(service_id="Database"))
    }
    assert [note.place for note in result.notes if note.place.startswith("integration")] == [
        "integration CloudWatch",
        "integration Default API",
        f"integration {name}",
        "integration Old mail",
    ]


def test_everything_that_is_named_is_there() -> None:
    """The configuration can be used as it is."""
    directory = imported("opsgenie").configuration.directory
    for entry in directory.entries:
        check_names(entry, directory)
